/* What the visitor said of answers: counted by kind, by day and by preset, and a message without one thing of it. What is stored: stored-opinions.js. */
/** @typedef {import('./schema.js').Message} Message */
/** @typedef {'thumb' | 'labels' | 'report' | 'better' | 'comparison'} Kind */
/** One thing that was said. @typedef {{ kind: Kind, id: string, chat: string, text: string, date: string, up: boolean }} Opinion id: of the message it is with; up: of a thumb */
/** @typedef {{ wins: number, losses: number, ties: number, up: number, down: number }} Score in pairs of compared answers, and thumbs */

export const KINDS = /** @type {const} */ (['thumb', 'labels', 'report', 'better', 'comparison']);
const SHOWN_CHARS = 120;

/** Everything that was said with one message. @param {Message} message @returns {Opinion[]} */
export function opinionsOf(message) {
  const { feedback, improves, comparisons = [], created_date: date, text } = message;
  /** @param {Kind} kind @param {string} [when] @param {boolean} [up] @returns {Opinion} */
  const said = (kind, when = date, up = false) => {
    const shown = text.slice(0, SHOWN_CHARS);
    return { kind, id: message.message_id, chat: message.conversation_id, text: shown, date: when || date, up };
  };
  const { emojis = [], labels = {}, report = null } = feedback ?? {};
  return [
    ...(emojis.length ? [said('thumb', date, !emojis.includes('-1'))] : []),
    ...(Object.keys(labels).length ? [said('labels')] : []),
    ...(report ? [said('report', report.date)] : []),
    ...(improves ? [said('better')] : []),
    ...comparisons.flatMap((c) => (c.date ? [said('comparison', c.date)] : [])),
  ];
}

/** Adds messages up. */
export class Opinions {
  /** @type {Opinion[]} */ all = [];
  /** How often the answer shown first, second, … was the best; ties are shared. @type {number[]} */ bestAt = [];
  /** @type {Map<string, Score>} */ presets = new Map();
  /** @type {Map<string, string>} */ #presetOf = new Map();
  /** @type {import('./schema.js').Comparison[]} */ #comparisons = [];

  /** @param {Message} message */
  add(message) {
    this.all.push(...opinionsOf(message));
    const { message_id: id, preset, feedback, comparisons = [] } = message;
    this.#comparisons.push(...comparisons.filter((c) => c.date && c.places));
    if (!preset) return;
    this.#presetOf.set(id, preset);
    const emojis = feedback?.emojis ?? [];
    if (emojis.includes('+1')) this.#score(preset).up++;
    if (emojis.includes('-1')) this.#score(preset).down++;
  }

  /** After the last message. */
  end() {
    this.all.sort((a, b) => (a.date < b.date ? 1 : -1));
    for (const { message_ids: ids, places } of this.#comparisons) {
      if (!places) continue;
      const best = places.filter((place) => place === 0).length;
      places.forEach((place, i) => {
        this.bestAt[i] = (this.bestAt[i] ?? 0) + (place === 0 ? 1 / best : 0);
        for (let k = i + 1; k < places.length; k++) this.#pair(ids[i], ids[k], (places[k] ?? 0) - place);
      });
    }
  }

  /** @param {string} preset */
  #score(preset) {
    const score = this.presets.get(preset) ?? { wins: 0, losses: 0, ties: 0, up: 0, down: 0 };
    this.presets.set(preset, score);
    return score;
  }

  /** @param {string | undefined} a @param {string | undefined} b @param {number} by  above 0: a is better */
  #pair(a = '', b = '', by) {
    const [one, other] = [this.#presetOf.get(a), this.#presetOf.get(b)];
    if (!one || !other || one === other) return;
    const [x, y] = [this.#score(one), this.#score(other)];
    if (by === 0) [x.ties, y.ties] = [x.ties + 1, y.ties + 1];
    else if (by > 0) [x.wins, y.losses] = [x.wins + 1, y.losses + 1];
    else [x.losses, y.wins] = [x.losses + 1, y.wins + 1];
  }
}

/** How many there are of each kind, day by day. @param {Opinion[]} all @param {string[]} days  as 2026-01-31, in UTC @returns {Record<Kind, number[]>} */
export function byDay(all, days) {
  const at = new Map(days.map((day, i) => [day, i]));
  const counts = /** @type {Record<Kind, number[]>} */ (
    Object.fromEntries(KINDS.map((kind) => [kind, days.map(() => 0)]))
  );
  for (const { kind, date } of all) {
    const i = at.get(date.slice(0, 10));
    if (i !== undefined) counts[kind][i] = (counts[kind][i] ?? 0) + 1;
  }
  return counts;
}

/** A message without what was said of one kind. A better answer stays, and no longer counts as better. @param {Message} message @param {Opinion} opinion @returns {Message} */
export function without(message, { kind, date }) {
  const next = { ...message };
  if (kind === 'better') delete next.improves;
  if (kind === 'comparison') {
    next.comparisons = (message.comparisons ?? []).filter((c) => c.date !== date);
    if (!next.comparisons.length) delete next.comparisons;
  }
  if (!message.feedback) return next;
  const feedback = { ...message.feedback };
  if (kind === 'thumb') feedback.emojis = [];
  if (kind === 'labels') feedback.labels = {};
  if (kind === 'report') feedback.report = null;
  next.feedback = feedback;
  if (!feedback.emojis.length && !Object.keys(feedback.labels).length && !feedback.report) delete next.feedback;
  return next;
}
