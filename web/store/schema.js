/* The shapes of what is kept: conversations and the messages of their trees, with the names of the OASST schema where it has
 * one (so that an export needs no translation table), and the settings. Types only. */

/**
 * Sampling parameters under the names of the API. An absent member means the model's default.
 * @typedef {object} SamplingValues
 * @property {number} [temperature]
 * @property {number} [top_k]
 * @property {number} [top_p]
 * @property {number} [min_p]
 * @property {number} [typical_p]
 * @property {number} [repetition_penalty]
 * @property {number} [presence_penalty]
 * @property {number} [frequency_penalty]
 * @property {number} [max_tokens]
 */

/**
 * What a chat is answered with: the id of a preset, or 'custom' with its own values. `seed` null: a new one each time.
 * @typedef {{ preset: string, values: SamplingValues, seed: number | null }} Sampling
 */

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title                              at most 100 characters
 * @property {boolean} titled                            true once the visitor named it
 * @property {string} created_date                       ISO 8601
 * @property {string} updated_date
 * @property {string | null} active_thread_tail_message_id   the end of the branch that is shown
 * @property {string | null} system_prompt               null: the default of the settings
 * @property {Sampling | null} sampling                  null: the default of the settings
 * @property {string | null} deleted_date                set while a deletion can still be undone
 */

/**
 * 'pending': nothing written yet. 'in_progress': being written. 'cancelled': stopped, the text is what there was.
 * 'aborted_by_worker': failed, `error` says why.
 * @typedef {'manual' | 'pending' | 'in_progress' | 'complete' | 'cancelled' | 'aborted_by_worker'} MessageState
 */

/**
 * @typedef {object} Message
 * @property {string} message_id
 * @property {string | null} parent_id                   null: a root of the conversation
 * @property {string} conversation_id
 * @property {'prompter' | 'assistant'} role
 * @property {string} text
 * @property {string} created_date
 * @property {MessageState} state
 * @property {string} [lang]
 * @property {boolean} [synthetic]
 * @property {string} [model_name]
 * @property {SamplingValues} [sampling]
 * @property {number} [seed]
 * @property {string} [finish_reason]                    'stop' or 'length'
 * @property {{ code: string, message: string }} [error]
 * @property {Usage} [usage]
 */

/**
 * @typedef {object} Usage
 * @property {number} [prompt_tokens]
 * @property {number} [completion_tokens]
 * @property {number} [tokens_per_second]
 * @property {number} [context_used]
 * @property {number} [context]
 * @property {number} [dropped_messages]
 */

/** @typedef {{ id: string, name: string, values: SamplingValues }} Preset */

/**
 * @typedef {object} Settings
 * @property {'system' | 'light' | 'dark'} theme
 * @property {string} system_prompt                      of new chats
 * @property {Sampling} sampling                         of new chats
 * @property {Preset[]} presets                          the visitor's own
 * @property {string | null} model                       an id of models.json or a URL; null: the default model
 * @property {number | null} threads                     null: chosen by the engine
 * @property {string | null} variant
 * @property {number | null} context
 * @property {boolean} single_keys                       shortcuts of one character
 * @property {boolean} sidebar                           shown on wide screens
 */

export {};
