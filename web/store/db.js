/* The one IndexedDB database of chats and settings. The weights have their own (weights-db.js), so that a full disk or a broken
 * download never touches a chat. */
import { deleteDB } from 'idb';
import { Connection } from './connection.js';

/** @typedef {import('./schema.js').Conversation} Conversation */
/** @typedef {import('./schema.js').Message} Message */

/**
 * @typedef {object} Schema
 * @property {{ key: string, value: Conversation }} conversations
 * @property {{ key: string, value: Message, indexes: { conversation_id: string } }} messages
 * @property {{ key: string, value: unknown }} settings
 */

/** @typedef {import('idb').IDBPDatabase<Schema>} Db */

/** @type {Connection<Schema>} */
const connection = new Connection('open-assistant', [
  (db) => {
    db.createObjectStore('conversations', { keyPath: 'id' });
    db.createObjectStore('messages', { keyPath: 'message_id' }).createIndex('conversation_id', 'conversation_id');
    db.createObjectStore('settings');
  },
]);

/**
 * Runs `work` on the database; on a connection that went stale it opens another and tries once more.
 * @template T
 * @param {(db: Db) => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withDb = (work) => connection.run(work);

/** Deletes all chats. */
export function eraseChats() {
  return connection.erase(async (db) => {
    const tx = db.transaction(['conversations', 'messages'], 'readwrite');
    await Promise.all([tx.objectStore('conversations').clear(), tx.objectStore('messages').clear(), tx.done]);
  });
}

/** The database of what is known of sending (outbox.js). */
export const SHARING = 'oa-sharing';

/** Deletes it, with the visitor's consent. */
export const eraseSharing = () => deleteDB(SHARING);

const BATCH = 500; // messages: a few milliseconds of the thread that reads them

/** All messages, some at a time, so that neither time nor memory grows with what there is. @returns {AsyncGenerator<Message[], void>} */
export async function* messageBatches() {
  /** @type {Message[]} */
  let batch = [];
  do {
    const last = batch.at(-1)?.message_id;
    const range = last === undefined ? null : IDBKeyRange.lowerBound(last, true);
    batch = await withDb((db) => db.getAll('messages', range, BATCH));
    yield batch;
  } while (batch.length === BATCH);
}
