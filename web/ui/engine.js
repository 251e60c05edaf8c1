/* The engine as the page sees it: which models there are, which one is loaded or on its way, and what went wrong. One load at a
 * time; cancelling keeps what has arrived. Nothing is downloaded before the visitor acts, unless it is already here. */

import { failureLine } from './text.js';

/** @typedef {import('./engine-types.js').AssistantClass} AssistantClass */
/** @typedef {import('./engine-types.js').AssistantLike} AssistantLike */
/** @typedef {import('./engine-types.js').ModelEntry} ModelEntry */
/** @typedef {import('./engine-types.js').LoadProgress} LoadProgress */
/** @typedef {import('./engine-types.js').LoadOptions} LoadOptions */
/** @typedef {{ code: string, message: string }} Failure */

/** Any failure as a code and a line. @param {unknown} error @returns {Failure} */
export function failureOf(error) {
  const e = /** @type {{ code?: unknown, message?: unknown }} */ (error ?? {});
  return {
    code: typeof e.code === 'string' ? e.code : 'ERR_UNKNOWN',
    message: typeof e.message === 'string' && e.message ? e.message : String(error),
  };
}

/** Of the list, or an address. @param {ModelEntry[]} models @param {string} model */
const isKnown = (models, model) => model.includes('/') || models.some((m) => m.id === model);

/** Fires 'change', and 'notice' with a line for the visitor as detail. */
export class Engine extends EventTarget {
  /** @type {'idle' | 'loading' | 'ready' | 'error' | 'crashed'} */
  state = 'idle';
  /** @type {ModelEntry[]} */
  models = [];
  /** The list of models was read, or failed to be. */
  listed = false;
  /** @type {{ usage?: number, quota?: number, persisted?: boolean }} */
  storage = {};
  /** @type {LoadProgress | null} */
  progress = null;
  /** @type {Failure | null} */
  failure = null;
  /** @type {AssistantLike | null} */
  assistant = null;
  /** Files that the visitor opened take the place of the chosen model. @type {File[] | null} */
  files = null;

  /** @type {AssistantClass} */ #Assistant;
  /** @type {import('./prefs.js').Prefs} */ #prefs;
  /** @type {AbortController | null} */ #abort = null;
  /** @type {string | null} */ #preferred = null;
  /** @type {(() => void)[]} */ #waiting = [];
  #asked = false;

  /** @param {AssistantClass} Assistant @param {import('./prefs.js').Prefs} prefs */
  constructor(Assistant, prefs) {
    super();
    this.#Assistant = Assistant;
    this.#prefs = prefs;
  }

  /** Uses a model in place of the visitor's own choice, which stays what it is. @param {string} model */
  prefer(model) {
    this.#preferred = model;
  }

  /** The model of prefer(), if the list does not have it. @returns {string | null} */
  get unknown() {
    const wanted = this.#preferred;
    return wanted && this.listed && !isKnown(this.models, wanted) ? wanted : null;
  }

  /** The id or address of the model that is or will be used. @returns {string | null} */
  get chosen() {
    const wanted = this.#preferred ?? this.#prefs.value.model;
    if (wanted && isKnown(this.models, wanted)) return wanted;
    return (this.models.find((m) => m.default) ?? this.models[0])?.id ?? null;
  }

  /** @returns {ModelEntry | null} */
  get entry() {
    return this.files ? null : (this.models.find((m) => m.id === this.chosen) ?? null);
  }

  /** What to call the model that is or will be used. @returns {string} */
  get name() {
    if (this.files) return this.files[0]?.name ?? '';
    const chosen = this.chosen;
    return this.entry?.name ?? chosen?.split('?')[0]?.split('/').at(-1) ?? '';
  }

  /** Says which bytes the model is made of; null where nobody said. @returns {string | null} */
  get digest() {
    return this.entry?.files?.map(({ sha256 }) => `sha256:${sha256}`).join(' ') || null;
  }

  /** The device says that it has no network. (That it has one proves little.) */
  get offline() {
    return !navigator.onLine;
  }

  /** Reads the list; loads the chosen model when it is already on this device. @param {Promise<void>} [chosen]  the settings have been read */
  async start(chosen) {
    for (const type of ['online', 'offline']) addEventListener(type, () => void this.refresh());
    await Promise.all([this.refresh(), chosen]);
    if (this.state === 'idle' && this.entry?.cached) void this.load();
  }

  /** Reads the list of models and the figures of storage anew. */
  async refresh() {
    try {
      this.models = await this.#Assistant.models();
      if (this.failure && this.state === 'error' && !this.listed) this.#set('idle');
      this.listed = true;
    } catch (error) {
      if (!this.models.length && this.state === 'idle') this.#fail(error);
    }
    this.storage = await this.#Assistant.storage().catch(() => ({}));
    this.#changed();
  }

  /** Asks the browser, once, never to evict what is stored here. */
  async askToPersist() {
    if (this.#asked) return;
    this.#asked = true;
    const answered = await navigator.storage?.persist?.().catch(() => undefined);
    if (answered !== undefined) await this.refresh();
  }

  /** Chooses a model of the list or an address, and loads it. @param {string} model */
  use(model) {
    this.files = null;
    if (this.#preferred !== null) this.#preferred = model;
    else this.#prefs.set({ model });
    return this.load();
  }

  /** Opens files from this device. @param {File[]} files  one, or the parts of a split model */
  openFiles(files) {
    this.files = files;
    return this.load();
  }

  /** Loads the chosen model, in place of any other. */
  async load() {
    if (!this.models.length && !this.files) await this.refresh();
    const model = this.files ? (this.files.length === 1 ? this.files[0] : this.files) : this.chosen;
    if (!model) return;
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    const { threads, context } = this.#prefs.value;
    const variant = /** @type {LoadOptions['variant'] | null} */ (this.#prefs.value.variant); // the API refuses other texts
    this.progress = null;
    this.#set('loading');
    try {
      const old = this.assistant;
      this.assistant = null;
      await old?.close();
      const assistant = await this.#Assistant.load({
        model,
        ...(threads ? { threads } : {}),
        ...(variant ? { variant } : {}),
        ...(context ? { context } : {}),
        signal: abort.signal,
        onNotice: (notice) => this.dispatchEvent(new CustomEvent('notice', { detail: failureLine(notice) })),
        onProgress: (progress) => {
          if (this.#abort !== abort) return;
          this.progress = progress;
          this.#changed();
        },
      });
      if (this.#abort !== abort) return void assistant.close();
      assistant.addEventListener('crash', () => this.assistant === assistant && this.#crashed());
      this.assistant = assistant;
      this.#set('ready');
      this.dispatchEvent(new Event('ready'));
      for (const go of this.#waiting.splice(0)) go();
    } catch (error) {
      if (this.#abort === abort) this.#fail(error);
    }
    void this.refresh();
  }

  /** Stops a load. What has arrived stays stored. */
  cancel() {
    this.#abort?.abort();
    this.#abort = null;
    this.#set('idle');
    void this.refresh();
  }

  /** The model, as soon as there is one; starts loading it if nobody did. Rejects only when `signal` aborts. @param {AbortSignal} signal */
  async whenReady(signal) {
    if (this.state !== 'loading' && this.state !== 'ready') void this.load();
    while (!this.assistant) {
      await new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        this.#waiting.push(() => resolve(undefined));
      });
    }
    signal.throwIfAborted();
    return this.assistant;
  }

  /** Deletes a model's weights from this device. @param {string} id */
  async forget(id) {
    await this.#Assistant.forget(id);
    await this.refresh();
  }

  /** Lets go of the model, and of files that the visitor opened. */
  async unload() {
    this.#abort?.abort();
    this.#abort = null;
    const old = this.assistant;
    this.assistant = null;
    this.files = null;
    await old?.close();
    this.#set('idle');
  }

  #crashed() {
    void this.assistant?.close(); // its share in an engine, where tabs share one
    this.assistant = null;
    this.#set('crashed');
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#set('error');
    this.failure = failureOf(error);
    this.#changed();
  }

  /** @param {Engine['state']} state */
  #set(state) {
    this.state = state;
    this.failure = null;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
