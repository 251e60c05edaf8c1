// One conversation of the Prompt API. It is held here as messages, and each prompt asks the assistant with all of them: the core finds
// what it has computed before (src/infer/session.h).

import { abortable, eitherSignal, pushStream } from '../../lib/streams.js';
import { asException, quotaExceeded } from './errors.js';
import { readInput } from './input.js';
import { SAMPLING, constraintFormat } from './options.js';
import { answered, countPreamble, withConstraint } from './turn.js';

/** @typedef {import('../index.js').Assistant} Assistant */
/** @typedef {import('../messages.js').InputMessage} InputMessage */
/** @typedef {import('./input.js').Input} Input */
/** @typedef {import('./types.js').Content} Content */
/** @typedef {import('./types.js').PromptOptions} PromptOptions */
/** @typedef {import('./turn.js').Constraint} Constraint */

const ANSWER_SHARE = 4; // a prompt leaves the answer a quarter of the context, as long as there is something that can be left out

/**
 * @typedef {object} Parts
 * @property {import('../prompt-api.js').Host} host
 * @property {Assistant} assistant
 * @property {import('./options.js').Settings} settings
 * @property {InputMessage[]} initial
 */

export class Session {
  #parts;
  /** Prompts with their answers, and what was appended, oldest first. @type {InputMessage[][]} */
  #turns = [];
  /** @type {Promise<unknown>} the end of what waits */
  #queue = Promise.resolve();
  #waiting = 0;
  #gone = new AbortController();
  /** @type {Promise<number> | null} */
  #preamble = null;
  usage = 0;
  onOverflow = () => {};

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get window() {
    return this.#parts.assistant.info.context;
  }

  get samplingMode() {
    return this.#parts.settings.samplingMode;
  }

  /**
   * Counts what the conversation begins with.
   * @returns {Promise<this>}
   */
  async begin() {
    const { initial } = this.#parts;
    const n = await this.#count(initial);
    if (n > this.window) throw this.#tooLong('initialPrompts', n);
    this.usage = await this.#measure(initial);
    return this;
  }

  /**
   * @param {unknown} input
   * @param {PromptOptions} options
   * @returns {Promise<import('./types.js').Reply>}
   */
  async prompt(input, options) {
    const { read, constraint } = this.#readPrompt(input, options);
    /** @type {Content[]} */
    const parts = [];
    await this.#enqueue(options.signal, (signal) =>
      this.#answer(read, constraint, signal, (part) => {
        const last = parts[parts.length - 1];
        if (typeof part !== 'string') parts.push(part);
        else if (last?.type === 'text') last.value += part;
        else parts.push({ type: 'text', value: part });
      }),
    );
    if (parts.some((part) => part.type === 'tool-call')) return parts;
    return parts.map((part) => String(part.value)).join('');
  }

  /**
   * @param {unknown} input
   * @param {PromptOptions} options
   */
  promptStreaming(input, options) {
    options.signal?.throwIfAborted();
    const { read, constraint } = this.#readPrompt(input, options);
    const stop = new AbortController();
    const signal = options.signal ? eitherSignal(options.signal, stop.signal) : stop.signal;
    /** @type {ReturnType<typeof pushStream<string | Content>>} */
    const out = pushStream(() => stop.abort(new DOMException('The stream was cancelled.', 'AbortError')));
    this.#enqueue(signal, (s) => this.#answer(read, constraint, s, out.push)).then(out.end, out.fail);
    return out.stream;
  }

  /**
   * @param {unknown} input
   * @param {{ signal?: AbortSignal }} options
   * @returns {Promise<undefined>}
   */
  async append(input, { signal }) {
    const { messages } = this.#read(input);
    await this.#enqueue(signal, async () => {
      if (messages.length === 0) return;
      await this.#fit(messages, this.window, false);
      this.#turns.push(messages);
      this.usage = await this.#measure(this.#history());
    });
  }

  /**
   * @param {unknown} input
   * @param {PromptOptions} options
   * @returns {Promise<number>}
   */
  async measure(input, options) {
    const { signal } = options;
    const { read, constraint } = this.#readPrompt(input, options, true);
    if (this.#gone.signal.aborted) throw this.#gone.signal.reason;
    return abortable(named(this.#measure(withConstraint(read.messages, constraint))), signal ?? this.#gone.signal);
  }

  /**
   * @param {{ signal?: AbortSignal }} options
   * @returns {Promise<Session>} with what was said until now
   */
  async clone({ signal }) {
    return this.#enqueue(signal, async () => {
      const copy = new Session(this.#parts);
      copy.#turns = [...this.#turns];
      copy.usage = this.usage;
      return copy;
    });
  }

  /** @param {unknown} [reason] */
  destroy(reason = new DOMException('The session was destroyed.', 'AbortError')) {
    this.#gone.abort(reason);
  }

  /**
   * @param {unknown} input
   * @param {boolean} [alone] as if nothing was said before
   */
  #read(input, alone = false) {
    const { host, settings, initial } = this.#parts;
    const fresh = alone || initial.length + this.#turns.length + this.#waiting === 0;
    return readInput(input, { fresh, inputs: settings.inputs, host });
  }

  /**
   * @param {unknown} input
   * @param {PromptOptions} options
   * @param {boolean} [alone]
   */
  #readPrompt(input, { responseConstraint, omitResponseConstraintInput: omit = false }, alone = false) {
    const format = constraintFormat(responseConstraint);
    if (omit && !format) throw new TypeError('omitResponseConstraintInput: there is no responseConstraint to omit');
    const read = this.#read(input, alone);
    if (!alone && read.messages.length === 0) read.messages = [{ role: 'user', content: '' }];
    return { read, constraint: { format, omit: Boolean(omit) } };
  }

  /** Everything that was said. */
  #history() {
    return [...this.#parts.initial, ...this.#turns.flat()];
  }

  /**
   * @param {InputMessage[]} messages
   * @param {boolean} [generate] with the frame of an answer
   * @returns {Promise<number>} tokens
   */
  async #count(messages, generate = false) {
    const { assistant, settings } = this.#parts;
    if (messages.length === 0) return 0;
    return assistant.count(messages, { tools: settings.tools, add_generation_prompt: generate });
  }

  /**
   * What messages take by themselves, so that sums are right: many templates write a system message where there is none, once for all.
   * @param {InputMessage[]} messages
   * @returns {Promise<number>} tokens
   */
  async #measure(messages) {
    if (messages.length === 0 || messages[0].role === 'system') return this.#count(messages);
    this.#preamble ??= countPreamble((list) => this.#count(list));
    return (await this.#count(messages)) - (await this.#preamble);
  }

  /**
   * @param {string} what
   * @param {number} requested
   */
  #tooLong(what, requested) {
    const message = `${what}: ${requested} tokens, and the context has ${this.window}. Shorten it.`;
    return quotaExceeded(message, { requested, quota: this.window });
  }

  /**
   * Leaves out the oldest turns until `messages` can follow.
   * @param {InputMessage[]} messages
   * @param {number} room tokens that all may have, if leaving out turns can do it
   * @param {boolean} generate
   * @returns {Promise<number>} tokens of all
   */
  async #fit(messages, room, generate) {
    const least = await this.#count([...this.#parts.initial, ...messages], generate);
    if (least > this.window) throw this.#tooLong('the prompt', least);
    let n = await this.#count([...this.#history(), ...messages], generate);
    let left = 0;
    while (n > room && this.#turns.length > 0) {
      this.#turns.shift();
      left++;
      n = await this.#count([...this.#history(), ...messages], generate);
    }
    if (left > 0) {
      this.usage = await this.#measure(this.#history());
      this.onOverflow();
    }
    return n;
  }

  /**
   * @param {Input} input
   * @param {Constraint} constraint
   * @param {AbortSignal} signal
   * @param {(part: string | Content) => void} onPart
   */
  async #answer({ messages, prefix }, constraint, signal, onPart) {
    const { assistant, settings, host } = this.#parts;
    const asked = withConstraint(messages, constraint);
    const n = await this.#fit(asked, this.window - this.window / ANSWER_SHARE, !prefix);
    const stream = await assistant.chat.completions.create(
      {
        messages: [...this.#history(), ...asked],
        ...SAMPLING[settings.samplingMode],
        max_tokens: this.window - n + 1,
        overflow: 'error',
        tools: settings.tools,
        continue_final_message: prefix,
        response_format: constraint.format,
        stream: true,
      },
      { signal },
    );
    let text = '';
    /** @type {import('../openai.js').ToolCall[]} */
    const calls = [];
    let cut = false;
    for await (const { choices } of stream) {
      const { content = '', tool_calls: found = [] } = choices[0].delta;
      cut = choices[0].finish_reason === 'length';
      text += content;
      if (content) onPart(content);
      for (const { id, type, function: f } of found) {
        calls.push({ id, type, function: f });
        const value = new host.LanguageModelToolCall({ callID: id, name: f.name, arguments: JSON.parse(f.arguments) });
        onPart({ type: 'tool-call', value });
      }
    }
    if (cut && constraint.format)
      throw new DOMException('responseConstraint: the context was full before the answer was complete.', 'SyntaxError');
    this.#turns.push(answered({ messages, prefix }, { text, calls }));
    this.usage = await this.#measure(this.#history());
  }

  /**
   * Runs what belongs to this session after what came before; stops when the signal or destroy() says so.
   * @template T
   * @param {AbortSignal | undefined} given
   * @param {(signal: AbortSignal) => Promise<T>} work
   * @returns {Promise<T>}
   */
  #enqueue(given, work) {
    const signal = given ? eitherSignal(given, this.#gone.signal) : this.#gone.signal;
    this.#waiting++;
    const run = this.#queue.then(() => {
      signal.throwIfAborted();
      return work(signal);
    });
    this.#queue = run.catch(() => {}).finally(() => this.#waiting--);
    return abortable(named(run), signal);
  }
}

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>} fails with the standard's exceptions
 */
const named = (work) =>
  work.catch((e) => {
    throw asException(e, 'UnknownError');
  });
