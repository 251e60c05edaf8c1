// Saved sessions: what was computed of a chat is stored when its answer has ended and nothing else is asked for, and read instead of being
// computed when a prompt begins alike: after a reload, in a chat that is opened again, or in a new one with the same system prompt.
// It never fails and never makes anyone wait: where storage is slow, full or damaged, the prompt is computed as if there were none.

import { sha256, toHex } from '../lib/sha256.js';
import { release } from '../lib/streams.js';
import { isQuotaError } from '../store/connection.js';
import { SessionsDb } from '../store/sessions.js';
import { CoreCrash } from './heap.js';

const PAGE_TOKENS = 64; // src/kernels/kernels.h: ATTEND_PAGE
/**
 * Sessions of fewer tokens are not stored. Of the default model a page of 0.8 MB is read in 2 ms, the first in 8, and computed in 110 to 200
 * (two processors, one), so that reading always pays; but for one page, a tenth of a second, not every short question is written to disk.
 */
const WORTH_TOKENS = 128;
const READ_AHEAD = 4; // pages at a time
const READ_MS = 1000; // a page is computed in less
/** Of all pages: some five full contexts of a small model; what a visitor does not see should not be the largest thing that is stored. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Of what the browser offers, which weights and chats need more: they cannot be computed again. */
const QUOTA_SHARE = 0.1;

export class SavedSessions {
  #db = new SessionsDb();
  /** @type {Uint8Array | null} digest of all that the bytes depend on but the tokens; null: nothing is saved */
  #scope = null;
  /** @type {Promise<number | null>} erasures when the answer under way began; null: the database does not work */
  #erasures = Promise.resolve(null);
  #full = false; // there is no storage left: nothing more is saved
  #turn = 0; // counts what the core is asked to do: a save is of one turn
  /** @type {Promise<unknown>} */
  #saving = Promise.resolve();

  /**
   * @param {string | null} version of the weights (weights.js); null: not known
   * @param {string} variant
   */
  async open(version, variant) {
    // Builds with and without threads give the same bytes. The cast: the bundle puts the digest of the core's source in its place.
    const build = /** @type {{ OA_CORE?: string }} */ (globalThis).OA_CORE ?? '';
    const scope = JSON.stringify([version, build, variant.replace('-mt', '')]);
    this.#scope = version === null ? null : await sha256(new TextEncoder().encode(scope));
    this.#begin();
  }

  /** Ends the save under way, if any, at once: something else is asked of the core. */
  interrupt() {
    this.#turn++;
  }

  /** Nothing is saved or restored from here on, until the next open(). */
  async close() {
    this.interrupt();
    this.#scope = null;
    await this.#saving;
    await this.#db.close();
  }

  #begin() {
    this.#erasures = this.#scope ? this.#db.erasures().catch(() => null) : Promise.resolve(null);
  }

  /**
   * Gives the core, which has begun an answer, what is stored of its prompt.
   * @param {import('./wasm.js').Core} core
   * @param {import('./protocol.js').Begun} begun
   * @param {AbortSignal} signal
   * @returns {Promise<import('./protocol.js').Begun>} the same, with more cached tokens
   */
  async restore(core, begun, signal) {
    this.#begin();
    const { prompt_tokens: total, cached_tokens: cached } = begun;
    if (total - cached <= PAGE_TOKENS || !this.#scope) return begun;
    try {
      if (typeof (await within(this.#erasures, READ_MS)) !== 'number') this.#scope = null; // it is not asked again
      if (!this.#scope) return begun;
      const keys = await this.#keys(core.sessionTokens(), total - 1); // the last token's logits are wanted: it is computed
      return { ...begun, cached_tokens: await this.#read(core, keys, cached, signal) };
    } catch (e) {
      if (e instanceof CoreCrash) throw e;
      return begun;
    }
  }

  /**
   * @param {import('./wasm.js').Core} core
   * @param {string[]} keys
   * @param {number} cached
   * @param {AbortSignal} signal
   */
  async #read(core, keys, cached, signal) {
    const first = Math.floor(cached / PAGE_TOKENS);
    /** @type {Promise<Uint8Array | undefined>[]} */
    const reading = [];
    for (let i = first; i < keys.length && !signal.aborted; i++) {
      while (reading.length < READ_AHEAD && i + reading.length < keys.length) {
        reading.push(this.#db.read(keys[i + reading.length]).catch(() => undefined));
      }
      const bytes = await within(reading.shift(), READ_MS);
      if (!bytes) break;
      try {
        cached = core.sessionRestore(bytes);
      } catch (e) {
        if (e instanceof CoreCrash) throw e;
        await this.#db.remove([keys[i]]).catch(() => {});
        break;
      }
      release(bytes);
    }
    return cached;
  }

  /**
   * Begins to save what the core has computed, now that an answer is over.
   * @param {import('./wasm.js').Core} core
   * @param {number} n tokens that are computed
   */
  keep(core, n) {
    if (!this.#scope || this.#full || n < WORTH_TOKENS) return;
    const save = this.#save(core, n, { turn: this.#turn, before: this.#saving });
    this.#saving = save.catch((e) => {
      this.#full = isQuotaError(e);
    });
  }

  /**
   * @param {import('./wasm.js').Core} core
   * @param {number} n
   * @param {{ turn: number, before: Promise<unknown> }} order before: the save that ends first
   */
  async #save(core, n, { turn, before }) {
    const tokens = core.sessionTokens(); // before anything else is asked of it
    await before;
    const over = () => turn !== this.#turn || !this.#scope;
    const erasures = await this.#erasures;
    if (erasures === null || over()) return;
    const keys = await this.#keys(tokens, n);
    const usedAt = Date.now(); // the same for all: of one session the last pages go first
    const there = await this.#db.touch(keys, usedAt);
    let room = -1;
    for (const [index, key] of keys.entries()) {
      if (there.has(key)) continue;
      if (over()) return;
      const bytes = core.sessionSave(index);
      const size = bytes.length;
      if (room < 0) room = await this.#db.makeRoom(size * (keys.length - there.size), await limit(), new Set(keys));
      room -= size;
      if (room < 0) return;
      const page = { key, index, size, digest: await sha256(bytes), usedAt };
      if (!(await this.#db.put(page, bytes, erasures))) return;
      release(bytes);
    }
  }

  /**
   * The keys of the whole pages of the first n tokens. Each page's is made of the one before and of its tokens.
   * @param {Int32Array} tokens
   * @param {number} n
   * @returns {Promise<string[]>}
   */
  async #keys(tokens, n) {
    const keys = [];
    let digest = this.#scope ?? new Uint8Array();
    for (let from = 0; from + PAGE_TOKENS <= n; from += PAGE_TOKENS) {
      const ids = tokens.slice(from, from + PAGE_TOKENS);
      const link = new Uint8Array(digest.length + ids.byteLength);
      link.set(digest);
      link.set(new Uint8Array(ids.buffer), digest.length);
      digest = await sha256(link);
      keys.push(toHex(digest));
    }
    return keys;
  }
}

/** @returns {Promise<number>} bytes of all pages at most */
async function limit() {
  const { quota } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
  return quota === undefined ? MOST_BYTES : Math.min(MOST_BYTES, quota * QUOTA_SHARE);
}

/**
 * @template T
 * @param {Promise<T> | undefined} promise which does not reject
 * @param {number} ms
 * @returns {Promise<T | null | undefined>} null where it takes longer
 */
async function within(promise, ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<null>} */
  const late = new Promise((done) => (timer = setTimeout(() => done(null), ms)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
