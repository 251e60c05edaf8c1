/* The settings, in IndexedDB, and the few small texts that must be there before or after anything asynchronous can run (the
 * look of the first view; an unfinished draft when the page is closed), in localStorage. */
import { withDb } from './db.js';
import { DEFAULTS, asSettings } from './defaults.js';

/** @typedef {import('./schema.js').Settings} Settings */

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('open-assistant-settings') : null;

/** @returns {Promise<Settings>} */
export async function readSettings() {
  return asSettings(await withDb((db) => db.get('settings', 'all')));
}

/** What the first view is drawn with, before anything asynchronous has run. @returns {Settings} */
export function earlySettings() {
  const settings = structuredClone(DEFAULTS);
  const theme = localText('theme');
  if (theme === 'light' || theme === 'dark') settings.theme = theme;
  settings.language = localText('language') || DEFAULTS.language;
  settings.sidebar = localText('sidebar') !== 'hidden';
  return settings;
}

/** @param {Settings} settings */
export async function writeSettings(settings) {
  localText('theme', settings.theme === 'system' ? '' : settings.theme);
  localText('language', settings.language === 'system' ? '' : settings.language);
  localText('sidebar', settings.sidebar ? '' : 'hidden');
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
