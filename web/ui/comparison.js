/* Answers to one question side by side: which comparison is open, and what the visitor says of it. Kept with the question, so that it outlives a
 * reload. */
import { isWorthAsking } from '../store/ask.js';
import { now } from './make.js';

/** @typedef {import('../store/schema.js').Comparison} Comparison */
/** @typedef {import('../store/schema.js').Message} Message */
/** @typedef {import('./session.js').Session} Session */
/** @typedef {{ prompt: Message, comparison: Comparison, answers: Message[] }} Open answers: in the order in which they are shown */

/** @param {Session} session @param {string} promptId @param {Message[]} answers */
export async function openComparison(session, promptId, answers) {
  const prompt = session.nodes.get(promptId);
  if (!prompt) return;
  /** @type {Comparison} */
  const comparison = { message_ids: answers.map((m) => m.message_id), places: null, not_rankable: false, date: null };
  prompt.comparisons = [...(prompt.comparisons ?? []), comparison];
  await session.keep(prompt);
}

/**
 * What the visitor is asked to compare at the end of the branch that is shown. Answers that came to nothing do not take part; one alone cannot be
 * compared.
 * @param {Session} session
 * @returns {Open | null}
 */
export function comparisonHere({ nodes, tail }) {
  const prompt = nodes.get(nodes.get(tail ?? '')?.parent_id ?? '');
  const comparison = prompt?.comparisons?.find((c) => !c.date && c.message_ids.includes(tail ?? ''));
  if (!prompt || !comparison) return null;
  const answers = comparison.message_ids.flatMap((id) => nodes.get(id) ?? []);
  const worth = answers.filter((m) => m.text || m.state === 'pending' || m.state === 'in_progress');
  return worth.length > 1 ? { prompt, comparison, answers: worth } : null;
}

/**
 * The chat goes on with the best answer; of equally good ones with that which was shown first. Fires 'compared' on the session, with the question.
 * @param {Session} session
 * @param {Open} open
 * @param {number[] | null} places  of each answer; null: they cannot be ranked
 */
export async function decide(session, { prompt, comparison, answers }, places) {
  const decided = { message_ids: answers.map((m) => m.message_id), places, not_rankable: !places, date: now() };
  prompt.comparisons = prompt.comparisons?.map((c) => (c === comparison ? decided : c)) ?? [];
  const best = answers[places ? places.indexOf(Math.min(...places)) : 0];
  await Promise.all([session.keep(prompt), best && session.show(best.message_id)]);
  session.dispatchEvent(new CustomEvent('compared', { detail: prompt }));
}

/** Nothing is said; the chat goes on with the answer that was shown first. @param {Session} session @param {Open} open */
export async function skip(session, { prompt, comparison }) {
  const others = prompt.comparisons?.filter((c) => c !== comparison) ?? [];
  if (others.length) prompt.comparisons = others;
  else delete prompt.comparisons;
  await session.keep(prompt);
}

/** Who said no is left alone until the page is opened again. */
let declined = false;

/**
 * The id of the answer that the visitor is asked to compare with others, or null. What is said in a private chat would be lost with it.
 * @param {Session} session @param {Message} answer @param {import('../store/schema.js').Settings} settings
 */
export function invitation({ isPrivate, conversation }, answer, { invite }) {
  const may = invite && !declined && !isPrivate && conversation.id === answer.conversation_id;
  return may && isWorthAsking(answer, Math.random) ? answer.message_id : null;
}

/** @param {Session} session */
export function decline(session) {
  declined = true;
  session.invitation = null;
  session.changed();
}
