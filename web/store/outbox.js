/* What this browser knows of sending: whether the visitor agreed, to which collector, what of each message it has, and when to try again. In a
 * database of its own, which is there only where a collector is. The messages are not in it: they are read from the chats when they go. */
import { Connection } from './connection.js';
import { SHARING } from './db.js';

/** @typedef {import('./plan.js').Planned} Planned */
/** @typedef {import('./plan.js').Row} Row */
/** @typedef {{ url: string, date: string, auto: boolean }} Consent  auto: the visitor need not be shown each message first */
/** @typedef {{ failures: number, until: number }} Retry  in a row; not before, in ms since 1970 */
/**
 * @typedef {object} State
 * @property {Consent | null} consent
 * @property {string | null} collector   that the rows are about
 * @property {boolean} erasing           the visitor wants everything deleted there
 * @property {Retry} retry
 * @property {string} user               '' until somebody agrees
 */
/** @typedef {{ messages: { key: string, value: Row }, state: { key: string, value: State } }} Schema */

const KEY = 'all';
/** @returns {State} */
const noState = () => ({
  consent: null,
  collector: null,
  erasing: false,
  retry: { failures: 0, until: 0 },
  user: '',
});

/** @type {Connection<Schema>} */
const connection = new Connection(SHARING, [
  (db) => {
    db.createObjectStore('messages', { keyPath: 'message_id' });
    db.createObjectStore('state');
  },
]);

/* Two ends, so that this tab hears what it says itself. */
const [mouth, ear] =
  'BroadcastChannel' in globalThis ? [new BroadcastChannel(SHARING), new BroadcastChannel(SHARING)] : [];

/** Calls back when any tab has changed something here. @param {() => void} callback @param {AbortSignal} signal */
export function onOutbox(callback, signal) {
  ear?.addEventListener('message', callback, { signal });
}

/** @returns {Promise<{ state: State, rows: Map<string, Row> }>} */
export function readOutbox() {
  return connection.run(async (db) => {
    const tx = db.transaction(['messages', 'state']);
    const [state, rows] = await Promise.all([tx.objectStore('state').get(KEY), tx.objectStore('messages').getAll()]);
    return { state: state ?? noState(), rows: new Map(rows.map((row) => [row.message_id, row])) };
  });
}

/**
 * Changes the state and some rows, in one transaction, and tells every tab.
 * @param {(state: State, rows: import('idb').IDBPObjectStore<Schema, ['messages', 'state'], 'messages', 'readwrite'>) => Promise<void> | void} work
 *   awaits nothing but the rows
 */
async function change(work) {
  await connection.run(async (db) => {
    const tx = db.transaction(['messages', 'state'], 'readwrite');
    const states = tx.objectStore('state');
    const state = (await states.get(KEY)) ?? noState();
    await work(state, tx.objectStore('messages'));
    await states.put(state, KEY);
    await tx.done;
  });
  mouth?.postMessage(0);
}

/**
 * The visitor agrees, or changes how. What another collector has been sent is no longer known.
 * @param {string} url
 * @param {boolean} auto
 * @param {string} user  the id that stands for the visitor, where there is none yet
 */
export const agree = (url, auto, user) =>
  change(async (state, rows) => {
    const again = state.consent?.url === url;
    if (state.collector !== url) {
      await rows.clear();
      state.user = '';
    }
    state.user ||= user;
    const date = (again && state.consent?.date) || new Date().toISOString();
    Object.assign(state, { consent: { url, date, auto }, collector: url, erasing: false });
    if (!again) state.retry = noState().retry;
  });

/** The visitor agrees no longer: what was not sent is forgotten. @param {{ erase: boolean }} options  erase: what was sent is to be deleted there */
export const revoke = ({ erase }) =>
  change(async (state, rows) => {
    Object.assign(state, { consent: null, erasing: erase, retry: noState().retry });
    for (const row of await rows.getAll())
      await (row.there === 'no' ? rows.delete(row.message_id) : rows.put({ ...row, approved: null, refused: null }));
  });

/** @param {Planned} line @param {Row | undefined} row @returns {Row} */
const rowOf = ({ id, chat }, row) =>
  row ?? { message_id: id, chat, sent: null, there: 'no', approved: null, refused: null };

/** The visitor has seen these and sends them; those that were refused are tried again. @param {Planned[]} lines */
export const approve = (lines) =>
  change(async (state, rows) => {
    state.retry = noState().retry;
    for (const line of lines)
      await rows.put({ ...rowOf(line, await rows.get(line.id)), approved: line.digest, refused: null });
  });

/**
 * These are about to be sent; whether they come there is known afterwards, or never.
 * @param {string} url
 * @param {Planned[]} lines
 * @returns {Promise<boolean>} false: the visitor agrees no longer
 */
export async function noteTried(url, lines) {
  let agreed = false;
  await change(async ({ consent }, rows) => {
    agreed = consent?.url === url;
    for (const line of agreed ? lines : []) {
      const row = rowOf(line, await rows.get(line.id));
      await rows.put({ ...row, sent: null, there: row.there === 'no' ? 'maybe' : row.there });
    }
  });
  return agreed;
}

/**
 * The collector has these, but for those that it refused. Of what was forgotten meanwhile nothing is kept.
 * @param {Planned[]} lines
 * @param {(id: string) => string | undefined} refused  why
 */
export const noteSent = (lines, refused) =>
  change(async (state, rows) => {
    state.retry = noState().retry;
    for (const { id, digest } of lines) {
      const row = await rows.get(id);
      const reason = refused(id);
      if (!row) continue;
      const known = { ...row, approved: null, sent: null, refused: null };
      if (reason === undefined) await rows.put({ ...known, sent: digest, there: 'yes' });
      else await rows.put({ ...known, refused: { digest, reason }, there: row.there === 'yes' ? 'yes' : 'no' });
    }
  });

/** These are no longer there, or never were. After the last of all the visitor is somebody else. @param {string[]} ids */
export const noteGone = (ids) =>
  change(async (state, rows) => {
    state.retry = noState().retry;
    for (const id of ids) await rows.delete(id);
    if (!state.erasing || (await rows.count())) return;
    Object.assign(state, { erasing: false, user: '' });
  });

/** @param {Retry} retry */
export const noteFailure = (retry) =>
  change((state) => {
    state.retry = retry;
  });
