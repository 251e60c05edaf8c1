/* What others said in the files that they gave away: counts of emojis, means of labels, events, ranks, and whatever else the OASST schema has and
 * this page does not work with. It is kept beside the message as it came, shown nowhere, and goes out again unchanged, but for what the visitor
 * adds or takes back. */
import { isObject } from './values.js';

/** @typedef {{ [key: string]: unknown }} Json */
/**
 * @typedef {object} Given
 * @property {Json} members   of the schema, where the file has others than the page would write; null: the file has none
 * @property {Json} [counted] the visitor's own part of them, as toOasst() writes it
 */

const MEMBERS = /** @type {const} */ ([
  'user_id',
  'created_date',
  'lang',
  'review_count',
  'review_result',
  'deleted',
  'rank',
  'synthetic',
  'model_name',
  'emojis',
  'labels',
  'events',
  'detoxify',
]);
/** What is put together of what several people said. */
const SUMS = /** @type {const} */ (['emojis', 'labels', 'events']);
const TYPES = /** @type {const} */ ([
  ['lang', 'string', 'a text'],
  ['user_id', 'string', 'a text'],
  ['tree_state', 'string', 'a text'],
  ['message_tree_id', 'string', 'a text'],
  ['origin', 'string', 'a text'],
  ['synthetic', 'boolean', 'true or false'],
  ['deleted', 'boolean', 'true or false'],
  ['rank', 'number', 'a number'],
  ['review_count', 'number', 'a number'],
  ['review_result', 'boolean', 'true or false'],
  ['model_name', 'string', 'a text'],
]);
const EVENTS_MAX = 1000; // of a kind, with one message
const NAMES_MAX = 1000; // of labels, of emojis, of kinds of events

const isSum = (/** @type {string} */ key) => /** @type {readonly string[]} */ (SUMS).includes(key);
/** @param {unknown} a @param {unknown} b */
const isSame = (a, b) =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
/** @param {unknown} value @returns {Json} */
const asJson = (value) => (isObject(value) ? value : {});

/** Throws an Error that names the member at fault, as src/data/read.c does. @param {Json} owner  a line, or a message of it */
export function checkTypes(owner) {
  for (const [key, type, what] of TYPES)
    if (owner[key] !== undefined && owner[key] !== null && typeof owner[key] !== type)
      throw new Error(`${key}: ${what} is needed`);
}

/** @param {Json} node */
export function checkGiven(node) {
  checkTypes(node);
  const rank = node['rank'] ?? 0;
  if (!Number.isInteger(rank) || Number(rank) < 0) throw new Error('rank: a whole number from 0 on is needed');
  for (const key of [...SUMS, 'detoxify'])
    if (node[key] && !isObject(node[key])) throw new Error(`${key}: an object is needed`);
  for (const key of SUMS)
    if (Object.keys(asJson(node[key])).length > NAMES_MAX) throw new Error(`${key}: more than ${NAMES_MAX} names`);
  for (const [name, count] of Object.entries(asJson(node['emojis'])))
    if (typeof count !== 'number' || count < 0) throw new Error(`emojis.${name}: a number from 0 on is needed`);
  for (const [name, label] of Object.entries(asJson(node['labels']))) {
    const { value = null, count = 0 } = asJson(label);
    const right = value === null || (typeof value === 'number' && value >= 0 && value <= 1);
    if (!isObject(label) || !right || typeof count !== 'number' || count < 0)
      throw new Error(`labels.${name}: {"value": 0 to 1, "count": a number} is needed`);
  }
  for (const [kind, events] of Object.entries(asJson(node['events'])))
    if (!Array.isArray(events) || events.length > EVENTS_MAX || !events.every(isObject))
      throw new Error(`events.${kind}: an array of at most ${EVENTS_MAX} objects is needed`);
}

/**
 * Labels and emojis of the published data set (OpenAssistant/oasst1) are lists side by side: as src/data/lists.c does, these become what the schema has.
 * @param {Json} node
 * @returns {Json}
 */
export function withoutLists(node) {
  /** @type {Json} */
  const made = {};
  for (const key of /** @type {const} */ (['labels', 'emojis'])) {
    const { name: names, value: values, count: counts } = asJson(node[key]);
    if (!Array.isArray(names)) continue;
    const [value, count] = [values, counts].map((x) => (Array.isArray(x) && x.length === names.length ? x : null));
    const needsValue = key === 'labels';
    if (!count || (needsValue && !value) || !names.every((name) => typeof name === 'string'))
      throw new Error(`${key}: lists of the same length are needed: name${needsValue ? ', value' : ''} and count`);
    const of = (/** @type {number} */ i) => (needsValue ? { value: value?.[i], count: count[i] } : count[i]);
    made[key] = Object.fromEntries(names.map((name, i) => [name, of(i)]));
  }
  return { ...node, ...made };
}

/**
 * What a file has of a message beyond what the page would write of it.
 * @param {Json} node  of the file
 * @param {Json} made  what the page would write
 * @returns {Given | undefined}
 */
export function givenOf(node, made) {
  /** @type {Json} */
  const members = {};
  for (const key of MEMBERS) {
    const value = node[key] ?? null;
    if (!isSame(value, made[key] ?? null) && !(isSum(key) && value === null)) members[key] = value;
  }
  if (!Object.keys(members).length) return undefined;
  const counted = Object.fromEntries(SUMS.flatMap((key) => (members[key] && made[key] ? [[key, made[key]]] : [])));
  return { members, ...(Object.keys(counted).length ? { counted } : {}) };
}

/**
 * Puts into what the page writes of a message what was given with it.
 * @param {Json} made
 * @param {Given | undefined} given
 */
export function addGiven(made, given) {
  if (!given) return;
  const { members, counted = {} } = given;
  const own = Object.fromEntries(SUMS.map((key) => [key, asJson(made[key])]));
  for (const [key, value] of Object.entries(members)) {
    if (value === null) delete made[key];
    else made[key] = value;
  }
  for (const key of SUMS) {
    if (!members[key]) continue;
    const sum = ADD[key](asJson(members[key]), asJson(counted[key]), own[key] ?? {});
    if (Object.keys(sum).length) made[key] = sum;
    else delete made[key];
  }
}

/**
 * How the visitor's part of a sum is exchanged: the sum with `was` in it and `now` in its place. Where they are the same, so is the sum, to the bit.
 * @type {Record<typeof SUMS[number], (total: Json, was: Json, now: Json) => Json>}
 */
const ADD = {
  emojis: (total, was, now) =>
    byKey(total, was, now, (n, a, b) => {
      const count = Number(n ?? 0) - Number(a ?? 0) + Number(b ?? 0);
      return count > 0 ? count : undefined;
    }),
  labels: (total, was, now) =>
    byKey(total, was, now, (label, a, b) => {
      const [sum, less, more] = [label, a, b].map((x) => {
        const { value, count } = asJson(x);
        return { count: Number(count ?? 0), votes: Number(value ?? 0) * Number(count ?? 0) };
      });
      const count = (sum?.count ?? 0) - (less?.count ?? 0) + (more?.count ?? 0);
      const votes = (sum?.votes ?? 0) - (less?.votes ?? 0) + (more?.votes ?? 0);
      return count > 0 ? { value: Math.min(1, Math.max(0, votes / count)), count } : undefined;
    }),
  events: (total, was, now) =>
    byKey(total, was, now, (events, a, b) => {
      const [all, less, more] = [events, a, b].map((x) => /** @type {unknown[]} */ (Array.isArray(x) ? x : []));
      const rest = (all ?? []).filter((event) => !less?.some((mine) => isSame(mine, event)));
      const list = [...rest, ...(more ?? [])];
      return list.length ? list : undefined;
    }),
};

/** @param {Json} total @param {Json} was @param {Json} now @param {(n: unknown, a: unknown, b: unknown) => unknown} add @returns {Json} */
function byKey(total, was, now, add) {
  const keys = new Set([...Object.keys(total), ...Object.keys(now)]);
  const of = (/** @type {Json} */ x, /** @type {string} */ key) => (Object.hasOwn(x, key) ? x[key] : undefined);
  return Object.fromEntries(
    [...keys].flatMap((key) => {
      const [a, b] = [of(was, key), of(now, key)];
      const value = isSame(a, b) ? of(total, key) : add(of(total, key), a, b);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Whether somebody said what they think of a message or of answers to it, or wrote a better one. @param {import('./schema.js').Message} message */
export const isRated = ({ feedback, improves, given, comparisons }) =>
  Boolean(
    feedback ||
    improves ||
    comparisons?.some((c) => c.date) ||
    typeof given?.members['rank'] === 'number' ||
    SUMS.some((key) => given?.members[key]),
  );
