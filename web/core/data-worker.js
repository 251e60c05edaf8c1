// The worker of stored conversations: reads them from the database one after the other, has the C code count and write them, reads files of them.
// It is started for one request and ended after it, which also is how a request is cancelled: what was not stored whole is not stored. Only the
// board of tasks (board.js) is asked again and again, as long as it is shown.

import { CoreError, toWire } from '../lib/errors.js';
import { readBackup, writeBackup } from '../store/backup.js';
import { addChats, eachChat, getConversation, listConversations, listMessages } from '../store/chats.js';
import { isQuotaError } from '../store/connection.js';
import { isRated } from '../store/given.js';
import { exportChat } from '../store/oasst.js';
import { readShared } from '../store/share-read.js';
import { Board } from './board.js';
import { Data } from './data.js';

/** @typedef {import('./data-protocol.js').DataRequest} DataRequest */
/** @typedef {import('./data-protocol.js').DataEvent} DataEvent */

const PIECE_CHARS = 1 << 20; // what goes into the C code at a time

const utf8 = new TextEncoder();
const board = new Board();

/**
 * Reads the conversations into a job.
 * @param {import('./data.js').JobOptions} options
 * @param {boolean} onlyRated
 * @param {(event: DataEvent) => void} emit
 */
async function read(options, onlyRated, emit) {
  const [data, all] = await Promise.all([Data.open(), listConversations()]);
  data.begin({ ...options, skip_bad: true });
  data.file('chats');
  let [done, chats, messages, rated, lines] = [0, 0, 0, 0, ''];
  for await (const chat of eachChat()) {
    const n = chat.messages.filter(isRated).length;
    emit({ type: 'progress', done: ++done, total: all.length });
    if (onlyRated && !n) continue;
    chats++;
    messages += chat.messages.length;
    rated += n;
    lines += exportChat(chat);
    if (lines.length < PIECE_CHARS) continue;
    data.push(utf8.encode(lines));
    lines = '';
  }
  data.push(utf8.encode(lines));
  data.end();
  return { data, chats, messages, rated };
}

/** @param {import('./data-protocol.js').CountRequest} m @param {(event: DataEvent) => void} emit @returns {Promise<import('./data-protocol.js').Counted>} */
async function count({ rated: onlyRated }, emit) {
  const { data, chats, messages, rated } = await read({ do: 'stats', rows: true }, onlyRated, emit);
  const { rows, stats } = data.report();
  if (!rows || !stats) throw new CoreError('ERR_STATE', 'core/data is of another version than the page. Reload it.');
  return { chats, messages, rated, rows, agreement: stats.agreement, labels: stats.labels };
}

/**
 * The lines never are in this worker's memory as a whole: the browser takes them piece by piece, and keeps large files on the disk.
 * @param {import('./data-protocol.js').ExportRequest} m
 * @param {(event: DataEvent) => void} emit
 * @returns {Promise<import('./data-protocol.js').Exported>}
 */
async function write({ form, rated, seed, packed }, emit) {
  const anonymous = seed === null ? {} : { anonymize: true, seed };
  const { data } = await read({ do: 'export', form, ...anonymous }, rated, emit);
  /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */
  const pieces = new ReadableStream({
    pull(controller) {
      const bytes = data.next();
      if (bytes)
        controller.enqueue(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)); // a copy of its own
      else controller.close();
    },
  });
  const body = packed ? pieces.pipeThrough(new CompressionStream('gzip')) : pieces;
  const type = packed ? 'application/gzip' : 'application/jsonl';
  const file = await new Response(body, { headers: { 'content-type': type } }).blob();
  const { written, bad, dropped } = data.report();
  return { file, lines: written, dropped: bad + dropped };
}

/** @param {import('./data-protocol.js').BackupRequest} m @returns {Promise<Blob>} */
async function back({ chat: id, settings }) {
  if (id === null) return writeBackup(eachChat(), settings, await board.backup());
  const conversation = await getConversation(id);
  const lines = conversation ? exportChat({ conversation, messages: await listMessages(id) }) : '';
  return new Blob([lines], { type: 'application/jsonl' });
}

/** @param {import('./data-protocol.js').ImportRequest} m @returns {Promise<import('./data-protocol.js').Imported>} */
async function take({ file }) {
  const { chats, settings, tasks } = await readBackup(file).catch((/** @type {Error} */ e) => {
    throw new CoreError('ERR_CORRUPT', e.message); // the line that is wrong, and how
  });
  const trees = tasks ? await board.restore(tasks) : 0;
  const messages = await addChats(chats, settings).catch((/** @type {unknown} */ e) => {
    throw isQuotaError(e) ? new CoreError('ERR_STORAGE', 'There is no space for these chats.', { quota: true }) : e;
  });
  return { chats: chats.length, messages, trees, settings };
}

/** @param {DataRequest} m @param {(event: DataEvent) => void} emit @returns {Promise<import('./data-protocol.js').DataResult>} */
async function handle(m, emit) {
  switch (m.type) {
    case 'count':
      return count(m, emit);
    case 'export':
      return write(m, emit);
    case 'backup':
      return back(m);
    case 'import':
      return take(m);
    case 'share':
      return readShared(m.chats, m.user);
    default:
      return board.handle(m);
  }
}

/** @param {DataRequest} m */
async function answer(m) {
  try {
    const result = await handle(m, (event) => globalThis.postMessage({ id: m.id, type: 'event', event }));
    globalThis.postMessage({ id: m.id, type: 'result', result });
  } catch (e) {
    globalThis.postMessage({ id: m.id, type: 'error', error: toWire(e) });
  }
}

globalThis.addEventListener('message', (e) => void (e.data.type === 'cancel' || answer(e.data)));
