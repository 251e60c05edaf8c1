// The door of the engine for pages: Assistant. In the site it is the bundle oa.js, whose exports are this module's.

import { isAddress } from '../lib/address.js';
import { CoreError } from '../lib/errors.js';
import { pageUrl, siteUrl } from '../lib/trusted.js';
import { VARIANTS } from '../core/features.js';
import { checkNumber, checkText } from './check.js';
import { ChatCompletions, Completions } from './completions.js';
import { Engine } from './engine.js';
import { checkMessages } from './messages.js';
import { Models } from './models.js';
import { SharedEngine, canShare } from './shared.js';
import { checkTools } from './tools.js';

export { CoreError };

/** @typedef {import('../core/features.js').Variant} Variant */
/** @typedef {import('../core/protocol.js').BenchRun} BenchRun */
/** @typedef {import('../store/progress.js').Progress} Progress */
/** @typedef {import('../store/shelf.js').Notice} Notice */

/**
 * @typedef {object} LoadOptions
 * @property {string | Blob | Blob[]} [model] an id of models.json (default: its default), an address, a file, or the files of a split model
 * @property {number} [threads] default: as many as the device has, where the page may use threads
 * @property {Variant} [variant] default: the best that runs here
 * @property {number} [context] tokens; default: the model's own, at most 4096
 * @property {(p: Progress) => void} [onProgress]
 * @property {(n: Notice) => void} [onNotice] what the user should know and is no failure: storage that is full or refused
 * @property {AbortSignal} [signal] rejects with its reason; what was downloaded is kept
 * @property {Partial<import('../store/download.js').Patience>} [patience] of downloads
 */

/** @typedef {import('../core/protocol.js').CoreInfo & { id: string, load_ms: number }} AssistantInfo */

/**
 * A loaded model. Events: 'crash' (CustomEvent, detail: CoreError) when the engine died: what waited is rejected, and the next
 * request starts it again.
 */
export class Assistant extends EventTarget {
  #engine;
  #info;

  /**
   * @param {import('./engine.js').EngineLike} engine
   * @param {import('../core/protocol.js').LoadResult} result
   */
  constructor(engine, { id, info, loadMs }) {
    super();
    this.#engine = engine;
    this.#info = { ...info, id, load_ms: loadMs };
    this.chat = { completions: new ChatCompletions(engine) };
    this.completions = new Completions(engine);
    /** Texts as vectors, in OpenAI's shape. */
    this.embeddings = {
      /**
       * @param {import('./embeddings.js').EmbeddingParams} params
       * @param {import('./completions.js').CallOptions} [options]
       */
      create: async (params, options) => (await apiKit()).createEmbeddings(engine, params, options),
    };
    this.models = new Models(id, Assistant.models);
    /**
     * Answers requests to OpenAI's HTTP API as a server would: for programs that take a fetch().
     * @type {(input: RequestInfo | URL, init?: RequestInit) => Promise<Response>}
     */
    this.fetch = async (input, init) => (await apiKit()).answer(this, input, init);
  }

  /**
   * @param {LoadOptions} [options]
   * @returns {Promise<Assistant>} rejects with a CoreError, or with the signal's reason
   */
  static async load(options = {}) {
    const { signal, onProgress = () => {}, onNotice = () => {}, patience = {} } = options;
    signal?.throwIfAborted();
    const source = await findSource(options.model);
    /** @type {{ assistant: Assistant | null }} */
    const made = { assistant: null };
    // Which file is behind a Blob no other tab can know.
    const Kind = source.kind === 'blobs' || !canShare() ? Engine : SharedEngine;
    const engine = new Kind({
      request: { type: 'load', source, ...checkOptions(options), patience },
      onProgress: (p) => {
        if (p.phase === 'download' && source.kind !== 'blobs') askToKeep();
        onProgress(p);
      },
      onNotice,
      onCrash: (error) => made.assistant?.dispatchEvent(new CustomEvent('crash', { detail: error })),
    });
    made.assistant = new Assistant(engine, await engine.load(signal));
    return made.assistant;
  }

  /**
   * The models on offer.
   * @returns {Promise<import('../store/weights.js').ListedModel[]>}
   */
  static async models() {
    return (await shelf()).listModels();
  }

  /**
   * Deletes the stored weights of a model, and all saved sessions.
   * @param {string} model its id or address
   * @returns {Promise<void>}
   */
  static async forget(model) {
    return (await shelf()).forgetModel(isAddress(model) ? pageUrl(model).href : model);
  }

  /**
   * How much the page stores, how much it may, and whether the browser has promised not to evict it; absent where it does not say.
   * @returns {Promise<{ usage?: number, quota?: number, persisted?: boolean }>} bytes
   */
  static async storage() {
    const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
    const persisted = await navigator.storage?.persisted?.().catch(() => undefined);
    return { usage, quota, persisted };
  }

  /** @returns {AssistantInfo} */
  get info() {
    return this.#info;
  }

  /**
   * @param {string} text
   * @param {{ specials?: boolean }} [options] specials: the texts of special tokens become those tokens
   * @returns {Promise<number[]>}
   */
  async tokenize(text, { specials = false } = {}) {
    const ids = await this.#engine.call({ type: 'tokenize', text: checkText(text), specials });
    return /** @type {number[]} */ (ids); // protocol.js: what tokenize answers
  }

  /**
   * @param {import('./messages.js').InputMessage[]} messages
   * @param {{ tools?: import('./tools.js').Tool[], add_generation_prompt?: boolean }} [options] add_generation_prompt: false: the
   *   messages alone, without the frame of the answer
   * @returns {Promise<number>} tokens of the prompt that these messages make
   */
  async count(messages, { tools, add_generation_prompt = true } = {}) {
    const request = { messages: checkMessages(messages), ...checkTools({ tools }), add_generation_prompt };
    const n = await this.#engine.call({ type: 'count', request });
    return /** @type {number} */ (n); // protocol.js: what count answers
  }

  /**
   * Measures the engine on this device.
   * @param {{ nPrompt?: number, nGen?: number }} [options] tokens
   * @returns {Promise<import('../core/protocol.js').BenchRun>}
   */
  async bench({ nPrompt = 256, nGen = 64 } = {}) {
    const run = await this.#engine.call({ type: 'bench', nPrompt, nGen });
    return /** @type {import('../core/protocol.js').BenchRun} */ (run); // protocol.js: what bench answers
  }

  /**
   * Frees the model and its memory, unless other tabs use them. What waits is rejected.
   * @returns {Promise<void>} resolves when nothing is left of it
   */
  close() {
    return this.#engine.close();
  }
}

// Bundles of their own. Other programs' bundlers are to leave them where they are.

/** @returns {Promise<typeof import('../store/weights.js')>} what only lists and deletes is not needed at once */
const shelf = () => import(/* webpackIgnore: true */ /* @vite-ignore */ siteUrl('shelf.js').href);

/** @returns {Promise<typeof import('./fetch.js')>} */
const apiKit = () => import(/* webpackIgnore: true */ /* @vite-ignore */ siteUrl('fetch.js').href);

/**
 * @param {LoadOptions['model']} model
 * @returns {Promise<import('../store/weights.js').Source>}
 */
async function findSource(model) {
  const blobs = Array.isArray(model) ? model : [model];
  if (blobs.length > 0 && blobs.every((b) => b instanceof Blob)) return { kind: 'blobs', blobs };
  if (model === undefined) return { kind: 'id', id: await defaultModel() };
  if (typeof model !== 'string' || model === '') {
    throw new CoreError(
      'ERR_ARGUMENT',
      "model: a model's id, an address, a file, or the files of a split model are needed.",
    );
  }
  return isAddress(model) ? { kind: 'url', url: pageUrl(model).href } : { kind: 'id', id: model };
}

async function defaultModel() {
  const models = await Assistant.models();
  const model = models.find((m) => m.default) ?? models[0];
  if (!model) throw new CoreError('ERR_ARGUMENT', 'models.json offers no model. Name an address or a file.');
  return model.id;
}

/**
 * @param {LoadOptions} options
 * @returns {{ threads: number | null, variant: Variant | null, context: number | null }}
 */
function checkOptions(options) {
  const threads = options.threads ?? null;
  const variant = options.variant ?? null;
  const context = options.context ?? null;
  if (threads !== null) checkNumber('threads', threads, { least: 1, most: 1024, whole: true });
  if (context !== null) checkNumber('context', context, { least: 1, most: 2 ** 31 - 1, whole: true });
  if (variant !== null && !VARIANTS.includes(variant))
    throw new CoreError('ERR_ARGUMENT', `variant: one of ${VARIANTS.join(', ')} is needed.`);
  return { threads, variant, context };
}

let asked = false; // once a page: some browsers show a question

/** Asks the browser not to evict what is stored. */
function askToKeep() {
  if (asked) return;
  asked = true;
  navigator.storage?.persist?.().catch(() => {});
}
