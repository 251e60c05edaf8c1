// A model in files on the visitor's disk: read in slices, not stored again.

import { CoreError } from '../lib/errors.js';
import { SNIFF_BYTES, checkMagic } from './sniff.js';

const SLICE_BYTES = 4 * 1024 * 1024;

/** @param {Blob} blob */
const nameOf = (blob) => (typeof File === 'function' && blob instanceof File ? blob.name : '');

/**
 * The files of a model in order: those of a split model are named so that their names sort.
 * @param {Blob[]} blobs
 * @returns {LocalFile[]}
 */
export function localFiles(blobs) {
  const named = blobs.every(nameOf);
  const sorted = named ? blobs.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true })) : blobs;
  return sorted.map((blob) => new LocalFile(blob));
}

export class LocalFile {
  /** @type {import('./progress.js').Meter | null} */
  meter = null;

  /** @param {Blob} blob */
  constructor(blob) {
    this.blob = blob;
    this.name = nameOf(blob) || 'The file';
  }

  get size() {
    return this.blob.size;
  }

  get missing() {
    return 0;
  }

  /** Not known: to compute a digest would take as long as to load it. @returns {null} */
  get version() {
    return null;
  }

  async open() {
    checkMagic(await this.#slice(0, SNIFF_BYTES), this.name);
  }

  /** @returns {AsyncGenerator<Uint8Array, void>} */
  async *chunks() {
    for (let at = 0; at < this.size; at += SLICE_BYTES) {
      const bytes = await this.#slice(at, SLICE_BYTES);
      this.meter?.addCached(bytes.length);
      yield bytes;
    }
  }

  /**
   * @param {number} at
   * @param {number} n
   */
  async #slice(at, n) {
    try {
      return new Uint8Array(await this.blob.slice(at, at + n).arrayBuffer());
    } catch (e) {
      const why = e instanceof Error || e instanceof DOMException ? e.name : 'error';
      throw new CoreError(
        'ERR_IO',
        `${this.name} can no longer be read (${why}): it was changed, moved or removed. Open it again.`,
      );
    }
  }
}
