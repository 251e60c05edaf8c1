// The monitor of create(): downloadprogress events from 0 to 1.

const STEP = 65_536; // progress is told in parts of this, rounded down
const PAUSE_MS = 50; // between two events

/** @returns {import('./types.js').CreateMonitor} */
export function makeMonitor() {
  /** @type {import('./types.js').CreateMonitor} */
  const monitor = Object.assign(new EventTarget(), { ondownloadprogress: null });
  monitor.addEventListener('downloadprogress', (event) =>
    monitor.ondownloadprogress?.(/** @type {ProgressEvent} */ (event)),
  ); // the cast: Progress fires it
  return monitor;
}

/** Says 0 first and 1 last, each value once, and nothing after stop(). */
export class Progress {
  #monitor;
  #last = -1;
  #at = 0;
  #over = false;

  /** @param {EventTarget} monitor */
  constructor(monitor) {
    this.#monitor = monitor;
  }

  /** @param {number} loaded 0 to 1 */
  tell(loaded) {
    if (this.#last < 0) this.#fire(0);
    const rounded = Math.floor(loaded * STEP) / STEP;
    if (rounded > this.#last && rounded < 1 && performance.now() - this.#at >= PAUSE_MS) this.#fire(rounded);
  }

  finish() {
    this.tell(0);
    this.#fire(1);
    this.stop();
  }

  stop() {
    this.#over = true;
  }

  /** @param {number} loaded */
  #fire(loaded) {
    if (this.#over) return;
    this.#last = loaded;
    this.#at = performance.now();
    this.#monitor.dispatchEvent(new ProgressEvent('downloadprogress', { loaded, total: 1, lengthComputable: true }));
  }
}
