// The door of the store: a model's bytes, wherever they are, as one sequence of verified chunks; and what is stored of which model.

import { isAddress } from '../lib/address.js';
import { CoreError } from '../lib/errors.js';
import { ahead, eitherSignal } from '../lib/streams.js';
import { localFiles } from './local.js';
import { addressFiles, fetchModels, modelFiles } from './models.js';
import { Meter } from './progress.js';
import { eraseSessions } from './sessions.js';
import { Shelf } from './shelf.js';
import { ChunkReader } from './stored.js';
import { WeightFile } from './weight-file.js';
import { WeightsDb, storedBytes } from './weights-db.js';

/**
 * @typedef {{ kind: 'id', id: string } | { kind: 'url', url: string } | { kind: 'blobs', blobs: Blob[] }} Source
 */

/**
 * @typedef {object} WeightsOptions
 * @property {AbortSignal} signal
 * @property {(p: import('./progress.js').Progress) => void} onProgress
 * @property {(n: import('./shelf.js').Notice) => void} onNotice
 * @property {Partial<import('./download.js').Patience>} [patience]
 */

/**
 * A model whose files' sizes are known.
 * @typedef {object} Weights
 * @property {string} id
 * @property {number[]} sizes bytes of each file
 * @property {() => string | null} version digests that stand for all bytes, once they were read; null where they are not known
 * @property {() => AsyncGenerator<Uint8Array, void>} chunks all bytes of all files, in order
 * @property {() => Promise<void>} close frees what they come from
 */

/**
 * Finds a model and what is stored of it.
 * @param {Source} source
 * @param {WeightsOptions} options
 * @returns {Promise<Weights>}
 */
export async function openWeights(source, { signal, onProgress, onNotice, patience }) {
  const db = new WeightsDb();
  const shelf = new Shelf(db, onNotice);
  const reader = new ChunkReader();
  const stop = new AbortController();
  const interrupt = () => stop.abort(new DOMException('The reader stopped.', 'AbortError'));
  const close = () => {
    interrupt(); // which ends what is still connected
    reader.close();
    return db.close();
  };
  try {
    if (source.kind !== 'blobs') reader.start();
    const options = { shelf, reader, signal: eitherSignal(signal, stop.signal), patience };
    const { id, files } = await findFiles(source, options);
    for (const [i, file] of files.entries()) await file.open(i === 0);
    const sizes = files.map((file) => file.size);
    const meter = new Meter(sum(sizes), onProgress);
    const missing = sum(files.map((file) => file.missing));
    if (missing === sum(sizes)) reader.close(); // nothing is stored: the first visit
    if (missing > 0) {
      meter.phase = 'download';
      await shelf.plan(missing);
    }
    meter.tick();
    for (const file of files) file.meter = meter;
    const version = () => (files.every((file) => file.version) ? files.map((file) => file.version).join(' ') : null);
    return { id, sizes, version, chunks: () => ahead(allChunks(files), 1, interrupt), close };
  } catch (e) {
    await close();
    throw e;
  }
}

/** @param {number[]} list */
const sum = (list) => list.reduce((a, b) => a + b, 0);

/**
 * @param {Source} source
 * @param {import('./weight-file.js').ReadOptions} options
 * @returns {Promise<{ id: string, files: (WeightFile | import('./local.js').LocalFile)[] }>}
 */
async function findFiles(source, options) {
  if (source.kind === 'blobs') return { id: 'local', files: localFiles(source.blobs) };
  const specs = source.kind === 'url' ? addressFiles(source.url) : modelFiles(await findModel(source.id, options));
  return {
    id: source.kind === 'url' ? source.url : source.id,
    files: specs.map((spec) => new WeightFile(spec, options)),
  };
}

/**
 * @param {string} id
 * @param {Pick<import('./weight-file.js').ReadOptions, 'shelf' | 'signal'>} options
 */
async function findModel(id, { shelf, signal }) {
  const models = await fetchModels(shelf, signal);
  const model = models.find((m) => m.id === id);
  if (model) return model;
  const names = models.map((m) => m.id).join(', ') || 'none';
  throw new CoreError(
    'ERR_ARGUMENT',
    `There is no model "${id}" here. Known: ${names}; or give an address or a file.`,
    { id },
  );
}

/**
 * @param {(WeightFile | import('./local.js').LocalFile)[]} files
 * @returns {AsyncGenerator<Uint8Array, void>}
 */
async function* allChunks(files) {
  for (const file of files) yield* file.chunks();
}

/** @typedef {import('./models.js').Model & { cached: boolean, cachedBytes: number }} ListedModel */

/**
 * The models on offer, and how much of each is stored.
 * @param {AbortSignal} [signal]
 * @returns {Promise<ListedModel[]>}
 */
export async function listModels(signal = new AbortController().signal) {
  const db = new WeightsDb();
  const shelf = new Shelf(db, () => {});
  try {
    const models = await fetchModels(shelf, signal);
    const stored = new Map((await shelf.get((d) => d.files()))?.map((file) => [file.id, file]));
    return models.map((model) => {
      const files = model.files.map((file) => stored.get(`sha256:${file.sha256}`));
      const cachedBytes = files.reduce((n, file) => n + (file ? storedBytes(file) : 0), 0);
      return { ...model, cached: files.every((file) => file?.complete === true), cachedBytes };
    });
  } finally {
    await db.close();
  }
}

/**
 * Deletes what is stored of a model, and all saved sessions.
 * @param {string} model an id of models.json or an address
 * @returns {Promise<void>}
 */
export async function forgetModel(model) {
  const db = new WeightsDb();
  const shelf = new Shelf(db, () => {});
  try {
    const ids = isAddress(model)
      ? (await Promise.all(addressFiles(model).map((file) => db.filesOfUrl(file.url)))).flat().map((file) => file.id)
      : modelFiles(await findModel(model, { shelf, signal: new AbortController().signal })).map(
          ({ sha256 }) => `sha256:${sha256}`,
        );
    for (const id of ids) await db.forget(id);
    await eraseSessions();
  } finally {
    await db.close();
  }
}
