/* The message trees that volunteers work on (src/data/board.h), each a record as a line of the OASST schema has it; who works on them, by which
 * rules, and what was asked and is not done yet. A database of its own, so that it grows beside the chats. */
import { newId } from '../lib/id.js';
import { Connection } from './connection.js';

/** @typedef {{ [key: string]: unknown, message_tree_id: string }} Tree */
/** @typedef {{ [name: string]: number }} Rules  parameters that are not Open Assistant's own */
/**
 * @typedef {object} Desk
 * @property {string} user      a random id: what others know of the visitor
 * @property {Rules} rules
 * @property {unknown[]} tasks  as the board writes them
 * @property {number} revision  counts changes of everything here
 */
/** @typedef {{ trees: { key: string, value: Tree }, desk: { key: string, value: Desk } }} Schema */

const KEY = 'desk';
const BATCH = 200; // trees that are read at a time

/** @type {Connection<Schema>} */
const connection = new Connection('oa-tasks', [
  (db) => {
    db.createObjectStore('trees', { keyPath: 'message_tree_id' });
    db.createObjectStore('desk');
  },
]);

/** @returns {Desk} */
const newDesk = () => ({ user: newId(), rules: {}, tasks: [], revision: 0 });

/** Who works, and by which rules; somebody new where nobody did yet. @returns {Promise<Desk>} */
export function readDesk() {
  return connection.run(async (db) => {
    const tx = db.transaction('desk', 'readwrite');
    const found = await tx.store.get(KEY);
    const desk = found ?? newDesk();
    if (!found) await tx.store.put(desk, KEY);
    await tx.done;
    return desk;
  });
}

/** The trees, some at a time. @returns {AsyncGenerator<Tree[], void>} */
export async function* treeBatches() {
  /** @type {Tree[]} */
  let batch = [];
  do {
    const last = batch.at(-1)?.message_tree_id;
    const range = last === undefined ? null : IDBKeyRange.lowerBound(last, true);
    batch = await connection.run((db) => db.getAll('trees', range, BATCH));
    yield batch;
  } while (batch.length === BATCH);
}

/**
 * Stores what changed, all of it or nothing.
 * @param {{ trees?: Tree[], gone?: string[], all?: boolean, desk?: Partial<Desk> }} change  gone: ids of trees; all: every tree goes first
 * @returns {Promise<number>} the revision that this is
 */
export function changeTasks({ trees = [], gone = [], all = false, desk = {} }) {
  return connection.run(async (db) => {
    const tx = db.transaction(['trees', 'desk'], 'readwrite');
    const store = tx.objectStore('trees');
    const before = (await tx.objectStore('desk').get(KEY)) ?? newDesk();
    const after = { ...before, ...desk, revision: before.revision + 1 };
    await Promise.all([
      ...(all ? [store.clear()] : []),
      ...gone.map((id) => store.delete(id)),
      ...trees.map((tree) => store.put(tree)),
      tx.objectStore('desk').put(after, KEY),
      tx.done,
    ]);
    return after.revision;
  });
}

/** @returns {Promise<{ trees: number, bytes: number }>} */
export async function taskSizes() {
  const encoder = new TextEncoder();
  let [trees, bytes] = [0, 0];
  for await (const batch of treeBatches()) {
    trees += batch.length;
    for (const tree of batch) bytes += encoder.encode(JSON.stringify(tree)).length;
  }
  return { trees, bytes };
}

/** Leaves nothing, not even who worked. Open boards begin anew: the revision is another. */
export function eraseTasks() {
  return connection.erase(async (db) => {
    const tx = db.transaction(['trees', 'desk'], 'readwrite');
    await Promise.all([tx.objectStore('trees').clear(), tx.objectStore('desk').clear(), tx.done]);
  });
}
