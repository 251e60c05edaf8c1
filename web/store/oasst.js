/* Chats to OASST JSONL and back (one tree a line; messages and threads are read too). Members beyond the schema (title, system
 * prompt, sampling, seed) ride along, and readers of the schema ignore them. Input is anybody's: the schema's members come out as they went in
 * (given.js), unknown ones are dropped, wrong ones refused. */
import { indexChildren, newestLeaf } from '../lib/tree.js';
import { firstWords } from '../lib/format.js';
import { asFeedback, toOasst } from './feedback.js';
import { addGiven, checkGiven, checkTypes, givenOf, withoutLists } from './given.js';
import { asComparisons, rankingEvents, ranksOf, treeOfRankings } from './ranking.js';
import { asDate, asId, asNumbers, asSampling, isObject } from './values.js';

/** @typedef {import('./schema.js').Conversation} Conversation */
/** @typedef {import('./schema.js').Message} Message */
/** @typedef {{ conversation: Conversation, messages: Message[] }} Chat */
/** @typedef {{ [key: string]: unknown }} Json */

const ORIGIN = 'open-assistant-tab';
const TEXT_MAX = 16 * 1024 * 1024;
const NODES_MAX = 20_000;
const NESTED_MAX = 400; // deeper, nested replies are more than JSON parsers take
const EXTRA = /** @type {const} */ ([
  'preset',
  'sampling',
  'seed',
  'model',
  'variant',
  'system',
  'token_ids',
  'finish_reason',
  'usage',
  'error',
  'feedback',
  'improves',
  'comparisons',
]);

/* What is being written is taken along as far as it came: elsewhere nobody goes on with it. */
const ENDED = /** @type {const} */ ({
  manual: 'manual',
  complete: 'complete',
  cancelled: 'cancelled',
  aborted_by_worker: 'aborted_by_worker',
  pending: 'cancelled',
  in_progress: 'cancelled',
});

/** @param {Message} message @param {string} tree  its id @param {number} [rank] @returns {Json} */
function exportMessage(message, tree, rank) {
  /** @type {Json} */
  const node = {
    message_id: message.message_id,
    ...(message.parent_id === null ? {} : { parent_id: message.parent_id }),
    created_date: message.created_date,
    text: message.text,
    role: message.role,
    lang: message.lang ?? 'en',
    synthetic: message.role === 'assistant' && !message.improves,
    ...(message.model_name ? { model_name: message.model_name } : {}),
    state: ENDED[message.state],
  };
  for (const key of EXTRA) if (message[key] !== undefined) node[key] = message[key];
  if (message.feedback) Object.assign(node, toOasst(message.feedback));
  const rankings = rankingEvents(message, tree);
  if (rankings.length) node['events'] = { ...(isObject(node['events']) ? node['events'] : {}), ranking: rankings };
  addGiven(node, message.given);
  if (rank !== undefined) node['rank'] = rank;
  return node;
}

/** The messages by what they reply to, and the ranks that the visitor gave them. @param {Message[]} messages */
function sorted(messages) {
  const nodes = new Map(messages.map((m) => [m.message_id, m]));
  const index = indexChildren(nodes);
  /** @type {Map<string, number>} */
  const ranks = new Map();
  for (const [id, answers] of index)
    for (const [answer, rank] of ranksOf(nodes.get(id ?? ''), answers)) ranks.set(answer, rank);
  return { index, ranks };
}

/** @param {ReturnType<typeof sorted>} all @param {Message} root @param {string} tree  its id @returns {Json} */
function exportTree({ index, ranks }, root, tree) {
  /** @type {Json[]} */
  const top = [];
  /** @type {[Message, Json[]][]} */
  const work = [[root, top]];
  for (let item = work.pop(); item; item = work.pop()) {
    const [message, siblings] = item;
    /** @type {Json[]} */
    const replies = [];
    siblings.unshift({ ...exportMessage(message, tree, ranks.get(message.message_id)), replies });
    for (const child of index.get(message.message_id) ?? []) work.push([child, replies]);
  }
  return top[0] ?? {};
}

/** What of a conversation the schema has no place for. @param {Conversation} c @returns {Json} */
function exportHead(c) {
  const theirs = Object.entries(c.given ?? {}).filter(([, value]) => value !== null);
  return {
    ...(c.given ? Object.fromEntries(theirs) : { tree_state: 'not_applicable', origin: ORIGIN }),
    conversation_id: c.id,
    title: c.title,
    titled: c.titled,
    created_date: c.created_date,
    updated_date: c.updated_date,
    ...(c.active_thread_tail_message_id ? { active_thread_tail_message_id: c.active_thread_tail_message_id } : {}),
    ...(c.system_prompt === null ? {} : { system_prompt: c.system_prompt }),
    ...(c.sampling ? { chat_sampling: c.sampling } : {}),
    ...(c.unshared ? { unshared: true } : {}),
  };
}

/**
 * One line for each root: a chat whose first message was edited has several, which share `conversation_id`. A chat too long to
 * be nested becomes a line for each message.
 * @param {Chat} chat
 * @returns {string}
 */
export function exportChat({ conversation: c, messages }) {
  const all = sorted(messages);
  const roots = all.index.get(null) ?? [];
  const head = exportHead(c);
  const lines =
    messages.length > NESTED_MAX
      ? messages.map((m) => ({
          ...head,
          ...exportMessage(m, c.id, all.ranks.get(m.message_id)),
          message_tree_id: c.id,
        }))
      : roots.map((root) => {
          const id = roots.length === 1 ? c.id : root.message_id;
          return { message_tree_id: id, ...head, prompt: exportTree(all, root, id) };
        });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** @param {unknown} value @param {'prompter' | 'assistant'} role @returns {Message['state']} */
function asState(value, role) {
  if (role === 'prompter') return 'manual';
  return value === 'cancelled' || value === 'aborted_by_worker' || value === 'manual' ? value : 'complete';
}

/** @param {Json} line @param {string | null} parent @param {string} now @returns {Message} */
function importMessage(line, parent, now) {
  const node = withoutLists(line);
  const id = asId(node['message_id']);
  const { role, text } = node;
  if (!id) throw new Error('a message has no message_id');
  if (role !== 'prompter' && role !== 'assistant') throw new Error('a role is neither prompter nor assistant');
  if (typeof text !== 'string' || text.length > TEXT_MAX)
    throw new Error('a message has no text, or more than 16 MB of it');
  checkGiven(node);
  const name = node['model_name'];
  const sampling = asNumbers(node['sampling']);
  const usage = asNumbers(node['usage']);
  const error = isObject(node['error']) ? node['error'] : {};
  const feedback = asFeedback(node['feedback']);
  const improves = asId(node['improves']);
  const [preset, model, variant] = [asId(node['preset']), asId(node['model']), asId(node['variant'])];
  const { system, token_ids: ids } = node;
  const comparisons = asComparisons(node['comparisons']);
  /** @type {Message} */
  const message = {
    message_id: id,
    parent_id: parent,
    conversation_id: '',
    role,
    text,
    created_date: asDate(node['created_date'], now),
    state: asState(node['state'], role),
    lang: asId(node['lang']) ?? 'en',
    ...(node['synthetic'] === true ? { synthetic: true } : {}),
    ...(typeof name === 'string' ? { model_name: name.slice(0, 200) } : {}),
    ...(sampling ? { sampling } : {}),
    ...(usage ? { usage } : {}),
    ...(feedback ? { feedback } : {}),
    ...(improves ? { improves } : {}),
    ...(preset ? { preset } : {}),
    ...(model ? { model } : {}),
    ...(variant ? { variant } : {}),
    ...(typeof system === 'string' ? { system: system.slice(0, TEXT_MAX) } : {}),
    ...(Array.isArray(ids) && ids.every(Number.isSafeInteger) ? { token_ids: /** @type {number[]} */ (ids) } : {}),
    ...(comparisons.length ? { comparisons } : {}),
    ...(typeof node['seed'] === 'number' ? { seed: node['seed'] } : {}),
    ...(node['finish_reason'] === 'length' || node['finish_reason'] === 'stop'
      ? { finish_reason: node['finish_reason'] }
      : {}),
    ...(asId(error['code']) && typeof error['message'] === 'string'
      ? { error: { code: String(error['code']), message: error['message'].slice(0, 2000) } }
      : {}),
  };
  const given = givenOf(node, exportMessage(message, treeOfRankings(node)));
  return given ? { ...message, given } : message;
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
  checkTypes(line);
  const tree = asId(line['message_tree_id']);
  if (tree && isObject(line['prompt']))
    return { id: asId(line['conversation_id']) ?? tree, messages: importTree(line['prompt'], now) };
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
  return { id: asId(line['conversation_id']) ?? messages[0]?.message_id ?? thread, messages };
}

/** Ranks that the page would write by itself are not somebody else's. @param {Message[]} messages */
function dropOwnRanks(messages) {
  if (!messages.some((m) => m.improves || m.comparisons)) return;
  const { ranks } = sorted(messages);
  for (const m of messages) {
    if (!m.given || m.given.members['rank'] !== ranks.get(m.message_id)) continue;
    const members = { ...m.given.members };
    delete members['rank'];
    if (Object.keys(members).length) m.given = { ...m.given, members };
    else delete m.given;
  }
}

/** @param {string} id @param {Json} line @param {Message[]} messages @param {string} now @returns {Conversation} */
function conversationOf(id, line, messages, now) {
  const first = messages[0];
  const { title, system_prompt: system } = line;
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
    sampling: asSampling(line['chat_sampling']),
    deleted_date: null,
    ...(line['unshared'] === true ? { unshared: true } : {}),
    ...(line['origin'] === ORIGIN
      ? {}
      : { given: { tree_state: line['tree_state'] ?? null, origin: line['origin'] ?? null } }),
  };
}

/** Reads lines of JSONL and puts those of one chat together. */
export class ChatReader {
  /** @type {Map<string, { line: Json, messages: Map<string, Message> }>} */
  #byId = new Map();
  #now;

  /** @param {string} [now]  the date of what has none */
  constructor(now = new Date().toISOString()) {
    this.#now = now;
  }

  /** @param {Json} line  throws an Error that says what is wrong with it */
  add(line) {
    const { id, messages } = importLine(line, this.#now);
    const known = this.#byId.get(id) ?? { line, messages: new Map() };
    this.#byId.set(id, known);
    for (const message of messages)
      if (!known.messages.has(message.message_id)) known.messages.set(message.message_id, message); // threads share some
  }

  /** @returns {Chat[]} */
  get chats() {
    return [...this.#byId].map(([id, { line, messages: byId }]) => {
      const messages = [...byId.values()];
      for (const message of messages) message.conversation_id = id;
      dropOwnRanks(messages);
      return { conversation: conversationOf(id, line, messages, this.#now), messages };
    });
  }
}
