// Brings a model into the core: picks the variant, starts the core and feeds it the weights as they come.

import { CoreError } from '../lib/errors.js';
import { release } from '../lib/streams.js';
import { openWeights } from '../store/weights.js';
import { bestVariant, canRun, detectFeatures, maxThreads } from './features.js';
import { SavedSessions } from './saved.js';
import { Core } from './wasm.js';

const RESTARTS = 2; // when the file on the server changes in the middle

/** @typedef {import('./features.js').Variant} Variant */

export class Loader {
  /** @type {Core | null} */
  #core = null;
  #kind = ''; // variant and threads of #core
  saved = new SavedSessions();

  /** @returns {Core} */
  get core() {
    if (!this.#core) throw new CoreError('ERR_STATE', 'No model is loaded.');
    return this.#core;
  }

  /**
   * @param {import('./protocol.js').LoadRequest} m
   * @param {{ signal: AbortSignal, emit: (event: import('./protocol.js').LoadEvent) => void }} job
   * @returns {Promise<import('./protocol.js').LoadResult>}
   */
  async load(m, { signal, emit }) {
    const start = performance.now();
    const starting = this.#start(m.variant, m.threads);
    starting.catch(() => {}); // reported where it is waited for: the weights are looked up meanwhile
    for (let restarts = 0; ; restarts++) {
      const weights = await openWeights(m.source, {
        signal,
        patience: m.patience,
        onProgress: (progress) => emit({ type: 'progress', progress }),
        onNotice: (notice) => emit({ type: 'notice', notice }),
      });
      try {
        const core = await starting;
        core.loadBegin({ files: weights.sizes, ...(m.context === null ? {} : { context: m.context }) });
        for await (const chunk of weights.chunks()) {
          signal.throwIfAborted();
          core.loadPush(chunk);
          release(chunk);
        }
        core.loadEnd();
        const info = core.info();
        await this.saved.open(weights.version(), info.variant);
        return { id: weights.id, info, loadMs: performance.now() - start };
      } catch (e) {
        const again = e instanceof CoreError && e.detail?.restart === true && restarts < RESTARTS;
        this.#core?.unload();
        if (!again) throw e;
      } finally {
        await weights.close();
      }
    }
  }

  /**
   * @param {Variant | null} wanted
   * @param {number | null} threads
   * @returns {Promise<Core>}
   */
  async #start(wanted, threads) {
    const features = detectFeatures();
    const n = Math.max(1, Math.min(threads ?? maxThreads(), maxThreads()));
    const best = bestVariant({ ...features, threads: features.threads && n > 1 });
    if (!best) {
      throw new CoreError(
        'ERR_UNSUPPORTED',
        'This browser has no WebAssembly SIMD. Update it, or use a current Chrome, Edge, Firefox or Safari.',
      );
    }
    if (wanted && !canRun(wanted, features)) {
      const why =
        wanted.endsWith('-mt') && !features.threads
          ? 'the page is not cross-origin isolated'
          : 'the browser lacks what it needs';
      throw new CoreError(
        'ERR_UNSUPPORTED',
        `Variant ${wanted} cannot run here: ${why}. Leave the choice to the engine.`,
      );
    }
    const variant = wanted ?? best;
    if (this.#core && this.#kind === `${variant} ${n}`) return this.#core;
    this.#free();
    const core = await this.#open(variant, n, wanted === null);
    this.#core = core;
    this.#kind = `${variant} ${n}`;
    return core;
  }

  /**
   * @param {Variant} variant
   * @param {number} threads
   * @param {boolean} mayFallBack
   * @returns {Promise<Core>}
   */
  async #open(variant, threads, mayFallBack) {
    try {
      return await Core.open(variant, variant.endsWith('-mt') ? threads : 1);
    } catch (e) {
      if (mayFallBack && variant.endsWith('-mt')) {
        // Shared memory must be reserved at once, which small devices refuse: without threads it can grow.
        return await this.#open(variant === 'relaxed-mt' ? 'relaxed' : 'simd', 1, false);
      }
      if (e instanceof CoreError) throw e;
      const why = e instanceof Error ? e.message : String(e);
      throw new CoreError('ERR_NETWORK', `The engine (core/${variant}) cannot be started: ${why}. Reload the page.`);
    }
  }

  /** Forgets the core after a crash: its memory can no longer be trusted, not even to be freed. */
  abandon() {
    this.saved.interrupt();
    this.#core = null;
    this.#kind = '';
  }

  /** Frees everything. @returns {Promise<null>} */
  async close() {
    await this.saved.close();
    this.#free();
    return null;
  }

  #free() {
    this.#core?.close();
    this.abandon();
  }
}
