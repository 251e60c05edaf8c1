// The C functions of src/api/oa_data.h as a JavaScript object: conversations read, checked, converted and counted.

import { CoreError } from '../lib/errors.js';
import { siteUrl } from '../lib/trusted.js';
import { Heap } from './heap.js';

/**
 * What emscripten makes of src/api/oa_data.h.
 * @typedef {object} Module
 * @property {Uint8Array} HEAPU8
 * @property {() => number} _oa_data_new
 * @property {(d: number) => void} _oa_data_free
 * @property {(d: number) => number} _oa_data_error
 * @property {(d: number) => number} _oa_data_result
 * @property {(d: number) => number} _oa_data_result_len
 * @property {(d: number, json: number, n: number) => number} _oa_data_begin
 * @property {(d: number, name: number, n: number) => number} _oa_data_file
 * @property {(d: number, piece: number, n: number) => number} _oa_data_push
 * @property {(d: number) => number} _oa_data_file_end
 * @property {(d: number) => number} _oa_data_end
 * @property {(d: number, more: number) => number} _oa_data_next
 * @property {(d: number) => number} _oa_data_report
 * @property {(d: number, json: number, n: number) => number} _oa_board_begin
 * @property {(d: number, piece: number, n: number) => number} _oa_board_push
 * @property {(d: number) => number} _oa_board_push_end
 * @property {(d: number, json: number, n: number) => number} _oa_board_call
 * @property {(n: number) => number} _malloc
 * @property {(p: number) => void} _free
 */

/** @typedef {import('./data-protocol.js').Form} Form */
/** @typedef {{ do: 'export' | 'stats', form?: Form, anonymize?: boolean, seed?: string, skip_bad?: boolean, rows?: boolean }} JobOptions */
/** @typedef {{ trees: number, messages: number, bad: number, dropped: number, written: number, rows?: Record<Form, number>, stats?: { agreement: number | null, labels: Record<string, { alpha?: number | null }> } }} JobReport stats: as src/data/stats.h has them */

export class Data {
  #m;
  #d;
  #heap;
  #more; // where oa_data_next says whether there is more, an int

  /** @returns {Promise<Data>} */
  static async open() {
    const folder = siteUrl('core/');
    try {
      /** @type {{ default: (settings: { locateFile(path: string): string, onAbort(): void }) => Promise<Module> }} */
      const glue = await import(new URL('data.mjs', folder).href);
      return new Data(await glue.default({ locateFile: (path) => new URL(path, folder).href, onAbort() {} }));
    } catch (e) {
      if (e instanceof CoreError) throw e;
      const why = e instanceof Error ? e.message : String(e);
      throw new CoreError('ERR_NETWORK', `core/data cannot be started: ${why}. Reload the page.`);
    }
  }

  /** @param {Module} module */
  constructor(module) {
    this.#m = module;
    this.#d = module._oa_data_new();
    this.#heap = new Heap(module, this.#d, {
      error: module._oa_data_error,
      result: module._oa_data_result,
      resultLen: module._oa_data_result_len,
      take: module._malloc,
      drop: module._free,
    });
    this.#more = this.#d ? module._malloc(4) >>> 0 : 0;
    if (!this.#more) throw new CoreError('ERR_MEMORY', 'There is no memory for this. Close other tabs and try again.');
  }

  /** @param {JobOptions} options */
  begin(options) {
    this.#heap.withJson(options, this.#m._oa_data_begin);
  }

  /** @param {string} name of the next file */
  file(name) {
    this.#heap.withText(name, this.#m._oa_data_file);
  }

  /** @param {Uint8Array} bytes the next of the file */
  push(bytes) {
    this.#heap.with(bytes, this.#m._oa_data_push);
  }

  /** After the last bytes of the last file. */
  end() {
    this.#heap.check(this.#m._oa_data_file_end);
    this.#heap.check(this.#m._oa_data_end);
  }

  /** @returns {Uint8Array | null} the next lines; null after the last */
  next() {
    this.#heap.check((d) => this.#m._oa_data_next(d, this.#more));
    const bytes = this.#heap.result();
    return bytes.length ? bytes : null;
  }

  /** @param {{ user: string, config: Record<string, number>, seed: string }} options  begins a board without trees */
  boardBegin(options) {
    this.#heap.withJson(options, this.#m._oa_board_begin);
  }

  /** @param {Uint8Array} bytes the next lines of trees */
  boardPush(bytes) {
    this.#heap.with(bytes, this.#m._oa_board_push);
  }

  /** After them: the rules are applied. */
  boardPushEnd() {
    this.#heap.check(this.#m._oa_board_push_end);
  }

  /** What src/data/board.h says that it answers. @param {{ do: string, [key: string]: unknown }} request */
  boardCall(request) {
    this.#heap.withJson(request, this.#m._oa_board_call);
    return this.#heap.json();
  }

  /** @returns {JobReport} */
  report() {
    this.#heap.check(this.#m._oa_data_report);
    return this.#heap.json();
  }
}
