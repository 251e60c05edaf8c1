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

/** The calling end of a worker. */
export class Caller {
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #next = 1;
  #worker;

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.addEventListener('message', (e) => this.#answer(e.data));
  }

  /** How many calls wait for their answer. */
  get waiting() {
    return this.#pending.size;
  }

  /**
   * Sends a request; aborting the signal rejects at once with its reason and sends { id, type: 'cancel' } after it.
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
        this.#worker.postMessage({ id, type: 'cancel' });
        reject(abortReason(signal));
      };
      /** @template T @param {(value: T) => void} then @returns {(value: T) => void} */
      const ending = (then) => (value) => {
        signal?.removeEventListener('abort', abort);
        then(value);
      };
      this.#pending.set(id, { onEvent, resolve: ending(resolve), reject: ending(reject) });
      try {
        this.#worker.postMessage({ ...message, id }, transfer);
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
    const call = this.#pending.get(reply.id);
    if (!call) return; // cancelled in the meantime
    if (reply.type === 'event') return call.onEvent(reply.event);
    this.#pending.delete(reply.id);
    if (reply.type === 'result') call.resolve(reply.result);
    else call.reject(fromWire(reply.error));
  }
}
