/* Keeps what the visitor thinks of an answer, with the answer. */
import { putMessage } from '../store/chats.js';
import { isEmpty } from '../store/feedback.js';
import { makeMessage, now } from './make.js';

/** @typedef {import('../store/schema.js').Message} Message */

/**
 * Fires 'rated' on the session, with the message. In a private chat it lasts as long as the chat.
 * @param {import('./session.js').Session} session
 * @param {Message} message
 * @param {import('../store/schema.js').Feedback} feedback
 * @returns {Promise<void>} rejects where it could not be stored; it is shown all the same
 */
export async function giveFeedback(session, message, feedback) {
  if (isEmpty(feedback)) delete message.feedback;
  else message.feedback = feedback;
  session.dispatchEvent(new Event('change'));
  session.dispatchEvent(new CustomEvent('rated', { detail: message }));
  if (!session.isPrivate) await putMessage(message);
}

/**
 * Adds what the visitor would have answered, and shows it.
 * @param {import('./session.js').Session} session
 * @param {Message} answer
 * @param {string} words
 */
export async function improve(session, { message_id: improves, parent_id: parent }, words) {
  const better = { ...makeMessage(session.conversation.id, 'assistant', words, parent), improves };
  await session.keep(better);
  await session.show(better.message_id, { updated_date: now() });
}
