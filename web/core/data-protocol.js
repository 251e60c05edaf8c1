// Every message between the page and the worker of stored conversations (data-worker.js), declared once. Nothing but these types.

/** @typedef {'trees' | 'messages' | 'threads' | 'sft' | 'preference' | 'kto'} Form of src/data/write.h */
/** @typedef {import('../store/schema.js').Settings} Settings */
/** @typedef {import('../store/share.js').Shared} Shared */

/** @typedef {{ type: 'count', rated: boolean }} CountRequest what there is to export; rated: of the chats with a rating alone. Answered with Counted */
/** @typedef {{ type: 'export', form: Form, rated: boolean, seed: string | null, packed: boolean }} ExportRequest seed: of other ids in place of the own; packed: by gzip. Answered with Exported */
/** @typedef {{ type: 'backup', chat: string | null, settings: Settings }} BackupRequest one chat, or all and the settings. Answered with a Blob */
/** @typedef {{ type: 'import', file: Blob }} ImportRequest adds chats, all of them or none. Answered with Imported */
/** @typedef {{ type: 'share', chats: string[] | null, user: string }} ShareRequest what of some chats, or of all, is shared with a collector. Answered with Shared[] */

/** @typedef {'initial_prompt' | 'prompter_reply' | 'assistant_reply' | 'label_initial_prompt' | 'label_prompter_reply' | 'label_assistant_reply' | 'rank_prompter_replies' | 'rank_assistant_replies'} TaskType of src/data/task.h, and of Open Assistant's protocol */
/** @typedef {'day' | 'week' | 'month' | 'total'} Frame */
/** @typedef {{ id: string, text: string, lang: string, is_assistant: boolean, synthetic?: boolean }} TaskMessage */
/** @typedef {{ name: string, widget: 'yes_no' | 'flag' | 'likert', display_text: string, help_text: string | null }} TaskLabel */
/** @typedef {{ id: string, type: TaskType, conversation?: { messages: TaskMessage[] }, message_id?: string, labels?: TaskLabel[], mandatory_labels?: string[], mode?: 'full' | 'simple', reply_messages?: TaskMessage[], reveal_synthetic?: boolean }} TaskCard */
/** @typedef {{ type: 'text_reply_to_message', task_id: string, user_message_id: string, text: string, lang: string } | { type: 'text_labels', task_id: string, labels: Record<string, number> } | { type: 'text_labels', message_id: string, text: string, is_report: true } | { type: 'message_ranking', task_id: string, ranking: number[], not_rankable: boolean }} Interaction */
/**
 * What a board is asked, by what it answers (src/data/board.h); the worker says what the time is.
 * @typedef {{ do: 'available', lang: string } | { do: 'request', type: TaskType | 'random', lang: string } | { do: 'card', task_id: string } | { do: 'tasks' }
 *   | { do: 'ack', task_id: string, message_id: string } | { do: 'nack', task_id: string, reason: string } | { do: 'close', task_id: string }
 *   | { do: 'interact', interaction: Interaction } | { do: 'leaderboard', frame: Frame } | { do: 'me' } | { do: 'overview' } | { do: 'config' }} Ask
 */
/** @typedef {{ rank: number, user_id: string, me: boolean, leader_score: number, prompts: number, replies_assistant: number, replies_prompter: number, labels_simple: number, labels_full: number, rankings_total: number }} Row of the leaderboard */
/** @typedef {{ id: string, state: string, messages: number, reviewed: number, goal: number, text: string, lang: string, created_date: string | null }} Thread */
/** @typedef {Record<string, { value: number, default: number, min: number, max: number }>} Parameters */
/**
 * @typedef {object} Told all that a board answers, each only to what asks for it
 * @property {Record<TaskType, number>} available
 * @property {TaskCard | null} task
 * @property {{ id: string, type: TaskType, state: number }[]} tasks
 * @property {Row[]} leaderboard
 * @property {number} level
 * @property {number} level_from
 * @property {number} level_to
 * @property {number} streak_days
 * @property {Row} total
 * @property {Record<string, number>} states
 * @property {Thread[]} trees
 * @property {string} tree_state
 */
/** @typedef {{ type: 'board', ask: Ask }} BoardRequest answered with some of Told; of config with Parameters */
/** @typedef {{ type: 'board-rules', rules: Record<string, number> }} RulesRequest which parameters are not Open Assistant's own. Answered with null */
/** @typedef {{ type: 'board-add', file: Blob | null, lang: string }} AddRequest trees of a file; null: of the stored chats, in that language. Answered with how many trees there are more */
/** @typedef {{ type: 'board-file', packed: boolean }} BoardFileRequest all trees as a file, packed by gzip or not. Answered with a Blob */
/** @typedef {{ type: 'board-remove', tree: string | null }} RemoveRequest one tree, or all. Answered with null */
/** @typedef {BoardRequest | RulesRequest | AddRequest | BoardFileRequest | RemoveRequest} AnyBoardRequest */

/** @typedef {(CountRequest | ExportRequest | BackupRequest | ImportRequest | ShareRequest | AnyBoardRequest) & { id: number }} DataRequest */

/** @typedef {{ chats: number, messages: number, rated: number, rows: Record<Form, number>, agreement: number | null, labels: Record<string, { alpha?: number | null }> }} Counted rated: messages that somebody rated; agreement, alpha: as src/data/stats.h has them */
/** @typedef {{ file: Blob, lines: number, dropped: number }} Exported dropped: messages and lines that hang on nothing, and are left out */
/** @typedef {{ chats: number, messages: number, trees: number, settings: Settings | null }} Imported messages: new ones; trees: of tasks */

/** @typedef {{ type: 'progress', done: number, total: number }} DataEvent chats that were read */
/** @typedef {Counted | Exported | Blob | Imported | Shared[] | Partial<Told> | Parameters | number | null} DataResult */
/** @typedef {import('../lib/rpc.js').Reply<DataEvent, DataResult>} DataReply */

export {};
