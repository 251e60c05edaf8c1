// One HTTP request for a file from a byte on, and what its answer's headers promise. No retries: download.js has them.

import { CoreError } from '../lib/errors.js';

/**
 * What tells one version of a file from another.
 * @typedef {{ etag: string | null, modified: string | null, size: number | null }} Version
 */

/**
 * @typedef {object} Answer
 * @property {number} start the file's byte that the body begins with
 * @property {boolean} ranged the server answers ranges
 * @property {Version} version
 * @property {ReadableStreamDefaultReader<Uint8Array>} body
 */

/** A failure that another try may mend. */
export class Retriable extends Error {
  /**
   * @param {string} message
   * @param {{ afterMs?: number, offline?: boolean }} [hint] how long the server asks to wait; whether there was no answer at all
   */
  constructor(message, { afterMs, offline = false } = {}) {
    super(message);
    this.afterMs = afterMs;
    this.offline = offline;
  }
}

/**
 * @param {string} url
 * @returns {string} the same, short enough for one line
 */
export function shortUrl(url) {
  const plain = url.replace(/[?#].*/s, '');
  return plain.length > 120 ? plain.slice(0, 60) + '…' + plain.slice(-59) : plain;
}

/**
 * Asks for the bytes from `start` on, up to but not including `end` where given. Always as a range: that also keeps servers
 * from compressing, which would make lengths and offsets meaningless.
 * @param {string} url
 * @param {number} start
 * @param {{ end?: number, version?: Version, signal: AbortSignal, plain?: boolean }} options version: the one that the bytes must
 *        belong to; plain: ask for the whole
 * @returns {Promise<Answer>}
 */
export async function requestFrom(url, start, { end, version, signal, plain = false }) {
  /** @type {Record<string, string>} */
  const headers = plain ? {} : { Range: `bytes=${start}-${end === undefined ? '' : end - 1}` };
  // To other origins If-Range would need a preflight, which most hosts of files refuse: there the answer's headers decide.
  const guard = strongEtag(version) ?? version?.modified;
  if (!plain && start > 0 && guard && new URL(url).origin === location.origin) headers['If-Range'] = guard;
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url, {
      headers,
      signal,
      cache: 'no-store',
      credentials: 'same-origin',
      referrerPolicy: 'no-referrer',
    });
  } catch (e) {
    if (signal.aborted) throw signal.reason;
    throw new Retriable(`no answer from ${new URL(url).host} (${e instanceof Error ? e.message : e})`, {
      offline: true,
    });
  }
  if (response.status === 416) return emptyAnswer(response, start);
  if (!response.ok || !response.body) throw await refusal(response, url);
  if (/\btext\/html\b/i.test(response.headers.get('Content-Type') ?? '')) {
    await response.body.cancel();
    throw new CoreError('ERR_CORRUPT', `${shortUrl(url)} is not a GGUF model: it is a web page. Check the address.`, {
      url,
    });
  }
  const answer = readHeaders(response, start, end);
  return { ...answer, body: response.body.getReader() };
}

/**
 * @param {Version} [version]
 * @returns {string | null} weak tags promise the same meaning, not the same bytes
 */
export function strongEtag(version) {
  return version?.etag && !version.etag.startsWith('W/') ? version.etag : null;
}

/**
 * @param {Response} response
 * @param {number} start
 * @param {number} [end]
 * @returns {Omit<Answer, 'body'>}
 */
function readHeaders(response, start, end) {
  const { headers } = response;
  const encoded = !/^(identity)?$/i.test(headers.get('Content-Encoding') ?? '');
  const length = encoded ? null : wholeNumber(headers.get('Content-Length'));
  const etag = headers.get('ETag');
  const modified = headers.get('Last-Modified');
  if (response.status !== 206) return { start: 0, ranged: false, version: { etag, modified, size: length } };
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get('Content-Range') ?? '');
  if (!range) {
    // Other origins may not show Content-Range. A length that goes with the range asked for is the next best.
    if (headers.has('Content-Range')) throw new Retriable('the server sent a Content-Range that makes no sense');
    const size = length === null || end !== undefined ? null : start + length;
    return { start, ranged: true, version: { etag, modified, size } };
  }
  if (Number(range[1]) !== start)
    throw new Retriable(`the server sent the bytes from ${range[1]} on when asked for those from ${start} on`);
  // The total may be kept secret; of a range that was asked for to the end, the last byte tells it as well.
  const size = range[3] !== '*' ? wholeNumber(range[3]) : end === undefined ? Number(range[2]) + 1 : null;
  return { start, ranged: true, version: { etag, modified, size } };
}

/**
 * 416: the file ends before `start`, so there is nothing to read; its length is what matters.
 * @param {Response} response
 * @param {number} start
 * @returns {Promise<Answer>}
 */
async function emptyAnswer(response, start) {
  await response.body?.cancel();
  const size = /^bytes \*\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1] ?? null;
  const version = {
    etag: response.headers.get('ETag'),
    modified: response.headers.get('Last-Modified'),
    size: wholeNumber(size),
  };
  /** @type {ReadableStream<Uint8Array>} */
  const nothing = new ReadableStream({ start: (c) => c.close() });
  return { start, ranged: true, version, body: nothing.getReader() };
}

/**
 * @param {Response} response one that is not ok
 * @param {string} url
 * @returns {Promise<Error>}
 */
async function refusal(response, url) {
  await response.body?.cancel().catch(() => {});
  const { status } = response;
  const after = response.headers.get('Retry-After');
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return new Retriable(`${new URL(url).host} answers ${status}`, { afterMs: retryAfterMs(after) });
  }
  const why =
    status === 404 || status === 410
      ? 'there is no such file'
      : status === 401 || status === 403
        ? 'access is refused'
        : 'the request is refused';
  return new CoreError('ERR_NETWORK', `${shortUrl(url)}: ${why} (HTTP ${status}). Check the address of the model.`, {
    url,
    status,
  });
}

/**
 * @param {string | null} header seconds or a date
 * @returns {number | undefined}
 */
function retryAfterMs(header) {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/**
 * @param {string | null} text
 * @returns {number | null}
 */
function wholeNumber(text) {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
