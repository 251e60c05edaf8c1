// The database of saved sessions: pages of what the core computed, each under a key that stands for the model and for all tokens up to
// the page's end (core/saved.js makes it). So chats that begin alike share pages, an answer adds only its own, and what is read can only
// be what would have been computed. Bytes are checked when they are read.

import { sameBytes, sha256 } from '../lib/sha256.js';
import { Connection } from './connection.js';

const NAME = 'oa-sessions';
const ERASURES = 'erasures';

/**
 * What is known of a page; its bytes lie beside it, written and removed in the same transaction.
 * @typedef {object} Page
 * @property {string} key
 * @property {number} index in its session, from 0
 * @property {number} size bytes
 * @property {Uint8Array} digest SHA-256 of the bytes
 * @property {number} usedAt ms since 1970
 */

/**
 * `state` counts under ERASURES how often everything was erased.
 * @typedef {{ pages: { key: string, value: Page }, bytes: { key: string, value: Blob }, state: { key: string, value: number } }} Schema
 */

export class SessionsDb {
  /** @type {Connection<Schema>} */
  #connection = new Connection(NAME, [
    (db) => {
      db.createObjectStore('pages', { keyPath: 'key' });
      db.createObjectStore('bytes');
      db.createObjectStore('state');
    },
  ]);

  /** Closes the connection; the next call opens another. */
  close() {
    return this.#connection.close();
  }

  /** @returns {Promise<number>} how often everything was erased */
  erasures() {
    return this.#connection.run(async (db) => (await db.get('state', ERASURES)) ?? 0);
  }

  /**
   * A page's bytes; undefined where there are none. What is damaged is removed.
   * @param {string} key
   * @returns {Promise<Uint8Array | undefined>}
   */
  async read(key) {
    const [page, blob] = await this.#connection.run((db) => {
      const tx = db.transaction(['pages', 'bytes']);
      return Promise.all([tx.objectStore('pages').get(key), tx.objectStore('bytes').get(key)]);
    });
    if (!page) return undefined;
    const sound = blob instanceof Blob && blob.size === page.size;
    const buffer = sound ? await blob.arrayBuffer().catch(() => null) : null; // null: its file is gone
    const bytes = buffer && new Uint8Array(buffer);
    if (bytes && sameBytes(await sha256(bytes), page.digest)) return bytes;
    await this.remove([key]);
    return undefined;
  }

  /**
   * Stores a page, unless everything was erased since `erasures` was read.
   * @param {Page} page
   * @param {Uint8Array} bytes they are copied before this returns
   * @param {number} erasures
   * @returns {Promise<boolean>} false: not stored
   */
  put(page, bytes, erasures) {
    // A Blob is read in half the time of an ArrayBuffer. The cast: buffers of our own, not shared ones.
    const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]);
    return this.#connection.run(async (db) => {
      const tx = db.transaction(['pages', 'bytes', 'state'], 'readwrite');
      const fresh = ((await tx.objectStore('state').get(ERASURES)) ?? 0) === erasures;
      const puts = fresh ? [tx.objectStore('pages').put(page), tx.objectStore('bytes').put(blob, page.key)] : [];
      await Promise.all([...puts, tx.done]);
      return fresh;
    });
  }

  /**
   * Notes that pages were used.
   * @param {string[]} keys
   * @param {number} usedAt ms since 1970
   * @returns {Promise<Set<string>>} those that are there
   */
  touch(keys, usedAt) {
    return this.#connection.run(async (db) => {
      const tx = db.transaction('pages', 'readwrite');
      const found = await Promise.all(keys.map((key) => tx.store.get(key)));
      const pages = found.flatMap((page) => (page ? [{ ...page, usedAt }] : []));
      await Promise.all([...pages.map((page) => tx.store.put(page)), tx.done]);
      return new Set(pages.map((page) => page.key));
    });
  }

  /**
   * Removes the pages that were not used for the longest time, until `size` more bytes fit the limit or none is left but those to keep.
   * @param {number} size
   * @param {number} limit bytes of all pages
   * @param {Set<string>} keep
   * @returns {Promise<number>} bytes that fit now
   */
  async makeRoom(size, limit, keep) {
    const pages = await this.#connection.run((db) => db.getAll('pages'));
    pages.sort((a, b) => a.usedAt - b.usedAt || b.index - a.index); // of one session the last first: it is of no use without the others
    let total = pages.reduce((n, page) => n + page.size, 0);
    const old = [];
    for (const page of pages) {
      if (total + size <= limit) break;
      if (keep.has(page.key)) continue;
      old.push(page.key);
      total -= page.size;
    }
    await this.remove(old);
    return limit - total;
  }

  /** @param {string[]} keys */
  async remove(keys) {
    await this.#connection.run(async (db) => {
      const tx = db.transaction(['pages', 'bytes'], 'readwrite');
      const both = keys.flatMap((key) => [tx.objectStore('pages').delete(key), tx.objectStore('bytes').delete(key)]);
      await Promise.all([...both, tx.done]);
    });
  }

  /** @returns {Promise<number>} bytes of all pages */
  async size() {
    const pages = await this.#connection.run((db) => db.getAll('pages'));
    return pages.reduce((n, page) => n + page.size, 0);
  }

  /** Removes everything, also what another tab is about to store. */
  async erase() {
    await this.#connection.erase(async (db) => {
      const tx = db.transaction(['pages', 'bytes', 'state'], 'readwrite');
      const state = tx.objectStore('state');
      const n = (await state.get(ERASURES)) ?? 0;
      const all = [state.put(n + 1, ERASURES), tx.objectStore('pages').clear(), tx.objectStore('bytes').clear()];
      await Promise.all([...all, tx.done]);
    });
  }
}

/**
 * Deletes all saved sessions. Pages do not say which chat they are of, and several may share one: where one chat is deleted, all go, and
 * the others are computed once more when they are opened.
 */
export async function eraseSessions() {
  const db = new SessionsDb();
  try {
    await db.erase();
  } finally {
    await db.close();
  }
}
