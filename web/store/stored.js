// A file's chunks as the database has them, read and checked some ahead of whoever wants them in order, by a worker of their own:
// the reader's thread would take them from the browser only between two of its own steps.

import { Caller } from '../lib/rpc.js';
import { scriptUrl, siteUrl } from '../lib/trusted.js';

const READ_AHEAD = 6; // chunks at a time; 3 are as fast, but the core takes long for the first, with the vocabulary in it

/**
 * A chunk that should be there.
 * @typedef {{ length: number, digest: Uint8Array | undefined }} Expected
 */

/**
 * What the worker is asked.
 * @typedef {{ id: number, type: 'chunk', file: string, index: number, length: number, digest: Uint8Array }} ChunkRequest
 */

/** The worker, one for all files of a model. */
export class ChunkReader {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Caller | null} null: not started, or broken */
  #caller = null;
  #closed = false;

  /** Starts the worker; it is ready when something is known of the files, if this comes before. */
  start() {
    try {
      this.#worker = new Worker(scriptUrl(siteUrl('reader.js')), { type: 'module', name: 'oa-reader' });
    } catch {
      return; // somebody's policy forbids it
    }
    const caller = (this.#caller = new Caller(this.#worker));
    this.#worker.addEventListener('error', () => {
      this.#caller = null;
      caller.failAll(new DOMException('reader.js does not run', 'NetworkError'));
    });
  }

  /**
   * A chunk, undefined where it is damaged; null where the worker, or its connection, is gone.
   * @param {Omit<ChunkRequest, 'id'>} request
   * @returns {Promise<Uint8Array | undefined | null>}
   */
  async read(request) {
    if (!this.#caller) return null;
    try {
      return /** @type {Uint8Array | undefined} */ (await this.#caller.call(request)); // the cast: reader.js says so
    } catch (e) {
      if (this.#closed) throw e;
      return null;
    }
  }

  /** Nothing more is wanted of the worker. */
  close() {
    this.#closed = true;
    this.#worker?.terminate();
    this.#caller?.failAll(new DOMException('The file was closed.', 'AbortError'));
    this.#caller = null;
  }
}

export class StoredChunks {
  #shelf;
  #reader;
  #expected;
  /** @type {Map<number, Promise<Uint8Array | undefined>>} what is on its way */
  #reading = new Map();

  /**
   * @param {import('./shelf.js').Shelf} shelf
   * @param {ChunkReader} reader
   * @param {(i: number) => Expected | undefined} expected undefined where chunk i is not stored
   */
  constructor(shelf, reader, expected) {
    this.#shelf = shelf;
    this.#reader = reader;
    this.#expected = expected;
  }

  /**
   * Begins to read chunk i and those that come next.
   * @param {string} id the file's
   * @param {number} i
   */
  begin(id, i) {
    for (let k = i; k < i + READ_AHEAD; k++) {
      const expected = this.#expected(k);
      if (!expected) break;
      if (this.#reading.has(k)) continue;
      const reading = this.#checked(id, k, expected);
      reading.catch(() => {}); // reported when its turn comes
      this.#reading.set(k, reading);
    }
  }

  /**
   * Chunk i, undefined where it is damaged; and begins to read those that come next.
   * @param {string} id
   * @param {number} i
   * @returns {Promise<Uint8Array | undefined>}
   */
  async read(id, i) {
    this.begin(id, i);
    const bytes = this.#reading.get(i);
    this.#reading.delete(i);
    return bytes;
  }

  /**
   * @param {string} file
   * @param {number} index
   * @param {Expected} expected
   * @returns {Promise<Uint8Array | undefined>}
   */
  async #checked(file, index, { length, digest }) {
    if (!digest) return undefined;
    const bytes = await this.#reader.read({ type: 'chunk', file, index, length, digest });
    return bytes === null ? await this.#shelf.get((db) => db.soundChunk(file, index, length, digest)) : bytes;
  }
}
