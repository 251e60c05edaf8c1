// The tab that has the engine, for all tabs with the same model and options: it serves every Assistant, its own among them, over message
// ports. Answers are computed one at a time, the tabs in turn. It lives as long as somebody uses it, unless its page may not run any more.

import { CoreError, toWire } from '../lib/errors.js';
import { lockFreed } from '../lib/locks.js';
import { Turns } from '../lib/turns.js';
import { unreachable } from '../core/protocol.js';
import { Engine } from './engine.js';

/** @typedef {import('../core/protocol.js').TabRequest} TabRequest */
/** @typedef {import('../core/protocol.js').TabNews} TabNews */
/** @typedef {import('../core/protocol.js').TabCall} TabCall */
/** @typedef {MessagePort | BroadcastChannel} TabPort */

/**
 * @typedef {object} Guest an Assistant that is served
 * @property {string} id
 * @property {string} link
 * @property {TabPort} port
 * @property {boolean} open whether anything can be said to it
 * @property {Map<number, AbortController>} jobs
 * @property {number} join the request whose events are the news; 0: there is none yet
 */

/** The lock that a guest holds as long as it lives. @param {string} id */
export const guestLock = (id) => `oa-guest:${id}`;

/** The channel between a host and a guest in another tab. @param {string} host @param {string} link */
export const portName = (host, link) => `oa-engine:${host}:${link}`;

const TYPES = new Set(['generate', 'tokenize', 'count', 'bench', 'embed', 'cancel', 'join', 'ready', 'ping', 'leave']);

/**
 * Whether a message is one of ours. What is in it is checked where it is used: by the core, as if this tab had asked.
 * @param {unknown} m
 * @returns {m is TabRequest}
 */
function isRequest(m) {
  const { id, type } = /** @type {{ id?: unknown, type?: unknown }} */ (m ?? {});
  return Number.isSafeInteger(id) && typeof type === 'string' && TYPES.has(type);
}

const closed = () => new CoreError('ERR_CANCELLED', 'The assistant was closed.');

export class Host {
  id = crypto.randomUUID();
  /** Resolves when it serves nobody any more. @type {Promise<void>} */
  ended;

  #engine;
  /** @type {Map<string, Guest>} */
  #guests = new Map();
  #turns = new Turns();
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** Aborted at the end. */
  #life = new AbortController();
  /** @type {() => void} */
  #end = () => {};

  /**
   * @param {import('../core/protocol.js').LoadRequest} request
   * @param {string | null} name of the channel where tabs look for it; null: it is for its own tab alone
   */
  constructor(request, name) {
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#engine = new Engine({
      request,
      onProgress: (progress) => this.#tell({ type: 'progress', progress }),
      onNotice: (notice) => this.#tell({ type: 'notice', notice }),
      onCrash: (error) => this.#crashed(error),
    });
    const { signal } = this.#life;
    // A page that is frozen or kept for the way back holds everybody up. Workers have no document.
    globalThis.document?.addEventListener('freeze', () => this.resign(), { signal });
    addEventListener('pagehide', (e) => e.persisted && this.resign(), { signal });
    if (name === null) return;
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener('message', (e) => this.#hear(e.data));
    this.#channel.postMessage(/** @satisfies {TabCall} */ ({ type: 'host', host: this.id }));
  }

  /** @param {TabCall | null} call */
  #hear(call) {
    if (call?.type !== 'hello' || typeof call.guest !== 'string' || typeof call.link !== 'string') return;
    const { guest: id, link } = call;
    const old = this.#guests.get(id);
    if (old?.link === link) return;
    const guest = this.#add(id, link, new BroadcastChannel(portName(this.id, link)));
    if (old) this.#shut(old); // it has lost the way to us
    const gone = () => this.#remove(guest);
    lockFreed(guestLock(id), this.#life.signal).then(gone, () => {});
    this.#channel?.postMessage(/** @satisfies {TabCall} */ ({ type: 'welcome', host: this.id, link }));
  }

  /**
   * Serves the Assistant of this tab that made this host.
   * @param {string} id
   * @param {string} link
   * @param {MessagePort} port
   */
  serve(id, link, port) {
    this.#add(id, link, port);
    port.start();
  }

  /**
   * @param {string} id
   * @param {string} link
   * @param {TabPort} port
   * @returns {Guest}
   */
  #add(id, link, port) {
    /** @type {Guest} */
    const guest = { id, link, port, open: true, jobs: new Map(), join: 0 };
    this.#guests.set(id, guest);
    port.onmessage = (/** @type {MessageEvent} */ e) => isRequest(e.data) && void this.#handle(guest, e.data);
    return guest;
  }

  /**
   * Ends what a guest has asked for, and says nothing more to it.
   * @param {Guest} guest
   */
  #shut(guest) {
    guest.open = false;
    guest.port.close();
    this.#abort(guest, closed());
  }

  /**
   * @param {Guest} guest
   * @param {CoreError} why
   */
  #abort(guest, why) {
    for (const job of guest.jobs.values()) job.abort(why);
  }

  /**
   * @param {Guest} guest
   * @param {import('../lib/rpc.js').Reply<unknown, unknown>} reply
   */
  #send(guest, reply) {
    if (guest.open) guest.port.postMessage(reply);
  }

  /**
   * @param {Guest} guest
   * @param {TabRequest} m
   */
  async #handle(guest, m) {
    const { id } = m;
    if (m.type === 'cancel') {
      guest.jobs.get(id)?.abort(new DOMException('The request was cancelled.', 'AbortError'));
      return;
    }
    if (m.type === 'join') {
      guest.join = id;
      return;
    }
    const job = new AbortController();
    guest.jobs.set(id, job);
    try {
      const result = await this.#work(guest, m, job.signal);
      this.#send(guest, { id, type: 'result', result });
    } catch (e) {
      this.#send(guest, { id, type: 'error', error: toWire(e) });
    } finally {
      guest.jobs.delete(id);
    }
    if (m.type === 'leave') this.#shut(guest);
  }

  /**
   * @param {Guest} guest
   * @param {Exclude<TabRequest, { type: 'cancel' | 'join' }>} m
   * @param {AbortSignal} signal
   * @returns {Promise<unknown>}
   */
  async #work(guest, m, signal) {
    switch (m.type) {
      case 'ping':
        return null;
      case 'ready':
        return this.#engine.load(this.#life.signal);
      case 'leave':
        return this.#leave(guest, m.id);
      case 'tokenize': // these two are short, and may come between the steps of an answer
      case 'count':
        return this.#engine.call(m, { signal });
      case 'generate':
      case 'bench':
      case 'embed':
        return this.#inTurn(guest, m, signal);
      default:
        return unreachable(m);
    }
  }

  /**
   * @param {Guest} guest
   * @param {import('../core/protocol.js').SharedRequest & { id: number }} m
   * @param {AbortSignal} signal
   */
  async #inTurn(guest, m, signal) {
    const onEvent = (/** @type {unknown} */ event) => this.#send(guest, { id: m.id, type: 'event', event });
    if (m.type === 'generate' && this.#turns.mustWait(guest)) onEvent({ type: 'waiting' });
    const end = await this.#turns.take(guest, signal);
    try {
      return await this.#engine.call(m, { signal, onEvent });
    } finally {
      end();
    }
  }

  /** What waits for its turn fails with what ran: the next request starts the engine again. @param {CoreError} error */
  #crashed(error) {
    this.#tell({ type: 'crash', error: toWire(error) });
    for (const guest of this.#guests.values()) this.#abort(guest, error);
  }

  /** @param {TabNews} event */
  #tell(event) {
    for (const guest of this.#guests.values()) {
      if (guest.join) this.#send(guest, { id: guest.join, type: 'event', event });
    }
  }

  /**
   * @param {Guest} guest
   * @param {number} id of its request to leave
   */
  async #leave(guest, id) {
    guest.jobs.delete(id);
    this.#abort(guest, closed());
    this.#guests.delete(guest.id);
    if (this.#guests.size === 0) await this.#finish();
    return null;
  }

  /** A guest is gone without a word. @param {Guest} guest */
  #remove(guest) {
    if (this.#guests.get(guest.id) !== guest) return; // it has left, or is here by another way
    this.#shut(guest);
    this.#guests.delete(guest.id);
    if (this.#guests.size === 0) void this.#finish();
  }

  /** Nobody uses it any more. */
  async #finish() {
    this.#close();
    await this.#engine.close();
    this.#end();
  }

  /** Ends at once; the guests, who hear nothing more on their ports, look for another host. */
  resign() {
    if (this.#life.signal.aborted) return;
    this.#close();
    for (const guest of this.#guests.values()) this.#shut(guest);
    this.#engine.kill();
    this.#end();
  }

  #close() {
    this.#life.abort(closed());
    this.#channel?.postMessage(/** @satisfies {TabCall} */ ({ type: 'gone', host: this.id }));
    this.#channel?.close();
  }
}
