// The page's end of the worker of stored conversations: a worker for each call, which ends with it.

import { startDataWorker } from './data-worker.js';

/** @typedef {import('../core/data-protocol.js').Form} Form */
/** @typedef {import('../core/data-protocol.js').Counted} Counted */
/** @typedef {import('../core/data-protocol.js').Exported} Exported */
/** @typedef {import('../core/data-protocol.js').Imported} Imported */
/** @typedef {import('../core/data-protocol.js').Shared} Shared */
/** @typedef {{ signal?: AbortSignal, onProgress?: (done: number, total: number) => void }} CallOptions the signal ends the work at once */

/** @template T @typedef {T extends unknown ? Omit<T, 'id'> : never} WithoutId of each of a union */

/**
 * @param {WithoutId<import('../core/data-protocol.js').DataRequest>} request
 * @param {CallOptions} options
 * @returns {Promise<unknown>} what data-protocol.js says that it answers
 */
async function ask(request, { signal, onProgress }) {
  const { worker, caller } = startDataWorker('chats');
  try {
    const onEvent = (/** @type {unknown} */ event) => {
      const { done, total } = /** @type {import('../core/data-protocol.js').DataEvent} */ (event); // data-protocol.js: all that it sends
      onProgress?.(done, total);
    };
    return await caller.call(request, { signal, onEvent });
  } finally {
    worker.terminate();
  }
}

/**
 * What there is to export.
 * @param {{ rated: boolean }} what rated: of the chats with a rating alone
 * @param {CallOptions} [options]
 */
export async function countChats(what, options = {}) {
  return /** @type {Counted} */ (await ask({ type: 'count', ...what }, options));
}

/**
 * The stored chats as a file for training.
 * @param {{ form: Form, rated: boolean, seed: string | null, packed: boolean }} what seed: of other ids in place of the own; packed: by gzip
 * @param {CallOptions} [options]
 */
export async function exportChats(what, options = {}) {
  return /** @type {Exported} */ (await ask({ type: 'export', ...what }, options));
}

/**
 * One chat, or all of them and the settings, as a file that importChats() takes.
 * @param {string | null} chat its id
 * @param {import('../store/schema.js').Settings} settings
 */
export async function backUp(chat, settings) {
  return /** @type {Blob} */ (await ask({ type: 'backup', chat, settings }, {}));
}

/**
 * Adds the chats of a file, all of them or none; a CoreError names the line that is wrong.
 * @param {Blob} file
 * @param {CallOptions} [options]
 */
export async function importChats(file, options = {}) {
  return /** @type {Imported} */ (await ask({ type: 'import', file }, options));
}

/**
 * What of stored chats is shared with a collector, once the visitor agrees.
 * @param {string[] | null} chats their ids; null: of all
 * @param {string} user a random id that stands for the visitor
 */
export async function readShared(chats, user) {
  return /** @type {Shared[]} */ (await ask({ type: 'share', chats, user }, {}));
}
