/* Conversations and messages in IndexedDB. Every write is one message or one conversation in its own transaction, so two tabs on
 * the same chat add to each other's work and never overwrite it; each write is told to the other tabs. */
import { withDb } from './db.js';

/** @typedef {import('./schema.js').Conversation} Conversation */
/** @typedef {import('./schema.js').Message} Message */
/** @typedef {{ type: 'conversation' | 'message', id: string } | { type: 'all' }} Change */

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('open-assistant-chats') : null;

/** @param {Change} change */
function tell(change) {
  channel?.postMessage(change);
}

/**
 * Calls back for each change that another tab made. Returns the function that ends it.
 * @param {(change: Change) => void} callback
 */
export function onOtherTab(callback) {
  /** @param {MessageEvent<Change>} event */
  const listener = (event) => callback(event.data);
  channel?.addEventListener('message', listener);
  return () => channel?.removeEventListener('message', listener);
}

/** All conversations that are not deleted, newest first. @returns {Promise<Conversation[]>} */
export async function listConversations() {
  const all = await withDb((db) => db.getAll('conversations'));
  return all.filter((c) => !c.deleted_date).sort((a, b) => (a.updated_date < b.updated_date ? 1 : -1));
}

/** @param {string} id @returns {Promise<Conversation | undefined>} */
export async function getConversation(id) {
  const found = await withDb((db) => db.get('conversations', id));
  return found?.deleted_date ? undefined : found;
}

/** @param {Conversation} conversation */
export async function addConversation(conversation) {
  await withDb((db) => db.put('conversations', conversation));
  tell({ type: 'conversation', id: conversation.id });
}

/**
 * Changes only the members given, in one transaction; a conversation that is gone stays gone (undefined).
 * @param {string} id
 * @param {Partial<Conversation>} patch
 * @returns {Promise<Conversation | undefined>}
 */
export async function patchConversation(id, patch) {
  const next = await withDb(async (db) => {
    const tx = db.transaction('conversations', 'readwrite');
    const old = await tx.store.get(id);
    const merged = old && { ...old, ...patch };
    if (merged) await tx.store.put(merged);
    await tx.done;
    return merged;
  });
  tell({ type: 'conversation', id });
  return next;
}

/** @param {string} id @returns {Promise<Message[]>} in the order they were created */
export async function listMessages(id) {
  const all = await withDb((db) => db.getAllFromIndex('messages', 'conversation_id', id));
  return all.sort((a, b) => (a.created_date < b.created_date ? -1 : a.created_date > b.created_date ? 1 : 0));
}

/** Writes one message, new or grown. @param {Message} message */
export async function putMessage(message) {
  await withDb(async (db) => {
    const tx = db.transaction('messages', 'readwrite');
    void tx.store.put({ ...message });
    tx.commit(); // a page that is being closed may not live to see the request answered
    await tx.done;
  });
  tell({ type: 'message', id: message.conversation_id });
}

/** Removes a conversation and its messages for good, in one transaction. @param {string} id */
export async function removeConversation(id) {
  await withDb(async (db) => {
    const tx = db.transaction(['conversations', 'messages'], 'readwrite');
    const messages = tx.objectStore('messages');
    const keys = await messages.index('conversation_id').getAllKeys(id);
    await Promise.all([tx.objectStore('conversations').delete(id), ...keys.map((key) => messages.delete(key))]);
    await tx.done;
  });
  tell({ type: 'conversation', id });
}

/** Finishes deletions whose time to be undone is over. @param {number} before  milliseconds since the epoch */
export async function purgeDeleted(before) {
  const all = await withDb((db) => db.getAll('conversations'));
  for (const c of all) if (c.deleted_date && Date.parse(c.deleted_date) < before) await removeConversation(c.id);
}

/** Removes every conversation. */
export async function removeEverything() {
  await withDb(async (db) => {
    const tx = db.transaction(['conversations', 'messages'], 'readwrite');
    await Promise.all([tx.objectStore('conversations').clear(), tx.objectStore('messages').clear()]);
    await tx.done;
  });
  tell({ type: 'all' });
}

/**
 * The ids of the conversations in which some message contains `text`, whatever its case.
 * @param {string} text
 * @returns {Promise<Set<string>>}
 */
export async function searchMessages(text) {
  const needle = text.toLowerCase();
  const all = await withDb((db) => db.getAll('messages'));
  return new Set(all.filter((m) => m.text.toLowerCase().includes(needle)).map((m) => m.conversation_id));
}

/**
 * Adds conversations with their messages, e.g. from an import. What is already there is left as it is, so importing twice changes
 * nothing. All or nothing for each conversation. Returns how many messages were new.
 * @param {{ conversation: Conversation, messages: Message[] }[]} chats
 * @returns {Promise<number>}
 */
export async function addChats(chats) {
  let added = 0;
  for (const { conversation, messages } of chats) {
    added += await withDb(async (db) => {
      const tx = db.transaction(['conversations', 'messages'], 'readwrite');
      const old = await tx.objectStore('conversations').get(conversation.id);
      if (!old || old.deleted_date) await tx.objectStore('conversations').put(conversation);
      let n = 0;
      for (const message of messages) {
        if (await tx.objectStore('messages').get(message.message_id)) continue;
        await tx.objectStore('messages').put(message);
        n++;
      }
      await tx.done;
      return n;
    });
  }
  tell({ type: 'all' });
  return added;
}
