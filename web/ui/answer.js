/* An answer on its way, or several to the same question: waits for the model, streams, and keeps what has arrived every second, so that a
 * closed tab or a crash loses a second of it at most. Draws nothing. */
import { holdLock, lockFreed } from '../lib/locks.js';
import { putMessage } from '../store/chats.js';
import { failureOf } from './engine.js';

/** @typedef {import('../store/schema.js').Message} Message */
/** @typedef {import('./engine-types.js').ChatMessage} ChatMessage */
/** @typedef {import('./engine-types.js').Chunk} Chunk */
/** @typedef {import('./engine-types.js').AssistantLike} AssistantLike */

const SAVE_EVERY_MS = 1000;
const LOCK = 'oa-answer:';
const ANSWERING = 'oa-answering';

/** Runs `work` while no tab is answering; none begins to until it has ended. @param {() => Promise<void>} work */
export async function betweenAnswers(work) {
  if (navigator.locks) await navigator.locks.request(ANSWERING, work);
  else await work();
}

/** The ids of the messages that some tab is writing now. @returns {Promise<Set<string>>} */
export async function answersInProgress() {
  const locks = await navigator.locks?.query().catch(() => undefined);
  return new Set((locks?.held ?? []).flatMap(({ name }) => (name?.startsWith(LOCK) ? [name.slice(LOCK.length)] : [])));
}

/** Waits until no tab writes a message any more: one that dies tells nobody. @param {string} id */
export async function writingEnds(id) {
  await lockFreed(LOCK + id, new AbortController().signal);
}

/** Fires 'change' for each piece (the listener batches) and 'save-failed' with the error as detail. */
export class Answer extends EventTarget {
  /** @type {'waiting' | 'prefill' | 'decode' | 'done'} */
  phase = 'waiting';
  /** @type {{ done: number, total: number } | null} */
  prefill = null;
  /** Another tab's answer comes first. */
  queued = false;
  /** What is written, the same objects from beginning to end; more than one are computed together. @type {Message[]} */
  messages;

  #abort = new AbortController();
  /** How much of each is stored. @type {WeakMap<Message, number>} */ #saved = new WeakMap();
  /** @type {unknown} */ #crash = null;

  #keep;

  /** @param {Message[]} messages  empty so far, at least one @param {{ keep?: boolean }} [options]  keep: in the store */
  constructor(messages, { keep = true } = {}) {
    super();
    this.messages = messages;
    this.#keep = keep;
  }

  /** The first of them. @returns {Message} */
  get message() {
    return /** @type {Message} */ (this.messages[0]);
  }

  /** Ends it within a token; what was written stays. */
  stop() {
    this.#abort.abort(new DOMException('stopped', 'AbortError'));
  }

  /**
   * Runs to the end; never rejects: failures are in the message.
   * @param {import('./engine.js').Engine} engine
   * @param {ChatMessage[]} messages
   */
  async run(engine, messages) {
    const save = () => void this.save();
    const timer = setInterval(save, SAVE_EVERY_MS);
    addEventListener('pagehide', save);
    document.addEventListener('visibilitychange', save);
    const unlock = await Promise.all(this.messages.map(({ message_id: id }) => holdLock(LOCK + id)));
    const done = await holdLock(ANSWERING, 'shared');
    try {
      await this.#stream(engine, messages);
      for (const message of this.messages) message.state = 'complete';
    } catch (error) {
      const stopped = this.#abort.signal.aborted && !this.#crash;
      for (const message of this.messages.filter((m) => !m.finish_reason)) {
        message.state = stopped ? 'cancelled' : 'aborted_by_worker';
        if (!stopped) message.error = failureOf(this.#crash ?? error);
      }
    } finally {
      this.phase = 'done';
      clearInterval(timer);
      removeEventListener('pagehide', save);
      document.removeEventListener('visibilitychange', save);
      this.#saved = new WeakMap();
      await this.save();
      for (const free of unlock) free();
      done();
      this.#changed();
    }
  }

  /** @param {import('./engine.js').Engine} engine @param {ChatMessage[]} messages */
  async #stream(engine, messages) {
    const { signal } = this.#abort;
    const assistant = await engine.whenReady(signal);
    assistant.addEventListener('crash', () => {
      this.#crash = { code: 'ERR_CRASH', message: 'The engine stopped.' };
      this.#abort.abort(this.#crash);
    });
    for (const message of this.messages) Object.assign(message, madeBy(engine, assistant), { state: 'in_progress' });
    this.phase = 'prefill';
    this.#changed();
    const request = requestOf(this.messages, messages, this.#keep);
    const stream = await assistant.chat.completions.create(request, { signal });
    for await (const chunk of stream) {
      signal.throwIfAborted();
      this.#take(chunk);
    }
  }

  /** @param {Chunk} chunk */
  #take(chunk) {
    const choice = chunk.choices[0];
    const message = this.messages[choice?.index ?? 0];
    if (!message) return;
    message.text += choice?.delta.content ?? '';
    const usage = (message.usage ??= {});
    const { oa } = chunk;
    this.queued = oa?.phase === 'waiting';
    if (oa?.phase === 'prefill' && !message.text) this.prefill = oa.prefill ?? null;
    else if (message.text) this.phase = 'decode';
    if (oa?.tokens_per_second) usage.tokens_per_second = oa.tokens_per_second;
    if (oa?.context_used) usage.context_used = oa.context_used;
    if (oa?.context) usage.context = oa.context;
    if (oa?.dropped_messages) usage.dropped_messages = oa.dropped_messages;
    if (oa?.token_ids) (message.token_ids ??= []).push(...oa.token_ids);
    if (choice?.finish_reason) {
      message.finish_reason = choice.finish_reason;
      message.state = 'complete';
      if (oa?.token_ids) message.token_ids = oa.token_ids; // of the whole answer
    }
    if (chunk.usage) {
      usage.prompt_tokens = chunk.usage.prompt_tokens;
      usage.completion_tokens = chunk.usage.completion_tokens;
    }
    this.#changed();
  }

  /** Writes what grew. An answer without a word is not kept unless it says why. */
  async save() {
    await Promise.all(this.messages.map((message) => this.#saveOne(message)));
  }

  /** @param {Message} message */
  async #saveOne(message) {
    const { text, state } = message;
    const nothing = !text && (state === 'pending' || state === 'in_progress' || state === 'cancelled');
    if (!this.#keep || nothing || text.length === this.#saved.get(message)) return;
    this.#saved.set(message, text.length);
    try {
      await putMessage(message);
    } catch (error) {
      this.dispatchEvent(new CustomEvent('save-failed', { detail: error }));
    }
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/** Which model of which build answers, for who wants to have the same again. @param {import('./engine.js').Engine} engine @param {AssistantLike} assistant */
function madeBy(engine, { info }) {
  return {
    model_name: engine.name,
    ...(engine.digest ? { model: engine.digest } : {}),
    ...(info.variant ? { variant: info.variant } : {}),
  };
}

/**
 * What the API is asked: for several answers, each with its own sampling.
 * @param {Message[]} answers @param {ChatMessage[]} messages @param {boolean} store
 * @returns {import('./engine-types.js').ChatRequest}
 */
export function requestOf(answers, messages, store) {
  const each = answers.map(({ sampling, seed }) => ({ ...sampling, ...(seed === undefined ? {} : { seed }) }));
  const all = { messages, stream: /** @type {const} */ (true), store };
  if (each.length < 2) return { ...each[0], ...all };
  const drafts = each.map(({ max_tokens: _, ...own }) => own);
  const most = each[0]?.max_tokens;
  return { ...(most === undefined ? {} : { max_tokens: most }), ...all, drafts };
}
