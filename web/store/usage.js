/* What takes how much of the room that the page has on this device, part by part, and what deletes a part. */
import { messageBatches } from './db.js';
import { SessionsDb, eraseSessions } from './sessions.js';
import { WeightsDb, storedBytes } from './weights-db.js';

/** @typedef {{ id: string, url: string, bytes: number, size: number }} StoredFile  bytes: of them, so many are stored */

/** The files of models, of those on offer and of any others. @returns {Promise<StoredFile[]>} */
export async function storedFiles() {
  const db = new WeightsDb();
  try {
    const files = await db.files();
    return files.map((file) => ({ id: file.id, url: file.url, bytes: storedBytes(file), size: file.size }));
  } finally {
    await db.close();
  }
}

/** @param {string[]} ids of stored files */
export async function forgetFiles(ids) {
  const db = new WeightsDb();
  try {
    for (const id of ids) await db.forget(id);
    await eraseSessions(); // of no use without the model
  } finally {
    await db.close();
  }
}

/** How much there is of each chat, by its id. @returns {Promise<Map<string, { bytes: number, messages: number }>>} */
export async function chatSizes() {
  const encoder = new TextEncoder();
  /** @type {Map<string, { bytes: number, messages: number }>} */
  const sizes = new Map();
  for await (const batch of messageBatches())
    for (const message of batch) {
      const { bytes, messages } = sizes.get(message.conversation_id) ?? { bytes: 0, messages: 0 };
      const own = encoder.encode(JSON.stringify(message)).length;
      sizes.set(message.conversation_id, { bytes: bytes + own, messages: messages + 1 });
    }
  return sizes;
}

/** Of saved sessions. @returns {Promise<number>} bytes */
export async function savedBytes() {
  const db = new SessionsDb();
  try {
    return await db.size();
  } finally {
    await db.close();
  }
}

/** Of the page's own files, kept for when there is no network. @returns {Promise<number>} bytes */
export async function pageBytes() {
  let bytes = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) bytes += (await (await cache.match(request))?.blob())?.size ?? 0;
  }
  return bytes;
}
