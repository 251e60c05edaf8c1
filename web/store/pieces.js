// A file that lies on the server in pieces, since many hosts take no larger ones: read as the one that it is.

import { Download } from './download.js';

/**
 * @typedef {{ urls: string[], size: number }} PiecesSpec size: bytes of each piece but the last; no chunk of the file lies in two of them
 * @typedef {Omit<ConstructorParameters<typeof Download>[1], 'size' | 'begins'>} Manner how pieces are downloaded
 */

export class Pieces {
  #spec;
  #total;
  #manner;
  /** @type {Download | null} of piece #at */
  #download = null;
  #at = -1;

  /**
   * @param {PiecesSpec} spec
   * @param {number} total bytes of the file
   * @param {Manner} manner
   */
  constructor(spec, total, manner) {
    this.#spec = spec;
    this.#total = total;
    this.#manner = manner;
  }

  /**
   * Bytes of one piece; as Download's.
   * @param {number} start of the file
   * @param {number} length
   * @param {number} [end]
   * @returns {Promise<Uint8Array>}
   */
  read(start, length, end = Infinity) {
    const { urls, size } = this.#spec;
    const at = Math.floor(start / size);
    const first = at * size;
    const last = Math.min(first + size, this.#total);
    if (at !== this.#at) {
      this.close();
      this.#at = at;
      this.#download = new Download(String(urls[at]), { ...this.#manner, size: last - first, begins: at === 0 });
    }
    const download = /** @type {Download} */ (this.#download); // of this piece: just seen to
    return download.read(start - first, length, end < last ? end - first : undefined);
  }

  /** Ends the connection; read() makes another. */
  close() {
    this.#download?.close();
    this.#at = -1;
  }
}
