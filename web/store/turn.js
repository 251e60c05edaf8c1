// Whose turn it is to download a file, when several tabs want it: one holds a Web Lock and tells the others what it has stored.
// A tab that crashes loses the lock within milliseconds, and one that waits takes over: so there are no leases and no heartbeat.

export class Turn {
  /** @type {'none' | 'asked' | 'held'} */
  #state = 'none';
  #name;
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** @type {() => void} ends the holding of the lock */
  #release = () => {};
  /** @type {AbortController} withdraws the request for it */
  #withdraw = new AbortController();
  /** @type {() => void} wakes wait() */
  #wake = () => {};
  #news = false; // since wait() last returned

  /** @param {string} id the file's */
  constructor(id) {
    this.#name = 'oa-download:' + id;
    if (typeof BroadcastChannel === 'function') {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = () => this.#tellWaiter();
    }
  }

  /** Whether this tab may download. */
  get held() {
    return this.#state === 'held';
  }

  /**
   * Asks for the turn, and resolves when this tab has it or when the one that has it has stored something more.
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  wait(signal) {
    return new Promise((done, stop) => {
      const abort = () => stop(signal.reason);
      if (signal.aborted) return abort();
      if (this.#news) {
        this.#news = false;
        return done();
      }
      signal.addEventListener('abort', abort, { once: true });
      this.#wake = () => {
        signal.removeEventListener('abort', abort);
        this.#wake = () => {};
        this.#news = false;
        done();
      };
      if (this.#state === 'none') this.#ask();
    });
  }

  /** Says that something more is stored. */
  tell() {
    this.#channel?.postMessage(0);
  }

  /** Gives the turn back, or no longer asks for it. */
  release() {
    this.#withdraw.abort();
    this.#release();
    this.#channel?.close();
    this.#channel = null;
    this.#state = 'none';
  }

  #tellWaiter() {
    this.#news = true;
    this.#wake();
  }

  #ask() {
    this.#state = 'asked';
    const grant = () => {
      this.#state = 'held';
      this.#tellWaiter();
    };
    if (!navigator.locks) return grant(); // plain http: each tab for itself, which stores the same bytes
    const hold = () => {
      grant();
      return new Promise((done) => (this.#release = () => done(undefined)));
    };
    navigator.locks.request(this.#name, { signal: this.#withdraw.signal }, hold).catch(() => {
      if (!this.#withdraw.signal.aborted) grant(); // no locks in this context
    });
  }
}
