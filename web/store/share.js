/* What of a chat is shared: the messages that the visitor said something of, with all that leads to them and the answers that they were compared
 * with, each as a flat message of the OASST schema (docs/collector.md). Of a message nothing leaves but MEMBERS, whatever else is kept with it. Pure. */
import { pathTo } from '../lib/tree.js';
import { exportChat } from './oasst.js';
import { isObject } from './values.js';

/** @typedef {import('./schema.js').Message} Message */
/** A message as it is sent: its id, its JSON, and the SHA-256 of that. @typedef {{ id: string, line: string, digest: string }} Line */
/** What of a chat is to be at the collector; null: not known while its deletion can be undone. @typedef {{ chat: string, title: string, lines: Line[] | null }} Shared */

/** In the order in which they are written. */
const MEMBERS = /** @type {const} */ ([
  'message_id',
  'parent_id',
  'user_id',
  'created_date',
  'text',
  'role',
  'lang',
  'synthetic',
  'model_name',
  'rank',
  'emojis',
  'labels',
  'events',
  'message_tree_id',
  'tree_state',
]);

/** The ids that the visitor spoke of with one message. @param {Message} message */
function spokenOf({ message_id: id, feedback, improves, comparisons = [] }) {
  const compared = comparisons.flatMap((c) => (c.date ? c.message_ids : []));
  return feedback || improves || compared.length ? [id, ...(improves ? [improves] : []), ...compared] : [];
}

/** What is shared, by root. @param {Message[]} messages @returns {Map<string, Set<string>>} ids */
function sharedIds(messages) {
  const nodes = new Map(messages.map((m) => [m.message_id, m]));
  /** @type {Map<string, Set<string>>} */
  const trees = new Map();
  for (const id of messages.flatMap(spokenOf)) {
    const path = pathTo(nodes, id);
    const root = path[0]?.message_id;
    if (root === undefined) continue; // a compared answer that came to nothing
    const ids = trees.get(root) ?? new Set();
    for (const m of path) ids.add(m.message_id);
    trees.set(root, ids);
  }
  return trees;
}

/**
 * The messages of a chat that are shared, each as one line of JSON, parents before what replies to them. What others said in a file that was
 * imported is theirs, and stays here.
 * @param {import('./oasst.js').Chat} chat
 * @param {string} user  a random id that stands for the visitor
 * @returns {{ id: string, line: string }[]}
 */
export function sharedLines({ conversation, messages }, user) {
  return [...sharedIds(messages)].flatMap(([root, ids]) => {
    const part = messages
      .filter((m) => ids.has(m.message_id))
      .map((m) => ({ ...m, given: undefined, parent_id: m.message_id === root ? null : m.parent_id }));
    const tree = exportChat({ conversation: { ...conversation, id: root, given: undefined }, messages: part });
    return tree.split('\n').flatMap((text) => (text ? flatten(JSON.parse(text), user) : []));
  });
}

/** The messages of a line that exportChat() wrote. @param {{ [key: string]: unknown }} line @param {string} user */
function flatten(line, user) {
  const { message_tree_id, tree_state } = line;
  /** @type {{ id: string, line: string }[]} */
  const out = [];
  const work = [line['prompt'] ?? line];
  for (let node = work.pop(); isObject(node); node = work.pop()) {
    const all = /** @type {Record<string, unknown>} */ ({ ...node, user_id: user, message_tree_id, tree_state });
    const shared = MEMBERS.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]]));
    out.push({ id: String(all['message_id']), line: JSON.stringify(Object.fromEntries(shared)) });
    if (Array.isArray(all['replies'])) work.push(...all['replies'].reverse());
  }
  return out;
}
