// Answers in the shapes of OpenAI's API, made of the worker's events. What that API has no place for is under `oa`.

/** @typedef {import('../core/protocol.js').GenerateEvent} GenerateEvent */
/** @typedef {import('../core/protocol.js').Begun} Begun */
/** @typedef {import('../core/protocol.js').Done} Done */
/** @typedef {import('../core/protocol.js').TextLogprob} TextLogprob */
/** @typedef {import('../core/protocol.js').Timings} Timings */

/**
 * Ours, on every chunk and on the completion. What is not known yet is absent.
 * @typedef {object} Extra
 * @property {'prefill' | 'decode' | 'done'} phase
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
/** @typedef {'stop' | 'length' | null} FinishReason */
/** @typedef {{ token: string, logprob: number, bytes: number[] }} TokenLogprob */
/** @typedef {{ content: (TokenLogprob & { top_logprobs: TokenLogprob[] })[] }} ChatLogprobs */
/** @typedef {{ tokens: string[], token_logprobs: number[], top_logprobs: Record<string, number>[], text_offset: number[] }} TextLogprobs */

/** @typedef {{ id: string, created: number, model: string, oa: Extra, usage?: Usage }} Common */
/** @typedef {{ index: 0, delta: { role?: 'assistant', content?: string }, logprobs: ChatLogprobs | null, finish_reason: FinishReason }} ChunkChoice */
/** @typedef {Common & { object: 'chat.completion.chunk', choices: ChunkChoice[] }} ChatChunk */
/** @typedef {{ index: 0, message: { role: 'assistant', content: string, refusal: null }, logprobs: ChatLogprobs | null, finish_reason: FinishReason }} ChatChoice */
/** @typedef {Common & { object: 'chat.completion', choices: ChatChoice[] }} ChatCompletion */
/** @typedef {{ index: 0, text: string, logprobs: TextLogprobs | null, finish_reason: FinishReason }} TextChoice */
/** @typedef {Common & { object: 'text_completion', choices: TextChoice[] }} TextCompletion */

/**
 * One step of an answer, in no API's shape yet.
 * @typedef {{ oa: Extra, text: string | null, logprob: TextLogprob | null, done: Done | null }} Piece
 */

/** Follows one answer and keeps what its chunks tell. */
export class Answer {
  /** @type {Begun} */
  #begun = { prompt_tokens: 0, cached_tokens: 0, dropped_messages: 0, context: 0 };
  #prefill = { done: 0, total: 0 };
  #tokens = 0;
  #first = 0; // when the first token came, ms

  /**
   * @param {GenerateEvent} event
   * @returns {Piece}
   */
  next(event) {
    switch (event.type) {
      case 'begun':
        this.#begun = event.begun;
        this.#prefill = { done: event.begun.cached_tokens, total: event.begun.prompt_tokens };
        return { oa: this.#extra('prefill'), text: null, logprob: null, done: null };
      case 'prefill':
        this.#prefill = { done: event.done, total: event.total };
        return { oa: this.#extra('prefill'), text: null, logprob: null, done: null };
      case 'text':
        this.#tokens++;
        if (this.#tokens === 1) this.#first = performance.now();
        return {
          oa: { ...this.#extra('decode'), token_ids: [event.id] },
          text: event.text,
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
    return { oa: { ...this.#extra('done'), ...more }, text: done.text, logprob: null, done };
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
 * @param {Done} done
 * @returns {Usage}
 */
function usageOf({ prompt_tokens, completion_tokens }) {
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/**
 * @param {Done | null} done
 * @returns {FinishReason}
 */
function finishOf(done) {
  return done ? (done.finish_reason === 'length' ? 'length' : 'stop') : null;
}

/**
 * @param {'chatcmpl' | 'cmpl'} kind
 * @param {string} model
 */
export function newHeader(kind, model) {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join(
    '',
  );
  return { id: `${kind}-${random}`, created: Math.floor(Date.now() / 1000), model };
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
 * @returns {TextLogprobs | null}
 */
function textLogprobs(list) {
  if (list.length === 0) return null;
  return {
    tokens: list.map((x) => x.logprob.token),
    token_logprobs: list.map((x) => x.logprob.logprob),
    top_logprobs: list.map((x) => Object.fromEntries(x.logprob.top.map((t) => [t.token, t.logprob]))),
    text_offset: list.map((x) => x.offset),
  };
}

/**
 * @param {Header} header
 * @param {Piece} piece
 * @param {{ first: boolean, nTop: number }} options
 * @returns {ChatChunk}
 */
export function chatChunk(header, { oa, text, logprob, done }, { first, nTop }) {
  /** @type {ChunkChoice['delta']} */
  const delta = first ? { role: 'assistant', content: text ?? '' } : text === null ? {} : { content: text };
  const logprobs = logprob ? chatLogprobs([logprob], nTop) : null;
  const choice = { index: /** @type {const} */ (0), delta, logprobs, finish_reason: finishOf(done) };
  return {
    ...header,
    object: 'chat.completion.chunk',
    choices: [choice],
    oa,
    ...(done ? { usage: usageOf(done) } : {}),
  };
}

/**
 * @param {Header} header
 * @param {Piece} piece
 * @param {{ offset: number }} options of the text before it, in code units
 * @returns {TextCompletion}
 */
export function textChunk(header, { oa, text, logprob, done }, { offset }) {
  const logprobs = logprob ? textLogprobs([{ logprob, offset }]) : null;
  const choice = { index: /** @type {const} */ (0), text: text ?? '', logprobs, finish_reason: finishOf(done) };
  return { ...header, object: 'text_completion', choices: [choice], oa, ...(done ? { usage: usageOf(done) } : {}) };
}

/**
 * @param {Header} header
 * @param {Piece[]} pieces all of an answer; the last has `done`
 * @param {number} nTop
 * @returns {ChatCompletion}
 */
export function chatCompletion(header, pieces, nTop) {
  const { oa, done, content, logprobs } = joinPieces(pieces);
  const message = { role: /** @type {const} */ ('assistant'), content, refusal: null };
  const list = chatLogprobs(
    logprobs.map((x) => x.logprob),
    nTop,
  );
  const choice = { index: /** @type {const} */ (0), message, logprobs: list, finish_reason: finishOf(done) };
  return { ...header, object: 'chat.completion', choices: [choice], oa, usage: usageOf(done) };
}

/**
 * @param {Header} header
 * @param {Piece[]} pieces all of an answer; the last has `done`
 * @returns {TextCompletion}
 */
export function textCompletion(header, pieces) {
  const { oa, done, content, logprobs } = joinPieces(pieces);
  const choice = {
    index: /** @type {const} */ (0),
    text: content,
    logprobs: textLogprobs(logprobs),
    finish_reason: finishOf(done),
  };
  return { ...header, object: 'text_completion', choices: [choice], oa, usage: usageOf(done) };
}

/** @param {Piece[]} pieces */
function joinPieces(pieces) {
  const { oa, done } = pieces[pieces.length - 1];
  if (!done) throw new Error('the answer has no end');
  let content = '';
  /** @type {{ logprob: TextLogprob, offset: number }[]} */
  const logprobs = [];
  for (const { text, logprob } of pieces) {
    if (logprob) logprobs.push({ logprob, offset: content.length });
    content += text ?? '';
  }
  return { oa, done, content, logprobs };
}
