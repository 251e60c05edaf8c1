// A connection to a database that mends itself, and that brings what an older version of the page stored up to date.

import { deleteDB, openDB } from 'idb';
import { CoreError } from '../lib/errors.js';

const OPEN_MS = 10_000; // some browsers never answer in private windows

/** @param {unknown} e */
export function isQuotaError(e) {
  return e instanceof DOMException && e.name === 'QuotaExceededError';
}

/**
 * Whether a newer version of the page has stored something that this one cannot read: its work is left alone.
 * @param {unknown} e
 */
export function isNewer(e) {
  return e instanceof CoreError && e.detail?.['newer'] === true;
}

/** @template S the schema: what idb knows of the stores */
export class Connection {
  /** @type {Promise<import('idb').IDBPDatabase<S>> | null} */
  #opening = null;
  #name;
  #steps;

  /**
   * @param {string} name
   * @param {((db: import('idb').IDBPDatabase<S>, tx: import('idb').IDBPTransaction<S, import('idb').StoreNames<S>[], 'versionchange'>) => void)[]} steps
   *   step n makes version n + 1 of version n, so the first makes the stores. A step that was published never changes: browsers have
   *   what it made. Another is added, and to tests/web/schema.test.mjs what was stored before it.
   */
  constructor(name, steps) {
    this.#name = name;
    this.#steps = steps;
  }

  /**
   * Runs `work` on an open connection. Browsers drop connections (Safari when its network process dies, others on a nearly full
   * disk, all when somebody deletes the database): it is opened again and the work tried once more.
   * @template T
   * @param {(db: import('idb').IDBPDatabase<S>) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(work) {
    try {
      return await work(await this.#open());
    } catch (e) {
      if (isQuotaError(e) || isNewer(e)) throw e;
      await this.close();
      return await work(await this.#open());
    }
  }

  /**
   * Runs what empties the database; where a newer version of the page has made that, it is deleted.
   * @param {(db: import('idb').IDBPDatabase<S>) => Promise<void>} work
   */
  async erase(work) {
    try {
      await this.run(work);
    } catch (e) {
      if (!isNewer(e)) throw e;
      await deleteDB(this.#name);
    }
  }

  /** @returns {Promise<import('idb').IDBPDatabase<S>>} */
  #open() {
    this.#opening ??= this.#openNew().catch((e) => {
      this.#opening = null;
      throw e instanceof DOMException && e.name === 'VersionError' ? newer() : e;
    });
    return this.#opening;
  }

  /** @returns {Promise<import('idb').IDBPDatabase<S>>} */
  async #openNew() {
    /** @type {Promise<import('idb').IDBPDatabase<S>>} */
    const opening = openDB(this.#name, this.#steps.length, {
      upgrade: (db, from, _to, tx) => {
        for (const step of this.#steps.slice(from)) step(db, tx);
      },
      // Another tab deletes the database or has a newer version of it: let go at once, do not block it.
      blocking: () => void this.close(),
      terminated: () => (this.#opening = null),
    });
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {Promise<never>} */
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new DOMException('IndexedDB does not answer', 'TimeoutError')), OPEN_MS);
    });
    opening.then((db) => timer === undefined && db.close()).catch(() => {});
    try {
      return await Promise.race([opening, late]);
    } finally {
      clearTimeout(timer);
      timer = undefined;
    }
  }

  /** Closes the connection; the next call opens another. */
  async close() {
    const opening = this.#opening;
    this.#opening = null;
    await opening?.then((db) => db.close()).catch(() => {});
  }
}

function newer() {
  const message =
    'What is stored here is of a newer version of this page, and is left as it is. Reload to get that version.';
  return new CoreError('ERR_STORAGE', message, { newer: true });
}
