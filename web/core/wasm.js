// The core's C functions as a JavaScript object. The only file that touches its memory: views of it are taken after each call,
// because any call may grow it, and are copied before they are decoded, because shared memory cannot be.

import { CoreError } from '../lib/errors.js';
import { scriptUrl, siteUrl } from '../lib/trusted.js';
import { STATUS } from './status.js';

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
 * @property {(o: number) => void} _oa_reset
 * @property {(o: number, prompt: number, gen: number) => number} _oa_bench
 * @property {(n: number) => number} _oa_take
 * @property {(p: number) => void} _oa_drop
 */

/** @typedef {{ threads: number, locateFile(path: string): string, onAbort(): void }} Settings threads: to have ready, with the caller */
/** @typedef {{ default: (settings: Settings) => Promise<Module> }} Glue what core.mjs exports */

/** Thrown when the core stopped in the middle of a call: its memory can no longer be trusted. */
export class CoreCrash extends CoreError {
  /** @param {unknown} cause */
  constructor(cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super('ERR_STATE', `The engine stopped unexpectedly (${what}). The next request starts it again.`, { crash: true });
  }
}

/** The names of enum oa_event, by number. */
const EVENTS = /** @type {const} */ ([null, 'prefill', 'text', 'done']);

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { ignoreBOM: true });

export class Core {
  #m;
  #o;
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
    this.#event = this.#o ? module._oa_take(4) >>> 0 : 0;
    if (!this.#event)
      throw new CoreError('ERR_MEMORY', 'There is no memory for the engine. Close other tabs and try again.');
  }

  close() {
    this.#m._oa_drop(this.#event);
    this.#m._oa_free(this.#o);
  }

  /**
   * Runs a call; a trap inside is a crash.
   * @template T
   * @param {() => T} call
   * @returns {T}
   */
  #guard(call) {
    try {
      return call();
    } catch (e) {
      throw new CoreCrash(e);
    }
  }

  /**
   * Runs a call that returns a status.
   * @param {(o: number) => number} call
   */
  #check(call) {
    const status = this.#guard(() => call(this.#o));
    if (status !== 0) throw new CoreError(STATUS[status] ?? 'ERR_UNKNOWN', this.#errorText());
  }

  #errorText() {
    const at = this.#guard(() => this.#m._oa_error(this.#o)) >>> 0;
    const heap = this.#m.HEAPU8;
    return text.decode(heap.slice(at, heap.indexOf(0, at)));
  }

  /** @returns {Uint8Array} a copy of the last call's output */
  #result() {
    const at = this.#m._oa_result(this.#o) >>> 0;
    const n = this.#m._oa_result_len(this.#o) >>> 0;
    return this.#m.HEAPU8.slice(at, at + n);
  }

  /** The last call's output, parsed; the caller says what it is, which oa.h promises. */
  #json() {
    return JSON.parse(text.decode(this.#result()));
  }

  /**
   * Runs a call that takes a block of bytes.
   * @param {Uint8Array} bytes
   * @param {(o: number, at: number, n: number) => number} call
   */
  #with(bytes, call) {
    const at = this.#guard(() => this.#m._oa_take(Math.max(1, bytes.length))) >>> 0;
    if (!at)
      throw new CoreError(
        'ERR_MEMORY',
        `There is no memory for ${bytes.length} bytes of input. Shorten it or close other tabs.`,
      );
    try {
      this.#m.HEAPU8.set(bytes, at);
      this.#check((o) => call(o, at, bytes.length));
    } finally {
      this.#m._oa_drop(at);
    }
  }

  /**
   * @param {unknown} value
   * @param {(o: number, at: number, n: number) => number} call
   */
  #withJson(value, call) {
    this.#with(utf8.encode(JSON.stringify(value)), call);
  }

  /** @param {{ files: number[], context?: number, exact?: boolean }} options */
  loadBegin(options) {
    this.#withJson(options, this.#m._oa_load_begin);
  }

  /** @param {Uint8Array} bytes the next of the model */
  loadPush(bytes) {
    const at = this.#guard(() => this.#m._oa_load_room(this.#o, bytes.length)) >>> 0;
    if (!at)
      throw new CoreError(
        'ERR_MEMORY',
        this.#errorText() || 'There is not enough memory for this model. Close other tabs or pick a smaller one.',
      );
    this.#m.HEAPU8.set(bytes, at);
    this.#check((o) => this.#m._oa_load_push(o, bytes.length));
  }

  loadEnd() {
    this.#check((o) => this.#m._oa_load_end(o));
  }

  unload() {
    this.#guard(() => this.#m._oa_unload(this.#o));
  }

  get loaded() {
    return this.#m._oa_loaded(this.#o) === 1;
  }

  /** @returns {import('./protocol.js').CoreInfo} */
  info() {
    this.#check((o) => this.#m._oa_info(o));
    return this.#json();
  }

  /**
   * @param {string} input
   * @param {boolean} specials
   * @returns {Int32Array}
   */
  tokenize(input, specials) {
    this.#with(utf8.encode(input), (o, at, n) => this.#m._oa_tokenize(o, at, n, specials ? 1 : 0));
    return new Int32Array(this.#result().buffer);
  }

  /**
   * @param {number[]} ids
   * @param {boolean} specials
   * @returns {Uint8Array} bytes, which need not be whole code points
   */
  detokenize(ids, specials) {
    const bytes = new Uint8Array(Int32Array.from(ids).buffer);
    this.#with(bytes, (o, at) => this.#m._oa_detokenize(o, at, ids.length, specials ? 1 : 0));
    return this.#result();
  }

  /**
   * @param {{ messages: import('./protocol.js').Message[], add_generation_prompt: boolean }} input
   * @returns {number} tokens of the prompt
   */
  count(input) {
    this.#withJson(input, this.#m._oa_count);
    return this.#json().tokens;
  }

  /**
   * @param {import('./protocol.js').CoreRequest} request
   * @returns {import('./protocol.js').Begun}
   */
  begin(request) {
    this.#withJson(request, this.#m._oa_begin);
    return this.#json();
  }

  /** @returns {import('./protocol.js').Step} */
  step() {
    this.#check((o) => this.#m._oa_step(o, this.#event));
    const type = EVENTS[this.#m.HEAPU8[this.#event]]; // little-endian, and below 256
    if (!type)
      throw new CoreError(
        'ERR_STATE',
        'The engine gave an event that is not known here: its files are of different versions. Reload the page.',
      );
    return { ...this.#json(), type };
  }

  /** @returns {import('./protocol.js').Done} */
  stop() {
    this.#check((o) => this.#m._oa_stop(o));
    return { ...this.#json(), type: 'done' };
  }

  reset() {
    this.#guard(() => this.#m._oa_reset(this.#o));
  }

  /**
   * @param {number} nPrompt
   * @param {number} nGen
   * @returns {import('./protocol.js').BenchRun}
   */
  bench(nPrompt, nGen) {
    this.#check((o) => this.#m._oa_bench(o, nPrompt, nGen));
    return this.#json();
  }
}
