// The page's end of the board of tasks: one worker, as long as the board is shown.

import { startDataWorker } from './data-worker.js';

/** @typedef {import('../core/data-protocol.js').Ask} Ask */
/** @typedef {import('../core/data-protocol.js').Told} Told */
/** @typedef {import('../core/data-protocol.js').TaskType} TaskType */
/** @typedef {import('../core/data-protocol.js').TaskCard} TaskCard */
/** @typedef {import('../core/data-protocol.js').TaskMessage} TaskMessage */
/** @typedef {import('../core/data-protocol.js').TaskLabel} TaskLabel */
/** @typedef {import('../core/data-protocol.js').Row} Row */
/** @typedef {import('../core/data-protocol.js').Thread} Thread */
/** @typedef {import('../core/data-protocol.js').Interaction} Interaction */
/** @typedef {import('../core/data-protocol.js').Frame} Frame */
/** @typedef {import('../core/data-protocol.js').Parameters} Parameters */
/** @typedef {import('../core/data-protocol.js').AnyBoardRequest} AnyBoardRequest */

export class Tasks {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {import('../lib/rpc.js').Caller | null} */
  #caller = null;

  #start() {
    const { worker, caller } = startDataWorker('tasks', () => this.close());
    this.#worker = worker;
    return caller;
  }

  /** @param {AnyBoardRequest} request @returns {Promise<unknown>} what data-protocol.js says that it answers */
  #call(request) {
    this.#caller ??= this.#start();
    return this.#caller.call(request);
  }

  /** @param {Ask} ask */
  async ask(ask) {
    return /** @type {Told} */ (await this.#call({ type: 'board', ask })); // of it, what this asks for
  }

  /** What the rules are: all parameters of Open Assistant, with their defaults. */
  async rules() {
    return /** @type {Parameters} */ (await this.#call({ type: 'board', ask: { do: 'config' } }));
  }

  /** @param {Record<string, number>} rules  those that are not the defaults */
  async setRules(rules) {
    await this.#call({ type: 'board-rules', rules });
  }

  /** Adds the trees of a file, or the stored chats. @param {Blob | null} file @param {string} lang of the chats @returns {Promise<number>} how many there are more */
  async add(file, lang) {
    return /** @type {number} */ (await this.#call({ type: 'board-add', file, lang }));
  }

  /** All trees. @param {boolean} packed by gzip */
  async file(packed) {
    return /** @type {Blob} */ (await this.#call({ type: 'board-file', packed }));
  }

  /** @param {string | null} tree its id; null: all of them */
  async remove(tree) {
    await this.#call({ type: 'board-remove', tree });
  }

  /** Ends the worker; the next call starts another. */
  close() {
    this.#worker?.terminate();
    this.#worker = this.#caller = null;
  }
}
