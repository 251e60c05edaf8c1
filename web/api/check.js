// What a caller passes, checked and turned into what the core takes (src/api/oa.h). Errors name the member and what it may be.

import { CoreError } from '../lib/errors.js';

/** @typedef {import('../core/protocol.js').CoreRequest} CoreRequest */
/** @typedef {import('../core/protocol.js').Message} Message */

/**
 * A request in OpenAI's shape. Where none of temperature, top_p, top_k, min_p and typical_p is given: 0.7 and top_p 0.95, which suit
 * small models. temperature 0 is greedy.
 * @typedef {object} Sampling
 * @property {boolean} [stream]
 * @property {number | null} [temperature] 0 to 100
 * @property {number | null} [top_p] above 0, to 1
 * @property {number | null} [top_k] 0: off
 * @property {number | null} [min_p] 0 to 1
 * @property {number | null} [typical_p] above 0, to 1
 * @property {number | null} [repetition_penalty] above 0; 1: off
 * @property {number | null} [presence_penalty] -2 to 2
 * @property {number | null} [frequency_penalty] -2 to 2
 * @property {number | null} [max_tokens]
 * @property {number | null} [max_completion_tokens] the newer name of the same
 * @property {string | string[] | null} [stop]
 * @property {number | null} [seed] absent: another one each time
 * @property {Record<string, number> | null} [logit_bias]
 * @property {'drop' | 'error' | null} [overflow] when the messages do not fit the context: leave out the oldest turns (default), or fail
 * @property {number | null} [n]
 * @property {unknown[] | null} [tools]
 * @property {unknown} [tool_choice]
 * @property {{ type: string } | null} [response_format]
 */

/** @typedef {{ role: string, content: string | { type: string, text?: string }[] | null }} InputMessage */
/** @typedef {Sampling & { messages: InputMessage[], logprobs?: boolean | null, top_logprobs?: number | null }} ChatParams */
/** @typedef {Sampling & { prompt: string, logprobs?: number | null, echo?: boolean | null }} CompletionParams */

const ROLES = ['system', 'user', 'assistant'];

/** @param {string} message */
const bad = (message) => new CoreError('ERR_ARGUMENT', message);

/**
 * Members that are numbers: their least and greatest, and whether the least itself is allowed.
 * @type {Record<string, { as: keyof CoreRequest, least: number, most: number, whole?: boolean, above?: boolean }>}
 */
const NUMBERS = {
  temperature: { as: 'temperature', least: 0, most: 100 },
  top_p: { as: 'top_p', least: 0, most: 1, above: true },
  top_k: { as: 'top_k', least: 0, most: 2 ** 31 - 1, whole: true },
  min_p: { as: 'min_p', least: 0, most: 1 },
  typical_p: { as: 'typical_p', least: 0, most: 1, above: true },
  repetition_penalty: { as: 'repeat_penalty', least: 0, most: 10, above: true },
  presence_penalty: { as: 'presence_penalty', least: -2, most: 2 },
  frequency_penalty: { as: 'frequency_penalty', least: -2, most: 2 },
  max_tokens: { as: 'max_tokens', least: 1, most: 2 ** 31 - 1, whole: true },
  max_completion_tokens: { as: 'max_tokens', least: 1, most: 2 ** 31 - 1, whole: true },
  seed: { as: 'seed', least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
};

/**
 * @param {string} name
 * @param {unknown} value
 * @param {{ least: number, most: number, whole?: boolean, above?: boolean }} range
 * @returns {number}
 */
export function checkNumber(name, value, { least, most, whole = false, above = false }) {
  const fits = typeof value === 'number' && value >= least && value <= most && !(above && value === least);
  if (fits && (!whole || Number.isInteger(value))) return value;
  const range = most >= 2 ** 31 - 1 ? `${least} or more` : `${above ? 'above ' : ''}${least} to ${most}`;
  throw bad(`${name}: ${whole ? 'a whole number' : 'a number'}, ${range}, is needed.`);
}

/** A text without half surrogates, which UTF-8 cannot say.
 * @param {string} text */
const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, '\uFFFD');

/**
 * @param {Sampling} params
 * @returns {CoreRequest}
 */
function checkSampling(params) {
  if (typeof params !== 'object' || params === null) throw bad('create() takes an object.');
  checkSupported(params);
  /** @type {Record<string, number>} */
  const numbers = {};
  const given = new Map(Object.entries(params));
  for (const [name, range] of Object.entries(NUMBERS)) {
    const value = given.get(name) ?? null;
    if (value !== null) numbers[range.as] = checkNumber(name, value, range);
  }
  const shaped = ['temperature', 'top_p', 'top_k', 'min_p', 'typical_p'].some((name) => name in numbers);
  const defaults = shaped ? { temperature: 1 } : { temperature: 0.7, top_p: 0.95 };
  /** @type {CoreRequest} */
  const request = { seed: crypto.getRandomValues(new Uint32Array(1))[0], ...defaults, ...numbers };
  const { stop, logit_bias: bias, overflow } = params;
  if (stop !== undefined && stop !== null) request.stop = checkStop(stop);
  if (bias !== undefined && bias !== null) request.logit_bias = checkBias(bias);
  if (overflow !== undefined && overflow !== null) {
    if (overflow !== 'drop' && overflow !== 'error') throw bad('overflow: "drop" or "error" is needed.');
    request.overflow = overflow;
  }
  return request;
}

/** @param {Sampling} params */
function checkSupported({ n, tools, tool_choice: choice, response_format: format, stream }) {
  const not = (/** @type {string} */ what) =>
    new CoreError('ERR_UNSUPPORTED', `${what} not supported yet. Leave it out.`);
  if (n !== undefined && n !== null && n !== 1) throw not('n: more than one answer is');
  if (Array.isArray(tools) ? tools.length > 0 : tools !== undefined && tools !== null) throw not('tools: tools are');
  if (choice !== undefined && choice !== null && choice !== 'none' && choice !== 'auto')
    throw not('tool_choice: tools are');
  if (format !== undefined && format !== null && format.type !== 'text')
    throw not('response_format: anything but text is');
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw bad('stream: true or false is needed.');
}

/** @param {unknown} stop */
function checkStop(stop) {
  const list = Array.isArray(stop) ? stop : [stop];
  if (list.every((s) => typeof s === 'string' && s !== '')) return list.map(wellFormed);
  throw bad('stop: a text that is not empty, or a list of such, is needed.');
}

/** @param {unknown} bias */
function checkBias(bias) {
  if (typeof bias !== 'object' || bias === null || Array.isArray(bias))
    throw bad('logit_bias: an object of token ids and numbers is needed.');
  /** @type {Record<string, number>} */
  const checked = {};
  for (const [id, value] of Object.entries(bias)) {
    if (!/^\d{1,10}$/.test(id)) throw bad(`logit_bias: "${id.slice(0, 40)}" is not a token id.`);
    checked[id] = checkNumber(`logit_bias of ${id}`, value, { least: -100, most: 100 });
  }
  return checked;
}

/**
 * @param {ChatParams} params
 * @returns {CoreRequest}
 */
export function chatRequest(params) {
  const request = checkSampling(params);
  const { logprobs, top_logprobs: top } = params;
  if (logprobs !== undefined && logprobs !== null && typeof logprobs !== 'boolean')
    throw bad('logprobs: true or false is needed (and top_logprobs for how many).');
  const n = checkNumber('top_logprobs', top ?? 0, { least: 0, most: 20, whole: true });
  if (n > 0 && !logprobs) throw bad('top_logprobs needs logprobs: true.');
  const messages = checkMessages(params.messages);
  const last = messages[messages.length - 1];
  if (last.role !== 'assistant' && last.content === '')
    throw bad('messages: the last message is empty. Say something.');
  // The core gives the token's own log-probability with the best ones, of which there must be at least one.
  return { ...request, messages, ...(logprobs ? { logprobs: Math.max(1, n) } : {}) };
}

/**
 * @param {CompletionParams} params
 * @returns {CoreRequest}
 */
export function completionRequest(params) {
  const request = checkSampling(params);
  if (typeof params.prompt !== 'string') throw bad('prompt: a text is needed.');
  if (params.prompt === '') throw bad('prompt: the text is empty. Give the model something to go on with.');
  const n = checkNumber('logprobs', params.logprobs ?? 0, { least: 0, most: 20, whole: true });
  return { ...request, prompt: wellFormed(params.prompt), ...(n > 0 ? { logprobs: n } : {}) };
}

/**
 * @param {unknown} messages
 * @returns {Message[]}
 */
export function checkMessages(messages) {
  if (!Array.isArray(messages) || messages.length === 0)
    throw bad('messages: a list of at least one message is needed.');
  return messages.map(checkMessage);
}

/**
 * @param {unknown} message
 * @param {number} i
 * @returns {Message}
 */
function checkMessage(message, i) {
  if (typeof message !== 'object' || message === null)
    throw bad(`messages[${i}]: an object with role and content is needed.`);
  const { role: given, content } = /** @type {Partial<Record<string, unknown>>} */ (message); // each member is checked below
  const role = given === 'developer' ? 'system' : given;
  if (typeof role !== 'string' || !ROLES.includes(role))
    throw bad(`messages[${i}].role: one of ${ROLES.join(', ')} is needed.`);
  return { role, content: wellFormed(checkContent(content, i)) };
}

/**
 * @param {unknown} content
 * @param {number} i
 * @returns {string}
 */
function checkContent(content, i) {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw bad(`messages[${i}].content: a text is needed.`);
  return content
    .map((part) => {
      if (part?.type === 'text' && typeof part.text === 'string') return part.text;
      throw new CoreError('ERR_UNSUPPORTED', `messages[${i}].content: only parts of type text are supported.`);
    })
    .join('');
}

/**
 * @param {unknown} text
 * @returns {string}
 */
export function checkText(text) {
  if (typeof text !== 'string') throw bad('A text is needed.');
  return wellFormed(text);
}
