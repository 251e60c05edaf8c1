// chat.completions and completions: a request to the engine, and its events as a stream or as one object.

import { DRAFTS_MOST } from '../core/protocol.js';
import { pushStream } from '../lib/streams.js';
import { chatRequest, completionRequests } from './check.js';
import {
  Answer,
  chatChunk,
  chatCompletion,
  joinPieces,
  newHeader,
  sumUsage,
  textChunk,
  textCompletion,
} from './openai.js';

/** @typedef {import('./engine.js').EngineLike} EngineLike */
/** @typedef {import('./openai.js').Piece} Piece */
/** @typedef {import('./openai.js').Done} Done */
/** @typedef {import('./openai.js').Header} Header */
/** @typedef {import('./openai.js').ChatChunk} ChatChunk */
/** @typedef {import('./openai.js').ChatCompletion} ChatCompletion */
/** @typedef {import('./openai.js').TextCompletion} TextCompletion */
/** @typedef {{ signal?: AbortSignal }} CallOptions aborting stops within a token; what was streamed stays valid */

/**
 * The answers to a prompt that are computed together.
 * @typedef {object} Run
 * @property {import('../core/protocol.js').GenerateRequest} message
 * @property {number} index of the first of them
 * @property {number} count
 * @property {boolean} first to its prompt
 */

/**
 * @param {import('./check.js').Checked[]} list
 * @returns {Run[]}
 */
function runsOf(list) {
  const runs = [];
  for (const [at, { request, store, n, drafts }] of list.entries()) {
    for (let from = 0; from < n; from += DRAFTS_MOST) {
      const count = Math.min(DRAFTS_MOST, n - from);
      const seeds = Array.from({ length: count }, (_, i) => ({ seed: ((request.seed ?? 0) + from + i) % Number.MAX_SAFE_INTEGER })); // prettier-ignore
      const each = drafts ?? seeds;
      const own = count > 1 ? { ...request, drafts: each } : { ...request, ...each[0] };
      runs.push({ message: /** @type {const} */ ({ type: 'generate', request: own, store }), index: at * n + from, count, first: from === 0 }); // prettier-ignore
    }
  }
  return runs;
}

/**
 * Runs one, telling each piece of its answers as it comes; the last one of each has `done`. What is said of them all is told of the first.
 * @param {EngineLike} engine
 * @param {Run} run
 * @param {AbortSignal | undefined} signal
 * @param {(piece: Piece, i: number) => void} onPiece
 * @returns {Promise<Done[]>} by index
 */
async function answer(engine, { message, count }, signal, onPiece) {
  const states = Array.from({ length: count }, () => new Answer());
  /** @type {Done[]} */
  const ends = [];
  const end = (/** @type {Done} */ done) => {
    const { index = 0 } = done;
    ends[index] = done;
    onPiece(states[index].end(done), index);
  };
  // The casts: protocol.js says what generate sends and answers.
  const onEvent = (/** @type {unknown} */ event) => {
    const e = /** @type {import('./openai.js').GenerateEvent} */ (event);
    if (e.type === 'end') end(e.done);
    else if (e.type === 'text') onPiece(states[e.index].next(e), e.index);
    else onPiece(states.map((state) => state.next(e))[0], 0);
  };
  end(/** @type {Done} */ (await engine.call(message, { signal, onEvent })));
  return ends;
}

/**
 * Runs all, one after the other.
 * @param {EngineLike} engine
 * @param {Run[]} runs
 * @param {AbortSignal | undefined} signal
 */
async function answers(engine, runs, signal) {
  const all = [];
  for (const run of runs) {
    const pieces = Array.from({ length: run.count }, () => /** @type {Piece[]} */ ([]));
    await answer(engine, run, signal, (piece, i) => pieces[i].push(piece));
    all.push(...pieces.map((list, i) => ({ joined: joinPieces(list), first: run.first && i === 0, run })));
  }
  return all;
}

/**
 * The same as a stream of what `shape` makes of each piece, and with `last` a chunk with the usage at the end.
 * @template T
 * @param {EngineLike} engine
 * @param {Run[]} runs
 * @param {AbortSignal | undefined} signal
 * @param {object} make
 * @param {(run: Run, index: number) => ((piece: Piece) => T)} make.shape of each answer
 * @param {((usage: import('./openai.js').Usage) => T) | null} make.last
 * @returns {ReadableStream<T> & AsyncIterable<T>}
 */
function stream(engine, runs, signal, { shape, last }) {
  const stop = new AbortController();
  const forward = () => stop.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener('abort', forward, { once: true });
  /** @type {ReturnType<typeof pushStream<T>>} */
  const out = pushStream(() => stop.abort(new DOMException('The stream was cancelled.', 'AbortError')));
  const work = async () => {
    const ends = [];
    for (const run of runs) {
      const shaped = Array.from({ length: run.count }, (_, i) => shape(run, run.index + i));
      const all = await answer(engine, run, stop.signal, (piece, i) => out.push(shaped[i](piece)));
      ends.push(...all.map((done, i) => ({ done, first: run.first && i === 0 })));
    }
    if (last) out.push(last(sumUsage(ends)));
  };
  work()
    .then(out.end, out.fail)
    .finally(() => signal?.removeEventListener('abort', forward));
  return out.stream;
}

export class ChatCompletions {
  #engine;

  /** @param {EngineLike} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /**
   * @overload
   * @param {import('./check.js').ChatParams & { stream: true }} params
   * @param {CallOptions} [options]
   * @returns {Promise<ReadableStream<ChatChunk> & AsyncIterable<ChatChunk>>}
   */
  /**
   * @overload
   * @param {import('./check.js').ChatParams & { stream?: false | null }} params
   * @param {CallOptions} [options]
   * @returns {Promise<ChatCompletion>}
   */
  /**
   * @param {import('./check.js').ChatParams} params
   * @param {CallOptions} [options]
   * @returns {Promise<ChatCompletion | (ReadableStream<ChatChunk> & AsyncIterable<ChatChunk>)>}
   */
  async create(params, { signal } = {}) {
    const checked = chatRequest(params);
    signal?.throwIfAborted();
    const { id } = await this.#engine.load();
    const header = newHeader('chatcmpl', id);
    const runs = runsOf([checked]);
    const nTop = params.top_logprobs ?? 0;
    if (!params.stream) return chatCompletion(header, await answers(this.#engine, runs, signal), nTop);
    const { usage: ownChunk } = checked;
    return stream(this.#engine, runs, signal, {
      shape: (_run, index) => {
        let first = true;
        let calls = 0;
        return (piece) => {
          const chunk = chatChunk(header, piece, { index, first, calls, nTop, usage: ownChunk });
          first = false;
          calls += piece.calls.length;
          return chunk;
        };
      },
      last: ownChunk ? (usage) => ({ ...header, object: 'chat.completion.chunk', choices: [], usage }) : null,
    });
  }
}

export class Completions {
  #engine;

  /** @param {EngineLike} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /**
   * @overload
   * @param {import('./check.js').CompletionParams & { stream: true }} params
   * @param {CallOptions} [options]
   * @returns {Promise<ReadableStream<TextCompletion> & AsyncIterable<TextCompletion>>}
   */
  /**
   * @overload
   * @param {import('./check.js').CompletionParams & { stream?: false | null }} params
   * @param {CallOptions} [options]
   * @returns {Promise<TextCompletion>}
   */
  /**
   * @param {import('./check.js').CompletionParams} params
   * @param {CallOptions} [options]
   * @returns {Promise<TextCompletion | (ReadableStream<TextCompletion> & AsyncIterable<TextCompletion>)>}
   */
  async create(params, { signal } = {}) {
    const list = completionRequests(params);
    signal?.throwIfAborted();
    const { id } = await this.#engine.load();
    const header = newHeader('cmpl', id);
    const runs = runsOf(list);
    const nTop = params.logprobs ?? 0;
    const echo = (/** @type {Run} */ { message }) => (params.echo ? String(message.request.prompt ?? '') : '');
    if (!params.stream) {
      const all = await answers(this.#engine, runs, signal);
      return textCompletion(
        header,
        all.map((one) => ({ ...one, echo: echo(one.run) })),
        nTop,
      );
    }
    const { usage: ownChunk } = list[0];
    return stream(this.#engine, runs, signal, {
      shape: (run, index) => {
        let before = echo(run);
        let offset = 0;
        return (piece) => {
          const text = before + (piece.text ?? '');
          const chunk = textChunk(header, { ...piece, text }, { index, offset, nTop, usage: ownChunk });
          before = '';
          offset += text.length;
          return chunk;
        };
      },
      last: ownChunk ? (usage) => ({ ...header, object: 'text_completion', choices: [], usage }) : null,
    });
  }
}
