// What a caller passes, checked and turned into what the core takes (src/api/oa.h). Errors name the member and what it may be.

import { DRAFTS_MOST } from '../core/protocol.js';
import { CoreError } from '../lib/errors.js';
import { checkFormat } from './constraint.js';
import { bad, checkMessages, checkPrompt, isIds, wellFormed } from './messages.js';
import { checkTools } from './tools.js';

/** @typedef {import('../core/protocol.js').CoreRequest} CoreRequest */

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
 * @property {boolean | null} [store] false: nothing of the prompt or the answer is stored for later ones, nor is what was stored read
 * @property {number | null} [n] answers, up to 8 of them computed together, each with the next seed; 1 to 128
 * @property {Pick<Sampling, DraftMember>[] | null} [drafts] in place of n: up to 8 answers computed together, each with sampling of its own. What a draft does not say is as in the request; its seed is the request's plus its index
 * @property {import('./constraint.js').FormatParam | null} [response_format] what the answer must be; nothing else can come
 * @property {{ include_usage?: boolean | null } | null} [stream_options] include_usage: a last chunk with the usage of all answers
 * @property {string | null} [model] is not read: the model that is loaded answers
 */

/**
 * @typedef {object} ChatOnly
 * @property {import('./messages.js').InputMessage[]} messages
 * @property {boolean | null} [logprobs]
 * @property {number | null} [top_logprobs] 0 to 20
 * @property {boolean | null} [continue_final_message] the last message, an assistant's, is continued in place of being answered
 */

/** @typedef {typeof OF_A_DRAFT[number]} DraftMember */
/** @typedef {Sampling & import('./tools.js').ToolParams & ChatOnly} ChatParams */
/** @typedef {Sampling & { prompt: string | string[] | number[] | number[][], logprobs?: number | null, echo?: boolean | null, suffix?: string | null, best_of?: number | null }} CompletionParams */

/**
 * A request that makes sense.
 * @typedef {object} Checked
 * @property {CoreRequest} request
 * @property {boolean} store whether saved sessions are read and written
 * @property {number} n answers
 * @property {import('../core/protocol.js').Draft[] | null} drafts what each of them has of its own; null: the next seed
 * @property {boolean} usage a last chunk with the usage
 */

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

/* What a draft may have of its own. */
const OF_A_DRAFT = /** @type {const} */ ([
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'typical_p',
  'repetition_penalty',
  'presence_penalty',
  'frequency_penalty',
  'seed',
]);

/* Nothing of the request's sampling is left in a draft that says otherwise. */
const OFF = {
  top_p: 1,
  top_k: 0,
  min_p: 0,
  typical_p: 1,
  repeat_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
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

/**
 * The members that are numbers, under the core's names.
 * @param {Sampling} params
 * @returns {import('../core/protocol.js').Draft & Pick<CoreRequest, 'max_tokens'>}
 */
function checkNumbers(params) {
  /** @type {Record<string, number>} */
  const numbers = {};
  const given = new Map(Object.entries(params));
  for (const [name, range] of Object.entries(NUMBERS)) {
    const value = given.get(name) ?? null;
    if (value !== null) numbers[range.as] = checkNumber(name, value, range);
  }
  const shaped = ['temperature', 'top_p', 'top_k', 'min_p', 'typical_p'].some((name) => name in numbers);
  return { ...(shaped ? { temperature: 1 } : { temperature: 0.7, top_p: 0.95 }), ...numbers };
}

/**
 * @param {Sampling} params
 * @param {number} seed of the first
 * @returns {import('../core/protocol.js').Draft[] | null}
 */
function checkDrafts(params, seed) {
  const { drafts, n } = params;
  if (drafts === undefined || drafts === null) return null;
  if (!Array.isArray(drafts) || drafts.length < 1 || drafts.length > DRAFTS_MOST)
    throw bad(`drafts: a list of 1 to ${DRAFTS_MOST} objects is needed.`);
  if ((n ?? 1) !== 1) throw bad('drafts: they say how many answers there are. Leave out n.');
  return drafts.map((draft, i) => {
    if (typeof draft !== 'object' || draft === null) throw bad('drafts: every one is an object.');
    const other = Object.keys(draft).find((name) => !(/** @type {readonly string[]} */ (OF_A_DRAFT).includes(name)));
    if (other !== undefined) throw bad(`drafts: "${other.slice(0, 40)}" is not for one of them. They may have ${OF_A_DRAFT.join(', ')}.`); // prettier-ignore
    const own = checkNumbers({ ...params, seed: seed + i, ...draft });
    delete own.max_tokens; // the same for all
    return { ...OFF, ...own };
  });
}

/**
 * @param {Sampling} params
 * @returns {CoreRequest}
 */
function checkSampling(params) {
  if (typeof params !== 'object' || params === null) throw bad('create() takes an object.');
  checkSupported(params);
  /** @type {CoreRequest} */
  const request = { seed: crypto.getRandomValues(new Uint32Array(1))[0], ...checkNumbers(params) };
  const { stop, logit_bias: bias, overflow } = params;
  if (stop !== undefined && stop !== null) request.stop = checkStop(stop);
  if (bias !== undefined && bias !== null) request.logit_bias = checkBias(bias);
  const format = checkFormat(params.response_format);
  if (format) request.response_format = format;
  if (overflow !== undefined && overflow !== null) {
    if (overflow !== 'drop' && overflow !== 'error') throw bad('overflow: "drop" or "error" is needed.');
    request.overflow = overflow;
  }
  return request;
}

/** @param {Sampling} params */
function checkSupported({ stream, store, stream_options: options }) {
  checkFlag('stream', stream);
  checkFlag('store', store);
  if (options === undefined || options === null) return;
  if (typeof options !== 'object') throw bad('stream_options: an object is needed.');
  if (!stream) throw bad('stream_options: only for a stream. Set stream to true, or leave it out.');
  checkFlag('stream_options.include_usage', options.include_usage);
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function checkFlag(name, value) {
  if (value !== undefined && value !== null && typeof value !== 'boolean')
    throw bad(`${name}: true or false is needed.`);
}

/**
 * What the API does with a request besides handing it to the core.
 * @param {Sampling} params
 * @param {CoreRequest} request
 */
function around(params, { seed = 0 }) {
  const { store, n, stream_options: options } = params;
  const drafts = checkDrafts(params, seed);
  return {
    store: store ?? true,
    n: drafts ? drafts.length : checkNumber('n', n ?? 1, { least: 1, most: 128, whole: true }),
    drafts,
    usage: options?.include_usage ?? false,
  };
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
 * @returns {Checked}
 */
export function chatRequest(params) {
  const request = checkSampling(params);
  const { logprobs, top_logprobs: top, continue_final_message: resume } = params;
  if (logprobs !== undefined && logprobs !== null && typeof logprobs !== 'boolean')
    throw bad('logprobs: true or false is needed (and top_logprobs for how many).');
  const n = checkNumber('top_logprobs', top ?? 0, { least: 0, most: 20, whole: true });
  if (n > 0 && !logprobs) throw bad('top_logprobs: logprobs must be true for it.');
  checkFlag('continue_final_message', resume);
  const messages = checkMessages(params.messages);
  if (resume && messages[messages.length - 1].role !== 'assistant')
    throw bad("continue_final_message: the last message must be the assistant's.");
  return {
    request: {
      ...request,
      ...checkTools(params),
      messages,
      ...(resume ? { continue_final_message: true } : {}),
      // The core gives the token's own log-probability with the best ones, of which there must be at least one.
      ...(logprobs ? { logprobs: Math.max(1, n) } : {}),
    },
    ...around(params, request),
  };
}

/**
 * @param {CompletionParams} params
 * @returns {Checked[]} one for each prompt
 */
export function completionRequests(params) {
  const request = checkSampling(params);
  const { prompt, suffix, best_of: best, echo } = params;
  if (suffix !== undefined && suffix !== null)
    throw new CoreError('ERR_UNSUPPORTED', 'suffix: text can only be continued, not filled in. Leave it out.');
  if (best !== undefined && best !== null && best !== 1)
    throw new CoreError('ERR_UNSUPPORTED', 'best_of: answers are not compared. Leave it out; n gives several.');
  checkFlag('echo', echo);
  const n = checkNumber('logprobs', params.logprobs ?? 0, { least: 0, most: 20, whole: true });
  const logged = (params.logprobs ?? null) !== null; // with 0 those of the chosen tokens alone
  if (echo && logged)
    throw new CoreError('ERR_UNSUPPORTED', 'echo: a prompt has no log-probabilities here. Leave out echo or logprobs.');
  const prompts = Array.isArray(prompt) && !isIds(prompt) ? prompt : [prompt];
  if (prompts.length === 0) throw bad('prompt: the list is empty.');
  return prompts.map((one) => ({
    request: { ...request, prompt: checkPrompt(one, echo), ...(logged ? { logprobs: Math.max(1, n) } : {}) },
    ...around(params, request),
  }));
}

/**
 * @param {unknown} text
 * @returns {string}
 */
export function checkText(text) {
  if (typeof text !== 'string') throw bad('A text is needed.');
  return wellFormed(text);
}
