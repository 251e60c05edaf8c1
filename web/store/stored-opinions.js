/* What the visitor said of answers, gathered from all stored chats, and taken back. */
import { changeMessages, listConversations } from './chats.js';
import { messageBatches } from './db.js';
import { Opinions, without } from './opinions.js';

/** @typedef {import('./opinions.js').Opinion} Opinion */

/** @returns {Promise<Opinions>} of all chats that are not deleted */
export async function collectOpinions() {
  const chats = new Set((await listConversations()).map(({ id }) => id));
  const opinions = new Opinions();
  for await (const batch of messageBatches())
    for (const message of batch) if (chats.has(message.conversation_id)) opinions.add(message);
  opinions.end();
  return opinions;
}

/** Takes back what was said, in one transaction. @param {Opinion[]} opinions */
export async function eraseOpinions(opinions) {
  /** @type {Map<string, Opinion[]>} */
  const byId = new Map();
  for (const opinion of opinions) byId.set(opinion.id, [...(byId.get(opinion.id) ?? []), opinion]);
  await changeMessages([...byId.keys()], (message) => (byId.get(message.message_id) ?? []).reduce(without, message));
}
