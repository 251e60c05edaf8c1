// The W3C Prompt API (https://webmachinelearning.github.io/prompt-api): LanguageModel and the values of its tools, on an Assistant.
// What they do is in prompt/, the bundle prompt.js, which is fetched when it is used first.

import { siteUrl } from '../lib/trusted.js';
import { Assistant } from './index.js';

/** @typedef {import('./index.js').LoadOptions} LoadOptions */
/** @typedef {import('./prompt/session.js').Session} Session */
/** @typedef {import('./prompt/types.js').CreateOptions} CreateOptions */
/** @typedef {import('./prompt/types.js').CreateCoreOptions} CreateCoreOptions */
/** @typedef {import('./prompt/types.js').PromptOptions} PromptOptions */
/** @typedef {import('./prompt/types.js').Prompt} Prompt */
/** @typedef {import('./prompt/types.js').Content} Content */
/** @typedef {import('./prompt/types.js').Reply} Reply */
/** @typedef {{ signal?: AbortSignal }} SignalOption */

/**
 * @param {string} name
 * @param {object} init
 * @param {string[]} members
 */
function checkInit(name, init, members) {
  const missing = members.filter((member) => Reflect.get(Object(init), member) === undefined);
  if (missing.length > 0) throw new TypeError(`${name}: ${missing.join(', ')} needed`);
}

/** A call that the model made, as it stands in a conversation's history. */
export class LanguageModelToolCall {
  /** @param {{ callID: string, name: string, arguments?: object }} init */
  constructor(init) {
    checkInit('LanguageModelToolCall', init, ['callID', 'name']);
    this.callID = String(init.callID);
    this.name = String(init.name);
    this.arguments = init.arguments ?? {};
  }
}

/** What a tool answered. */
export class LanguageModelToolSuccess {
  /** @param {{ callID: string, name: string, result: { type: string, value: unknown }[] }} init */
  constructor(init) {
    checkInit('LanguageModelToolSuccess', init, ['callID', 'name', 'result']);
    this.callID = String(init.callID);
    this.name = String(init.name);
    this.result = Object.freeze(Array.from(init.result));
  }
}

/** That a tool failed, and why. */
export class LanguageModelToolError {
  /** @param {{ callID: string, name: string, errorMessage: string }} init */
  constructor(init) {
    checkInit('LanguageModelToolError', init, ['callID', 'name', 'errorMessage']);
    this.callID = String(init.callID);
    this.name = String(init.name);
    this.errorMessage = String(init.errorMessage);
  }
}

/**
 * What sessions run on: an assistant that is loaded already, or what Assistant.load() takes.
 * @typedef {{ assistant: Assistant } | Omit<LoadOptions, 'onProgress' | 'signal'>} ModelChoice
 */

/** @type {ModelChoice} */
let choice = {};

/**
 * Says which model new sessions of LanguageModel use. Without: the default of models.json, loaded by the first create().
 * @param {ModelChoice} model
 */
export function useModel(model) {
  choice = model;
}

/** What prompt/ needs of this bundle: classes are not to be there twice. */
const host = {
  Assistant,
  LanguageModelToolCall,
  LanguageModelToolSuccess,
  LanguageModelToolError,
  choice: () => choice,
};
/** @typedef {typeof host} Host */

/** @returns {Promise<typeof import('./prompt/prompt.js')>} */
const kit = () => import(/* webpackIgnore: true */ /* @vite-ignore */ siteUrl('prompt.js').href);

/** Taken while the page is there: a window that is gone has it no more. */
const { DOMException: Gone } = globalThis;

/** @throws where the page is gone, as a frame that was removed */
function checkActive() {
  if (globalThis.document?.defaultView) return;
  throw new Gone('The document is not active.', 'InvalidStateError');
}

const INSIDE = Symbol('made by LanguageModel'); // sessions are made by create() and clone() alone

/** A conversation. Fires contextoverflow when its oldest turns no longer fit and are left out. */
export class LanguageModel extends EventTarget {
  /** @type {Session} */
  #session;
  /** @type {((event: Event) => void) | null} */
  #onOverflow = null;

  /**
   * @param {symbol} inside
   * @param {Session} session
   */
  constructor(inside, session) {
    if (inside !== INSIDE) throw new TypeError('Illegal constructor: use LanguageModel.create()');
    super();
    this.#session = session;
    session.onOverflow = () => this.dispatchEvent(new Event('contextoverflow'));
    this.addEventListener('contextoverflow', (event) => this.#onOverflow?.call(this, event));
  }

  /**
   * Whether a model for these options is here, can be fetched, or neither.
   * @param {CreateCoreOptions} [options]
   * @returns {Promise<import('./prompt/types.js').Availability>}
   */
  static async availability(options = {}) {
    checkActive();
    return (await kit()).availability(host, options ?? {});
  }

  /**
   * @param {CreateOptions} [options]
   * @returns {Promise<LanguageModel>}
   */
  static async create(options = {}) {
    checkActive();
    return new LanguageModel(INSIDE, await (await kit()).create(host, options ?? {}));
  }

  /**
   * @param {Prompt} input
   * @param {PromptOptions} [options]
   * @returns {Promise<Reply>} the text; a list of texts and calls where the model called tools
   */
  async prompt(input, options = {}) {
    return this.#session.prompt(input, options ?? {});
  }

  /**
   * @param {Prompt} input
   * @param {PromptOptions} [options]
   * @returns {ReadableStream<string | Content> & AsyncIterable<string | Content>} pieces of text, and calls of tools
   */
  promptStreaming(input, options = {}) {
    return this.#session.promptStreaming(input, options ?? {});
  }

  /**
   * Adds to the conversation without asking for an answer.
   * @param {Prompt} input
   * @param {SignalOption} [options]
   * @returns {Promise<undefined>}
   */
  async append(input, options = {}) {
    return this.#session.append(input, options ?? {});
  }

  /**
   * @param {Prompt} input
   * @param {PromptOptions} [options]
   * @returns {Promise<number>} tokens that it takes
   */
  async measureContextUsage(input, options = {}) {
    return this.#session.measure(input, options ?? {});
  }

  /**
   * @param {SignalOption} [options]
   * @returns {Promise<LanguageModel>} another session that goes on from here
   */
  async clone(options = {}) {
    return new LanguageModel(INSIDE, await this.#session.clone(options ?? {}));
  }

  /** Ends the session: what is under way, and every later call, rejects with an AbortError. */
  destroy() {
    this.#session.destroy();
  }

  /** Tokens of the conversation. */
  get contextUsage() {
    return this.#session.usage;
  }

  /** Tokens that a conversation can have. */
  get contextWindow() {
    return this.#session.window;
  }

  /** @returns {import('./prompt/types.js').SamplingMode} */
  get samplingMode() {
    return this.#session.samplingMode;
  }

  get oncontextoverflow() {
    return this.#onOverflow;
  }

  /** @param {((event: Event) => void) | null} handler */
  set oncontextoverflow(handler) {
    this.#onOverflow = typeof handler === 'function' ? handler : null;
  }
}

/**
 * Makes LanguageModel and its values global where the browser has none, as the standard wants it: on secure pages. A page that wants
 * this not to happen says <meta name="oa-language-model" content="off">.
 */
export function installLanguageModel() {
  if (!globalThis.isSecureContext || !('document' in globalThis) || 'LanguageModel' in globalThis) return;
  if (document.querySelector('meta[name="oa-language-model"][content="off"]')) return;
  const values = { LanguageModel, LanguageModelToolCall, LanguageModelToolSuccess, LanguageModelToolError };
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
