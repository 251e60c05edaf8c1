/* The settings as the page uses them: read once, changed by members, written behind, kept in step with other tabs. */
import { DEFAULTS, onSettingsElsewhere, readSettings, writeSettings } from '../store/settings.js';

/** @typedef {import('../store/schema.js').Settings} Settings */

/** Fires 'change'. */
export class Prefs extends EventTarget {
  /** @type {Settings} */
  value = structuredClone(DEFAULTS);

  /** Reads what is stored; where nothing can be, the defaults serve. */
  async start() {
    await this.#read();
    onSettingsElsewhere(() => void this.#read());
  }

  /** @param {Partial<Settings>} patch */
  set(patch) {
    this.value = { ...this.value, ...patch };
    this.#apply();
    writeSettings(this.value).catch(() => undefined); // the session tells once that nothing can be kept
  }

  /** 'light' or 'dark': what is seen now. @returns {'light' | 'dark'} */
  get seenTheme() {
    if (this.value.theme !== 'system') return this.value.theme;
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }

  /** Back to how it came. */
  async reset() {
    this.value = structuredClone(DEFAULTS);
    this.#apply();
    await writeSettings(this.value).catch(() => undefined);
  }

  async #read() {
    this.value = await readSettings().catch(() => this.value);
    this.#apply();
  }

  #apply() {
    showTheme(this.value.theme);
    this.dispatchEvent(new Event('change'));
  }
}

/** @param {string} theme */
export function showTheme(theme) {
  const root = document.documentElement;
  if (theme === 'light' || theme === 'dark') root.dataset['theme'] = theme;
  else delete root.dataset['theme'];
}
