// The models on offer: models.json beside the page, checked, and kept for when there is no network.

import { CoreError } from '../lib/errors.js';
import { fromHex } from '../lib/sha256.js';
import { eitherSignal } from '../lib/streams.js';
import { siteUrl } from '../lib/trusted.js';
import { CHUNK_BYTES } from './weight-file.js';

const ANSWER_MS = 10_000;

/**
 * @typedef {{ url: string, size: number, sha256: string, chunk_size: number, chunks: string[], piece_size?: number, pieces?: string[] }} ModelFile
 *   pieces: addresses of the file in parts of piece_size bytes, for hosts that take no larger ones; there is nothing at `url` then
 * @typedef {{ id: string, name: string, license: string, context: number, size: number, languages?: string[], default?: boolean, files: ModelFile[] }} Model
 */

/**
 * @param {import('./shelf.js').Shelf} shelf
 * @param {AbortSignal} signal
 * @returns {Promise<Model[]>}
 */
export async function fetchModels(shelf, signal) {
  const url = siteUrl('models.json').href;
  const fresh = await fetchText(url, signal);
  const kept = await shelf.get((db) => db.text(url));
  const text = fresh ?? kept;
  if (text === undefined) {
    throw new CoreError(
      'ERR_NETWORK',
      'The list of models (models.json) cannot be fetched. Check the network and try again.',
      { url },
    );
  }
  const models = parseModels(text);
  if (text !== kept) await shelf.attempt((db) => db.putText(url, text));
  return models;
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} undefined where there is no good answer
 */
async function fetchText(url, signal) {
  try {
    const response = await fetch(url, {
      cache: 'no-cache',
      signal: eitherSignal(signal, AbortSignal.timeout(ANSWER_MS)),
    });
    return response.ok ? await response.text() : undefined;
  } catch {
    if (signal.aborted) throw signal.reason;
    return undefined;
  }
}

/**
 * @param {string} text
 * @returns {Model[]}
 */
function parseModels(text) {
  /** @type {unknown} */
  let list;
  try {
    list = JSON.parse(text);
  } catch {
    throw new CoreError('ERR_CORRUPT', 'models.json is not JSON: the server sends something else in its place.');
  }
  const models = isRecord(list) ? list.models : undefined;
  if (!Array.isArray(models)) throw new CoreError('ERR_CORRUPT', 'models.json has no list of models.');
  for (const model of models) checkModel(model);
  return models;
}

/** @param {unknown} model */
function checkModel(model) {
  const name = isRecord(model) && typeof model.id === 'string' ? model.id : 'a model without id';
  const bad = (/** @type {string} */ what) =>
    new CoreError('ERR_CORRUPT', `models.json: ${what} of ${name} makes no sense.`);
  if (!isRecord(model) || typeof model.id !== 'string') throw bad('the entry');
  if (!Array.isArray(model.files) || model.files.length === 0) throw bad('the list of files');
  for (const file of model.files) {
    if (!isRecord(file) || typeof file.url !== 'string') throw bad('the address of a file');
    const { size, chunk_size: chunkSize, chunks, sha256 } = file;
    if (!isCount(size) || !isCount(chunkSize)) throw bad('the size of a file');
    if (!isDigest(sha256) || !Array.isArray(chunks) || !chunks.every(isDigest)) throw bad('a digest');
    if (chunks.length !== Math.ceil(size / chunkSize)) throw bad('the number of chunks');
    if (file.pieces !== undefined) checkPieces(file, bad);
  }
}

/**
 * @param {Record<string, unknown>} file
 * @param {(what: string) => CoreError} bad
 */
function checkPieces({ size, chunk_size: chunkSize, piece_size: pieceSize, pieces }, bad) {
  if (!Array.isArray(pieces) || !pieces.every((url) => typeof url === 'string')) throw bad('the address of a piece');
  if (!isCount(pieceSize) || pieceSize % Number(chunkSize) !== 0) throw bad('the size of the pieces');
  if (pieces.length !== Math.ceil(Number(size) / pieceSize)) throw bad('the number of pieces');
}

/** @param {unknown} x @returns {x is Record<string, unknown>} */
const isRecord = (x) => typeof x === 'object' && x !== null;

/** @param {unknown} x @returns {x is number} */
const isCount = (x) => Number.isSafeInteger(x) && Number(x) > 0;

/** @param {unknown} x */
const isDigest = (x) => typeof x === 'string' && /^[0-9a-f]{64}$/.test(x);

/**
 * @param {Model} model
 * @returns {import('./weight-file.js').FileSpec[]}
 */
export function modelFiles(model) {
  const address = (/** @type {string} */ url) => new URL(url, siteUrl('models.json')).href;
  return model.files.map(({ url, size, sha256, chunk_size: chunkSize, chunks, pieces, piece_size: pieceSize }) => ({
    url: address(url),
    size,
    sha256,
    chunkSize,
    chunks: chunks.map(fromHex),
    ...(pieces && pieceSize ? { pieces: { urls: pieces.map(address), size: pieceSize } } : {}),
  }));
}

/**
 * The files behind an address: one, or all parts of a split model (name-00001-of-00003.gguf).
 * @param {string} address
 * @returns {import('./weight-file.js').FileSpec[]}
 */
export function addressFiles(address) {
  /** @type {URL} */
  let url;
  try {
    url = new URL(address, siteUrl(''));
  } catch {
    throw new CoreError('ERR_ARGUMENT', `${address} is neither the id of a model nor an address.`);
  }
  if (!/^(https?|blob):$/.test(url.protocol))
    throw new CoreError(
      'ERR_ARGUMENT',
      `${url.protocol} addresses cannot be loaded: use https, or open the file from disk.`,
    );
  const split = /-(\d{5})-of-(\d{5})(?=\.gguf$)/.exec(url.pathname);
  const n = split ? Number(split[2]) : 1;
  if (n < 1 || n > 1000) throw new CoreError('ERR_ARGUMENT', `${address}: ${n} parts make no sense.`);
  return Array.from({ length: n }, (_, i) => {
    const part = new URL(url);
    if (split) part.pathname = part.pathname.replace(split[0], `-${String(i + 1).padStart(5, '0')}-of-${split[2]}`);
    return { url: part.href, chunkSize: CHUNK_BYTES };
  });
}
