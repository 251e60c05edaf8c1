/* One answer on its way: waits for the model, streams, and keeps what has arrived every second, so that a closed tab or a crash
 * loses a second of it at most. Draws nothing. */
import { putMessage } from '../store/chats.js';
import { failureOf } from './engine.js';

/** @typedef {import('../store/schema.js').Message} Message */
/** @typedef {import('./engine-types.js').ChatMessage} ChatMessage */
/** @typedef {import('./engine-types.js').Chunk} Chunk */

const SAVE_EVERY_MS = 1000;
const LOCK = 'oa-answer:';

/** The ids of the messages that some tab is writing now. @returns {Promise<Set<string>>} */
export async function answersInProgress() {
  const locks = await navigator.locks?.query().catch(() => undefined);
  return new Set((locks?.held ?? []).flatMap(({ name }) => (name?.startsWith(LOCK) ? [name.slice(LOCK.length)] : [])));
}

/** Fires 'change' for each piece (the listener batches) and 'save-failed' with the error as detail. */
export class Answer extends EventTarget {
  /** @type {'waiting' | 'prefill' | 'decode' | 'done'} */
  phase = 'waiting';
  /** @type {{ done: number, total: number } | null} */
  prefill = null;
  /** What is written; it is the same object from beginning to end. @type {Message} */
  message;

  #abort = new AbortController();
  #savedLength = -1;
  /** @type {unknown} */ #crash = null;

  /** @param {Message} message  empty so far */
  constructor(message) {
    super();
    this.message = message;
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
    const unlock = await holdLock(LOCK + this.message.message_id);
    try {
      await this.#stream(engine, messages);
      this.message.state = 'complete';
    } catch (error) {
      const stopped = this.#abort.signal.aborted && !this.#crash;
      this.message.state = stopped ? 'cancelled' : 'aborted_by_worker';
      if (!stopped) this.message.error = failureOf(this.#crash ?? error);
    } finally {
      this.phase = 'done';
      clearInterval(timer);
      removeEventListener('pagehide', save);
      document.removeEventListener('visibilitychange', save);
      this.#savedLength = -1;
      await this.save();
      unlock();
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
    this.message.model_name = engine.name;
    this.message.state = 'in_progress';
    this.phase = 'prefill';
    this.#changed();
    const { sampling, seed } = this.message;
    const request = {
      ...sampling,
      ...(seed === undefined ? {} : { seed }),
      messages,
      stream: /** @type {const} */ (true),
    };
    const stream = await assistant.chat.completions.create(request, { signal });
    for await (const chunk of stream) {
      signal.throwIfAborted();
      this.#take(chunk);
    }
  }

  /** @param {Chunk} chunk */
  #take(chunk) {
    const { message } = this;
    const choice = chunk.choices[0];
    message.text += choice?.delta.content ?? '';
    if (choice?.finish_reason) message.finish_reason = choice.finish_reason;
    const usage = (message.usage ??= {});
    const { oa } = chunk;
    if (oa?.phase === 'prefill' && !message.text) this.prefill = oa.prefill ?? null;
    else if (message.text) this.phase = 'decode';
    if (oa?.tokens_per_second) usage.tokens_per_second = oa.tokens_per_second;
    if (oa?.context_used) usage.context_used = oa.context_used;
    if (oa?.context) usage.context = oa.context;
    if (oa?.dropped_messages) usage.dropped_messages = oa.dropped_messages;
    if (chunk.usage) {
      usage.prompt_tokens = chunk.usage.prompt_tokens;
      usage.completion_tokens = chunk.usage.completion_tokens;
    }
    this.#changed();
  }

  /** Writes the message if it grew. An answer without a word is not kept unless it says why. */
  async save() {
    const { message } = this;
    const nothing =
      !message.text &&
      (message.state === 'pending' || message.state === 'in_progress' || message.state === 'cancelled');
    if (nothing || message.text.length === this.#savedLength) return;
    this.#savedLength = message.text.length;
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

/** Holds a Web Lock until the function returned is called. @param {string} name @returns {Promise<() => void>} */
function holdLock(name) {
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(() => undefined);
    const request = navigator.locks.request(name, () => new Promise((release) => resolve(() => release(undefined))));
    request.catch(() => resolve(() => undefined));
  });
}
