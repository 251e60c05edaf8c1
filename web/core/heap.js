// Calls into a WebAssembly module of ours and what they need of its memory. Views of it are taken after each call, because any call may grow it,
// and are copied before they are decoded, because shared memory cannot be.

import { CoreError } from '../lib/errors.js';
import { STATUS } from './status.js';

/** Thrown when a module stopped in the middle of a call: its memory can no longer be trusted. */
export class CoreCrash extends CoreError {
  /** @param {unknown} cause */
  constructor(cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super('ERR_STATE', `The engine stopped unexpectedly (${what}). The next request starts it again.`, { crash: true });
  }
}

/**
 * The functions that every object of ours has, and memory for arguments. Pointers are numbers, from 2 GiB on negative ones.
 * @typedef {object} Common
 * @property {(o: number) => number} error
 * @property {(o: number) => number} result
 * @property {(o: number) => number} resultLen
 * @property {(n: number) => number} take
 * @property {(p: number) => void} drop
 */

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { ignoreBOM: true });

export class Heap {
  #m;
  #o;
  #common;

  /**
   * @param {{ HEAPU8: Uint8Array }} module
   * @param {number} o the object
   * @param {Common} common
   */
  constructor(module, o, common) {
    this.#m = module;
    this.#o = o;
    this.#common = common;
  }

  /**
   * Runs a call; a trap inside is a crash.
   * @template T
   * @param {(o: number) => T} call
   * @returns {T}
   */
  guard(call) {
    try {
      return call(this.#o);
    } catch (e) {
      throw new CoreCrash(e);
    }
  }

  /**
   * Runs a call that returns a status.
   * @param {(o: number) => number} call
   */
  check(call) {
    const status = this.guard(call);
    if (status !== 0) throw new CoreError(STATUS[status] ?? 'ERR_UNKNOWN', this.errorText());
  }

  errorText() {
    const at = this.guard((o) => this.#common.error(o)) >>> 0;
    const heap = this.#m.HEAPU8;
    return text.decode(heap.slice(at, heap.indexOf(0, at)));
  }

  /** @returns {Uint8Array} a copy of the last call's output */
  result() {
    const at = this.#common.result(this.#o) >>> 0;
    const n = this.#common.resultLen(this.#o) >>> 0;
    return this.#m.HEAPU8.slice(at, at + n);
  }

  /** The last call's output, parsed; the caller says what it is, which the header promises. */
  json() {
    return JSON.parse(text.decode(this.result()));
  }

  /**
   * Runs a call that takes a block of bytes.
   * @param {Uint8Array} bytes
   * @param {(o: number, at: number, n: number) => number} call
   */
  with(bytes, call) {
    const at = this.guard(() => this.#common.take(Math.max(1, bytes.length))) >>> 0;
    if (!at)
      throw new CoreError(
        'ERR_MEMORY',
        `There is no memory for ${bytes.length} bytes of input. Shorten it or close other tabs.`,
      );
    try {
      this.#m.HEAPU8.set(bytes, at);
      this.check((o) => call(o, at, bytes.length));
    } finally {
      this.#common.drop(at);
    }
  }

  /**
   * @param {string} words
   * @param {(o: number, at: number, n: number) => number} call
   */
  withText(words, call) {
    this.with(utf8.encode(words), call);
  }

  /**
   * @param {unknown} value
   * @param {(o: number, at: number, n: number) => number} call
   */
  withJson(value, call) {
    this.withText(JSON.stringify(value), call);
  }
}
