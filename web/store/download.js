// A file on a server, read in order and from anywhere on, over as many requests as it takes: broken connections, stalls and busy
// servers are met with another request for the rest, a bounded number of times. Digests are weights.js's business.

import { CoreError } from '../lib/errors.js';
import { eitherSignal, release, sleep } from '../lib/streams.js';
import { Retriable, requestFrom, shortUrl, strongEtag } from './net.js';
import { SNIFF_BYTES, checkMagic } from './sniff.js';

/**
 * How patient a download is.
 * @typedef {{ retries: number, backoffMs: number, stallMs: number, maxWaitMs: number }} Patience
 */

/** @type {Patience} retries: in a row without progress; backoffMs doubles each time; stallMs: without a byte */
export const PATIENCE = { retries: 6, backoffMs: 500, stallMs: 30_000, maxWaitMs: 30_000 };

const PROGRESS_BYTES = 65_536; // fewer are no progress, lest a server that breaks after each byte be asked for ever
const SKIP_BYTES = 262_144; // to read past fewer is cheaper than another request

/** Thrown when the file on the server is no longer the one that was begun. */
export class FileChanged extends Error {}

export class Download {
  /** @type {import('./net.js').Answer | null} */
  #answer = null;
  /** @type {AbortController | null} stops the request of #answer */
  #request = null;
  #at = 0; // the file's byte that the connection gives next
  #limit = Infinity; // and where it ends
  /** @type {Uint8Array} read from the connection and not yet asked for; begins at #at */
  #rest = new Uint8Array(0);
  #failures = 0;
  #everAnswered = false;
  #answersRanges = false; // requests for ranges, if not with one
  #gained = 0; // bytes since the last failure
  /** @type {import('./net.js').Version | null} */
  #version = null;

  /**
   * @param {string} url
   * @param {{ signal: AbortSignal, patience?: Partial<Patience>, onBytes?: (n: number) => void, strict: boolean,
   *           version?: import('./net.js').Version, size?: number, begins?: boolean }} options strict: nothing but its headers tells one version of the
   *           file from another, so a change throws FileChanged; version: the one that is stored in part; size: the announced one;
   *           begins: with the first bytes of a model
   */
  constructor(url, { signal, patience, onBytes = () => {}, strict, version, size, begins = true }) {
    this.url = url;
    this.strict = strict;
    this.size = size;
    this.begins = begins;
    this.signal = signal;
    this.onBytes = onBytes;
    this.patience = { ...PATIENCE, ...patience };
    this.#version = version ?? null;
  }

  /** What the server last said of the file. */
  get version() {
    return this.#version;
  }

  /**
   * Whether the bytes from `start` on come without another request, though some may have to be passed over.
   * @param {number} start
   */
  willPass(start) {
    return this.#answer !== null && !this.#answer.ranged && this.#at <= start;
  }

  /**
   * Connects, so that `version` is known. A server without ranges begins with the first byte, whatever it is asked for.
   * @param {number} start
   */
  async open(start) {
    await this.#retry(() => this.#connect(start));
  }

  /**
   * The bytes from `start` on. Throws ERR_NETWORK when the server gives up, ERR_CORRUPT when it sends something else.
   * @param {number} start
   * @param {number} length
   * @param {number} [end] the file's byte from which on nothing will be wanted
   * @returns {Promise<Uint8Array>}
   */
  async read(start, length, end) {
    const out = new Uint8Array(length);
    let got = 0;
    /** @type {Uint8Array[]} */
    const used = [];
    while (got < length) {
      await this.#retry(async () => {
        await this.#connect(start + got, end);
        await this.#skip(start + got);
        const part = await this.#next();
        if (!part) throw new Retriable(`the connection ended at byte ${this.#at}`);
        const n = Math.min(part.length, length - got);
        out.set(part.subarray(0, n), got);
        this.#rest = part.subarray(n);
        this.#at += n;
        got += n;
        if (this.#rest.length === 0) used.push(part);
        this.onBytes(n);
        this.#gained += n; // not what is passed over: that comes again with each request
        if (this.#gained > PROGRESS_BYTES) this.#failures = 0;
      });
    }
    release(...used);
    return out;
  }

  /** Ends the connection; read() makes another. */
  close() {
    this.#request?.abort();
    this.#request = null;
    this.#answer = null;
    this.#rest = new Uint8Array(0);
  }

  /**
   * Sees to a connection that gives the byte `start` next, or soon.
   * @param {number} start
   * @param {number} [end]
   */
  async #connect(start, end) {
    const near = this.#at <= start && start < this.#limit && (!this.#answer?.ranged || start - this.#at <= SKIP_BYTES);
    if (this.#answer && near) return;
    this.close();
    const request = new AbortController();
    this.#request = request;
    const signal = eitherSignal(this.signal, request.signal);
    const version = this.#version ?? undefined;
    // A server that compresses even what is asked for in ranges gives an answer that the browser cannot read.
    const plain = this.#failures % 2 === 1 && !this.#answersRanges;
    const answer = await this.#watched(requestFrom(this.url, start, { end, version, signal, plain }));
    this.#answersRanges ||= !plain;
    this.#answer = answer;
    this.#everAnswered = true;
    this.#at = answer.start;
    this.#limit = (answer.ranged && end) || Infinity;
    this.#checkVersion(answer.version);
    if (answer.start === 0 && this.begins) await this.#checkHead();
  }

  /** @param {import('./net.js').Version} now */
  #checkVersion(now) {
    const before = this.#version;
    const size = now.size ?? before?.size ?? null;
    if (this.size !== undefined && now.size !== null && now.size !== this.size) {
      const message = `${shortUrl(this.url)} has ${now.size} bytes where ${this.size} were announced: it is another file. Check the address of the model.`;
      throw new CoreError('ERR_DIGEST', message, { url: this.url, size: now.size, announced: this.size });
    }
    if (before && this.strict && !sameVersion(before, now)) {
      this.close();
      this.#version = null;
      throw new FileChanged();
    }
    this.#version = { ...now, size };
  }

  /** Reads the first bytes of the file and puts them back. */
  async #checkHead() {
    let head = new Uint8Array(0);
    while (head.length < SNIFF_BYTES) {
      const part = await this.#next();
      if (!part) break;
      const longer = new Uint8Array(head.length + part.length);
      longer.set(head);
      longer.set(part, head.length);
      head = longer;
      this.#rest = new Uint8Array(0);
    }
    if (head.length === 0 && this.#version?.size !== 0) throw new Retriable('the connection ended at byte 0');
    checkMagic(head, shortUrl(this.url));
    this.#rest = head;
  }

  /** @param {number} start at or after #at */
  async #skip(start) {
    while (this.#at < start) {
      const part = await this.#next();
      if (!part) throw new Retriable(`the connection ended at byte ${this.#at}`);
      const n = Math.min(part.length, start - this.#at);
      this.#rest = part.subarray(n);
      this.#at += n;
    }
  }

  /**
   * What was put back, else what the connection gives next; null at its end.
   * @returns {Promise<Uint8Array | null>}
   */
  async #next() {
    if (this.#rest.length > 0) return this.#rest;
    if (!this.#answer) throw new Retriable('the connection is closed');
    const { done, value } = await this.#watched(this.#answer.body.read());
    if (done) return null;
    return value;
  }

  /**
   * Waits for the network, but not for ever.
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  async #watched(work) {
    const seconds = this.patience.stallMs / 1000;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {Promise<never>} */
    const stall = new Promise((_, fail) => {
      timer = setTimeout(
        () => fail(new Retriable(`nothing came for ${seconds} s`, { offline: true })),
        this.patience.stallMs,
      );
    });
    try {
      return await Promise.race([work, stall]);
    } catch (e) {
      if (this.signal.aborted) throw this.signal.reason;
      if (e instanceof CoreError || e instanceof Retriable) throw e;
      throw new Retriable(`the connection broke (${e instanceof Error ? e.message : e})`, { offline: true });
    } finally {
      clearTimeout(timer);
      work.catch(() => {}); // when the stall won
    }
  }

  /**
   * @param {() => Promise<void>} work
   */
  async #retry(work) {
    for (;;) {
      try {
        return await work();
      } catch (e) {
        if (!(e instanceof Retriable)) throw e;
        this.close();
        this.#gained = 0;
        // A server that never answered is more likely to be out of reach than to come back: say so soon.
        const retries = e.offline && !this.#everAnswered ? Math.min(2, this.patience.retries) : this.patience.retries;
        if (++this.#failures > retries) throw this.#gaveUp(e);
        const backoff = this.patience.backoffMs * 2 ** (this.#failures - 1);
        const wait = Math.max(e.afterMs ?? 0, Math.min(backoff, this.patience.maxWaitMs));
        if (wait > this.patience.maxWaitMs) throw this.#gaveUp(e, `; it asks to wait ${Math.ceil(wait / 1000)} s`);
        await sleep(wait, this.signal, e.offline ? backOnline() : undefined);
      }
    }
  }

  /**
   * @param {Retriable} e
   * @param {string} [more]
   */
  #gaveUp(e, more = '') {
    const message = `Download of ${shortUrl(this.url)} failed: ${e.message}${more}. What arrived is kept; try again when the network is back.`;
    return new CoreError('ERR_NETWORK', message, { url: this.url, offline: e.offline });
  }
}

/**
 * Whether the headers of two answers allow them to be of the same file. What a server does not say cannot differ.
 * @param {import('./net.js').Version} a
 * @param {import('./net.js').Version} b
 */
export function sameVersion(a, b) {
  const differ = (/** @type {unknown} */ x, /** @type {unknown} */ y) => x !== null && y !== null && x !== y;
  return !differ(strongEtag(a), strongEtag(b)) && !differ(a.modified, b.modified) && !differ(a.size, b.size);
}

/** Resolves when the device is on a network again; never where it is (or does not know). */
function backOnline() {
  return new Promise((done) => {
    if (navigator.onLine === false) addEventListener('online', done, { once: true });
  });
}
