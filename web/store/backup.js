/* Everything the visitor made, as one file, and back: JSONL whose first line has the settings and says how much follows, and whose others are
 * the chats (oasst.js). Files of chats alone are read too. A file is read a line at a time, and whatever is wrong with it is told with the
 * line, before anything is stored. */
import { asSettings } from './defaults.js';
import { ChatReader, exportChat } from './oasst.js';
import { asId, asNumbers, isObject } from './values.js';

/** @typedef {import('./oasst.js').Chat} Chat */
/** @typedef {import('./schema.js').Settings} Settings */
/** @typedef {{ user: string, rules: { [name: string]: number }, trees: import('./tasks.js').Tree[] }} Tasks  of volunteers (tasks.js) */
/** @typedef {{ chats: Chat[], settings: Settings | null, tasks: Tasks | null }} Backup */

const VERSION = 2; // 1: without trees of tasks
const TASKS = 'tasks'; // in the first line what belongs to them; in others: this is one of their trees, and no chat
const FILE_MAX = 256 * 1024 * 1024; // unpacked; it has to fit into memory as a whole, since all of it is stored or nothing
const LINE_MAX = 64 * 1024 * 1024;
const PART_CHARS = 1 << 20;
const MAGIC = [0x1f, 0x8b]; // gzip

/**
 * The same chats and settings make the same bytes.
 * @param {Iterable<Chat> | AsyncIterable<Chat>} chats
 * @param {Settings} settings
 * @param {Tasks | null} [tasks]
 * @returns {Promise<Blob>}
 */
export async function writeBackup(chats, settings, tasks = null) {
  /** @type {Blob[]} */
  const parts = [];
  let [lines, n, messages] = ['', 0, 0];
  const put = () => parts.push(new Blob([lines])); // the browser's memory, or its disk
  for await (const chat of chats) {
    n++;
    messages += chat.messages.length;
    lines += exportChat(chat);
    if (lines.length > PART_CHARS) lines = (put(), '');
  }
  for (const tree of tasks?.trees ?? []) {
    lines += `${JSON.stringify({ ...tree, [TASKS]: true })}\n`;
    if (lines.length > PART_CHARS) lines = (put(), '');
  }
  put();
  const more = tasks && { [TASKS]: { user: tasks.user, rules: tasks.rules, trees: tasks.trees.length } };
  const head = { origin: 'open-assistant-tab', backup: tasks ? VERSION : 1, chats: n, messages, settings, ...more };
  return new Blob([`${JSON.stringify(head)}\n`, ...parts], { type: 'application/jsonl' });
}

/**
 * @param {Blob} file
 * @returns {Promise<Backup>} rejects with one line that names the file's line at fault and says what to do
 */
export async function readBackup(file) {
  const reader = new ChatReader();
  /** @type {import('./tasks.js').Tree[]} */
  const trees = [];
  /** @type {{ [key: string]: unknown } | null} */
  let head = null;
  for await (const { text, n } of linesOf(file)) {
    try {
      const line = parse(text);
      if ('backup' in line) head = line;
      else if (line[TASKS] === true) trees.push(asTree(line));
      else reader.add(line);
    } catch (error) {
      throw new Error(`Line ${n}: ${/** @type {Error} */ (error).message}.`, { cause: error }); // parse() and add() throw nothing else
    }
  }
  const { chats } = reader;
  if (!head) return { chats, settings: null, tasks: trees.length ? { user: '', rules: {}, trees } : null };
  checkWhole(head, chats, trees.length);
  return { chats, settings: asSettings(head['settings']), tasks: asTasks(head[TASKS], trees) };
}

/** A tree without the mark that tells it from a chat; the board checks the rest. @param {{ [key: string]: unknown }} line */
function asTree({ [TASKS]: _mark, ...tree }) {
  const id = asId(tree['message_tree_id']);
  if (!id) throw new Error('a tree has no message_tree_id');
  return { ...tree, message_tree_id: id };
}

/** @param {unknown} value @param {Tasks['trees']} trees @returns {Tasks | null} */
function asTasks(value, trees) {
  if (!isObject(value)) return null;
  return { user: asId(value['user']) ?? '', rules: asNumbers(value['rules']) ?? {}, trees };
}

/** @param {string} text @returns {{ [key: string]: unknown }} */
function parse(text) {
  /** @type {unknown} */
  let line;
  try {
    line = JSON.parse(text);
  } catch {
    throw new Error('this is not JSON. Is it a file that was exported here, and all of it?');
  }
  if (!isObject(line)) throw new Error('this is not a JSON object');
  if (Number(line['backup']) > VERSION)
    throw new Error('a newer version of this page wrote this. Update the page, then import it');
  return line;
}

/** A file that was cut off between two lines is JSONL as well: only its first line tells. @param {{ [key: string]: unknown }} head @param {Chat[]} chats @param {number} trees */
function checkWhole(head, chats, trees) {
  const messages = chats.reduce((n, chat) => n + chat.messages.length, 0);
  const told = isObject(head[TASKS]) ? head[TASKS]['trees'] : 0;
  if (told !== trees)
    throw new Error(`Line 1 announces ${told} trees, and there are ${trees}: the file is not whole. Export it again.`);
  if (head['chats'] === chats.length && head['messages'] === messages) return;
  const [announced, found] = [
    `${head['chats']} chats with ${head['messages']} messages`,
    `${chats.length} with ${messages}`,
  ];
  throw new Error(`Line 1 announces ${announced}, and there are ${found}: the file is not whole. Export it again.`);
}

/** Those that are not blank. @param {Blob} file @returns {AsyncGenerator<{ text: string, n: number }, void>} */
async function* linesOf(file) {
  const start = new Uint8Array(await file.slice(0, MAGIC.length).arrayBuffer());
  const packed = MAGIC.every((byte, i) => start[i] === byte);
  const stream = packed ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
  const pieces = stream.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [text, n, bytes] = ['', 1, 0];
  try {
    for (;;) {
      const { done, value } = await pieces.read().catch(() => {
        throw new Error(
          packed ? 'The file is damaged: it cannot be unpacked.' : 'The file can no longer be read. Choose it again.',
        );
      });
      bytes += value?.length ?? 0;
      if (bytes > FILE_MAX) throw new Error(`The file has more than ${FILE_MAX >> 20} MB: this is not one of chats.`);
      const [first = '', ...more] = decode(decoder, value, n).split('\n');
      text += first;
      for (const next of more) {
        if (text.trim()) yield { text, n };
        n++;
        text = next;
      }
      if (text.length > LINE_MAX)
        throw new Error(`Line ${n} is longer than ${LINE_MAX >> 20} MB: this is not a file of chats.`);
      if (done) break;
    }
    if (text.trim()) yield { text, n };
  } finally {
    await pieces.cancel().catch(() => undefined);
  }
}

/** @param {TextDecoder} decoder @param {Uint8Array | undefined} bytes undefined: there are no more @param {number} line */
function decode(decoder, bytes, line) {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch {
    throw new Error(`Line ${line} or one soon after is not text: choose a .jsonl file that was exported here.`);
  }
}
