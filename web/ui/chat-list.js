/* The list of stored chats: read, searched, renamed, deleted (undone within a few seconds), exported and imported. */
import { backUp, importChats } from '../api/data.js';
import * as store from '../store/chats.js';
import { isNewer } from '../store/connection.js';

/** @typedef {import('../store/schema.js').Conversation} Conversation */

const UNDO_MS = 10_000;

/** Fires 'change'. */
export class ChatList extends EventTarget {
  /** Newest first. @type {Conversation[]} */
  all = [];
  query = '';
  /** What is stored is of a newer version of the page, and is not touched. */
  newer = false;
  /** What else the menu of a chat offers. @type {(chat: Conversation) => import('./menu.js').MenuItem[]} */
  more = () => [];
  /** Files that were imported. */
  imports = 0;
  /** Chats with the query in a message; null while there is no query. @type {Set<string> | null} */
  #hits = null;
  #turn = 0;

  async start() {
    store.onOtherTab((change) => void (change.type === 'message' || this.refresh()));
    await store.purgeDeleted(Date.now() - UNDO_MS).catch(() => undefined);
    await this.refresh();
  }

  async refresh() {
    this.all = await store.listConversations().catch((error) => {
      this.newer = isNewer(error);
      return this.all;
    });
    this.dispatchEvent(new Event('change'));
  }

  /** What the search leaves. @returns {Conversation[]} */
  get shown() {
    const needle = this.query.trim().toLowerCase();
    if (!needle) return this.all;
    return this.all.filter((c) => c.title.toLowerCase().includes(needle) || this.#hits?.has(c.id));
  }

  /** @param {string} query */
  async search(query) {
    this.query = query;
    const turn = ++this.#turn;
    this.dispatchEvent(new Event('change'));
    const needle = query.trim();
    const hits = needle ? await store.searchMessages(needle).catch(() => null) : null;
    if (turn !== this.#turn) return;
    this.#hits = hits;
    this.dispatchEvent(new Event('change'));
  }

  /** @param {string} id @param {string} title */
  async rename(id, title) {
    const clean = title.replace(/\s+/g, ' ').trim().slice(0, 100);
    if (clean) await store.patchConversation(id, { title: clean, titled: true });
    await this.refresh();
  }

  /** Hides a chat now and removes it for good when it can no longer be undone. @param {string} id */
  async remove(id) {
    await store.patchConversation(id, { deleted_date: new Date().toISOString() });
    setTimeout(() => void store.purgeDeleted(Date.now() - UNDO_MS).catch(() => undefined), UNDO_MS + 1000);
    await this.refresh();
  }

  /** @param {string} id */
  async restore(id) {
    await store.patchConversation(id, { deleted_date: null });
    await this.refresh();
  }

  /** One chat, or all and the settings, as JSONL. @param {string | null} id @param {import('../store/schema.js').Settings} settings */
  export(id, settings) {
    return backUp(id, settings);
  }

  /** Adds the chats of a file, and takes its settings over where it has some. Throws, with nothing changed, where any line is wrong. @param {Blob} file */
  async import(file) {
    const imported = await importChats(file);
    this.imports++;
    await this.refresh();
    return imported;
  }

  async removeAll() {
    await store.removeEverything();
    await this.refresh();
  }
}
