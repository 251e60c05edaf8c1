/* Sampling presets and the ranges of their parameters, as Open Assistant had them (its inference server and chat page). */

/** @typedef {import('../store/schema.js').SamplingValues} SamplingValues */
/** @typedef {import('../store/schema.js').Sampling} Sampling */
/** @typedef {import('../store/schema.js').Preset} Preset */
/** @typedef {keyof SamplingValues} ParamName */

const LONGEST = 1024;
const k50 = { top_k: 50, top_p: 0.95, temperature: 0.75, repetition_penalty: 1.2, max_tokens: LONGEST };

/** 'balanced' is ours, for models as small as a tab holds: k50's warmth makes them ramble. 'default' sends nothing but the length: the model's own. Names without an entry in text.presetNames are shown as they are. */
export const PRESETS = /** @type {readonly Preset[]} */ ([
  {
    id: 'balanced',
    name: '',
    values: { temperature: 0.2, top_p: 0.9, repetition_penalty: 1.1, max_tokens: LONGEST },
  },
  { id: 'k50', name: 'k50', values: k50 },
  { id: 'k50-Creative', name: 'k50-Creative', values: { ...k50, temperature: 0.85 } },
  { id: 'k50-Precise', name: 'k50-Precise', values: { ...k50, temperature: 0.1 } },
  { id: 'k50-Original', name: 'k50-Original', values: { ...k50, temperature: 0.9 } },
  {
    id: 'nucleus9',
    name: 'nucleus9',
    values: { top_p: 0.9, temperature: 0.8, repetition_penalty: 1.2, max_tokens: LONGEST },
  },
  {
    id: 'typical2',
    name: 'typical2',
    values: { typical_p: 0.2, temperature: 0.8, repetition_penalty: 1.2, max_tokens: LONGEST },
  },
  {
    id: 'typical3',
    name: 'typical3',
    values: { typical_p: 0.3, temperature: 0.8, repetition_penalty: 1.2, max_tokens: LONGEST },
  },
  { id: 'greedy', name: '', values: { temperature: 0, max_tokens: LONGEST } },
  { id: 'default', name: '', values: { max_tokens: LONGEST } },
]);

/**
 * min and max bound the sliders, off is the value that does nothing.
 * @type {{ name: ParamName, min: number, max: number, step: number, off: number, main: boolean }[]}
 */
export const PARAMS = [
  { name: 'temperature', min: 0, max: 2, step: 0.01, off: 1, main: true },
  { name: 'max_tokens', min: 1, max: LONGEST, step: 1, off: LONGEST, main: true },
  { name: 'top_k', min: 0, max: 2000, step: 1, off: 0, main: true },
  { name: 'top_p', min: 0.01, max: 1, step: 0.01, off: 1, main: true },
  { name: 'repetition_penalty', min: 1, max: 3, step: 0.01, off: 1, main: true },
  { name: 'typical_p', min: 0.01, max: 1, step: 0.01, off: 1, main: false },
  { name: 'min_p', min: 0, max: 1, step: 0.01, off: 0, main: false },
  { name: 'presence_penalty', min: -2, max: 2, step: 0.05, off: 0, main: false },
  { name: 'frequency_penalty', min: -2, max: 2, step: 0.05, off: 0, main: false },
];

/** The presets on offer, the visitor's own last. @param {readonly Preset[]} own @returns {Preset[]} */
export const allPresets = (own) => [...PRESETS, ...own];

/**
 * The parameters a choice stands for. A preset that is gone counts as the model's default.
 * @param {Sampling} sampling
 * @param {readonly Preset[]} own
 * @returns {SamplingValues}
 */
export function samplingValues(sampling, own) {
  if (sampling.preset === 'custom') return { ...sampling.values };
  return { ...(allPresets(own).find((p) => p.id === sampling.preset)?.values ?? { max_tokens: LONGEST }) };
}

/**
 * What the nth answer to a message is sampled with, from 0.
 * @param {import('../store/schema.js').Sampling} sampling
 * @param {import('../store/schema.js').Preset[]} own
 * @param {number} nth
 */
export function samplingOf(sampling, own, nth) {
  return {
    preset: sampling.preset,
    values: samplingValues(sampling, own),
    seed: sampling.seed === null ? randomSeed() : sampling.seed + nth,
  };
}

/**
 * What several answers to compare are sampled with: the chat's own choice and other presets, in random order, each with a seed of its own.
 * @param {import('../store/schema.js').Sampling} sampling
 * @param {import('../store/schema.js').Preset[]} own
 * @param {number} count
 * @returns {{ preset: string, values: SamplingValues, seed: number }[]}
 */
export function samplingsToCompare(sampling, own, count) {
  const most = samplingValues(sampling, own).max_tokens ?? LONGEST; // the same for all
  const others = allPresets(own).filter(({ id }) => id !== sampling.preset && !ALIKE.has(id));
  const chosen = [sampling.preset, ...shuffled(others.map(({ id }) => id)).slice(0, count - 1)];
  return shuffled(chosen).map((preset) => {
    const values = { ...samplingValues({ ...sampling, preset }, own), max_tokens: most };
    return { preset, values, seed: randomSeed() };
  });
}

/* Those that say the same each time, or leave it to the model. */
const ALIKE = new Set(['greedy', 'default']);

/** In an order of chance (Fisher and Yates). @template T @param {T[]} list @returns {T[]} */
function shuffled(list) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor((randomSeed() / 2 ** 32) * (i + 1));
    [all[i], all[j]] = [/** @type {T} */ (all[j]), /** @type {T} */ (all[i])];
  }
  return all;
}

/** A number forced into a parameter's range; `off` where it is no number. @param {ParamName} name @param {number} value */
export function clampParam(name, value) {
  const param = PARAMS.find((p) => p.name === name);
  if (!param) return value;
  if (!Number.isFinite(value)) return param.off;
  const n = Math.min(param.max, Math.max(param.min, value));
  return param.step === 1 ? Math.round(n) : n;
}

/** A seed of the visitor's chance. @returns {number} below 2^32 */
export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
