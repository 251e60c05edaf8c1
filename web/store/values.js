/* Values of any origin, such as an imported file, taken for what they should be or not at all. */

/** @param {unknown} value @returns {value is { [key: string]: unknown }} */
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {unknown} value @returns {string | null} */
export const asId = (value) => (typeof value === 'string' && value.length > 0 && value.length <= 200 ? value : null);
/** @param {unknown} value @param {string} fallback */
export const asDate = (value, fallback) => {
  const date = typeof value === 'string' ? new Date(value) : new Date(NaN);
  return Number.isNaN(date.getTime()) ? fallback : date.toISOString();
};

/** Numbers of an object, nothing else. @param {unknown} value @returns {{ [key: string]: number } | undefined} */
export function asNumbers(value) {
  if (!isObject(value)) return undefined;
  /** @type {{ [key: string]: number }} */
  const out = {};
  for (const [key, n] of Object.entries(value)) if (typeof n === 'number' && key !== '__proto__') out[key] = n;
  return out;
}

/** @param {unknown} value @returns {import('./schema.js').Sampling | null} */
export function asSampling(value) {
  const values = isObject(value) ? asNumbers(value['values']) : undefined;
  if (!isObject(value) || !values) return null;
  const { seed } = value;
  return { preset: asId(value['preset']) ?? 'custom', values, seed: typeof seed === 'number' ? seed : null };
}
