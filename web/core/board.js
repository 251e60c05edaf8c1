// The board of tasks (src/data/board.h) over the stored trees: it is filled when it is first asked, and again when another tab has changed
// something. Whatever changes is stored before the answer goes out. One tab at a time.

import { CoreError } from '../lib/errors.js';
import { holdLock } from '../lib/locks.js';
import { exportChat } from '../store/oasst.js';
import { eachChat } from '../store/chats.js';
import { isQuotaError } from '../store/connection.js';
import { asTaskTree } from '../store/task-trees.js';
import { changeTasks, readDesk, treeBatches } from '../store/tasks.js';
import { Data } from './data.js';
import { CoreCrash } from './heap.js';
import { unreachable } from './protocol.js';

/** @typedef {import('./data-protocol.js').AnyBoardRequest} AnyBoardRequest */
/** @typedef {import('./data-protocol.js').Ask} Ask */
/** @typedef {import('../store/tasks.js').Tree} Tree */
/** @typedef {import('../store/tasks.js').Desk} Desk */

const SEED_BYTES = 16;
/** What changes nothing. @type {Set<Ask['do']>} */
const READS = new Set(['config', 'overview', 'leaderboard', 'me', 'card', 'tasks']);

const utf8 = new TextEncoder();
/** @param {unknown[]} trees */
const asLines = (trees) => utf8.encode(trees.map((tree) => `${JSON.stringify(tree)}\n`).join(''));
const randomSeed = () => String(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));

export class Board {
  /** @type {Data | null} */
  #data = null;
  /** What the board holds is this revision of what is stored. */
  #revision = -1;
  /** The tasks as they were stored last. */
  #tasks = '';

  /** @param {AnyBoardRequest} m @returns {Promise<import('./data-protocol.js').DataResult>} */
  handle(m) {
    return this.#alone(async () => {
      switch (m.type) {
        case 'board':
          return this.#ask(m.ask);
        case 'board-rules':
          return this.#setRules(m.rules);
        case 'board-add':
          return m.file ? this.#add(m.file) : this.#addChats(m.lang);
        case 'board-file':
          return this.#file(m.packed);
        case 'board-remove':
          await this.#change(m.tree === null ? { all: true, desk: { tasks: [] } } : { gone: [m.tree] });
          this.#revision = -1;
          return null;
        default:
          return unreachable(m);
      }
    });
  }

  /** Everything, for a file of everything; null where there is nothing. @returns {Promise<import('../store/backup.js').Tasks | null>} */
  backup() {
    return this.#alone(async () => {
      /** @type {Tree[]} */
      const trees = [];
      for await (const batch of treeBatches()) trees.push(...batch);
      if (!trees.length) return null;
      const { user, rules } = await readDesk();
      return { user, rules, trees };
    });
  }

  /**
   * Adds what such a file has. Who has done nothing here yet goes on as who made the file.
   * @param {import('../store/backup.js').Tasks} tasks
   */
  restore({ user, rules, trees }) {
    return this.#alone(async () => {
      const desk = await readDesk();
      const isNew = desk.revision === 0 && user;
      if (isNew) await this.#change({ desk: { user } });
      if (isNew) await this.#setRules(rules).catch(() => null); // a parameter that is none any longer
      return this.#add(new Blob([asLines(trees)]));
    });
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async #alone(work) {
    const free = await holdLock('oa-tasks');
    try {
      return await work();
    } catch (e) {
      if (e instanceof CoreCrash) this.#data = null;
      this.#revision = -1; // what is in the board may be half of something
      throw isQuotaError(e) ? new CoreError('ERR_STORAGE', 'There is no space for these threads.', { quota: true }) : e;
    } finally {
      free();
    }
  }

  /** The board with what is stored. @returns {Promise<Data>} */
  async #open() {
    const desk = await readDesk();
    const data = (this.#data ??= await Data.open());
    if (desk.revision === this.#revision) return data;
    data.boardBegin({ user: desk.user, config: desk.rules, seed: randomSeed() });
    for await (const batch of treeBatches()) data.boardPush(asLines(batch));
    data.boardPushEnd();
    data.boardCall({ do: 'restore', tasks: desk.tasks });
    this.#tasks = JSON.stringify(desk.tasks);
    this.#revision = desk.revision;
    return data;
  }

  /** @param {Parameters<typeof changeTasks>[0]} change */
  async #change(change) {
    this.#revision = await changeTasks(change);
  }

  /** Stores what the last calls have changed. @param {Data} data */
  async #keep(data) {
    const { trees } = /** @type {{ trees: Tree[] }} */ (data.boardCall({ do: 'changed' }));
    const { tasks } = /** @type {{ tasks: unknown[] }} */ (data.boardCall({ do: 'tasks', now: Date.now() }));
    const now = JSON.stringify(tasks);
    if (!trees.length && now === this.#tasks) return;
    await this.#change({ trees, desk: { tasks } });
    this.#tasks = now;
  }

  /** @param {Ask} ask */
  async #ask(ask) {
    const data = await this.#open();
    /** @type {Partial<import('./data-protocol.js').Told>} */
    const answer = data.boardCall({ ...ask, now: Date.now() }); // board.h promises what comes
    if (!READS.has(ask.do)) await this.#keep(data);
    return answer;
  }

  /** @param {Desk['rules']} rules */
  async #setRules(rules) {
    const data = (this.#data ??= await Data.open());
    data.boardBegin({ user: '', config: rules, seed: '' }); // refuses what is no parameter
    await this.#change({ desk: { rules } });
    this.#revision = -1;
    await this.#keep(await this.#open()); // other rules may lead trees on
    return null;
  }

  /** @param {Blob} file  of lines, packed or not @returns {Promise<number>} trees that there are more */
  async #add(file) {
    const data = await this.#open();
    const before = this.#count(data);
    const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
    const packed = start[0] === 0x1f && start[1] === 0x8b;
    const pieces = (packed ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream()).getReader();
    for (;;) {
      const { done, value } = await pieces.read().catch(() => {
        throw new CoreError('ERR_CORRUPT', 'The file is damaged: it cannot be read to its end.');
      });
      if (done) break;
      data.boardPush(value);
    }
    data.boardPushEnd();
    await this.#keep(data);
    return this.#count(data) - before;
  }

  /** @param {Data} data */
  #count(data) {
    return /** @type {{ trees: unknown[] }} */ (data.boardCall({ do: 'overview' })).trees.length;
  }

  /** The stored chats as trees that grow on: the visitor asked, the model answered. @param {string} lang */
  async #addChats(lang) {
    const { user } = await readDesk();
    /** @type {unknown[]} */
    const trees = [];
    for await (const chat of eachChat())
      for (const line of exportChat(chat).split('\n')) {
        const tree = line && asTaskTree(JSON.parse(line), user, lang);
        if (tree) trees.push(tree);
      }
    return this.#add(new Blob([asLines(trees)]));
  }

  /** @param {boolean} packed */
  async #file(packed) {
    /** @type {Blob[]} */
    const parts = [];
    for await (const batch of treeBatches()) parts.push(new Blob([asLines(batch)]));
    const lines = new Blob(parts, { type: 'application/jsonl' });
    if (!packed) return lines;
    const body = lines.stream().pipeThrough(new CompressionStream('gzip'));
    return new Response(body, { headers: { 'content-type': 'application/gzip' } }).blob();
  }
}
