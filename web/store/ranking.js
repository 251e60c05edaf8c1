/* Which answers are better than which: comparisons in the form of the OASST schema (RankingReaction events: oasst_data schemas.py), and the ranks
 * that follow from what one visitor said. */
import { asId, isObject } from './values.js';

/** @typedef {import('./schema.js').Comparison} Comparison */
/** @typedef {import('./schema.js').Message} Message */

const SHOWN_MOST = 64; // answers in one comparison; the reader in C takes as many

/**
 * The ranks of answers to one message, 0 the best; equally good ones share theirs. First what the visitor wrote in place of an answer, the newest
 * first, then the order of the last comparison, then what was only replaced.
 * @param {Message | undefined} prompt
 * @param {Message[]} answers
 * @returns {Map<string, number>} by id; the others were not ranked
 */
export function ranksOf(prompt, answers) {
  const byId = new Map(answers.map((answer) => [answer.message_id, answer]));
  const last = prompt?.comparisons?.findLast((c) => c.places?.length && c.message_ids.some((id) => byId.has(id)));
  const placed = (last?.message_ids ?? [])
    .map((id, i) => ({ id, place: last?.places?.[i] ?? 0 }))
    .filter(({ id }) => byId.has(id))
    .sort((a, b) => a.place - b.place);
  const better = answers.filter(({ improves }) => improves && byId.has(improves)).reverse();
  const replaced = better.map(({ improves = '' }) => improves);
  /** @type {Map<string, number>} */
  const ranks = new Map();
  for (const { message_id: id } of better) ranks.set(id, ranks.size);
  let before = NaN;
  let rank = ranks.size - 1;
  for (const { id, place } of placed) {
    if (place !== before) rank++;
    before = place;
    if (!ranks.has(id)) ranks.set(id, rank);
  }
  for (const id of replaced) if (!ranks.has(id)) ranks.set(id, ++rank);
  return ranks;
}

/**
 * Decided comparisons of answers to a message as ranking events. `ranking` has the positions in which they were shown, from best to worst, and
 * ranked_message_ids their ids, as in Open Assistant; `places`, for readers that know of ties, where each of those came.
 * @param {Message} prompt
 * @param {string} tree
 */
export function rankingEvents({ message_id: parent, comparisons = [] }, tree) {
  return comparisons
    .filter(({ date }) => date)
    .map(({ message_ids: shown, places, not_rankable, date }) => {
      const ranking = shown.map((_, i) => i);
      if (places) ranking.sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
      return {
        type: 'ranking',
        ranking,
        ranked_message_ids: ranking.map((i) => shown[i]),
        ranking_parent_id: parent,
        message_tree_id: tree,
        not_rankable,
        ...(places ? { places: ranking.map((i) => places[i]) } : {}),
        created_date: date,
      };
    });
}

/** @param {unknown} value @returns {Comparison | null} */
function asComparison(value) {
  if (!isObject(value)) return null;
  const { message_ids: ids, places, date } = value;
  if (!Array.isArray(ids) || ids.length < 2 || ids.length > SHOWN_MOST || !ids.every(asId)) return null;
  if (new Set(ids).size < ids.length) return null;
  const isPlace = (/** @type {unknown} */ x) => Number.isInteger(x) && Number(x) >= 0 && Number(x) < ids.length;
  const right = Array.isArray(places) && places.length === ids.length && places.every(isPlace);
  if (places !== null && !right) return null;
  const when = typeof date === 'string' && !Number.isNaN(Date.parse(date)) ? date : null;
  return { message_ids: ids, places: right ? places : null, not_rankable: value['not_rankable'] === true, date: when };
}

/** Comparisons of any origin; what is wrong in them is dropped. @param {unknown} value @returns {Comparison[]} */
export const asComparisons = (value) => (Array.isArray(value) ? value : []).flatMap((c) => asComparison(c) ?? []);

/** The tree that the ranking events of a message name. @param {{ [key: string]: unknown }} node  of a file */
export function treeOfRankings({ events }) {
  const rankings = isObject(events) ? events['ranking'] : null;
  const first = Array.isArray(rankings) ? /** @type {unknown} */ (rankings[0]) : null;
  return (isObject(first) && asId(first['message_tree_id'])) || '';
}
