/* How messages go to a collector: which addresses may be one, what a request is made of, what an answer means, when to try again. The other side is
 * described in docs/collector.md. Knows nothing of what is stored. */
import { sha256, toHex } from '../lib/sha256.js';
import { isObject } from './values.js';

/**
 * What came of a request. done: the collector has the messages, but for those rejected, by id with the reason. refused: it will never take them;
 * each: one of them may be at fault. later: try again, after `wait` ms where it says how long.
 * @typedef {{ is: 'done', rejected: Map<string, string> } | { is: 'refused', reason: string, each: boolean } | { is: 'later', wait: number | null }} Outcome
 */

export const BATCH_MESSAGES = 100;
const BATCH_BYTES = 256 * 1024;
const TIMEOUT_MS = 30_000;
const FIRST_MS = 5000;
const LONGEST_MS = 3_600_000;
const DAY_MS = 86_400_000;
const REASON_MAX = 200;
const ANSWER_MAX = 1 << 20; // characters; of a hundred reasons there are fewer

/**
 * The address of a collector: https, or http on this machine, for those who write one.
 * @param {string} text
 * @returns {URL | null} null: it may not be one
 */
export function collectorUrl(text) {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const here = url.hostname === '127.0.0.1' || url.hostname === 'localhost';
  const right = url.protocol === 'https:' || (url.protocol === 'http:' && here);
  return right && !url.username && !url.password && !url.hash ? url : null;
}

/** What a collector is told to delete. @param {string} id @param {string} user */
export const tombstone = (id, user) => JSON.stringify({ message_id: id, user_id: user, deleted: true });

/**
 * The first of some lines that go together.
 * @template {{ line: string }} L
 * @param {L[]} lines
 * @param {number} [most]  messages
 * @returns {{ lines: L[], body: Uint8Array<ArrayBuffer> }}  one line at least, where there is any
 */
export function batchOf(lines, most = BATCH_MESSAGES) {
  const encoder = new TextEncoder();
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for (const { line } of lines.slice(0, most)) {
    const bytes = encoder.encode(`${line}\n`);
    if (parts.length && size + bytes.length > BATCH_BYTES) break;
    size += bytes.length;
    parts.push(bytes);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const part of parts) at = (body.set(part, at), at + part.length);
  return { lines: lines.slice(0, parts.length), body };
}

/**
 * One request. The same body has the same Idempotency-Key, in whichever tab it is sent again.
 * @param {string} url
 * @param {Uint8Array<ArrayBuffer>} body
 * @param {AbortSignal} signal  rejects with its reason
 * @param {number} [timeout]  ms
 * @returns {Promise<Outcome>}
 */
export async function post(url, body, signal, timeout = TIMEOUT_MS) {
  const key = toHex(await sha256(body));
  signal.throwIfAborted();
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(abort, timeout);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/jsonl', 'Idempotency-Key': key },
      body,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      cache: 'no-store',
      signal: stop.signal,
    });
    return outcomeOf(answer.status, answer.headers.get('Retry-After'), await answer.text());
  } catch {
    signal.throwIfAborted();
    return { is: 'later', wait: null }; // no network, no CORS, a redirect, no answer in time
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/**
 * @param {number} status
 * @param {string | null} after  Retry-After
 * @param {string} text
 * @param {number} [now]  ms since 1970
 * @returns {Outcome}
 */
export function outcomeOf(status, after, text, now = Date.now()) {
  const said = asJson(text.slice(0, ANSWER_MAX));
  if (status >= 200 && status < 300) return { is: 'done', rejected: rejectedIn(said) };
  if (status === 408 || status === 429 || status >= 500) return { is: 'later', wait: waitOf(after, now) };
  const { error } = said;
  const reason = `${status}${typeof error === 'string' ? ` ${error}` : ''}`.slice(0, REASON_MAX);
  return { is: 'refused', reason, each: status === 400 || status === 413 || status === 422 };
}

/** @param {string} text @returns {{ [key: string]: unknown }} */
function asJson(text) {
  try {
    const value = /** @type {unknown} */ (JSON.parse(text));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** @param {{ [key: string]: unknown }} said @returns {Map<string, string>} */
function rejectedIn({ rejected }) {
  const list = /** @type {unknown[]} */ (Array.isArray(rejected) ? rejected : []);
  return new Map(
    list.flatMap((r) =>
      isObject(r) && typeof r['message_id'] === 'string'
        ? [[r['message_id'], String(r['reason'] ?? '').slice(0, REASON_MAX)]]
        : [],
    ),
  );
}

/** What Retry-After says: seconds, or a date. @param {string | null} after @param {number} now */
function waitOf(after, now) {
  if (!after) return null;
  const ms = /^\d+$/.test(after.trim()) ? Number(after) * 1000 : Date.parse(after) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), DAY_MS);
}

/**
 * How long to wait after a failure, in ms: 5 s, twice as long each time, at most an hour; and up to half less, so that many browsers do not come
 * back at once.
 * @param {number} failures  in a row, 1 and more
 * @param {number} chance  0 to 1
 */
export const backOff = (failures, chance) => Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS) * (1 - chance / 2);
