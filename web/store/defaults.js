/* The settings as they come, and settings of any origin put right. */
import { asId, asNumbers, asSampling, isObject } from './values.js';

/** @typedef {import('./schema.js').Settings} Settings */

/** @type {Settings} */
export const DEFAULTS = {
  theme: 'system',
  language: 'system',
  system_prompt: '',
  sampling: { preset: 'balanced', values: {}, seed: null },
  presets: [],
  model: null,
  threads: null,
  variant: null,
  context: null,
  single_keys: true,
  sidebar: true,
  drafts: 3,
  invite: true,
};

const isText = (/** @type {unknown} */ x) => typeof x === 'string';
const isSwitch = (/** @type {unknown} */ x) => typeof x === 'boolean';
const isTextOrNull = (/** @type {unknown} */ x) => x === null || typeof x === 'string';
const isCountOrNull = (/** @type {unknown} */ x) => x === null || (Number.isSafeInteger(x) && Number(x) > 0);

/** @type {{ [K in keyof Settings]: (value: unknown) => boolean }} */
const RIGHT = {
  theme: (x) => x === 'system' || x === 'light' || x === 'dark',
  language: isText,
  system_prompt: isText,
  sampling: (x) => asSampling(x) !== null,
  presets: (x) =>
    Array.isArray(x) && x.every((p) => isObject(p) && asId(p['id']) && isText(p['name']) && asNumbers(p['values'])),
  model: isTextOrNull,
  threads: isCountOrNull,
  variant: isTextOrNull,
  context: isCountOrNull,
  single_keys: isSwitch,
  sidebar: isSwitch,
  drafts: (x) => x === 2 || x === 3 || x === 4,
  invite: isSwitch,
};

/**
 * Settings of any origin: what is missing, of an older version or wrong falls back to the default, what is unknown is dropped.
 * @param {unknown} value
 * @returns {Settings}
 */
export function asSettings(value) {
  const given = isObject(value) ? value : {};
  const right = Object.entries(RIGHT).filter(([key, isRight]) => key in given && isRight(given[key]));
  return { ...structuredClone(DEFAULTS), ...Object.fromEntries(right.map(([key]) => [key, given[key]])) };
}
