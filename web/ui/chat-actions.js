/* What is done to stored chats from the list and the settings, with what is said about it. */
import { clearLocalTexts, localText } from '../store/settings.js';
import { eraseWeights } from '../store/weights-db.js';
import { CoreError } from '../lib/errors.js';
import { firstWords } from '../lib/format.js';
import { failureOf } from './engine.js';
import { save } from './files.js';
import { text as t } from './text.js';

/**
 * @typedef {object} Parts
 * @property {import('./chat-list.js').ChatList} chats
 * @property {import('./session.js').Session} session
 * @property {import('./engine.js').Engine} engine
 * @property {import('./prefs.js').Prefs} prefs
 * @property {(words: string, act?: import('./toasts.js').Toast['act'], options?: { stays?: boolean }) => void} say
 */

/** Deletes a chat and offers to undo it. @param {Parts} parts @param {string} id */
export async function removeChat({ chats, session, say }, id) {
  const title = chats.all.find((c) => c.id === id)?.title ?? t.untitled;
  const open = session.saved && session.conversation.id === id;
  if (session.answer?.message.conversation_id === id) session.stop();
  await chats.remove(id);
  localText(`draft-${id}`, '');
  if (open) session.newChat();
  const undo = async () => {
    await chats.restore(id);
    if (open) await session.open(id);
  };
  say(t.removed(title), { label: t.undo, run: () => void undo() });
}

/** One chat, or everything, to the downloads. @param {Parts} parts @param {string | null} id */
export async function exportChats({ chats, prefs, say }, id) {
  const title = chats.all.find((c) => c.id === id)?.title ?? t.untitled;
  try {
    save(await chats.export(id, prefs.value), id ? `${firstWords(title, 40)}.jsonl` : 'open-assistant.jsonl');
    say(t.exported(id ? 1 : chats.all.length));
  } catch (error) {
    say(t.exportFailed(failureOf(error).message));
  }
}

/** @param {Parts} parts @param {File} file */
export async function importChats({ chats, prefs, say }, file) {
  try {
    const { chats: n, messages, trees, settings } = await chats.import(file);
    if (settings) await prefs.reload();
    if (n || settings || !trees) say(n || settings ? t.imported(n, messages, Boolean(settings)) : t.importNothing);
    if (trees) say(`${t.taskTrees}: ${t.treeCount(trees)}`);
  } catch (error) {
    const isFull = error instanceof CoreError && error.detail?.quota === true;
    say(t.importFailed(isFull ? t.importNoSpace : failureOf(error).message));
  }
}

/** Leaves nothing on this device. The store of tasks came with the settings, from where this is asked for. @param {Parts} parts */
export async function removeEverything({ chats, session, engine, prefs, say }) {
  const { eraseTasks } = await import('../store/tasks.js');
  session.stop();
  await chats.removeAll();
  await eraseTasks();
  session.newChat();
  await engine.unload();
  await eraseWeights();
  await engine.refresh();
  await prefs.reset();
  clearLocalTexts();
  say(t.removedAll);
}
