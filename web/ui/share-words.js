/* What a message that is sent says of an answer, in the words of the page. */
import { DEGREES, FLAGS, QUESTIONS } from '../store/feedback.js';
import { text as t } from './text.js';

/**
 * What sharedLines() of store/share.js wrote.
 * @typedef {object} Sent
 * @property {'prompter' | 'assistant'} role
 * @property {string} text
 * @property {number} [rank]
 * @property {Record<string, number>} [emojis]
 * @property {Record<string, { value: number }>} [labels]
 * @property {{ report?: { reason: string }[], ranking?: { ranked_message_ids: string[], not_rankable: boolean }[] }} [events]
 */

const has = (/** @type {readonly string[]} */ names, /** @type {string} */ name) => names.includes(name);

/** @param {string} name @param {number} value */
function label(name, value) {
  const plain = /** @type {Record<string, string>} */ ({ ...t.questionNames, ...t.flagNames });
  if (has(FLAGS, name)) return plain[name] ?? name;
  if (has(QUESTIONS, name)) return `${plain[name]} ${value ? t.yes : t.no}`;
  const { title = name } = /** @type {Record<string, { title: string }>} */ (t.scaleNames)[name] ?? {};
  return `${title}: ${t.degree(Math.round(value * (DEGREES - 1)) + 1, DEGREES)}`;
}

/** @param {Omit<Sent, 'role' | 'text'>} said @returns {string[]} */
export function opinionsIn({ rank, emojis = {}, labels = {}, events = {} }) {
  const names = /** @type {Record<string, string>} */ (t.emojiNames);
  const { report = [], ranking = [] } = events;
  return [
    ...Object.keys(emojis).map((code) => names[code] ?? code),
    ...Object.entries(labels).map(([name, { value }]) => label(name, value)),
    ...report.map(({ reason }) => `${t.report}: ${reason}`),
    ...ranking.map((r) =>
      r.not_rankable ? t.notRankable : `${t.opinionKinds.comparison}: ${r.ranked_message_ids.length}`,
    ),
    ...(rank === undefined ? [] : [t.place(rank + 1)]),
  ];
}
