// What prompt(), append() and initialPrompts take, turned into messages of chat.completions.

import { notSupported } from './errors.js';

/** @typedef {import('../messages.js').InputMessage} InputMessage */
/** @typedef {import('./types.js').Content} Content */

/**
 * @typedef {object} Input
 * @property {InputMessage[]} messages
 * @property {boolean} prefix whether the last of them is to be continued
 */

/**
 * @typedef {object} Place
 * @property {boolean} fresh whether nothing was said before, so that a system message may come
 * @property {Set<string>} inputs expected types
 * @property {import('../prompt-api.js').Host} host
 */

const ROLES = ['system', 'user', 'assistant'];

/**
 * @param {unknown} input a list of messages; anything else is taken as a user's text
 * @param {Place} place
 * @returns {Input} an empty list makes no message
 */
export function readInput(input, place) {
  if (typeof input !== 'object' || input === null || !(Symbol.iterator in input))
    return { messages: [{ role: 'user', content: String(input) }], prefix: false };
  const list = Array.from(/** @type {Iterable<unknown>} */ (input));
  /** @type {InputMessage[]} */
  const messages = [];
  let prefix = false;
  list.forEach((item, i) => {
    const { role, content, prefix: open = false } = readMessage(item);
    if (role === 'system' && !(i === 0 && place.fresh))
      throw new TypeError('a system message can only be the first of all');
    if (open && (role !== 'assistant' || i < list.length - 1))
      throw new DOMException("prefix: only the last message, and an assistant's, can be one", 'SyntaxError');
    prefix = Boolean(open);
    messages.push(...readContent(role, content, place));
  });
  return { messages, prefix };
}

/** @param {unknown} item */
function readMessage(item) {
  if (typeof item !== 'object' || item === null) throw new TypeError('a message is an object with role and content');
  const { role, content, prefix } = /** @type {Partial<Record<string, unknown>>} */ (item); // each member is checked
  if (typeof role !== 'string' || !ROLES.includes(role))
    throw new TypeError(`role: one of ${ROLES.join(', ')} is needed`);
  if (content === undefined) throw new TypeError('content: a text or a list of parts is needed');
  return { role, content, prefix };
}

/**
 * @param {string} role
 * @param {unknown} content
 * @param {Place} place
 * @returns {InputMessage[]} several where tools answer
 */
function readContent(role, content, place) {
  if (typeof content !== 'object' || content === null || !(Symbol.iterator in content))
    return [{ role, content: String(content) }];
  /** @type {InputMessage[]} */
  const answers = [];
  /** @type {import('../../core/protocol.js').ToolCall[]} */
  const calls = [];
  let text = '';
  const parts = /** @type {Content[]} */ (Array.from(/** @type {Iterable<unknown>} */ (content))); // checked below
  for (const part of parts) {
    const { type, value } = Object(part);
    if (type === 'text') text += readText(value);
    else if (type === 'tool-call') calls.push(readCall(role, value, place));
    else if (type === 'tool-response') answers.push(readResponse(role, value, place));
    else if (type === 'image' || type === 'audio') throw notSupported(`content: ${type} is not read, only text`);
    else throw new TypeError(`content: "${String(type)}" is no type`);
  }
  if (calls.length > 0) return [{ role, content: text, tool_calls: calls }];
  return text === '' && answers.length > 0 ? answers : [...answers, { role, content: text }];
}

/** @param {unknown} value */
function readText(value) {
  if (typeof value !== 'string') throw new TypeError('content: the value of a text is a string');
  return value;
}

/**
 * @param {string} role
 * @param {unknown} value
 * @param {Place} place
 * @returns {import('../../core/protocol.js').ToolCall}
 */
function readCall(role, value, { host }) {
  if (role !== 'assistant') throw new TypeError("tool-call: only an assistant's message has calls");
  if (!(value instanceof host.LanguageModelToolCall))
    throw new TypeError('tool-call: its value is a LanguageModelToolCall');
  const { callID, name, arguments: given } = value;
  if (Array.isArray(given)) throw new DOMException('tool-call: its arguments are an object', 'DataError');
  return { id: callID, type: 'function', function: { name, arguments: jsonOf(given) } };
}

/**
 * @param {string} role
 * @param {unknown} value
 * @param {Place} place
 * @returns {InputMessage}
 */
function readResponse(role, value, { inputs, host }) {
  if (role !== 'user') throw new TypeError("tool-response: only a user's message has answers of tools");
  if (!inputs.has('tool-response'))
    throw notSupported("tool-response: expectedInputs must have { type: 'tool-response' }");
  if (value instanceof host.LanguageModelToolError) {
    const content = JSON.stringify({ error: value.errorMessage });
    return { role: 'tool', tool_call_id: value.callID, name: value.name, content };
  }
  if (!(value instanceof host.LanguageModelToolSuccess))
    throw new TypeError('tool-response: its value is a LanguageModelToolSuccess or a LanguageModelToolError');
  const content = value.result.map(readResult).join('\n');
  return { role: 'tool', tool_call_id: value.callID, name: value.name, content };
}

/** @param {{ type: string, value: unknown }} part */
function readResult({ type, value }) {
  if (type === 'image' || type === 'audio') throw notSupported(`tool-response: ${type} is not read, only text`);
  if (type !== 'text' && type !== 'object') throw new TypeError(`tool-response: "${String(type)}" is no type`);
  return typeof value === 'string' ? value : jsonOf(value);
}

/** @param {unknown} value plain data */
function jsonOf(value) {
  const bad = (/** @type {string} */ why) => new DOMException(`this value is no JSON: ${why}`, 'DataError');
  const kind = Object.prototype.toString.call(value);
  if (!/^\[object (Object|Array|Number|Boolean|String|Null)\]$/.test(kind)) throw bad(kind);
  try {
    return JSON.stringify(value);
  } catch (e) {
    throw bad(e instanceof Error ? e.message : String(e));
  }
}
