// The worker that reads stored chunks and checks them, beside the one that computes.

import { toWire } from '../lib/errors.js';
import { WeightsDb } from './weights-db.js';

const db = new WeightsDb();

/** @param {import('./stored.js').ChunkRequest} m */
async function answer({ id, file, index, length, digest }) {
  try {
    const result = await db.soundChunk(file, index, length, digest);
    globalThis.postMessage({ id, type: 'result', result }, { transfer: result ? [result.buffer] : [] });
  } catch (e) {
    globalThis.postMessage({ id, type: 'error', error: toWire(e) });
  }
}

globalThis.addEventListener('message', (e) => void answer(e.data));
