// Every message between the page and its worker, declared once. A request has an id that its events and its answer carry
// (lib/rpc.js). Nothing but these types; what may be null or absent says so.

/** @typedef {import('./features.js').Variant} Variant */
/** @typedef {import('../store/weights.js').Source} Source */
/** @typedef {import('../store/progress.js').Progress} Progress */
/** @typedef {import('../store/shelf.js').Notice} Notice */
/** @typedef {import('../store/download.js').Patience} Patience */

// ---- What the core speaks (src/api/oa.h) ----

/** @typedef {{ role: string, content: string }} Message */

/**
 * What oa_begin takes: either messages or a prompt.
 * @typedef {object} CoreRequest
 * @property {Message[]} [messages]
 * @property {string} [prompt]
 * @property {boolean} [specials]
 * @property {number} [max_tokens]
 * @property {number} [temperature]
 * @property {number} [top_k]
 * @property {number} [top_p]
 * @property {number} [min_p]
 * @property {number} [typical_p]
 * @property {number} [repeat_penalty]
 * @property {number} [presence_penalty]
 * @property {number} [frequency_penalty]
 * @property {number} [penalty_last_n]
 * @property {Record<string, number>} [logit_bias]
 * @property {number} [seed]
 * @property {string | string[]} [stop]
 * @property {number} [logprobs]
 * @property {'drop' | 'error'} [overflow]
 * @property {boolean} [add_generation_prompt]
 * @property {boolean} [continue_final_message]
 */

/**
 * @typedef {object} CoreInfo
 * @property {string} architecture
 * @property {string} name
 * @property {number} context
 * @property {number} context_trained
 * @property {number} vocab
 * @property {number} threads
 * @property {Variant} variant
 * @property {string | null} template
 * @property {string} [license]
 * @property {number} [parameters]
 * @property {number} [layers]
 * @property {number} [embedding]
 * @property {number} [heads]
 * @property {number} [kv_heads]
 * @property {number} [head_dim]
 * @property {number} [ffn]
 * @property {string} [quantization]
 * @property {Record<string, number>} [tensors]
 * @property {{ model: string, pre: string, bos: number, eos: number, add_bos: boolean }} [tokenizer]
 * @property {number} [weights_bytes]
 * @property {number} [kv_bytes_per_token]
 * @property {boolean} [exact]
 */

/** @typedef {{ prompt_tokens: number, cached_tokens: number, dropped_messages: number, context: number }} Begun */
/** @typedef {{ type: 'prefill', done: number, total: number }} Prefill */
/** @typedef {{ type: 'text', id: number, text: string, logprob?: number, top?: [number, number][] }} Text */
/** @typedef {{ prefill_ms: number, decode_ms: number, prefill_tps: number, decode_tps: number, load_ms?: number }} Timings */

/**
 * @typedef {object} Done
 * @property {'done'} type
 * @property {string} text what was still held back
 * @property {'stop' | 'length' | 'cancelled'} finish_reason
 * @property {number[]} ids
 * @property {number} prompt_tokens
 * @property {number} cached_tokens
 * @property {number} completion_tokens
 * @property {number} context_used
 * @property {number} [dropped_messages]
 * @property {Timings} timings
 */

/** @typedef {Prefill | Text | Done} Step */
/** @typedef {{ prefill_tps: number, decode_tps: number, ttft_ms: number }} BenchRun */

// ---- Page to worker ----

/**
 * Loads a model, in place of the one that is loaded.
 * @typedef {object} LoadRequest
 * @property {'load'} type
 * @property {Source} source
 * @property {number | null} threads
 * @property {Variant | null} variant
 * @property {number | null} context
 * @property {Partial<Patience>} patience
 */

/** @typedef {{ type: 'generate', request: CoreRequest }} GenerateRequest */
/** @typedef {{ type: 'tokenize', text: string, specials: boolean }} TokenizeRequest */
/** @typedef {{ type: 'count', messages: Message[] }} CountRequest */
/** @typedef {{ type: 'bench', nPrompt: number, nGen: number }} BenchRequest */
/** @typedef {{ type: 'close' }} CloseRequest frees the model; answered when nothing is left to do */
/** @typedef {{ type: 'cancel' }} CancelRequest of the request with the same id; has no answer of its own */

/** @typedef {LoadRequest | GenerateRequest | TokenizeRequest | CountRequest | BenchRequest | CloseRequest | CancelRequest} RequestBody */
/** @typedef {RequestBody & { id: number }} Request */

// ---- Worker to page ----

/** @typedef {{ token: string, logprob: number, bytes: number[] }} TokenLogprob */
/** @typedef {TokenLogprob & { top: TokenLogprob[] }} TextLogprob */

/**
 * @typedef {{ type: 'progress', progress: Progress } | { type: 'notice', notice: Notice }} LoadEvent
 */

/** @typedef {{ type: 'begun', begun: Begun } | Prefill | { type: 'text', id: number, text: string, logprob: TextLogprob | null }} GenerateEvent */

/** @typedef {{ id: string, info: CoreInfo, loadMs: number }} LoadResult */

/** @typedef {LoadResult | Done | number[] | number | BenchRun | null} Result of load, generate, tokenize, count, bench, close */

/** @typedef {import('../lib/rpc.js').Reply<LoadEvent | GenerateEvent, Result>} Reply */

/**
 * For the default of a switch over a union: tsc refuses it where a case is missing.
 * @param {never} x
 * @returns {never}
 */
export function unreachable(x) {
  throw new Error(`not handled: ${JSON.stringify(x)}`);
}
