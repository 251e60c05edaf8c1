// Answers in the shapes of OpenAI's API, made of the worker's events. What that API has no place for is under `oa`.

/** @typedef {import('../core/protocol.js').GenerateEvent} GenerateEvent */
/** @typedef {import('../core/protocol.js').Begun} Begun */
/** @typedef {import('../core/protocol.js').Done} Done */
/** @typedef {import('../core/protocol.js').TextLogprob} TextLogprob */
/** @typedef {import('../core/protocol.js').Timings} Timings */

/**
 * Ours, on every chunk and on the completion. What is not known yet is absent.
 * @typedef {object} Extra
 * @property {'waiting' | 'prefill' | 'decode' | 'done'} phase waiting: another tab's answer comes first
 * @property {{ done: number, total: number }} prefill tokens of the prompt that are computed; those of the cache count as done
 * @property {number} [tokens_per_second] while decoding
 * @property {number} context_used tokens
 * @property {number} context tokens that fit
 * @property {number} dropped_messages oldest ones that did not fit
 * @property {number} cached_tokens of the prompt that were computed before
 * @property {number[]} token_ids of this chunk; of the whole answer on the last chunk and on the completion
 * @property {Timings} [timings] on the last chunk and on the completion
 */

/** @typedef {{ prompt_tokens: number, completion_tokens: number, total_tokens: number }} Usage */
/** @typedef {'stop' | 'length' | 'tool_calls' | null} FinishReason */
/** @typedef {import('../core/protocol.js').ToolCall} ToolCall */
/** @typedef {{ token: string, logprob: number, bytes: number[] }} TokenLogprob */
/** @typedef {{ content: (TokenLogprob & { top_logprobs: TokenLogprob[] })[] }} ChatLogprobs */
/** @typedef {{ tokens: string[], token_logprobs: number[], top_logprobs: Record<string, number>[], text_offset: number[] }} TextLogprobs */

/** @typedef {{ id: string, created: number, model: string, oa?: Extra, usage?: Usage | null }} Common oa: absent on the last chunk that has the usage */
/** @typedef {{ role?: 'assistant', content?: string, tool_calls?: (ToolCall & { index: number })[] }} Delta */
/** @typedef {{ index: number, delta: Delta, logprobs: ChatLogprobs | null, finish_reason: FinishReason }} ChunkChoice */
/** @typedef {Common & { object: 'chat.completion.chunk', choices: ChunkChoice[] }} ChatChunk */
/** @typedef {{ role: 'assistant', content: string | null, refusal: null, tool_calls?: ToolCall[] }} ChatMessage content: null where there are calls alone */
/** @typedef {{ index: number, message: ChatMessage, logprobs: ChatLogprobs | null, finish_reason: FinishReason }} ChatChoice */
/** @typedef {Common & { object: 'chat.completion', choices: ChatChoice[] }} ChatCompletion */
/** @typedef {{ index: number, text: string, logprobs: TextLogprobs | null, finish_reason: FinishReason }} TextChoice */
/** @typedef {Common & { object: 'text_completion', choices: TextChoice[] }} TextCompletion */

/**
 * One step of an answer, in no API's shape yet.
 * @typedef {{ oa: Extra, text: string | null, calls: ToolCall[], logprob: TextLogprob | null, done: Done | null }} Piece
 */

/** Follows one answer and keeps what its chunks tell. */
export class Answer {
  /** @type {Begun} */
  #begun = { prompt_tokens: 0, cached_tokens: 0, dropped_messages: 0, context: 0 };
  #prefill = { done: 0, total: 0 };
  #tokens = 0;
  #first = 0; // when the first token came, ms

  /**
   * @param {Exclude<GenerateEvent, { type: 'end' }>} event
   * @returns {Piece}
   */
  next(event) {
    switch (event.type) {
      case 'waiting':
        return { oa: this.#extra('waiting'), text: null, calls: [], logprob: null, done: null };
      case 'begun':
        this.#begun = event.begun;
        this.#prefill = { done: event.begun.cached_tokens, total: event.begun.prompt_tokens };
        return { oa: this.#extra('prefill'), text: null, calls: [], logprob: null, done: null };
      case 'prefill':
        this.#prefill = { done: event.done, total: event.total };
        return { oa: this.#extra('prefill'), text: null, calls: [], logprob: null, done: null };
      case 'text':
        this.#tokens++;
        if (this.#tokens === 1) this.#first = performance.now();
        return {
          oa: { ...this.#extra('decode'), token_ids: [event.id] },
          text: event.text,
          calls: event.calls.map(withId),
          logprob: event.logprob,
          done: null,
        };
    }
  }

  /**
   * @param {Done} done
   * @returns {Piece}
   */
  end(done) {
    const { timings, ids, context_used, cached_tokens, dropped_messages = this.#begun.dropped_messages } = done;
    const prefill = { done: done.prompt_tokens, total: done.prompt_tokens };
    const tokens_per_second = timings.decode_tps > 0 ? timings.decode_tps : undefined;
    const more = { prefill, tokens_per_second, context_used, cached_tokens, dropped_messages, timings, token_ids: ids };
    const calls = (done.calls ?? []).map(withId);
    return { oa: { ...this.#extra('done'), ...more }, text: done.text, calls, logprob: null, done };
  }

  /**
   * @param {Extra['phase']} phase
   * @returns {Extra}
   */
  #extra(phase) {
    const seconds = (performance.now() - this.#first) / 1000;
    const { context, dropped_messages, cached_tokens, prompt_tokens } = this.#begun;
    return {
      phase,
      prefill: this.#prefill,
      tokens_per_second: this.#tokens > 1 && seconds > 0 ? (this.#tokens - 1) / seconds : undefined,
      context_used: (phase === 'prefill' ? this.#prefill.done : prompt_tokens) + this.#tokens,
      context,
      dropped_messages,
      cached_tokens,
      token_ids: [],
    };
  }
}

/**
 * @param {{ prompt_tokens: number, completion_tokens: number }} done
 * @returns {Usage}
 */
function usageOf({ prompt_tokens, completion_tokens }) {
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/**
 * What several answers took: prompt_tokens are those of the prompts, each counted once.
 * @param {{ done: Done, first: boolean }[]} list first: of the answers to its prompt
 * @returns {Usage}
 */
export function sumUsage(list) {
  let prompt = 0;
  let completion = 0;
  for (const { done, first } of list) {
    if (first) prompt += done.prompt_tokens;
    completion += done.completion_tokens;
  }
  return usageOf({ prompt_tokens: prompt, completion_tokens: completion });
}

/**
 * @param {Done | null} done
 * @returns {FinishReason}
 */
function finishOf(done) {
  if (!done) return null;
  return done.finish_reason === 'cancelled' ? 'stop' : done.finish_reason;
}

/** @param {string} kind */
const randomId = (kind) =>
  kind + Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');

/**
 * @param {import('../core/protocol.js').Call} call
 * @returns {ToolCall}
 */
const withId = (call) => ({ id: randomId('call_'), type: 'function', function: call });

/**
 * @param {'chatcmpl' | 'cmpl'} kind
 * @param {string} model
 */
export function newHeader(kind, model) {
  return { id: randomId(`${kind}-`), created: Math.floor(Date.now() / 1000), model };
}

/** @typedef {ReturnType<typeof newHeader>} Header */

/**
 * @param {TextLogprob[]} list
 * @param {number} nTop
 * @returns {ChatLogprobs | null}
 */
function chatLogprobs(list, nTop) {
  if (list.length === 0) return null;
  return {
    content: list.map(({ token, logprob, bytes, top }) => ({
      token,
      logprob,
      bytes,
      top_logprobs: top.slice(0, nTop),
    })),
  };
}

/**
 * @param {{ logprob: TextLogprob, offset: number }[]} list
 * @param {number} nTop
 * @returns {TextLogprobs | null}
 */
function textLogprobs(list, nTop) {
  if (list.length === 0) return null;
  return {
    tokens: list.map((x) => x.logprob.token),
    token_logprobs: list.map((x) => x.logprob.logprob),
    top_logprobs: list.map((x) => Object.fromEntries(x.logprob.top.slice(0, nTop).map((t) => [t.token, t.logprob]))),
    text_offset: list.map((x) => x.offset),
  };
}

/** @typedef {{ index: number, usage: boolean }} ChunkOptions index: of the answer; usage: comes in a chunk of its own */

/**
 * @param {ChunkOptions} options
 * @param {Done | null} done
 */
const chunkUsage = ({ usage }, done) => (usage ? { usage: null } : done ? { usage: usageOf(done) } : {});

/**
 * @param {Header} header
 * @param {Piece} piece
 * @param {ChunkOptions & { first: boolean, calls: number, nTop: number }} options first: of this answer; calls: before this
 * @returns {ChatChunk}
 */
export function chatChunk(header, { oa, text, calls, logprob, done }, options) {
  const content = options.first ? (text ?? '') : text;
  /** @type {Delta} */
  const delta = { ...(options.first ? { role: 'assistant' } : {}), ...(content === null ? {} : { content }) };
  if (calls.length > 0) delta.tool_calls = calls.map((call, i) => ({ index: options.calls + i, ...call }));
  const logprobs = logprob ? chatLogprobs([logprob], options.nTop) : null;
  const choice = { index: options.index, delta, logprobs, finish_reason: finishOf(done) };
  return { ...header, object: 'chat.completion.chunk', choices: [choice], oa, ...chunkUsage(options, done) };
}

/**
 * @param {Header} header
 * @param {Piece} piece
 * @param {ChunkOptions & { offset: number, nTop: number }} options offset: of the text before it, in code units
 * @returns {TextCompletion}
 */
export function textChunk(header, { oa, text, logprob, done }, options) {
  const logprobs = logprob ? textLogprobs([{ logprob, offset: options.offset }], options.nTop) : null;
  const choice = { index: options.index, text: text ?? '', logprobs, finish_reason: finishOf(done) };
  return { ...header, object: 'text_completion', choices: [choice], oa, ...chunkUsage(options, done) };
}

/** @typedef {ReturnType<typeof joinPieces>} Joined */

/**
 * @param {Header} header
 * @param {{ joined: Joined, first: boolean }[]} answers
 * @param {number} nTop
 * @returns {ChatCompletion}
 */
export function chatCompletion(header, answers, nTop) {
  const choices = answers.map(({ joined: { done, content, calls, logprobs } }, index) => {
    /** @type {ChatMessage} */
    const message = { role: 'assistant', content: content === '' && calls.length > 0 ? null : content, refusal: null };
    if (calls.length > 0) message.tool_calls = calls;
    const tokens = logprobs.map((x) => x.logprob);
    return { index, message, logprobs: chatLogprobs(tokens, nTop), finish_reason: finishOf(done) };
  });
  return { ...header, object: 'chat.completion', choices, ...atEnd(answers) };
}

/**
 * @param {Header} header
 * @param {{ joined: Joined, first: boolean, echo: string }[]} answers echo: what stands before the answer
 * @param {number} nTop
 * @returns {TextCompletion}
 */
export function textCompletion(header, answers, nTop) {
  const choices = answers.map(({ joined: { done, content, logprobs }, echo }, index) => ({
    index,
    text: echo + content,
    logprobs: textLogprobs(logprobs, nTop),
    finish_reason: finishOf(done),
  }));
  return { ...header, object: 'text_completion', choices, ...atEnd(answers) };
}

/** @param {{ joined: Joined, first: boolean }[]} answers */
const atEnd = (answers) => ({
  oa: answers[answers.length - 1].joined.oa,
  usage: sumUsage(answers.map(({ joined: { done }, first }) => ({ done, first }))),
});

/** @param {Piece[]} pieces all of an answer; the last has `done` */
export function joinPieces(pieces) {
  const { oa, done } = pieces[pieces.length - 1];
  if (!done) throw new Error('the answer has no end');
  let content = '';
  /** @type {ToolCall[]} */
  const calls = [];
  /** @type {{ logprob: TextLogprob, offset: number }[]} */
  const logprobs = [];
  for (const piece of pieces) {
    if (piece.logprob) logprobs.push({ logprob: piece.logprob, offset: content.length });
    content += piece.text ?? '';
    calls.push(...piece.calls);
  }
  return { oa, done, content, calls, logprobs };
}
