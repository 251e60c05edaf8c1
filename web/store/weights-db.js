// The weights' database: verified chunks of files, and for each file a record of which are there. A chunk and its mark in the
// record are one transaction, so after any crash the record is true. Only bytes whose digest was right are ever written.

import { sameBytes, sha256 } from '../lib/sha256.js';
import { Connection, isQuotaError } from './connection.js';

const NAME = 'oa-weights';

/**
 * What is known of a file. `complete` is set in a transaction of its own after the last chunk's.
 * @typedef {object} FileRecord
 * @property {string} id 'sha256:…', or made of address and version (weights.js)
 * @property {string} url where it came from
 * @property {string | null} etag
 * @property {string | null} modified
 * @property {number} size bytes
 * @property {number} chunkSize bytes of each chunk but the last
 * @property {Uint8Array} have [chunks] 1 where the chunk is stored
 * @property {Uint8Array} digests [chunks * 32] SHA-256 of each stored chunk
 * @property {boolean} complete
 * @property {number} usedAt ms since 1970
 */

/**
 * @typedef {{ files: { key: string, value: FileRecord, indexes: { url: string } },
 *             chunks: { key: [string, number], value: Blob | ArrayBuffer }, texts: { key: string, value: string } }} Schema
 */

export class WeightsDb {
  /** @type {Connection<Schema>} */
  #connection = new Connection(NAME, [
    (db) => {
      db.createObjectStore('files', { keyPath: 'id' }).createIndex('url', 'url');
      db.createObjectStore('chunks');
      db.createObjectStore('texts');
    },
  ]);

  /** Safari's private windows store buffers, but no Blobs. */
  #takesBlobs = true;

  /**
   * @template T
   * @param {(db: import('idb').IDBPDatabase<Schema>) => Promise<T>} work
   * @returns {Promise<T>}
   */
  #run(work) {
    return this.#connection.run(work);
  }

  /** Closes the connection; the next call opens another. */
  close() {
    return this.#connection.close();
  }

  /**
   * @param {string} id
   * @returns {Promise<FileRecord | undefined>}
   */
  file(id) {
    return this.#run((db) => db.get('files', id));
  }

  /**
   * @param {string} url
   * @returns {Promise<FileRecord[]>} what came from there, the latest used first
   */
  async filesOfUrl(url) {
    const files = await this.#run((db) => db.getAllFromIndex('files', 'url', url));
    return files.sort((a, b) => b.usedAt - a.usedAt);
  }

  /** @returns {Promise<FileRecord[]>} */
  files() {
    return this.#run((db) => db.getAll('files'));
  }

  /**
   * A chunk, undefined where it is missing or damaged.
   * @param {string} id the file's
   * @param {number} index
   * @param {number} length
   * @param {Uint8Array} digest SHA-256
   * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
   */
  async soundChunk(id, index, length, digest) {
    const stored = await this.#run((db) => db.get('chunks', [id, index]));
    const blob = stored instanceof ArrayBuffer ? new Blob([stored]) : stored; // what the first pages stored, and private windows do
    if (!(blob instanceof Blob) || blob.size !== length) return undefined;
    const bytes = await blob.arrayBuffer().then(
      (buffer) => new Uint8Array(buffer),
      () => undefined, // its file is gone
    );
    return bytes && sameBytes(await sha256(bytes), digest) ? bytes : undefined;
  }

  /**
   * Stores a verified chunk and its mark; the bytes are copied before this returns. The record is read in the same transaction: another
   * tab may have changed or deleted it.
   * @param {FileRecord} file used where there is no record yet, or where it has another layout
   * @param {number} index
   * @param {Uint8Array} bytes
   * @param {Uint8Array} digest
   */
  async putChunk(file, index, bytes, digest) {
    // A Blob is read in half the time of an ArrayBuffer. The cast: chunks are buffers of our own, not shared ones.
    const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]);
    if (this.#takesBlobs) {
      try {
        return await this.#put(file, index, blob, digest);
      } catch (e) {
        if (isQuotaError(e)) throw e;
      }
    }
    await this.#put(file, index, await blob.arrayBuffer(), digest);
    this.#takesBlobs = false;
  }

  /**
   * @param {FileRecord} file
   * @param {number} index
   * @param {Blob | ArrayBuffer} chunk
   * @param {Uint8Array} digest
   */
  async #put(file, index, chunk, digest) {
    await this.#run(async (db) => {
      const tx = db.transaction(['files', 'chunks'], 'readwrite');
      const files = tx.objectStore('files');
      const known = await files.get(file.id);
      const record = known && sameLayout(known, file) ? known : emptyRecord(file);
      record.have[index] = 1;
      record.digests.set(digest, index * 32);
      record.usedAt = Date.now();
      const puts = await Promise.allSettled([
        tx.objectStore('chunks').put(chunk, [file.id, index]),
        files.put(record),
        tx.done,
      ]);
      const reasons = puts.flatMap((put) => (put.status === 'rejected' ? [put.reason] : []));
      if (reasons.length > 0) throw reasons.find(isQuotaError) ?? reasons[0]; // the requests only say that it was aborted
    });
  }

  /**
   * Removes a chunk that turned out damaged, and its mark.
   * @param {string} id
   * @param {number} index
   */
  async dropChunk(id, index) {
    await this.#run(async (db) => {
      const tx = db.transaction(['files', 'chunks'], 'readwrite');
      const record = await tx.objectStore('files').get(id);
      if (record) {
        record.have[index] = 0;
        record.complete = false;
        await tx.objectStore('files').put(record);
      }
      await tx.objectStore('chunks').delete([id, index]);
      await tx.done;
    });
  }

  /**
   * Notes that a file is there as a whole and was used now; does nothing where a chunk is missing.
   * @param {string} id
   * @returns {Promise<boolean>}
   */
  markComplete(id) {
    return this.#run(async (db) => {
      const tx = db.transaction('files', 'readwrite');
      const record = await tx.store.get(id);
      const complete = record !== undefined && record.have.every((x) => x === 1);
      if (complete) await tx.store.put({ ...record, complete, usedAt: Date.now() });
      await tx.done;
      return complete;
    });
  }

  /**
   * Deletes a file, whole or in part.
   * @param {string} id
   */
  async forget(id) {
    await this.#run(async (db) => {
      const tx = db.transaction(['files', 'chunks'], 'readwrite');
      const range = IDBKeyRange.bound([id], [id, []]); // an array is greater than any number
      await Promise.all([tx.objectStore('files').delete(id), tx.objectStore('chunks').delete(range), tx.done]);
    });
  }

  /** Deletes every file. */
  async clear() {
    await this.#connection.erase(async (db) => {
      const tx = db.transaction(['files', 'chunks'], 'readwrite');
      await Promise.all([tx.objectStore('files').clear(), tx.objectStore('chunks').clear(), tx.done]);
    });
  }

  /**
   * Keeps a small text by its address, for when there is no network.
   * @param {string} url
   * @param {string} text
   */
  async putText(url, text) {
    await this.#run((db) => db.put('texts', text, url));
  }

  /**
   * @param {string} url
   * @returns {Promise<string | undefined>}
   */
  text(url) {
    return this.#run((db) => db.get('texts', url));
  }
}

/**
 * @param {FileRecord} a
 * @param {FileRecord} b
 */
export function sameLayout(a, b) {
  return a.chunkSize === b.chunkSize && a.size === b.size;
}

/**
 * @param {Omit<FileRecord, 'have' | 'digests' | 'complete' | 'usedAt'>} file
 * @returns {FileRecord} the same with no chunk stored
 */
export function emptyRecord(file) {
  const n = Math.max(1, Math.ceil(file.size / file.chunkSize));
  return { ...file, have: new Uint8Array(n), digests: new Uint8Array(32 * n), complete: false, usedAt: Date.now() };
}

/** Bytes stored of a file.
 * @param {FileRecord} file */
export function storedBytes(file) {
  let bytes = 0;
  file.have.forEach((x, i) => (bytes += x ? Math.min(file.chunkSize, file.size - i * file.chunkSize) : 0));
  return bytes;
}

/** Deletes all weights, of models that are not on offer too. */
export async function eraseWeights() {
  const db = new WeightsDb();
  try {
    await db.clear();
  } finally {
    await db.close();
  }
}
