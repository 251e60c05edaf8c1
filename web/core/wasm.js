// The core's C functions as a JavaScript object. This file, heap.js and data.js alone touch the modules' memory.

import { CoreError } from '../lib/errors.js';
import { scriptUrl, siteUrl } from '../lib/trusted.js';
import { Heap } from './heap.js';

/**
 * What emscripten makes of src/api/oa.h. Pointers are numbers, from 2 GiB on negative ones.
 * @typedef {object} Module
 * @property {Uint8Array} HEAPU8
 * @property {(threads: number) => number} _oa_new
 * @property {(o: number) => void} _oa_free
 * @property {(o: number) => number} _oa_error
 * @property {(o: number) => number} _oa_result
 * @property {(o: number) => number} _oa_result_len
 * @property {(o: number, json: number, n: number) => number} _oa_load_begin
 * @property {(o: number, n: number) => number} _oa_load_room
 * @property {(o: number, n: number) => number} _oa_load_push
 * @property {(o: number) => number} _oa_load_end
 * @property {(o: number) => number} _oa_loaded
 * @property {(o: number) => void} _oa_unload
 * @property {(o: number) => number} _oa_info
 * @property {(o: number, text: number, n: number, specials: number) => number} _oa_tokenize
 * @property {(o: number, ids: number, n: number, specials: number) => number} _oa_detokenize
 * @property {(o: number, json: number, n: number) => number} _oa_count
 * @property {(o: number, json: number, n: number) => number} _oa_begin
 * @property {(o: number, event: number) => number} _oa_step
 * @property {(o: number) => number} _oa_stop
 * @property {(o: number) => number} _oa_session_tokens
 * @property {(o: number, page: number) => number} _oa_session_save
 * @property {(o: number, record: number, n: number) => number} _oa_session_restore
 * @property {(o: number) => void} _oa_reset
 * @property {(o: number, prompt: number, gen: number) => number} _oa_bench
 * @property {(n: number) => number} _oa_take
 * @property {(p: number) => void} _oa_drop
 */

/** @typedef {{ threads: number, locateFile(path: string): string, onAbort(): void }} Settings threads: to have ready, with the caller */
/** @typedef {{ default: (settings: Settings) => Promise<Module> }} Glue what core.mjs exports */

/** The names of enum oa_event, by number. */
const EVENTS = /** @type {const} */ ([null, 'prefill', 'text', 'done']);

/** What the core takes at a time while it loads: it stays in the processor's cache between being copied and being repacked. */
const PUSH_BYTES = 512 * 1024;

const utf8 = new TextEncoder();

export class Core {
  #m;
  #o;
  #heap;
  #event; // where oa_step puts its event, an int

  /**
   * Loads a variant and starts it.
   * @param {import('./features.js').Variant} variant
   * @param {number} threads
   * @returns {Promise<Core>}
   */
  static async open(variant, threads) {
    const folder = siteUrl(`core/${variant}/`);
    /** @type {Glue} */
    const glue = await import(new URL('core.mjs', folder).href);
    const module = await glue.default({
      threads,
      // Threads are workers too, and need an address that Trusted Types let through.
      locateFile: (path) => (path.endsWith('.js') ? scriptUrl(new URL(path, folder)) : new URL(path, folder).href),
      onAbort() {},
    });
    return new Core(module, threads);
  }

  /**
   * @param {Module} module
   * @param {number} threads
   */
  constructor(module, threads) {
    this.#m = module;
    this.#o = module._oa_new(threads);
    this.#heap = new Heap(module, this.#o, {
      error: module._oa_error,
      result: module._oa_result,
      resultLen: module._oa_result_len,
      take: module._oa_take,
      drop: module._oa_drop,
    });
    this.#event = this.#o ? module._oa_take(4) >>> 0 : 0;
    if (!this.#event)
      throw new CoreError('ERR_MEMORY', 'There is no memory for the engine. Close other tabs and try again.');
  }

  close() {
    this.#m._oa_drop(this.#event);
    this.#m._oa_free(this.#o);
  }

  /** @param {{ files: number[], context?: number, exact?: boolean }} options */
  loadBegin(options) {
    this.#heap.withJson(options, this.#m._oa_load_begin);
  }

  /** @param {Uint8Array} bytes the next of the model */
  loadPush(bytes) {
    for (let from = 0; from < bytes.length; from += PUSH_BYTES) {
      const piece = bytes.subarray(from, from + PUSH_BYTES);
      const at = this.#heap.guard(() => this.#m._oa_load_room(this.#o, piece.length)) >>> 0;
      if (!at)
        throw new CoreError(
          'ERR_MEMORY',
          this.#heap.errorText() ||
            'There is not enough memory for this model. Close other tabs or pick a smaller one.',
        );
      this.#m.HEAPU8.set(piece, at);
      this.#heap.check((o) => this.#m._oa_load_push(o, piece.length));
    }
  }

  loadEnd() {
    this.#heap.check((o) => this.#m._oa_load_end(o));
  }

  unload() {
    this.#heap.guard(() => this.#m._oa_unload(this.#o));
  }

  get loaded() {
    return this.#m._oa_loaded(this.#o) === 1;
  }

  /** @returns {import('./protocol.js').CoreInfo} */
  info() {
    this.#heap.check((o) => this.#m._oa_info(o));
    return this.#heap.json();
  }

  /**
   * @param {string} input
   * @param {boolean} specials
   * @returns {Int32Array}
   */
  tokenize(input, specials) {
    this.#heap.with(utf8.encode(input), (o, at, n) => this.#m._oa_tokenize(o, at, n, specials ? 1 : 0));
    return new Int32Array(this.#heap.result().buffer);
  }

  /**
   * @param {number[]} ids
   * @param {boolean} specials
   * @returns {Uint8Array} bytes, which need not be whole code points
   */
  detokenize(ids, specials) {
    const bytes = new Uint8Array(Int32Array.from(ids).buffer);
    this.#heap.with(bytes, (o, at) => this.#m._oa_detokenize(o, at, ids.length, specials ? 1 : 0));
    return this.#heap.result();
  }

  /**
   * @param {import('./protocol.js').CountedRequest} input
   * @returns {number} tokens of the prompt
   */
  count(input) {
    this.#heap.withJson(input, this.#m._oa_count);
    return this.#heap.json().tokens;
  }

  /**
   * @param {import('./protocol.js').CoreRequest} request
   * @returns {import('./protocol.js').Begun}
   */
  begin(request) {
    this.#heap.withJson(request, this.#m._oa_begin);
    return this.#heap.json();
  }

  /** @returns {import('./protocol.js').Step} */
  step() {
    this.#heap.check((o) => this.#m._oa_step(o, this.#event));
    const type = EVENTS[this.#m.HEAPU8[this.#event]]; // little-endian, and below 256
    if (!type)
      throw new CoreError(
        'ERR_STATE',
        'The engine gave an event that is not known here: its files are of different versions. Reload the page.',
      );
    return { ...this.#heap.json(), type };
  }

  /** @returns {import('./protocol.js').Done} */
  stop() {
    this.#heap.check((o) => this.#m._oa_stop(o));
    return { ...this.#heap.json(), type: 'done' };
  }

  /** @returns {Int32Array} the prompt that was begun, and the answer so far */
  sessionTokens() {
    this.#heap.check(this.#m._oa_session_tokens);
    return new Int32Array(this.#heap.result().buffer);
  }

  /** @param {number} page @returns {Uint8Array} its record */
  sessionSave(page) {
    this.#heap.check((o) => this.#m._oa_session_save(o, page));
    return this.#heap.result();
  }

  /**
   * @param {Uint8Array} record any bytes; a CoreError where they are of no use
   * @returns {number} tokens of the prompt that need not be computed
   */
  sessionRestore(record) {
    this.#heap.with(record, this.#m._oa_session_restore);
    return this.#heap.json().cached_tokens;
  }

  reset() {
    this.#heap.guard(() => this.#m._oa_reset(this.#o));
  }

  /**
   * @param {number} nPrompt
   * @param {number} nGen
   * @returns {import('./protocol.js').BenchRun}
   */
  bench(nPrompt, nGen) {
    this.#heap.check((o) => this.#m._oa_bench(o, nPrompt, nGen));
    return this.#heap.json();
  }
}
