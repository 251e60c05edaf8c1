/* What is stored on this device, measured for the visitor: each model, each chat, saved sessions, the page itself. */
import { taskSizes } from '../store/tasks.js';
import { chatSizes, pageBytes, savedBytes, storedFiles } from '../store/usage.js';

/** @typedef {{ ids: string[], name: string, bytes: number, size: number }} ModelUse */
/** @typedef {{ id: string, title: string, bytes: number, messages: number }} ChatUse */

const PART = /-\d{5}-of-\d{5}(?=\.gguf$)/; // of a split model

/** Fires 'change'. */
export class Usage extends EventTarget {
  /** The largest first, as the chats are. @type {ModelUse[]} */
  models = [];
  /** @type {ChatUse[]} */
  chats = [];
  saved = 0;
  page = 0;
  /** Of tasks. */
  trees = 0;
  treeBytes = 0;
  /** It was measured. */
  known = false;
  #turn = 0;

  get modelBytes() {
    return this.models.reduce((n, model) => n + model.bytes, 0);
  }
  get chatBytes() {
    return this.chats.reduce((n, chat) => n + chat.bytes, 0);
  }
  get total() {
    return this.modelBytes + this.chatBytes + this.treeBytes + this.saved + this.page;
  }

  /**
   * Measures anew. What cannot be read counts as nothing.
   * @param {import('./engine-types.js').ModelEntry[]} offered
   * @param {import('../store/schema.js').Conversation[]} conversations
   */
  async refresh(offered, conversations) {
    const turn = ++this.#turn;
    const [files, sizes, saved, page, tasks] = await Promise.all([
      storedFiles().catch(() => []),
      chatSizes().catch(() => new Map()),
      savedBytes().catch(() => 0),
      pageBytes().catch(() => 0),
      taskSizes().catch(() => ({ trees: 0, bytes: 0 })),
    ]);
    if (turn !== this.#turn) return;
    this.models = byName(files, offered);
    const none = { bytes: 0, messages: 0 };
    this.chats = conversations.map(({ id, title }) => ({ id, title, ...(sizes.get(id) ?? none) }));
    this.chats.sort((a, b) => b.bytes - a.bytes);
    Object.assign(this, { saved, page, trees: tasks.trees, treeBytes: tasks.bytes, known: true });
    this.dispatchEvent(new Event('change'));
  }
}

/**
 * Files put together to models: those on offer by their digests, others by their address.
 * @param {import('../store/usage.js').StoredFile[]} files
 * @param {import('./engine-types.js').ModelEntry[]} offered
 * @returns {ModelUse[]}
 */
function byName(files, offered) {
  /** @type {Map<string, ModelUse>} */
  const models = new Map();
  for (const { id, url, bytes, size } of files) {
    if (!bytes) continue;
    const entry = offered.find((model) => model.files?.some(({ sha256 }) => `sha256:${sha256}` === id));
    const address = url.replace(/[?#].*/s, '').replace(PART, '');
    const name = entry?.name ?? decoded(address.split('/').at(-1) ?? address);
    const key = entry?.id ?? (id.startsWith('sha256:') ? id : address); // a digest that is no longer on offer is a model of its own
    const known = models.get(key) ?? { ids: [], name, bytes: 0, size: 0 };
    models.set(key, { ...known, ids: [...known.ids, id], bytes: known.bytes + bytes, size: known.size + size });
  }
  return [...models.values()].sort((a, b) => b.bytes - a.bytes);
}

/** @param {string} name of an address */
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
