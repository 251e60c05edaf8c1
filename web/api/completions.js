// chat.completions and completions: a request to the engine, and its events as a stream or as one object.

import { pushStream } from '../lib/streams.js';
import { chatRequest, completionRequest } from './check.js';
import { Answer, chatChunk, chatCompletion, newHeader, textChunk, textCompletion } from './openai.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./openai.js').Piece} Piece */
/** @typedef {import('./openai.js').ChatChunk} ChatChunk */
/** @typedef {import('./openai.js').ChatCompletion} ChatCompletion */
/** @typedef {import('./openai.js').TextCompletion} TextCompletion */
/** @typedef {{ signal?: AbortSignal }} CallOptions aborting stops within a token; what was streamed stays valid */

/**
 * Runs a request, telling each piece of the answer as it comes; the last one has `done`.
 * @param {Engine} engine
 * @param {import('../core/protocol.js').CoreRequest} request
 * @param {AbortSignal | undefined} signal
 * @param {(piece: Piece) => void} onPiece
 */
async function answer(engine, request, signal, onPiece) {
  const state = new Answer();
  // The casts: protocol.js says what generate sends and answers.
  const onEvent = (/** @type {unknown} */ e) =>
    onPiece(state.next(/** @type {import('./openai.js').GenerateEvent} */ (e)));
  const done = await engine.call({ type: 'generate', request }, { signal, onEvent });
  onPiece(state.end(/** @type {import('./openai.js').Done} */ (done)));
}

/**
 * The same as a stream of what `shape` makes of each piece.
 * @template T
 * @param {Engine} engine
 * @param {import('../core/protocol.js').CoreRequest} request
 * @param {AbortSignal | undefined} signal
 * @param {(piece: Piece) => T} shape
 * @returns {ReadableStream<T> & AsyncIterable<T>}
 */
function stream(engine, request, signal, shape) {
  const stop = new AbortController();
  const forward = () => stop.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener('abort', forward, { once: true });
  /** @type {ReturnType<typeof pushStream<T>>} */
  const out = pushStream(() => stop.abort(new DOMException('The stream was cancelled.', 'AbortError')));
  answer(engine, request, stop.signal, (piece) => out.push(shape(piece)))
    .then(out.end, out.fail)
    .finally(() => signal?.removeEventListener('abort', forward));
  return out.stream;
}

export class ChatCompletions {
  #engine;

  /** @param {Engine} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /**
   * @overload
   * @param {import('./check.js').ChatParams & { stream: true }} params
   * @param {CallOptions} [options]
   * @returns {Promise<ReadableStream<ChatChunk> & AsyncIterable<ChatChunk>>}
   */
  /**
   * @overload
   * @param {import('./check.js').ChatParams & { stream?: false | null }} params
   * @param {CallOptions} [options]
   * @returns {Promise<ChatCompletion>}
   */
  /**
   * @param {import('./check.js').ChatParams} params
   * @param {CallOptions} [options]
   * @returns {Promise<ChatCompletion | (ReadableStream<ChatChunk> & AsyncIterable<ChatChunk>)>}
   */
  async create(params, { signal } = {}) {
    const request = chatRequest(params);
    signal?.throwIfAborted();
    const { id } = await this.#engine.load();
    const header = newHeader('chatcmpl', id);
    const nTop = params.top_logprobs ?? 0;
    if (params.stream) {
      let first = true;
      return stream(this.#engine, request, signal, (piece) => {
        const chunk = chatChunk(header, piece, { first, nTop });
        first = false;
        return chunk;
      });
    }
    /** @type {Piece[]} */
    const pieces = [];
    await answer(this.#engine, request, signal, (piece) => pieces.push(piece));
    return chatCompletion(header, pieces, nTop);
  }
}

export class Completions {
  #engine;

  /** @param {Engine} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /**
   * @overload
   * @param {import('./check.js').CompletionParams & { stream: true }} params
   * @param {CallOptions} [options]
   * @returns {Promise<ReadableStream<TextCompletion> & AsyncIterable<TextCompletion>>}
   */
  /**
   * @overload
   * @param {import('./check.js').CompletionParams & { stream?: false | null }} params
   * @param {CallOptions} [options]
   * @returns {Promise<TextCompletion>}
   */
  /**
   * @param {import('./check.js').CompletionParams} params
   * @param {CallOptions} [options]
   * @returns {Promise<TextCompletion | (ReadableStream<TextCompletion> & AsyncIterable<TextCompletion>)>}
   */
  async create(params, { signal } = {}) {
    const request = completionRequest(params);
    signal?.throwIfAborted();
    const { id } = await this.#engine.load();
    const header = newHeader('cmpl', id);
    if (params.stream) {
      let offset = 0;
      return stream(this.#engine, request, signal, (piece) => {
        const chunk = textChunk(header, piece, { offset });
        offset += piece.text?.length ?? 0;
        return chunk;
      });
    }
    /** @type {Piece[]} */
    const pieces = [];
    await answer(this.#engine, request, signal, (piece) => pieces.push(piece));
    return textCompletion(header, pieces);
  }
}
