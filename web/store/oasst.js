/* Chats to OASST JSONL and back (one tree a line; messages and threads are read too). Members beyond the schema (title, system
 * prompt, sampling, seed) ride along, and readers of the schema ignore them. Input is anybody's: unknown members are
 * dropped, wrong ones refused with the number of their line. */
import { indexChildren, newestLeaf } from '../lib/tree.js';
import { firstWords } from '../lib/format.js';

/** @typedef {import('./schema.js').Conversation} Conversation */
/** @typedef {import('./schema.js').Message} Message */
/** @typedef {{ conversation: Conversation, messages: Message[] }} Chat */
/** @typedef {{ [key: string]: unknown }} Json */

const LINE_MAX = 64 * 1024 * 1024;
const TEXT_MAX = 1024 * 1024;
const NODES_MAX = 20_000;
/* Deeper than this, nested replies are more than JSON parsers take. */
const NESTED_MAX = 400;
const EXTRA = /** @type {const} */ (['state', 'sampling', 'seed', 'finish_reason', 'usage']);

/** @param {Message} message @param {boolean} isRoot @returns {Json} */
function exportMessage(message, isRoot) {
  /** @type {Json} */
  const node = {
    message_id: message.message_id,
    ...(isRoot ? {} : { parent_id: message.parent_id }),
    created_date: message.created_date,
    text: message.text,
    role: message.role,
    lang: message.lang ?? 'en',
    synthetic: message.role === 'assistant',
    ...(message.model_name ? { model_name: message.model_name } : {}),
  };
  for (const key of EXTRA) if (message[key] !== undefined) node[key] = message[key];
  return node;
}

/** @param {Map<string | null, Message[]>} index @param {Message} root @returns {Json} */
function exportTree(index, root) {
  /** @type {Json[]} */
  const top = [];
  /** @type {[Message, Json[]][]} */
  const work = [[root, top]];
  for (let item = work.pop(); item; item = work.pop()) {
    const [message, siblings] = item;
    /** @type {Json[]} */
    const replies = [];
    siblings.unshift({ ...exportMessage(message, siblings === top), replies });
    for (const child of index.get(message.message_id) ?? []) work.push([child, replies]);
  }
  return top[0] ?? {};
}

/** What of a conversation the schema has no place for. @param {Conversation} c @returns {Json} */
function exportHead(c) {
  return {
    tree_state: 'not_applicable',
    origin: 'open-assistant-tab',
    conversation_id: c.id,
    title: c.title,
    titled: c.titled,
    created_date: c.created_date,
    updated_date: c.updated_date,
    ...(c.active_thread_tail_message_id ? { active_thread_tail_message_id: c.active_thread_tail_message_id } : {}),
    ...(c.system_prompt === null ? {} : { system_prompt: c.system_prompt }),
    ...(c.sampling ? { chat_sampling: c.sampling } : {}),
  };
}

/**
 * One line for each root: a chat whose first message was edited has several, which share `conversation_id`. A chat too long to
 * be nested becomes a line for each message.
 * @param {Chat} chat
 * @returns {string}
 */
export function exportChat({ conversation: c, messages }) {
  const index = indexChildren(new Map(messages.map((m) => [m.message_id, m])));
  const roots = index.get(null) ?? [];
  const head = exportHead(c);
  const lines =
    messages.length > NESTED_MAX
      ? messages.map((m) => ({ ...head, ...exportMessage(m, m.parent_id === null), message_tree_id: c.id }))
      : roots.map((root) => {
          const id = roots.length === 1 ? c.id : root.message_id;
          return { message_tree_id: id, ...head, prompt: exportTree(index, root) };
        });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** @param {unknown} value @returns {value is Json} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {unknown} value @returns {string | null} */
const asId = (value) => (typeof value === 'string' && value.length > 0 && value.length <= 200 ? value : null);
/** @param {unknown} value @param {string} fallback */
const asDate = (value, fallback) => {
  const date = typeof value === 'string' ? new Date(value) : new Date(NaN);
  return Number.isNaN(date.getTime()) ? fallback : date.toISOString();
};

/** Numbers of an object, nothing else. @param {unknown} value @returns {{ [key: string]: number } | undefined} */
function asNumbers(value) {
  if (!isObject(value)) return undefined;
  /** @type {{ [key: string]: number }} */
  const out = {};
  for (const [key, n] of Object.entries(value)) if (typeof n === 'number' && key !== '__proto__') out[key] = n;
  return out;
}

/** @param {Json} node @param {string | null} parent @param {string} now @returns {Message} */
function importMessage(node, parent, now) {
  const id = asId(node['message_id']);
  const { role, text } = node;
  if (!id) throw new Error('a message has no message_id');
  if (role !== 'prompter' && role !== 'assistant') throw new Error('a role is neither prompter nor assistant');
  if (typeof text !== 'string' || text.length > TEXT_MAX)
    throw new Error('a message has no text, or more than 1 MB of it');
  const name = node['model_name'];
  const sampling = asNumbers(node['sampling']);
  const usage = asNumbers(node['usage']);
  return {
    message_id: id,
    parent_id: parent,
    conversation_id: '',
    role,
    text,
    created_date: asDate(node['created_date'], now),
    state: node['state'] === 'cancelled' ? 'cancelled' : role === 'prompter' ? 'manual' : 'complete',
    lang: asId(node['lang']) ?? 'en',
    synthetic: node['synthetic'] === true,
    ...(typeof name === 'string' ? { model_name: name.slice(0, 200) } : {}),
    ...(sampling ? { sampling } : {}),
    ...(usage ? { usage } : {}),
    ...(typeof node['seed'] === 'number' ? { seed: node['seed'] } : {}),
    ...(node['finish_reason'] === 'length' || node['finish_reason'] === 'stop'
      ? { finish_reason: node['finish_reason'] }
      : {}),
  };
}

/** @param {Json} root @param {string} now @returns {Message[]} */
function importTree(root, now) {
  /** @type {Message[]} */
  const messages = [];
  /** @type {[Json, string | null][]} */
  const work = [[root, null]];
  for (let item = work.pop(); item; item = work.pop()) {
    const message = importMessage(item[0], item[1], now);
    if (messages.push(message) > NODES_MAX) throw new Error(`a tree has more than ${NODES_MAX} messages`);
    const replies = item[0]['replies'];
    if (!Array.isArray(replies)) continue;
    for (const reply of [...replies].reverse()) if (isObject(reply)) work.push([reply, message.message_id]);
  }
  return messages;
}

/** What of a chat is in one line. @param {Json} line @param {string} now @returns {{ id: string, messages: Message[] }} */
function importLine(line, now) {
  if (asId(line['message_id'])) {
    const message = importMessage(line, asId(line['parent_id']), now);
    return { id: asId(line['message_tree_id']) ?? message.message_id, messages: [message] };
  }
  const tree = asId(line['message_tree_id']);
  if (tree && isObject(line['prompt'])) {
    return { id: asId(line['conversation_id']) ?? tree, messages: importTree(line['prompt'], now) };
  }
  const thread = asId(line['thread_id']);
  const nodes = line['thread'];
  if (!thread || !Array.isArray(nodes)) throw new Error('this is neither a tree, a thread nor a message');
  /** @type {string | null} */
  let parent = null;
  const messages = nodes.filter(isObject).map((node) => {
    const message = importMessage(node, parent, now);
    parent = message.message_id;
    return message;
  });
  return { id: thread, messages };
}

/** @param {string} id @param {Json} line @param {Message[]} messages @param {string} now @returns {Conversation} */
function conversationOf(id, line, messages, now) {
  const first = messages[0];
  const { title, system_prompt: system } = line;
  const values = isObject(line['chat_sampling']) ? asNumbers(line['chat_sampling']['values']) : undefined;
  const tail = asId(line['active_thread_tail_message_id']);
  const nodes = new Map(messages.map((m) => [m.message_id, m]));
  return {
    id,
    title: (typeof title === 'string' && title.trim() ? title : firstWords(first?.text ?? '')).slice(0, 100),
    titled: line['titled'] === true,
    created_date: asDate(line['prompt'] ? line['created_date'] : null, first?.created_date ?? now),
    updated_date: asDate(line['updated_date'], first?.created_date ?? now),
    active_thread_tail_message_id: tail && nodes.has(tail) ? tail : newestLeaf(nodes, null),
    system_prompt: typeof system === 'string' ? system.slice(0, TEXT_MAX) : null,
    sampling: values ? { preset: 'custom', values, seed: null } : null,
    deleted_date: null,
  };
}

/**
 * Reads JSONL. Lines that cannot be used are named in `problems`; the others are taken.
 * @param {string} jsonl
 * @param {string} [now]
 * @returns {{ chats: Chat[], problems: string[] }}
 */
export function importChats(jsonl, now = new Date().toISOString()) {
  /** @type {Map<string, { line: Json, messages: Message[] }>} */
  const byId = new Map();
  /** @type {string[]} */
  const problems = [];
  jsonl.split('\n').forEach((text, i) => {
    if (!text.trim()) return;
    try {
      if (text.length > LINE_MAX) throw new Error('the line is longer than 64 MB');
      const line = /** @type {unknown} */ (JSON.parse(text));
      if (!isObject(line)) throw new Error('this is not a JSON object');
      const { id, messages } = importLine(line, now);
      const known = byId.get(id);
      if (known) known.messages.push(...messages);
      else byId.set(id, { line, messages });
    } catch (error) {
      problems.push(
        `Line ${i + 1}: ${error instanceof SyntaxError ? 'this is not JSON' : /** @type {Error} */ (error).message}`,
      );
    }
  });
  const chats = [...byId].map(([id, { line, messages }]) => {
    for (const message of messages) message.conversation_id = id;
    return { conversation: conversationOf(id, line, messages, now), messages };
  });
  return { chats, problems };
}
