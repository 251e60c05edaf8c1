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
 * @property {boolean} [unshared]                        nothing of it is sent to a collector
 * @property {Record<string, unknown>} [given]           `tree_state` and `origin` of somebody else's tree; null: it has none
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
 * @property {Feedback} [feedback]                       absent: none was given
 * @property {string} [improves]                         the answer that the visitor wrote this one in place of
 * @property {string} [preset]                           which one the sampling is of
 * @property {string} [model]                            the id of the model that wrote it: of its bytes, where they have one
 * @property {string} [variant]                          the build of the core that it was written with
 * @property {string} [system]                           the system prompt that the model was given
 * @property {number[]} [token_ids]                      what the model wrote, as far as it came
 * @property {Comparison[]} [comparisons]                of answers to this message
 * @property {import('./given.js').Given} [given]        what others said of it, in a file that was imported
 */

/**
 * Answers to one message, shown side by side.
 * @typedef {object} Comparison
 * @property {string[]} message_ids                      in the order in which they were shown, which is random
 * @property {number[] | null} places                    of each, 0 the best, the same where they are equally good; null: not said
 * @property {boolean} not_rankable
 * @property {string | null} date                        null while the visitor is asked
 */

/**
 * What the visitor thinks of a message.
 * @typedef {object} Feedback
 * @property {import('./feedback.js').EmojiCode[]} emojis   each at most once
 * @property {{ [K in import('./feedback.js').LabelName]?: number }} labels   0 to 1; absent: not said
 * @property {{ reason: string, date: string } | null} report
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
 * @property {string} language                          a language tag, or 'system': the browser's
 * @property {string} system_prompt                      of new chats
 * @property {Sampling} sampling                         of new chats
 * @property {Preset[]} presets                          the visitor's own
 * @property {string | null} model                       an id of models.json or a URL; null: the default model
 * @property {number | null} threads                     null: chosen by the engine
 * @property {string | null} variant
 * @property {number | null} context
 * @property {boolean} single_keys                       shortcuts of one character
 * @property {boolean} sidebar                           shown on wide screens
 * @property {2 | 3 | 4} drafts                          answers to compare at a time
 * @property {boolean} invite                            now and then the visitor is asked to compare
 */

export {};
