// Calls over a message port: each request has an id, events and one answer carry it back. Knows nothing of what is said.

import { abortReason, fromWire } from './errors.js';

/**
 * What comes back: any number of events, then a result or an error.
 * @template E, R
 * @typedef {{ id: number, type: 'event', event: E } | { id: number, type: 'result', result: R }
 *   | { id: number, type: 'error', error: import('./errors.js').WireError }} Reply
 */

/**
 * @typedef {object} Pending
 * @property {(event: unknown) => void} onEvent
 * @property {(result: unknown) => void} resolve
 * @property {(reason: unknown) => void} reject
 */

/**
 * @typedef {object} Port a Worker, a MessagePort that is started, a BroadcastChannel of two
 * @property {(message: unknown, transfer: Transferable[]) => void} postMessage
 * @property {(type: 'message', listener: (event: MessageEvent) => void) => void} addEventListener
 */

/** The calling end of a port. */
export class Caller {
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #next = 1;
  #port;

  /** @param {Port} port */
  constructor(port) {
    this.#port = port;
    port.addEventListener('message', (e) => this.#answer(e.data));
  }

  /** How many calls wait for their answer. */
  get waiting() {
    return this.#pending.size;
  }

  /**
   * Sends a request; aborting the signal rejects at once with its reason and sends { id, type: 'cancel' } after it, and so does an onEvent that
   * throws.
   * @param {{ type: string }} message without its id
   * @param {{ signal?: AbortSignal, onEvent?: (event: unknown) => void, transfer?: Transferable[] }} [options]
   * @returns {Promise<unknown>}
   */
  call(message, { signal, onEvent = () => {}, transfer = [] } = {}) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortReason(signal));
      const abort = () => {
        if (!signal || !this.#pending.delete(id)) return;
        this.#cancel(id);
        reject(abortReason(signal));
      };
      /** @template T @param {(value: T) => void} then @returns {(value: T) => void} */
      const ending = (then) => (value) => {
        signal?.removeEventListener('abort', abort);
        then(value);
      };
      this.#pending.set(id, { onEvent, resolve: ending(resolve), reject: ending(reject) });
      try {
        this.#port.postMessage({ ...message, id }, transfer);
      } catch (e) {
        this.#pending.delete(id); // something in it cannot be copied
        return reject(e);
      }
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /**
   * Rejects every waiting call: the other end is gone.
   * @param {unknown} reason
   */
  failAll(reason) {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(reason);
  }

  /** @param {Reply<unknown, unknown>} reply */
  #answer(reply) {
    const call = this.#pending.get(reply?.id);
    if (!call) return; // cancelled in the meantime
    if (reply.type === 'event') return this.#tell(call, reply);
    this.#pending.delete(reply.id);
    if (reply.type === 'result') call.resolve(reply.result);
    else call.reject(fromWire(reply.error));
  }

  /**
   * @param {Pending} call
   * @param {{ id: number, event: unknown }} reply
   */
  #tell(call, { id, event }) {
    try {
      call.onEvent(event);
    } catch (e) {
      this.#pending.delete(id);
      this.#cancel(id);
      call.reject(e);
    }
  }

  /** @param {number} id */
  #cancel(id) {
    this.#port.postMessage({ id, type: 'cancel' }, []);
  }
}
