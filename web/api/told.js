// What a caller has heard of an answer. When the tab that computes it goes away, another computes it from its beginning, with the same seed, which
// gives the same tokens: those that were told already are not told again.

import { CoreError } from '../lib/errors.js';

/** @typedef {import('../core/protocol.js').GenerateEvent} GenerateEvent */

const END = -1; // in place of an id: of a draft

export class Told {
  /** @type {number[]} */
  #ids = [];
  #at = 0; // tokens of this computation
  #onEvent;

  /** @param {(event: unknown) => void} [onEvent] */
  constructor(onEvent = () => {}) {
    this.#onEvent = onEvent;
  }

  /** The answer is computed from its beginning. */
  again() {
    this.#at = 0;
  }

  /** @param {unknown} event */
  next(event) {
    const e = /** @type {GenerateEvent} */ (event); // protocol.js: no other request has events
    if (e.type !== 'text' && e.type !== 'end') {
      if (this.#ids.length === 0) this.#onEvent(event);
      return;
    }
    const at = this.#at++;
    const id = e.type === 'text' ? e.id : END;
    if (at === this.#ids.length) {
      this.#ids.push(id);
      this.#onEvent(event);
    } else if (this.#ids[at] !== id) {
      const message = 'The tab that computed this answer was closed, and this one computes another. Ask again.';
      throw new CoreError('ERR_STATE', message);
    }
  }
}
