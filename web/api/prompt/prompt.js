// Availability and making of sessions; and which assistant they run on: one for all sessions of a page, loaded with the first.

import { abortable } from '../../lib/streams.js';
import { asException, notSupported } from './errors.js';
import { readInput } from './input.js';
import { checkOptions, isServed } from './options.js';
import { Progress, makeMonitor } from './progress.js';
import { Session } from './session.js';

/** @typedef {import('../prompt-api.js').Host} Host */
/** @typedef {import('../index.js').Assistant} Assistant */
/** @typedef {import('./types.js').Availability} Availability */
/** @typedef {import('./options.js').Settings} Settings */

/**
 * An assistant on its way or here.
 * @typedef {object} Loading
 * @property {ReturnType<Host['choice']>} choice what it was loaded for
 * @property {Promise<Assistant>} assistant
 * @property {Assistant | null} loaded
 * @property {Set<(loaded: number) => void>} listeners of the progress, 0 to 1
 * @property {AbortController} stop
 */

/** @type {Loading | null} */
let loading = null;

/**
 * Whether the page may use it: the policy's default is the page's own origin.
 * @returns {boolean}
 */
function isAllowed() {
  // The cast: an API that only some browsers have.
  const { featurePolicy: policy } =
    /** @type {{ featurePolicy?: { features(): string[], allowsFeature(name: string): boolean } }} */ (
      /** @type {unknown} */ (document)
    );
  if (policy?.features().includes('language-model')) return policy.allowsFeature('language-model');
  try {
    return globalThis.top?.location.origin === location.origin; // another origin's cannot be read
  } catch {
    return false;
  }
}

/**
 * @param {Host} host
 * @param {Settings} settings
 * @returns {Promise<Availability>}
 */
async function find(host, settings) {
  const choice = host.choice();
  if ('assistant' in choice) return isServed(settings, null) ? 'available' : 'unavailable';
  const { model } = choice;
  const listed = typeof model === 'object' ? [] : await host.Assistant.models().catch(() => []);
  const entry = listed.find((m) => (model === undefined ? m.default : m.id === model)) ?? (model ? null : listed[0]);
  if (model === undefined && !entry) return 'unavailable';
  if (!isServed(settings, entry?.languages ?? null)) return 'unavailable';
  if (loading?.choice === choice && loading.loaded) return 'available';
  if (entry?.cached || typeof model === 'object') return 'available';
  return loading?.choice === choice ? 'downloading' : 'downloadable';
}

/**
 * @param {Host} host
 * @param {import('./types.js').CreateCoreOptions} options
 * @returns {Promise<Availability>}
 */
export async function availability(host, options) {
  const settings = checkOptions(options);
  return isAllowed() ? find(host, settings) : 'unavailable';
}

/**
 * @param {Host} host
 * @param {import('./types.js').CreateOptions} options
 * @returns {Promise<Session>}
 */
export async function create(host, options) {
  const { signal, monitor, initialPrompts = [] } = options;
  signal?.throwIfAborted();
  const settings = checkOptions(options);
  const place = { fresh: true, inputs: settings.inputs, host };
  const { messages: initial, prefix } = readInput(initialPrompts, place);
  if (prefix) throw new DOMException('prefix: initialPrompts have nothing to continue', 'SyntaxError');
  const watcher = makeMonitor();
  monitor?.(watcher);
  if (!isAllowed()) throw new DOMException('The page may not use language models here.', 'NotAllowedError');
  const there = await find(host, settings);
  signal?.throwIfAborted();
  if (there === 'unavailable') throw notSupported('There is no model for these languages and types.');
  const gesture = navigator.userActivation?.isActive ?? true;
  if (there !== 'available' && !gesture)
    throw new DOMException('The model must be downloaded first: call create() from a click.', 'NotAllowedError');
  const progress = new Progress(watcher);
  try {
    const assistant = await wait(host, signal, progress);
    const session = await new Session({ host, assistant, settings, initial }).begin();
    signal?.throwIfAborted();
    progress.finish();
    signal?.addEventListener('abort', () => session.destroy(signal.reason), { once: true });
    return session;
  } catch (e) {
    progress.stop();
    throw signal?.aborted ? signal.reason : asException(e, 'OperationError');
  }
}

/**
 * The assistant, loaded where it is not: with the last one who waits the loading ends.
 * @param {Host} host
 * @param {AbortSignal | undefined} signal
 * @param {Progress} progress
 * @returns {Promise<Assistant>}
 */
async function wait(host, signal, progress) {
  const choice = host.choice();
  if ('assistant' in choice) return choice.assistant;
  if (loading?.choice !== choice) loading = load(host, choice);
  const mine = loading;
  const listener = (/** @type {number} */ loaded) => progress.tell(loaded);
  mine.listeners.add(listener);
  try {
    progress.tell(0);
    return await abortable(mine.assistant, signal);
  } finally {
    mine.listeners.delete(listener);
    if (mine.listeners.size === 0 && !mine.loaded) mine.stop.abort(signal?.reason);
  }
}

/**
 * @param {Host} host
 * @param {Exclude<ReturnType<Host['choice']>, { assistant: Assistant }>} choice
 * @returns {Loading}
 */
function load(host, choice) {
  const stop = new AbortController();
  /** @type {Loading['listeners']} */
  const listeners = new Set();
  const assistant = host.Assistant.load({
    ...choice,
    signal: stop.signal,
    onProgress: ({ loaded, total }) => listeners.forEach((tell) => tell(total > 0 ? loaded / total : 0)),
  });
  /** @type {Loading} */
  const made = { choice, assistant, loaded: null, listeners, stop };
  const forget = () => {
    if (loading === made) loading = null; // the next create() tries again
  };
  stop.signal.addEventListener('abort', forget);
  assistant.then((a) => {
    made.loaded = a;
  }, forget);
  return made;
}
