/* Conversations and messages in IndexedDB. Every write is one message or one conversation in its own transaction, so two tabs on
 * the same chat add to each other's work and never overwrite it; each write is told to the other tabs. */
import { isQuotaError } from './connection.js';
import { eraseChats, eraseSharing, messageBatches, withDb } from './db.js';
import { eraseSessions } from './sessions.js';

/** @typedef {import('./schema.js').Conversation} Conversation */
/** @typedef {import('./schema.js').Message} Message */
/** @typedef {{ type: 'conversation' | 'message', id: string } | { type: 'all' }} Change */

const CHANNEL = 'open-assistant-chats';
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(CHANNEL) : null;

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

/**
 * Calls back for each change in any tab, this one included.
 * @param {(change: Change) => void} callback
 * @param {AbortSignal} signal  ends it
 */
export function onEveryChange(callback, signal) {
  if (!channel) return;
  const ear = new BroadcastChannel(CHANNEL);
  ear.addEventListener('message', (/** @type {MessageEvent<Change>} */ event) => callback(event.data));
  signal.addEventListener('abort', () => ear.close(), { once: true });
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

/** One conversation after the other with its messages, the newest first. @returns {AsyncGenerator<import('./oasst.js').Chat, void>} */
export async function* eachChat() {
  for (const conversation of await listConversations())
    yield { conversation, messages: await listMessages(conversation.id) };
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

/** Changes stored messages, in one transaction; those that are gone stay gone. @param {string[]} ids @param {(message: Message) => Message} change */
export async function changeMessages(ids, change) {
  await withDb(async (db) => {
    const tx = db.transaction('messages', 'readwrite');
    for (const id of ids) {
      const message = await tx.store.get(id);
      if (message) await tx.store.put(change(message));
    }
    await tx.done;
  });
  tell({ type: 'all' });
}

/** Removes a conversation and its messages for good, in one transaction, and what was computed of it. @param {string} id */
export async function removeConversation(id) {
  await withDb(async (db) => {
    const tx = db.transaction(['conversations', 'messages'], 'readwrite');
    const messages = tx.objectStore('messages');
    const keys = await messages.index('conversation_id').getAllKeys(id);
    await Promise.all([tx.objectStore('conversations').delete(id), ...keys.map((key) => messages.delete(key))]);
    await tx.done;
  });
  tell({ type: 'conversation', id });
  await eraseSessions();
}

/** Finishes deletions whose time to be undone is over. @param {number} before  milliseconds since the epoch */
export async function purgeDeleted(before) {
  const all = await withDb((db) => db.getAll('conversations'));
  for (const c of all) if (c.deleted_date && Date.parse(c.deleted_date) < before) await removeConversation(c.id);
}

/** Removes every conversation, what was computed of them, and the agreement to send any. */
export async function removeEverything() {
  await eraseSharing();
  await eraseChats();
  tell({ type: 'all' });
  await eraseSessions();
}

/**
 * The ids of the conversations in which some message contains `text`, whatever its case.
 * @param {string} text
 * @returns {Promise<Set<string>>}
 */
export async function searchMessages(text) {
  const needle = text.toLowerCase();
  /** @type {Set<string>} */
  const found = new Set();
  for await (const batch of messageBatches())
    for (const m of batch) if (m.text.toLowerCase().includes(needle)) found.add(m.conversation_id);
  return found;
}

/**
 * Adds conversations with their messages, e.g. from an import, and takes settings over where given. What is already there is left as it
 * is, so importing twice changes nothing. All or nothing. Returns how many messages were new.
 * @param {{ conversation: Conversation, messages: Message[] }[]} chats
 * @param {import('./schema.js').Settings | null} [settings]
 * @returns {Promise<number>}
 */
export async function addChats(chats, settings = null) {
  const added = await withDb(async (db) => {
    const tx = db.transaction(['conversations', 'messages', 'settings'], 'readwrite');
    const [conversations, stored] = [tx.objectStore('conversations'), tx.objectStore('messages')];
    const [old, keys] = await Promise.all([conversations.getAll(), stored.getAllKeys()]);
    const [here, known] = [new Set(old.flatMap((c) => (c.deleted_date ? [] : [c.id]))), new Set(keys)];
    /** @type {Promise<unknown>[]} */
    const work = [];
    let fresh = 0;
    const homes = await Promise.all(chats.map((chat) => homeOf(chat, known, stored)));
    for (const [i, { conversation: c, messages }] of chats.entries()) {
      const home = homes[i] ?? c.id;
      if (home === c.id && !here.has(c.id)) work.push(conversations.put(c));
      const missing = messages.filter((m) => !known.has(m.message_id));
      for (const message of missing) work.push(stored.put({ ...message, conversation_id: home }));
      fresh += missing.length;
    }
    if (settings) work.push(tx.objectStore('settings').put(settings, 'all'));
    work.push(tx.done);
    const failed = (await Promise.allSettled(work)).flatMap((x) => (x.status === 'rejected' ? [x.reason] : []));
    if (failed.length > 0) throw failed.find(isQuotaError) ?? failed[0]; // the others only say that all was undone
    return fresh;
  });
  tell({ type: 'all' });
  return added;
}

/**
 * Where a chat's messages belong: a thread of a chat that is here has another id than the chat, and some of its messages.
 * @param {{ conversation: Conversation, messages: Message[] }} chat
 * @param {Set<string>} known  the ids of all messages
 * @param {{ get(id: string): Promise<Message | undefined> }} stored
 */
async function homeOf({ conversation, messages }, known, stored) {
  const first = messages.find((m) => known.has(m.message_id));
  return (first && (await stored.get(first.message_id))?.conversation_id) ?? conversation.id;
}
