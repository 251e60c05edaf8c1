// The dictionaries of the Prompt API, under the names of its standard without "LanguageModel". Types only.

/** @typedef {'unavailable' | 'downloadable' | 'downloading' | 'available'} Availability */
/** @typedef {'most-predictable' | 'predictable' | 'slightly-predictable' | 'balanced' | 'slightly-creative' | 'creative' | 'most-creative'} SamplingMode */
/** @typedef {'text' | 'image' | 'audio' | 'tool-call' | 'tool-response'} ContentType image and audio are known, and refused */
/** @typedef {{ type: ContentType, value: unknown }} Content */
/** @typedef {{ role: 'system' | 'user' | 'assistant', content: string | Content[], prefix?: boolean }} PromptMessage prefix: the answer goes on from here */
/** @typedef {string | PromptMessage[]} Prompt anything else is taken as its text */
/** @typedef {string | Content[]} Reply */
/** @typedef {{ type: ContentType, languages?: string[] }} Expected */
/** @typedef {{ name: string, description: string, inputSchema: object }} PromptTool */

/**
 * @typedef {object} CreateCoreOptions
 * @property {SamplingMode | 'default'} [samplingMode]
 * @property {Expected[]} [expectedInputs]
 * @property {Expected[]} [expectedOutputs] tools need { type: 'tool-call' } among them
 * @property {PromptTool[]} [tools]
 */

/** @typedef {EventTarget & { ondownloadprogress: ((event: ProgressEvent) => void) | null }} CreateMonitor */

/**
 * @typedef {object} CreateOnly
 * @property {PromptMessage[]} [initialPrompts] are never left out
 * @property {AbortSignal} [signal] before the session is there it ends its making, after that the session
 * @property {(monitor: CreateMonitor) => void} [monitor]
 */

/** @typedef {CreateCoreOptions & CreateOnly} CreateOptions */

/**
 * @typedef {object} PromptOptions
 * @property {object | RegExp} [responseConstraint] a JSON Schema or an expression that the answer must match
 * @property {boolean} [omitResponseConstraintInput] true: the model is not told of it
 * @property {AbortSignal} [signal]
 */

export {};
