// One at a time, those who ask in turn: whoever asks for ten waits, after the first, for one of everybody else's.

/**
 * @typedef {object} Entry
 * @property {object} owner
 * @property {() => void} go
 */

export class Turns {
  /** @type {Entry[]} in order of arrival */
  #waiting = [];
  /** @type {object | null} whose turn it is */
  #owner = null;
  #turn = 0;
  /** @type {WeakMap<object, number>} the turn that each had last */
  #last = new WeakMap();

  /**
   * Whether somebody else comes first.
   * @param {object} owner
   */
  mustWait(owner) {
    const others = [this.#owner, ...this.#waiting.map((entry) => entry.owner)];
    return others.some((other) => other !== null && other !== owner);
  }

  /**
   * Waits for a turn.
   * @param {object} owner
   * @param {AbortSignal} signal rejects with its reason
   * @returns {Promise<() => void>} ends the turn
   */
  take(owner, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        reject(signal.reason);
      };
      const entry = {
        owner,
        go: () => {
          signal.removeEventListener('abort', abort);
          resolve(() => this.#end());
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(entry);
      this.#next();
    });
  }

  #end() {
    this.#owner = null;
    this.#next();
  }

  #next() {
    if (this.#owner !== null || this.#waiting.length === 0) return;
    const last = (/** @type {Entry} */ entry) => this.#last.get(entry.owner) ?? 0;
    const entry = this.#waiting.reduce((best, other) => (last(other) < last(best) ? other : best));
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    this.#owner = entry.owner;
    this.#last.set(entry.owner, ++this.#turn);
    entry.go();
  }
}
