/* The one IndexedDB database of chats and settings: its schema, and a connection that mends itself. The weights have their own
 * database (weights-db.js), so that a full disk or a broken download never touches a chat. */
import { openDB } from 'idb';

/** @typedef {import('./schema.js').Conversation} Conversation */
/** @typedef {import('./schema.js').Message} Message */

/**
 * @typedef {object} Schema
 * @property {{ key: string, value: Conversation }} conversations
 * @property {{ key: string, value: Message, indexes: { conversation_id: string } }} messages
 * @property {{ key: string, value: unknown }} settings
 */

/** @typedef {import('idb').IDBPDatabase<Schema>} Db */

const NAME = 'open-assistant';
const VERSION = 1;
/* What Safari and near-full disks answer on a connection that is no longer any good. */
const STALE = new Set(['UnknownError', 'InvalidStateError', 'AbortError']);

/** @type {Promise<Db> | undefined} */
let connection;

/** @returns {Promise<Db>} */
function open() {
  connection ??= openDB(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore('conversations', { keyPath: 'id' });
      db.createObjectStore('messages', { keyPath: 'message_id' }).createIndex('conversation_id', 'conversation_id');
      db.createObjectStore('settings');
    },
    blocking(_current, _blocked, event) {
      /** @type {IDBDatabase} */ (event.target).close();
      connection = undefined;
    },
    terminated() {
      connection = undefined;
    },
  });
  connection.catch(() => (connection = undefined));
  return connection;
}

/**
 * Runs `work` on the database; on a connection that went stale it opens another and tries once more.
 * @template T
 * @param {(db: Db) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withDb(work) {
  const db = await open();
  try {
    return await work(db);
  } catch (error) {
    if (!(error instanceof DOMException) || !STALE.has(error.name)) throw error;
    db.close();
    connection = undefined;
    return work(await open());
  }
}
