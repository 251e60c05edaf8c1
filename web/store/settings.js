/* The settings, in IndexedDB, and the few small texts that must be there before or after anything asynchronous can run (the
 * theme before the first paint; an unfinished draft when the page is closed), in localStorage. */
import { withDb } from './db.js';

/** @typedef {import('./schema.js').Settings} Settings */

/** @type {Settings} */
export const DEFAULTS = {
  theme: 'system',
  system_prompt: '',
  sampling: { preset: 'balanced', values: {}, seed: null },
  presets: [],
  model: null,
  threads: null,
  variant: null,
  context: null,
  single_keys: true,
  sidebar: true,
};

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('open-assistant-settings') : null;

/** Members of the wrong type, or of an older version, fall back to the defaults. @returns {Promise<Settings>} */
export async function readSettings() {
  const stored = /** @type {Partial<Settings> | undefined} */ (await withDb((db) => db.get('settings', 'all')));
  /** @type {Record<string, unknown>} */
  const result = structuredClone(DEFAULTS);
  for (const [key, value] of Object.entries(stored ?? {})) {
    const fallback = result[key];
    if (key in result && (fallback === null || typeof value === typeof fallback)) result[key] = value;
  }
  return /** @type {Settings} */ (/** @type {unknown} */ (result));
}

/** @param {Settings} settings */
export async function writeSettings(settings) {
  localText('theme', settings.theme === 'system' ? '' : settings.theme);
  await withDb((db) => db.put('settings', structuredClone(settings), 'all'));
  channel?.postMessage('changed');
}

/** Calls back when another tab changed the settings. @param {() => void} callback */
export function onSettingsElsewhere(callback) {
  channel?.addEventListener('message', callback);
  return () => channel?.removeEventListener('message', callback);
}

const PREFIX = 'oa-';

/**
 * Reads a small text (value absent) or keeps it ('' removes it). Where storage is refused it is simply not kept.
 * @param {string} key
 * @param {string} [value]
 * @returns {string}
 */
export function localText(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(PREFIX + key) ?? '';
    if (value) localStorage.setItem(PREFIX + key, value);
    else localStorage.removeItem(PREFIX + key);
    return value;
  } catch {
    return value ?? '';
  }
}

/** Forgets every small text. */
export function clearLocalTexts() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    /* refused: nothing was kept */
  }
}
