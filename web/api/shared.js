// A share in an engine: Assistants with the same model and options use one, in whichever tab it is. The tab that holds a Web Lock has it
// (host.js); the others wait for the lock and ask that tab. When it closes, crashes or is frozen, the browser gives the lock to the next one,
// which loads the model, and whoever was waiting for an answer asks again. (A SharedWorker would not do: in Chromium it has neither
// SharedArrayBuffer nor workers of its own, and on Android there is none.)

import { CoreError, fromWire } from '../lib/errors.js';
import { siteUrl } from '../lib/trusted.js';
import { GONE, Member } from './member.js';
import { Told } from './told.js';

/** @typedef {import('../core/protocol.js').LoadResult} LoadResult */
/** @typedef {{ signal?: AbortSignal, onEvent?: (event: unknown) => void }} CallOptions */

/** Whether tabs can share engines here: not on plain http, nor where storage is blocked. */
export function canShare() {
  try {
    new BroadcastChannel('oa-engine').close();
    return Boolean(navigator.locks);
  } catch {
    return false;
  }
}

/**
 * What tabs must have in common to share an engine. The casts: the bundle puts our version in their place.
 * @param {import('../core/protocol.js').LoadRequest} request
 */
function shareName({ source, threads, variant, context }) {
  const version = /** @type {{ OA_VERSION?: string }} */ (globalThis).OA_VERSION ?? '';
  const core = /** @type {{ OA_CORE?: string }} */ (globalThis).OA_CORE ?? '';
  return `oa-engine:${JSON.stringify([siteUrl('').href, version, core, source, threads, variant, context])}`;
}

export class SharedEngine {
  #options;
  #name;
  #closed = false;
  /** @type {Promise<LoadResult> | null} */
  #loading = null;
  /** @type {Member | null} while this looks for a host or has one */
  #member = null;

  /** @param {import('./engine.js').EngineOptions} options */
  constructor(options) {
    this.#options = options;
    this.#name = shareName(options.request);
  }

  /**
   * Loads the model, unless some tab has.
   * @param {AbortSignal} [signal]
   * @returns {Promise<LoadResult>}
   */
  load(signal) {
    if (this.#closed) return Promise.reject(new CoreError('ERR_STATE', 'This assistant was closed. Load another.'));
    this.#loading ??= this.#load(signal).catch(async (e) => {
      this.#loading = null;
      await this.#leave();
      throw e;
    });
    return this.#loading;
  }

  /** @param {AbortSignal} [signal] */
  async #load(signal) {
    const start = performance.now();
    const result = /** @type {LoadResult} */ (await this.#ask({ type: 'ready' }, { signal })); // protocol.js: what it answers
    return { ...result, loadMs: performance.now() - start };
  }

  /**
   * Sends a request to the loaded model; after a crash it is loaded again first.
   * @param {import('../core/protocol.js').RequestBody} request
   * @param {CallOptions} [options]
   * @returns {Promise<unknown>} what protocol.js says that it answers
   */
  async call(request, options = {}) {
    await this.load();
    return this.#ask(request, options);
  }

  /**
   * Asks the host, and each that follows where one goes away before it has answered.
   * @param {{ type: string }} request
   * @param {CallOptions} options
   */
  async #ask(request, { signal, onEvent }) {
    this.#member ??= new Member(this.#name, this.#options.request, (news) => this.#hear(news));
    const member = this.#member;
    const told = new Told(onEvent);
    member.asking++;
    try {
      for (;;) {
        const { caller } = await member.linked(signal);
        told.again();
        try {
          return await caller.call(request, { signal, onEvent: (event) => told.next(event) });
        } catch (e) {
          if (e !== GONE) throw e;
        }
      }
    } finally {
      member.asking--;
    }
  }

  /** @param {import('../core/protocol.js').TabNews} news */
  #hear(news) {
    if (news.type === 'progress') this.#options.onProgress(news.progress);
    else if (news.type === 'notice') this.#options.onNotice(news.notice);
    else {
      this.#loading = null;
      this.#options.onCrash(fromWire(news.error));
    }
  }

  async #leave() {
    const member = this.#member;
    this.#member = null;
    await member?.leave();
  }

  /**
   * Frees what this used, and the engine where nobody else uses it; what waits is rejected.
   * @returns {Promise<void>} resolves when nothing is left in this tab, unless other tabs use it
   */
  async close() {
    this.#closed = true;
    await this.#leave();
  }
}
