// One file of a model as a sequence of verified chunks: each from the database where it is stored and sound, else from the
// network and, on the way, into the database. Whoever reads the sequence to its end has the whole file, and so has the database.

import { CoreError } from '../lib/errors.js';
import { sameBytes, sha256, toHex } from '../lib/sha256.js';
import { Download, FileChanged } from './download.js';
import { shortUrl, strongEtag } from './net.js';
import { Pieces } from './pieces.js';
import { StoredChunks } from './stored.js';
import { Turn } from './turn.js';
import { emptyRecord, sameLayout, storedBytes } from './weights-db.js';

export const CHUNK_BYTES = 4 * 1024 * 1024; // larger is a little faster, smaller costs less to fetch again
const BAD_TRIES = 3;

/**
 * A file to get. Without digests (an address somebody typed in) its headers tell one version from another, and the digests are
 * computed on the way and kept, so that what is read later is what came then.
 * @typedef {{ url: string, size?: number, sha256?: string, chunkSize: number, chunks?: Uint8Array[],
 *   pieces?: import('./pieces.js').PiecesSpec }} FileSpec pieces: with digests only
 */

/**
 * @typedef {object} ReadOptions
 * @property {import('./shelf.js').Shelf} shelf
 * @property {import('./stored.js').ChunkReader} reader of what is stored
 * @property {AbortSignal} signal
 * @property {Partial<import('./download.js').Patience>} [patience]
 */

export class WeightFile {
  /** @type {import('./weights-db.js').FileRecord | null} */
  #record = null;
  /** @type {Download | null} of what only a connection tells of */
  #download = null;
  /** @type {Download | import('./pieces.js').Pieces | null} what brings the bytes */
  #source = null;
  /** @type {Turn | null} */
  #turn = null;
  #writing = Promise.resolve(); // the end of the write under way
  #stored;
  /** @type {import('./progress.js').Meter | null} */
  meter = null;

  /**
   * @param {FileSpec} spec
   * @param {ReadOptions} options
   */
  constructor(spec, options) {
    this.spec = spec;
    this.options = options;
    this.#stored = new StoredChunks(options.shelf, options.reader, (i) =>
      this.#file.have[i] ? { length: this.#range(i).length, digest: this.#digest(i) } : undefined,
    );
  }

  get size() {
    return this.#file.size;
  }

  /** What stands for the file's bytes; null where they are not known yet. @returns {string | null} */
  get version() {
    return this.spec.sha256 ?? (this.missing === 0 ? toHex(this.#file.digests) : null);
  }

  /** Bytes that are not stored yet. */
  get missing() {
    return this.size - storedBytes(this.#file);
  }

  get #file() {
    if (!this.#record) throw new Error('open() comes first');
    return this.#record;
  }

  /** Finds out what is stored, and for a file without digests what the server has. @param {boolean} [first] to be read at once */
  async open(first = false) {
    const { url, sha256: digest, size = 0, chunkSize, chunks } = this.spec;
    const announced = { id: `sha256:${digest}`, url, etag: null, modified: null, size, chunkSize };
    if (chunks) await this.#useRecord(emptyRecord(announced));
    else await this.#openUnknown();
    if (first) this.#stored.begin(this.#file.id, 0);
  }

  /** @param {import('./weights-db.js').FileRecord} fresh what to begin with where nothing is stored */
  async #useRecord(fresh) {
    const known = await this.options.shelf.get((db) => db.file(fresh.id));
    this.#record = known && sameLayout(known, fresh) ? known : fresh;
  }

  async #openUnknown() {
    const { shelf } = this.options;
    const [known] = (await shelf.get((db) => db.filesOfUrl(this.spec.url))) ?? [];
    this.#record = known ?? null;
    if (known?.complete && known.have.every((x) => x === 1)) return;
    const usable = known && (strongEtag(known) || known.modified) && known.chunkSize === this.spec.chunkSize;
    if (known && !(usable && (await this.#connect(known)))) {
      await shelf.get((db) => db.forget(known.id));
      await this.#connect(null);
    } else if (!known) await this.#connect(null);
    const version = this.#download?.version;
    const size = version?.size ?? known?.size;
    if (!version || !size) {
      const message = `${shortUrl(this.spec.url)}: the server does not say how large the file is. Download it yourself and open it from disk.`;
      throw new CoreError('ERR_UNSUPPORTED', message, { url: this.spec.url });
    }
    const id = [this.spec.url, strongEtag(version) ?? version.modified ?? '', size].join(' ');
    await this.#useRecord(
      emptyRecord({
        id,
        url: this.spec.url,
        etag: version.etag,
        modified: version.modified,
        size,
        chunkSize: this.spec.chunkSize,
      }),
    );
  }

  /**
   * Connects to the server, where `known` is stored in part already. False: it has another file there now.
   * @param {import('./weights-db.js').FileRecord | null} known
   */
  async #connect(known) {
    this.#download?.close();
    this.#download = this.#makeDownload(known ?? undefined);
    try {
      await this.#download.open(known ? Math.max(0, known.have.indexOf(0)) * known.chunkSize : 0);
      return true;
    } catch (e) {
      if (e instanceof FileChanged) return false;
      throw e;
    }
  }

  /** @param {import('./net.js').Version} [version] */
  #makeDownload(version) {
    return new Download(this.spec.url, { ...this.#manner, size: this.spec.size, version });
  }

  #makeSource() {
    const { pieces } = this.spec;
    return pieces ? new Pieces(pieces, this.size, this.#manner) : this.#makeDownload();
  }

  get #manner() {
    const { signal, patience } = this.options;
    const onBytes = (/** @type {number} */ n) => this.meter?.addFetched(n);
    return { signal, patience, strict: !this.spec.chunks, onBytes };
  }

  /**
   * The file's bytes, in order.
   * @returns {AsyncGenerator<Uint8Array, void>}
   */
  async *chunks() {
    try {
      const n = this.#file.have.length;
      for (let i = 0; i < n; i++) {
        const kept = await this.#kept(i);
        if (kept) this.meter?.addCached(kept.length);
        yield kept ?? (await this.#fetched(i));
      }
      await this.#writing;
      await this.options.shelf.get((db) => db.markComplete(this.#file.id));
    } catch (e) {
      if (!(e instanceof FileChanged)) throw e;
      await this.options.shelf.get((db) => db.forget(this.#file.id));
      const message = `${shortUrl(this.spec.url)} was replaced on the server during the download. Start again.`;
      throw new CoreError('ERR_NETWORK', message, { url: this.spec.url, restart: true });
    } finally {
      await this.#writing;
      this.#source?.close();
      this.#download?.close();
      this.#turn?.release();
      this.#turn = null;
    }
  }

  /** @param {number} i */
  #range(i) {
    const start = i * this.#file.chunkSize;
    return { start, length: Math.min(this.#file.chunkSize, this.#file.size - start) };
  }

  /** @param {number} i @returns {Uint8Array | undefined} the digest that chunk i must have, where that is known */
  #digest(i) {
    if (this.spec.chunks) return this.spec.chunks[i];
    return this.#file.have[i] ? this.#file.digests.slice(32 * i, 32 * i + 32) : undefined;
  }

  /**
   * Chunk i from the database. What is damaged there is removed.
   * @param {number} i
   * @returns {Promise<Uint8Array | undefined>}
   */
  async #kept(i) {
    const { shelf, signal } = this.options;
    if (signal.aborted) throw signal.reason;
    if (!this.#file.have[i]) return undefined;
    const { start, length } = this.#range(i);
    const bytes = await this.#stored.read(this.#file.id, i);
    if (!bytes) {
      this.#file.have[i] = 0;
      await shelf.get((db) => db.dropChunk(this.#file.id, i));
      return undefined;
    }
    // A server without ranges sends all of the file again: that shows whether it still is the file this chunk is of.
    if (!this.spec.chunks && this.#download?.willPass(start)) {
      const again = await this.#download.read(start, length);
      this.meter?.addFetched(-length);
      if (!sameBytes(again, bytes)) throw new FileChanged();
    }
    return bytes;
  }

  /**
   * Chunk i from the network, or from the tab that is downloading it already.
   * @param {number} i
   * @returns {Promise<Uint8Array>}
   */
  async #fetched(i) {
    const { shelf } = this.options;
    if (shelf.works) {
      const kept = await this.#awaitTurn(i);
      if (kept) return kept;
    }
    const { start, length } = this.#range(i);
    this.#source ??= this.#download ?? this.#makeSource();
    const next = this.#file.have.indexOf(1, i); // up to there nothing is stored
    let bytes = await this.#source.read(start, length, next < 0 ? undefined : next * this.#file.chunkSize);
    let digest = await sha256(bytes);
    const wanted = this.spec.chunks?.[i];
    for (let tries = 1; wanted && !sameBytes(digest, wanted); tries++) {
      if (tries === BAD_TRIES) throw this.#badChunk(i);
      this.meter?.addFetched(-length);
      bytes = await this.#alone(start, length);
      digest = await sha256(bytes);
    }
    await this.#store(i, bytes, digest);
    return bytes;
  }

  /**
   * One chunk again, without giving up the connection that brings the others.
   * @param {number} start
   * @param {number} length
   */
  async #alone(start, length) {
    const source = this.#makeSource();
    try {
      return await source.read(start, length, start + length);
    } finally {
      source.close();
    }
  }

  /** @param {number} i */
  #badChunk(i) {
    const { start, length } = this.#range(i);
    const message =
      `${shortUrl(this.spec.url)}: bytes ${start} to ${start + length - 1} are not those of the model (SHA-256 differs, ${BAD_TRIES} tries). ` +
      'The file on the server is damaged or another one; what was right is kept.';
    return new CoreError('ERR_DIGEST', message, { url: this.spec.url, chunk: i, start, length });
  }

  /**
   * Waits until this tab may download, or until another has stored chunk i, which is then returned.
   * @param {number} i
   * @returns {Promise<Uint8Array | undefined>}
   */
  async #awaitTurn(i) {
    const { shelf, signal } = this.options;
    if (this.#turn?.held) return undefined;
    this.#turn ??= new Turn(this.#file.id);
    for (;;) {
      await this.#turn.wait(signal);
      const record = await shelf.get((db) => db.file(this.#file.id));
      if (record && sameLayout(record, this.#file)) this.#record = record;
      const kept = await this.#kept(i);
      if (kept) this.meter?.addCached(kept.length);
      if (kept || this.#turn.held || !shelf.works) return kept;
    }
  }

  /** Begins to write a chunk, after the one before is written. @param {number} i @param {Uint8Array} bytes @param {Uint8Array} digest */
  async #store(i, bytes, digest) {
    const { shelf } = this.options;
    await this.#writing;
    if (!shelf.works) return;
    this.#writing = shelf.put(this.#file, i, bytes, digest).then((done) => {
      if (done) {
        this.#file.have[i] = 1;
        this.#file.digests.set(digest, 32 * i);
        this.#turn?.tell();
      } else this.#turn?.release(); // nothing more to share: let the others try for themselves
    });
  }
}
