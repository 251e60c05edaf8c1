// The weights' database as long as it works. When it does not (no IndexedDB, quota, a broken disk) the download goes on in memory: what
// is stored stays, and the user is told with numbers.

import { isNewer, isQuotaError } from './connection.js';

/**
 * Something the user should know that is no failure.
 * @typedef {{ code: 'ERR_STORAGE', message: string, detail: { needed: number, available?: number } }} Notice
 */

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
}

export class Shelf {
  #db;
  #onNotice;

  /**
   * @param {import('./weights-db.js').WeightsDb} db
   * @param {(notice: Notice) => void} onNotice
   */
  constructor(db, onNotice) {
    this.#db = db;
    this.#onNotice = onNotice;
    this.works = true;
    this.missing = 0; // bytes of the model that are not stored
  }

  /**
   * Compares what is missing with what the browser offers. A browser's estimate is no promise either way: storing is tried anyhow.
   * @param {number} needed bytes
   */
  async plan(needed) {
    this.missing = needed;
    const { quota, usage } = (await navigator.storage?.estimate().catch(() => undefined)) ?? {};
    if (!this.works || quota === undefined || usage === undefined || quota - usage >= needed) return;
    const available = Math.max(0, quota - usage);
    const message =
      `This browser offers ${megabytes(available)} of storage here and the model needs ${megabytes(needed)}: ` +
      'it will work now, but has to be downloaded again in part next time. Free some disk space to keep it.';
    this.#onNotice({ code: 'ERR_STORAGE', message, detail: { needed, available } });
  }

  /**
   * The result of `read`, or undefined where the database does not work.
   * @template T
   * @param {(db: import('./weights-db.js').WeightsDb) => Promise<T>} read
   * @returns {Promise<T | undefined>}
   */
  async get(read) {
    if (!this.works) return undefined;
    try {
      return await read(this.#db);
    } catch (e) {
      this.#stop(e);
      return undefined;
    }
  }

  /**
   * Does something that is as well left undone.
   * @param {(db: import('./weights-db.js').WeightsDb) => Promise<unknown>} write
   */
  async attempt(write) {
    if (this.works) await write(this.#db).catch(() => {});
  }

  /**
   * Stores a verified chunk; false where that is no longer possible.
   * @param {import('./weights-db.js').FileRecord} record
   * @param {number} index
   * @param {Uint8Array} bytes
   * @param {Uint8Array} digest
   * @returns {Promise<boolean>}
   */
  async put(record, index, bytes, digest) {
    const { length } = bytes; // their reader may give them up before they are stored
    const done = await this.get(async (db) => {
      await db.putChunk(record, index, bytes, digest);
      return true;
    });
    if (done) this.missing -= length;
    return done === true;
  }

  /** @param {unknown} e */
  #stop(e) {
    if (!this.works) return;
    this.works = false;
    const why = isQuotaError(e)
      ? 'The browser has no more storage for this page'
      : isNewer(e)
        ? 'The models stored here are of a newer version of this page, and are left as they are'
        : `The browser's storage does not work here (${nameOf(e)})`;
    const what =
      this.missing > 0 ? `${megabytes(this.missing)} of the model cannot be stored` : 'the model cannot be stored';
    const message = `${why}: ${what}. It works now, from memory, but that part is downloaded again next time.`;
    this.#onNotice({ code: 'ERR_STORAGE', message, detail: { needed: this.missing } });
  }
}

/** @param {unknown} e */
function nameOf(e) {
  return e instanceof Error || e instanceof DOMException ? e.name : 'unknown error';
}
