// How far a load is, how fast it goes and when it will be done.

/**
 * @typedef {object} Progress
 * @property {'download' | 'load'} phase from the network, or from this device
 * @property {number} loaded bytes
 * @property {number} total bytes
 * @property {number | null} rate bytes per second from the network; null while unknown
 * @property {number | null} eta seconds left; null while unknown
 * @property {number} cached bytes of it that were stored here already
 */

const EVERY_MS = 100; // between two reports
const WINDOW_MS = 5000; // over which the rate is measured

export class Meter {
  /** @type {[number, number][]} time and bytes from the network until then */
  #marks = [];
  #reported = -Infinity;
  #fetched = 0;

  /**
   * @param {number} total bytes
   * @param {(p: Progress) => void} report
   */
  constructor(total, report) {
    this.total = total;
    this.report = report;
    this.loaded = 0;
    this.cached = 0;
    /** @type {'download' | 'load'} */
    this.phase = 'load';
  }

  /**
   * @param {number} n bytes more (or fewer, where they have to be fetched again)
   */
  addFetched(n) {
    this.phase = 'download';
    this.#fetched += Math.max(0, n);
    this.loaded += n;
    this.tick();
  }

  /** @param {number} n bytes that came from this device */
  addCached(n) {
    this.cached += n;
    this.loaded += n;
    this.tick();
  }

  /** Reports, unless it did a moment ago. */
  tick() {
    const now = performance.now();
    if (now - this.#reported < EVERY_MS && this.loaded !== this.total) return;
    this.#reported = now;
    this.#marks.push([now, this.#fetched]);
    while (this.#marks.length > 2 && now - this.#marks[0][0] > WINDOW_MS) this.#marks.shift();
    const [since, bytes] = this.#marks[0];
    const rate =
      this.phase === 'download' && now - since > 500 ? ((this.#fetched - bytes) * 1000) / (now - since) : null;
    const eta = rate ? (this.total - this.loaded) / rate : null;
    const { phase, loaded, total, cached } = this;
    this.report({ phase, loaded, total, rate, eta, cached });
  }
}
