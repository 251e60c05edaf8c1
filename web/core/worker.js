// The worker: downloads, the database, hashing and the core, all off the page's thread. One load, answer or measurement at a time,
// in order of arrival; between two steps of one the event loop runs, so that a cancel is heard within a token.

import { CoreError, toWire } from '../lib/errors.js';
import { makeYield } from '../lib/streams.js';
import { embed } from './embed.js';
import { generate } from './generate.js';
import { CoreCrash } from './heap.js';
import { Loader } from './loader.js';
import { unreachable } from './protocol.js';

/** @typedef {import('./protocol.js').Request} Request */
/** @typedef {import('./protocol.js').Result} Result */
/** @typedef {{ signal: AbortSignal, emit: (event: import('./protocol.js').LoadEvent | import('./protocol.js').GenerateEvent) => void }} Job */

const loader = new Loader();
const pause = makeYield();

/** @type {Map<number, AbortController>} what is running or waits, by id */
const jobs = new Map();
/** @type {Promise<unknown>} the end of what waits */
let queue = Promise.resolve();

/** @param {import('./protocol.js').Reply} reply */
const send = (reply) => globalThis.postMessage(reply);

/**
 * Runs a job and answers with what it returns or throws.
 * @param {number} id
 * @param {(job: Job) => Result | Promise<Result>} work
 */
async function run(id, work) {
  const controller = jobs.get(id) ?? new AbortController();
  const { signal } = controller;
  try {
    signal.throwIfAborted();
    const result = await work({ signal, emit: (event) => send({ id, type: 'event', event }) });
    send({ id, type: 'result', result });
  } catch (e) {
    send({ id, type: 'error', error: toWire(e) });
    if (e instanceof CoreCrash) loader.abandon();
  } finally {
    jobs.delete(id);
  }
}

/**
 * Runs a job after those before it.
 * @param {number} id
 * @param {(job: Job) => Result | Promise<Result>} work
 */
function enqueue(id, work) {
  jobs.set(id, new AbortController());
  loader.saved.interrupt(); // it waits for nothing that is not asked for
  queue = queue.then(() => {
    loader.saved.interrupt();
    return run(id, work);
  });
}

/** @param {Request} m */
function handle(m) {
  switch (m.type) {
    case 'load':
      return enqueue(m.id, (job) => loader.load(m, job));
    case 'generate':
      return enqueue(m.id, (job) => {
        const saved = m.store ? loader.saved : null;
        return generate(loader.core, m.request, { ...job, pause, saved });
      });
    case 'embed':
      return enqueue(m.id, ({ signal }) => embed(loader.core, m, { signal, pause }));
    case 'bench':
      return enqueue(m.id, () => loader.core.bench(m.nPrompt, m.nGen));
    case 'tokenize': // these two are short, and may come between the steps of an answer
      return run(m.id, () => Array.from(loader.core.tokenize(m.text, m.specials)));
    case 'count':
      return run(m.id, () => loader.core.count(m.request));
    case 'close':
      for (const job of jobs.values()) job.abort(new CoreError('ERR_CANCELLED', 'The assistant was closed.'));
      return enqueue(m.id, () => loader.close());
    case 'cancel':
      return jobs.get(m.id)?.abort(new DOMException('The request was cancelled.', 'AbortError'));
    default:
      return unreachable(m);
  }
}

globalThis.addEventListener('message', (e) => void handle(e.data));
