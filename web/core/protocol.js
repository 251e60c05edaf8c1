// Every message between the page and its worker, declared once. A request has an id that its events and its answer carry
// (lib/rpc.js). Nothing but these types; what may be null or absent says so.

/** @typedef {import('./features.js').Variant} Variant */
/** @typedef {import('../store/weights.js').Source} Source */
/** @typedef {import('../store/progress.js').Progress} Progress */
/** @typedef {import('../store/shelf.js').Notice} Notice */
/** @typedef {import('../store/download.js').Patience} Patience */

// ---- What the core speaks (src/api/oa.h) ----

/** @typedef {{ id: string, type: 'function', function: { name: string, arguments: string } }} ToolCall arguments: text of JSON */
/** @typedef {{ role: string, content: string, name?: string, tool_calls?: ToolCall[], tool_call_id?: string }} Message */
/** @typedef {{ type: 'function', function: { name: string, description?: string, parameters?: object, strict?: boolean } }} Tool */

/**
 * What oa_begin takes: either messages or a prompt.
 * @typedef {object} CoreRequest
 * @property {Message[]} [messages]
 * @property {string | number[]} [prompt] a text, or its token ids
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
 * @property {Tool[]} [tools]
 * @property {'required' | { type: 'function', function: { name: string } }} [tool_choice] absent: the model's
 * @property {boolean} [parallel_tool_calls] false: one call at most
 * @property {ResponseFormat} [response_format]
 * @property {'mean' | 'last'} [embed] in place of an answer the text as a vector
 * @property {Draft[]} [drafts] so many answers to the one prompt, computed together
 */

/** Members of a request that one of its drafts has of its own. @typedef {Pick<CoreRequest, 'temperature' | 'top_k' | 'top_p' | 'min_p' | 'typical_p' | 'repeat_penalty' | 'presence_penalty' | 'frequency_penalty' | 'seed'>} Draft */

export const DRAFTS_MOST = 8;

/**
 * @typedef {{ type: 'json_object' } | { type: 'json_schema', json_schema: { schema: object | boolean } }
 *   | { type: 'regex', regex: string } | { type: 'grammar', grammar: string }} ResponseFormat
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
/** @typedef {{ name: string, arguments: string }} Call of a tool, in an answer; arguments: text of a JSON object */
/** @typedef {{ type: 'text', id: number, text: string, calls?: Call[], logprob?: number, top?: [number, number][], index?: number }} Text calls: that are complete with this token; index: of a draft */
/** @typedef {{ prefill_ms: number, decode_ms: number, prefill_tps: number, decode_tps: number, load_ms?: number }} Timings */

/**
 * @typedef {object} Done
 * @property {'done'} type
 * @property {string} text what was still held back
 * @property {Call[]} [calls] that are complete with the end
 * @property {'stop' | 'length' | 'tool_calls' | 'cancelled'} finish_reason
 * @property {number[]} ids
 * @property {number} prompt_tokens
 * @property {number} cached_tokens
 * @property {number} completion_tokens
 * @property {number} context_used
 * @property {number} [dropped_messages]
 * @property {Timings} timings
 * @property {number} [index] of a draft
 * @property {number} [more] drafts that are not over
 */

/** @typedef {Prefill | Text | Done} Step */
/** @typedef {{ embedding: number[], prompt_tokens: number }} EmbedDone what "embed" ends with in place of Done */
/** @typedef {{ prefill_tps: number, decode_tps: number, ttft_ms: number }} BenchRun */

/** @typedef {{ messages: Message[], tools?: Tool[], add_generation_prompt: boolean }} CountedRequest */

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

/** @typedef {{ type: 'generate', request: CoreRequest, store: boolean }} GenerateRequest store: whether saved sessions are read and written */
/** @typedef {{ type: 'tokenize', text: string, specials: boolean }} TokenizeRequest */
/** @typedef {{ type: 'count', request: CountedRequest }} CountRequest */
/** @typedef {{ type: 'bench', nPrompt: number, nGen: number }} BenchRequest */
/** @typedef {{ type: 'embed', prompts: (string | number[])[], pooling: 'mean' | 'last' }} EmbedRequest answered with Embedded */
/** @typedef {{ embeddings: number[][], tokens: number }} Embedded of unit length, in the order of the prompts; tokens of all */
/** @typedef {{ type: 'close' }} CloseRequest frees the model; answered when nothing is left to do */
/** @typedef {{ type: 'cancel' }} CancelRequest of the request with the same id; has no answer of its own */

/** @typedef {LoadRequest | GenerateRequest | TokenizeRequest | CountRequest | BenchRequest | EmbedRequest | CloseRequest | CancelRequest} RequestBody */
/** @typedef {RequestBody & { id: number }} Request */

// ---- Worker to page ----

/** @typedef {{ token: string, logprob: number, bytes: number[] }} TokenLogprob */
/** @typedef {TokenLogprob & { top: TokenLogprob[] }} TextLogprob */

/**
 * @typedef {{ type: 'progress', progress: Progress } | { type: 'notice', notice: Notice }} LoadEvent
 */

/** @typedef {{ type: 'waiting' } | { type: 'begun', begun: Begun } | Prefill | { type: 'text', id: number, text: string, calls: Call[], logprob: TextLogprob | null, index: number } | { type: 'end', done: Done }} GenerateEvent end: of a draft, but of the last */

// Of 'waiting' the worker knows nothing: it is said where another tab's answer comes first (web/api/host.js).

/** @typedef {{ id: string, info: CoreInfo, loadMs: number }} LoadResult */

/** @typedef {LoadResult | Done | number[] | number | BenchRun | Embedded | null} Result of load, generate, tokenize, count, bench, embed, close */

/** @typedef {import('../lib/rpc.js').Reply<LoadEvent | GenerateEvent, Result>} Reply */

// ---- Tab to tab: what is asked of the tab that has the engine (web/api/host.js) ----

/** @typedef {{ type: 'join' }} JoinRequest never answered: its events are the news for everybody */
/** @typedef {{ type: 'ready' }} ReadyRequest answered with a LoadResult when the model is loaded */
/** @typedef {{ type: 'ping' }} PingRequest answered at once */
/** @typedef {{ type: 'leave' }} LeaveRequest ends what this tab has asked for; answered when nothing is left of it */

/** @typedef {GenerateRequest | TokenizeRequest | CountRequest | BenchRequest | EmbedRequest | CancelRequest} SharedRequest those of the worker */
/** @typedef {(SharedRequest | JoinRequest | ReadyRequest | PingRequest | LeaveRequest) & { id: number }} TabRequest */
/** @typedef {LoadEvent | { type: 'crash', error: import('../lib/errors.js').WireError }} TabNews */

/**
 * On the channel of all tabs with the same model and options: somebody looks for the host, it listens on a channel of their own, a tab has
 * become the host, a host is none any more. link: new for each time that somebody looks.
 * @typedef {{ type: 'hello', guest: string, link: string } | { type: 'welcome', host: string, link: string } | { type: 'host' | 'gone', host: string }} TabCall
 */

/**
 * For the default of a switch over a union: tsc refuses it where a case is missing.
 * @param {never} x
 * @returns {never}
 */
export function unreachable(x) {
  throw new Error(`not handled: ${JSON.stringify(x)}`);
}
