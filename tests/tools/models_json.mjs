// Writes models.json, the list of models the page offers, and puts their weights beside it:
//   node tests/tools/models_json.mjs MODELS-FOLDER WEIGHTS-FOLDER SITE-FOLDER DEFAULT-ID [pieces]
// pieces: files larger than PIECE lie there in parts, for hosts that take none above 25 MiB. Offers every model of models/ whose weights are in WEIGHTS-FOLDER. The digests of chunks are kept beside the weights, so that a
// second run reads no weights.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

const CHUNK = 4 << 20;
const PIECE = 6 * CHUNK; // whole chunks, below 25 MiB

function chunkDigests(path, bytes) {
  const digests = [];
  const buffer = Buffer.alloc(CHUNK);
  const file = fs.openSync(path, 'r');
  for (let at = 0; at < bytes; at += CHUNK) {
    const length = fs.readSync(file, buffer, 0, CHUNK, at);
    digests.push(createHash('sha256').update(buffer.subarray(0, length)).digest('hex'));
  }
  fs.closeSync(file);
  return digests;
}

function cachedDigests(path, file) {
  const cache = `${path}.chunks.json`;
  try {
    const known = JSON.parse(fs.readFileSync(cache, 'utf8'));
    if (known.sha256 === file.sha256 && known.chunk === CHUNK) return known.chunks;
  } catch {
    // none yet
  }
  const chunks = chunkDigests(path, file.bytes);
  fs.writeFileSync(cache, JSON.stringify({ sha256: file.sha256, chunk: CHUNK, chunks }));
  return chunks;
}

/** One file, two names where the file system can: weights are large. */
function place(from, to) {
  const [a, b] = [fs.statSync(from), fs.statSync(to, { throwIfNoEntry: false })];
  if (b && (a.ino === b.ino || (a.size === b.size && a.mtimeMs <= b.mtimeMs))) return;
  fs.rmSync(to, { force: true });
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}

const isSplit = (file) => inPieces && file.bytes > PIECE;

/** @returns {string[]} */
function pieceNames({ name, bytes }) {
  return Array.from({ length: Math.ceil(bytes / PIECE) }, (_, i) => `${name}.part${String(i + 1).padStart(2, '0')}`);
}

/** Puts a file into the folder of the site, whole or in pieces, and takes away what it was there before. */
function offer(file) {
  const [from, to] = [join(weights, file.name), join(site, 'models')];
  const names = isSplit(file) ? pieceNames(file) : [file.name];
  for (const name of fs.readdirSync(to)) {
    if ((name === file.name || name.startsWith(`${file.name}.part`)) && !names.includes(name))
      fs.rmSync(join(to, name));
  }
  if (!isSplit(file)) return place(from, join(to, file.name));
  for (const [i, name] of names.entries())
    cut(from, join(to, name), i * PIECE, Math.min(PIECE, file.bytes - i * PIECE));
}

/** Copies a part of a file, unless it is there. */
function cut(from, to, start, length) {
  const there = fs.statSync(to, { throwIfNoEntry: false });
  if (there?.size === length && there.mtimeMs >= fs.statSync(from).mtimeMs) return;
  const bytes = Buffer.alloc(length);
  const file = fs.openSync(from, 'r');
  fs.readSync(file, bytes, 0, length, start);
  fs.closeSync(file);
  fs.writeFileSync(to, bytes);
}

function describe(model, weights, chosen) {
  const files = model.files.map((file) => ({
    url: `models/${file.name}`,
    size: file.bytes,
    sha256: file.sha256,
    chunk_size: CHUNK,
    chunks: cachedDigests(join(weights, file.name), file),
    ...(isSplit(file) ? { piece_size: PIECE, pieces: pieceNames(file).map((name) => `models/${name}`) } : {}),
  }));
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const { id, name, license, context, languages, quantization } = model;
  return {
    id,
    name,
    license,
    context,
    languages,
    quantization,
    size,
    sha256: files[0].sha256,
    default: id === chosen,
    files,
  };
}

const [folder, weights, site, chosen, pieces] = process.argv.slice(2);
const inPieces = pieces === 'pieces';
const models = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(fs.readFileSync(join(folder, name), 'utf8')))
  .filter((model) => model.files.every((file) => fs.existsSync(join(weights, `${file.name}.ok`))));

fs.mkdirSync(join(site, 'models'), { recursive: true });
for (const file of models.flatMap((model) => model.files)) offer(file);
const text = `${JSON.stringify({ models: models.map((model) => describe(model, weights, chosen)) }, null, 1)}\n`;
fs.writeFileSync(join(site, 'models.json'), text);
