/* What the page needs of the API's Assistant (web/api/index.js). Types only: the class itself is handed in by the app. */

/**
 * @typedef {object} ModelEntry
 * @property {string} id
 * @property {string} name
 * @property {string} [license]
 * @property {number} [context]
 * @property {number} size
 * @property {boolean} [default]
 * @property {boolean} cached
 * @property {number} cachedBytes
 * @property {{ sha256: string }[]} [files]
 */

/**
 * @typedef {object} LoadProgress
 * @property {'download' | 'load'} phase
 * @property {number} loaded
 * @property {number} total
 * @property {number | null} rate
 * @property {number | null} eta
 * @property {number} cached  bytes that were here already
 */

/**
 * @typedef {object} ChunkInfo
 * @property {'waiting' | 'prefill' | 'decode' | 'done'} [phase]
 * @property {{ done: number, total: number }} [prefill]
 * @property {number} [tokens_per_second]
 * @property {number} [context_used]
 * @property {number} [context]
 * @property {number} [dropped_messages]
 * @property {number[]} [token_ids]  of the chunk; of the whole answer on its last
 */

/**
 * @typedef {object} Chunk
 * @property {{ index?: number, delta: { content?: string | null }, finish_reason?: string | null }[]} choices
 * @property {{ prompt_tokens: number, completion_tokens: number } | null} [usage]
 * @property {ChunkInfo} [oa]
 */

/** @typedef {{ role: 'system' | 'user' | 'assistant', content: string }} ChatMessage */
/** @typedef {Omit<import('../store/schema.js').SamplingValues, 'max_tokens'> & { seed?: number }} Draft */
/** @typedef {{ messages: ChatMessage[], stream: true, seed?: number, store?: boolean, drafts?: Draft[] } & import('../store/schema.js').SamplingValues} ChatRequest */

/**
 * @typedef {object} AssistantLike
 * @property {{ id?: string, name?: string, variant?: string, threads?: number, context?: number, context_trained?: number }} info
 * @property {{ completions: { create(request: ChatRequest, options: { signal: AbortSignal }): Promise<AsyncIterable<Chunk>> } }} chat
 * @property {() => void | Promise<void>} close
 * @property {(type: string, listener: () => void) => void} addEventListener
 */

/**
 * @typedef {object} LoadOptions
 * @property {string | Blob | File[]} model
 * @property {number} [threads]
 * @property {import('../api/index.js').Variant} [variant]
 * @property {number} [context]
 * @property {(progress: LoadProgress) => void} onProgress
 * @property {(notice: { code: string, message: string }) => void} onNotice
 * @property {AbortSignal} signal
 */

/**
 * @typedef {object} AssistantClass
 * @property {(options: LoadOptions) => Promise<AssistantLike>} load
 * @property {() => Promise<ModelEntry[]>} models
 * @property {(id: string) => Promise<unknown>} forget
 * @property {() => Promise<{ usage?: number, quota?: number, persisted?: boolean }>} storage
 */

export {};
