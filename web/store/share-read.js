/* What of the stored chats is shared, with the digests by which it is known what of it was sent. */
import { sha256, toHex } from '../lib/sha256.js';
import { listMessages } from './chats.js';
import { withDb } from './db.js';
import { sharedLines } from './share.js';

/** @typedef {import('./share.js').Line} Line */
/** @typedef {import('./share.js').Shared} Shared */

/**
 * What is shared of stored chats. Private chats are not stored.
 * @param {string[] | null} ids  null: of all
 * @param {string} user
 * @returns {Promise<Shared[]>} of each that was asked for, in their order
 */
export async function readShared(ids, user) {
  const stored = await withDb((db) =>
    ids ? Promise.all(ids.map((id) => db.get('conversations', id))) : db.getAll('conversations'),
  );
  /** @type {Shared[]} */
  const all = [];
  for (const [i, conversation] of stored.entries()) {
    const chat = ids?.[i] ?? conversation?.id ?? '';
    const title = conversation?.title ?? '';
    if (!conversation || conversation.unshared) all.push({ chat, title, lines: [] });
    else if (conversation.deleted_date) all.push({ chat, title, lines: null });
    else all.push({ chat, title, lines: await digested({ conversation, messages: await listMessages(chat) }, user) });
  }
  return all;
}

/** @param {import('./oasst.js').Chat} chat @param {string} user @returns {Promise<Line[]>} */
function digested(chat, user) {
  const encoder = new TextEncoder();
  const lines = sharedLines(chat, user).map(async ({ id, line }) => {
    const digest = toHex(await sha256(encoder.encode(line)));
    return { id, line, digest };
  });
  return Promise.all(lines);
}
