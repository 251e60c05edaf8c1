/* What a visitor thinks of an answer, under Open Assistant's names and scales: emoji codes, labels from 0 to 1, a report (oasst_shared
 * schemas/protocol.py, TextLabel and EmojiCode; oasst_data schemas.py for the form in files). */
import { asDate, isObject } from './values.js';

/** @typedef {import('./schema.js').Feedback} Feedback */
/** @typedef {import('./schema.js').Message} Message */

export const EMOJIS = /** @type {const} */ ([
  '+1',
  '-1',
  'red_flag',
  '100',
  'rofl',
  'clap',
  'diamond',
  'heart_eyes',
  'disappointed',
  'poop',
  'skull',
]);

/** Answered with one of five degrees, 0 to 4, stored as degree / 4. `politeness` is ours: Open Assistant never had a label for it. */
export const DEGREES = 5;
export const SCALES = /** @type {const} */ ([
  'quality',
  'helpfulness',
  'creativity',
  'humor',
  'politeness',
  'toxicity',
  'violence',
]);
/** Answered with no (0) or yes (1). */
export const QUESTIONS = /** @type {const} */ (['spam', 'fails_task']);
/** Said (1) or not said at all. */
export const FLAGS = /** @type {const} */ ([
  'lang_mismatch',
  'pii',
  'not_appropriate',
  'hate_speech',
  'sexual_content',
  'moral_judgement',
  'political_content',
]);

/** @typedef {typeof EMOJIS[number]} EmojiCode */
/** @typedef {typeof SCALES[number] | typeof QUESTIONS[number] | typeof FLAGS[number]} LabelName */

const LABELS = /** @type {readonly string[]} */ ([...SCALES, ...QUESTIONS, ...FLAGS]);
export const REASON_MAX = 2000;

/** @returns {Feedback} */
export const noFeedback = () => ({ emojis: [], labels: {}, report: null });

/** @param {Feedback} feedback */
export const isEmpty = ({ emojis, labels, report }) => !emojis.length && !Object.keys(labels).length && !report;

/**
 * Feedback with an emoji put there or taken away. A thumb up takes a thumb down away, and the other way round.
 * @param {Feedback} feedback @param {EmojiCode} code @returns {Feedback}
 */
export function toggleEmoji(feedback, code) {
  const opposite = code === '+1' ? '-1' : code === '-1' ? '+1' : null;
  const rest = feedback.emojis.filter((other) => other !== code && other !== opposite);
  return { ...feedback, emojis: feedback.emojis.includes(code) ? rest : [...rest, code] };
}

/** @param {Feedback} feedback @param {LabelName} name @param {number | null} value  null: not said @returns {Feedback} */
export function setLabel(feedback, name, value) {
  const labels = { ...feedback.labels };
  if (value === null) delete labels[name];
  else labels[name] = value;
  return { ...feedback, labels };
}

/**
 * Feedback of any origin; what is wrong in it is dropped.
 * @param {unknown} value
 * @returns {Feedback | null} null where nothing is left
 */
export function asFeedback(value) {
  if (!isObject(value)) return null;
  const { emojis, labels, report } = value;
  const codes = /** @type {readonly unknown[]} */ (Array.isArray(emojis) ? emojis : []);
  const reason = isObject(report) ? report['reason'] : null;
  const right = Object.entries(isObject(labels) ? labels : {}).filter(
    ([name, x]) => LABELS.includes(name) && typeof x === 'number' && x >= 0 && x <= 1,
  );
  /** @type {Feedback} */
  const feedback = {
    emojis: EMOJIS.filter((code) => codes.includes(code)),
    labels: /** @type {Feedback['labels']} */ (Object.fromEntries(right)), // just checked
    report:
      typeof reason === 'string'
        ? { reason: reason.slice(0, REASON_MAX), date: asDate(isObject(report) ? report['date'] : null, '') }
        : null,
  };
  return isEmpty(feedback) ? null : feedback;
}

/**
 * The same in the form of the OASST schema: how often each emoji was given, the mean and the number of each label, events.
 * @param {Feedback} feedback
 */
export function toOasst({ emojis, labels, report }) {
  const counts = Object.fromEntries(emojis.map((code) => [code, 1]));
  if (report) counts['red_flag'] = 1; // as Open Assistant does with a report
  const means = Object.entries(labels).map(([name, value]) => [name, { value, count: 1 }]);
  return {
    ...(Object.keys(counts).length ? { emojis: counts } : {}),
    ...(means.length ? { labels: /** @type {unknown} */ (Object.fromEntries(means)) } : {}),
    ...(report ? { events: { report: [{ type: 'report', report_type: 'other', reason: report.reason }] } } : {}),
  };
}
