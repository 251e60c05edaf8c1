// Every message between the page and the worker of stored conversations (data-worker.js), declared once. Nothing but these types.

/** @typedef {'trees' | 'messages' | 'threads' | 'sft' | 'preference' | 'kto'} Form of src/data/write.h */
/** @typedef {import('../store/schema.js').Settings} Settings */
/** @typedef {import('../store/share.js').Shared} Shared */

/** @typedef {{ type: 'count', rated: boolean }} CountRequest what there is to export; rated: of the chats with a rating alone. Answered with Counted */
/** @typedef {{ type: 'export', form: Form, rated: boolean, seed: string | null, packed: boolean }} ExportRequest seed: of other ids in place of the own; packed: by gzip. Answered with Exported */
/** @typedef {{ type: 'backup', chat: string | null, settings: Settings }} BackupRequest one chat, or all and the settings. Answered with a Blob */
/** @typedef {{ type: 'import', file: Blob }} ImportRequest adds chats, all of them or none. Answered with Imported */
/** @typedef {{ type: 'share', chats: string[] | null, user: string }} ShareRequest what of some chats, or of all, is shared with a collector. Answered with Shared[] */

/** @typedef {(CountRequest | ExportRequest | BackupRequest | ImportRequest | ShareRequest) & { id: number }} DataRequest */

/** @typedef {{ chats: number, messages: number, rated: number, rows: Record<Form, number>, agreement: number | null, labels: Record<string, { alpha?: number | null }> }} Counted rated: messages that somebody rated; agreement, alpha: as src/data/stats.h has them */
/** @typedef {{ file: Blob, lines: number, dropped: number }} Exported dropped: messages and lines that hang on nothing, and are left out */
/** @typedef {{ chats: number, messages: number, settings: Settings | null }} Imported messages: new ones */

/** @typedef {{ type: 'progress', done: number, total: number }} DataEvent chats that were read */
/** @typedef {Counted | Exported | Blob | Imported | Shared[]} DataResult */
/** @typedef {import('../lib/rpc.js').Reply<DataEvent, DataResult>} DataReply */

export {};
