// The messages of a chat, and prompts, checked and turned into what the core takes. Errors name the message and what it may be.

import { CoreError } from '../lib/errors.js';

/** @typedef {import('../core/protocol.js').Message} Message */
/** @typedef {import('../core/protocol.js').ToolCall} ToolCall */

/**
 * A message in OpenAI's shape.
 * @typedef {object} InputMessage
 * @property {string} role system, developer, user, assistant or tool
 * @property {string | { type: string, text?: string }[] | null} [content] may be absent where the assistant called tools
 * @property {string} [name]
 * @property {ToolCall[]} [tool_calls] of the assistant
 * @property {string} [tool_call_id] which call a tool's message answers
 */

const ROLES = ['system', 'user', 'assistant', 'tool'];

/** @param {string} message */
export const bad = (message) => new CoreError('ERR_ARGUMENT', message);

/** A text without half surrogates, which UTF-8 cannot say.
 * @param {string} text */
export const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, '\uFFFD');

/** @param {unknown} x @returns {x is Partial<Record<string, unknown>>} */
export const isRecord = (x) => typeof x === 'object' && x !== null && !Array.isArray(x);

/**
 * @param {unknown} messages
 * @returns {Message[]}
 */
export function checkMessages(messages) {
  if (!Array.isArray(messages) || messages.length === 0)
    throw bad('messages: a list of at least one message is needed.');
  /** @type {Map<string, string>} */
  const called = new Map(); // names by id: templates want the name, OpenAI's shape has the id alone
  return messages.map((message, i) => checkMessage(message, `messages[${i}]`, called));
}

/**
 * @param {unknown} message
 * @param {string} at
 * @param {Map<string, string>} called
 * @returns {Message}
 */
function checkMessage(message, at, called) {
  if (!isRecord(message)) throw bad(`${at}: an object with role and content is needed.`);
  const role = message.role === 'developer' ? 'system' : message.role;
  if (typeof role !== 'string' || !ROLES.includes(role)) throw bad(`${at}.role: one of ${ROLES.join(', ')} is needed.`);
  const calls = role === 'assistant' ? checkCalls(message.tool_calls, `${at}.tool_calls`) : [];
  const content = calls.length > 0 ? (message.content ?? '') : message.content;
  /** @type {Message} */
  const checked = { role, content: wellFormed(checkContent(content, at)) };
  for (const call of calls) called.set(call.id, call.function.name);
  if (calls.length > 0) checked.tool_calls = calls;
  if (role !== 'tool') return checked;
  const { tool_call_id: id } = message;
  if (typeof id !== 'string') throw bad(`${at}.tool_call_id: the id of the call that it answers is needed.`);
  const name = typeof message.name === 'string' ? message.name : called.get(id);
  return { ...checked, tool_call_id: wellFormed(id), ...(name === undefined ? {} : { name: wellFormed(name) }) };
}

/**
 * @param {unknown} content
 * @param {string} at
 * @returns {string}
 */
function checkContent(content, at) {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw bad(`${at}.content: a text is needed.`);
  return content
    .map((part) => {
      if (part?.type === 'text' && typeof part.text === 'string') return part.text;
      throw new CoreError('ERR_UNSUPPORTED', `${at}.content: only parts of type text are supported.`);
    })
    .join('');
}

/**
 * @param {unknown} calls
 * @param {string} at
 * @returns {ToolCall[]}
 */
function checkCalls(calls, at) {
  if (calls === undefined || calls === null) return [];
  if (!Array.isArray(calls)) throw bad(`${at}: a list of calls is needed.`);
  return calls.map((call, i) => {
    const f = isRecord(call) && call.type === 'function' ? call.function : null;
    if (!isRecord(call) || !isRecord(f) || typeof call.id !== 'string')
      throw bad(`${at}[${i}]: an id, the type "function" and a function are needed.`);
    if (typeof f.name !== 'string' || typeof f.arguments !== 'string')
      throw bad(`${at}[${i}].function: a name, and arguments as a text of JSON, are needed.`);
    const named = { name: wellFormed(f.name), arguments: wellFormed(f.arguments) };
    return { id: wellFormed(call.id), type: /** @type {const} */ ('function'), function: named };
  });
}

/** @param {unknown} ids @returns {ids is number[]} */
export const isIds = (ids) =>
  Array.isArray(ids) && ids.length > 0 && ids.every((id) => Number.isInteger(id) && id >= 0);

/**
 * @param {unknown} prompt
 * @param {unknown} echo
 * @returns {string | number[]}
 */
export function checkPrompt(prompt, echo) {
  if (isIds(prompt) && echo)
    throw new CoreError('ERR_UNSUPPORTED', 'echo: not for a prompt of token ids. Leave it out, or give the text.');
  if (isIds(prompt)) return prompt;
  if (typeof prompt !== 'string') throw bad('prompt: a text, or a list of texts, is needed.');
  if (prompt === '') throw bad('prompt: the text is empty. Give the model something to go on with.');
  return wellFormed(prompt);
}
