// The page's end of the worker: starts it, says when it died, and starts it again with the same model on the next use. Where tabs share one, this
// is the end of the tab that has it (host.js).

import { Caller } from '../lib/rpc.js';
import { CoreError } from '../lib/errors.js';
import { scriptUrl, siteUrl } from '../lib/trusted.js';

/** @typedef {import('../core/protocol.js').LoadResult} LoadResult */
/** @typedef {import('../core/protocol.js').RequestBody} RequestBody */

/**
 * @typedef {object} EngineOptions
 * @property {import('../core/protocol.js').LoadRequest} request
 * @property {(p: import('../store/progress.js').Progress) => void} onProgress
 * @property {(n: import('../store/shelf.js').Notice) => void} onNotice
 * @property {(e: CoreError) => void} onCrash
 */

const CLOSE_MS = 2000; // for what is being written when the engine is closed

/** @typedef {Pick<Engine, 'load' | 'call' | 'close'>} EngineLike what an Assistant needs: an engine of its own, or a share in one (shared.js) */

export class Engine {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Caller | null} */
  #caller = null;
  /** @type {Promise<LoadResult> | null} */
  #loading = null;
  #closed = false;
  #options;

  /** @param {EngineOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Loads the model, unless it is loaded.
   * @param {AbortSignal} [signal]
   * @returns {Promise<LoadResult>}
   */
  load(signal) {
    if (this.#closed) return Promise.reject(new CoreError('ERR_STATE', 'This assistant was closed. Load another.'));
    this.#loading ??= this.#load(signal).catch((e) => {
      this.#loading = null;
      throw e;
    });
    return this.#loading;
  }

  /** @param {AbortSignal} [signal] */
  async #load(signal) {
    const caller = this.#start();
    try {
      const result = await caller.call(this.#options.request, { signal, onEvent: (event) => this.#onLoadEvent(event) });
      return /** @type {LoadResult} */ (result); // protocol.js: what load answers
    } catch (e) {
      if (this.#caller === caller) void this.#stop();
      throw e;
    }
  }

  /** @param {unknown} event */
  #onLoadEvent(event) {
    const e = /** @type {import('../core/protocol.js').LoadEvent} */ (event); // protocol.js: what load sends
    if (e.type === 'progress') this.#options.onProgress(e.progress);
    else this.#options.onNotice(e.notice);
  }

  /**
   * Sends a request to the loaded model; after a crash it is loaded again first.
   * @param {RequestBody} request
   * @param {{ signal?: AbortSignal, onEvent?: (event: unknown) => void }} [options]
   * @returns {Promise<unknown>} what protocol.js says that it answers
   */
  async call(request, options = {}) {
    await this.load();
    if (!this.#caller) throw new CoreError('ERR_STATE', 'The engine is not running.');
    try {
      return await this.#caller.call(request, options);
    } catch (e) {
      if (e instanceof CoreError && e.detail?.crash === true) this.#crashed(e);
      throw e;
    }
  }

  /** @returns {Caller} */
  #start() {
    const url = siteUrl('worker.js');
    if (url.origin !== location.origin) {
      throw new CoreError(
        'ERR_UNSUPPORTED',
        `The engine's files must lie on the page's own origin, not on ${url.origin}. Copy them there.`,
      );
    }
    const worker = new Worker(scriptUrl(url), { type: 'module', name: 'oa' });
    worker.addEventListener('error', (event) => {
      event.preventDefault(); // it is reported here
      if (worker !== this.#worker) return;
      const what = event.message ? `(${event.message})` : '(its script cannot be loaded)';
      this.#crashed(
        new CoreError('ERR_STATE', `The engine stopped unexpectedly ${what}. The next request starts it again.`, {
          crash: true,
        }),
      );
    });
    this.#worker = worker;
    this.#caller = new Caller(worker);
    return this.#caller;
  }

  /** @param {CoreError} error */
  #crashed(error) {
    const caller = this.#caller;
    if (!caller) return; // known already
    this.#worker?.terminate();
    this.#worker = null;
    this.#caller = null;
    this.#loading = null;
    caller.failAll(error);
    this.#options.onCrash(error);
  }

  /** Ends the worker after it has written what it is writing. */
  async #stop() {
    const worker = this.#worker;
    const caller = this.#caller;
    this.#worker = null;
    this.#caller = null;
    if (!worker || !caller) return;
    const late = new Promise((done) => setTimeout(done, CLOSE_MS));
    await Promise.race([caller.call({ type: 'close' }).catch(() => {}), late]);
    worker.terminate();
  }

  /** Frees everything at once, for a page that may not run any more; what is being written is lost. */
  kill() {
    this.#closed = true;
    this.#caller?.failAll(new CoreError('ERR_CANCELLED', 'The engine was ended.'));
    this.#worker?.terminate();
    this.#worker = null;
    this.#caller = null;
  }

  /**
   * Frees everything; what waits is rejected.
   * @returns {Promise<void>} resolves when nothing is left
   */
  async close() {
    this.#closed = true;
    this.#caller?.failAll(new CoreError('ERR_CANCELLED', 'The assistant was closed.'));
    await this.#stop();
  }
}
