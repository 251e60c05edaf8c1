/* The settings as the page uses them: read once, changed by members, written behind, kept in step with other tabs. */
import { DEFAULTS } from '../store/defaults.js';
import { earlySettings, onSettingsElsewhere, readSettings, writeSettings } from '../store/settings.js';
import { language } from './text.js';

/** @typedef {import('../store/schema.js').Settings} Settings */

/** Fires 'change'. */
export class Prefs extends EventTarget {
  /** @type {Settings} */
  value = earlySettings();
  /** What was changed before the stored settings were read. @type {Partial<Settings> | null} */
  #changed = {};
  /** A language in place of the visitor's choice. @type {string | undefined} */
  lang = undefined;

  /** What must not wait for the stored settings: the theme, before the first paint, and the words of the language. */
  async showEarly() {
    showTheme(this.value.theme);
    await language.speak(this.lang ?? this.value.language);
  }

  /** Reads what is stored; where nothing can be, the defaults serve. */
  async start() {
    await this.reload();
    const changed = this.#changed ?? {};
    this.#changed = null;
    if (Object.keys(changed).length) this.set(changed);
    await language.speak(this.lang ?? this.value.language);
    onSettingsElsewhere(() => void this.reload());
  }

  /** @param {Partial<Settings>} patch */
  set(patch) {
    this.value = { ...this.value, ...patch };
    this.#apply();
    if (this.#changed) return void Object.assign(this.#changed, patch);
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

  /** What is stored was changed behind this. */
  async reload() {
    this.value = await readSettings().catch(() => this.value);
    this.#apply();
  }

  #apply() {
    showTheme(this.value.theme);
    void language.speak(this.lang ?? this.value.language);
    this.dispatchEvent(new Event('change'));
  }
}

/** @param {string} theme */
function showTheme(theme) {
  const root = document.documentElement;
  if (theme === 'light' || theme === 'dark') root.dataset['theme'] = theme;
  else delete root.dataset['theme'];
}
