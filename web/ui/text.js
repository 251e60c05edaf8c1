/* Every word the page says: in text/<language>.js, one file a language. English is part of the page; another one is fetched when the visitor's
 * browser or settings ask for it, and takes its place. What it lacks stays English. */
import { setLocale } from '../lib/format.js';
import { siteUrl } from '../lib/trusted.js';
import { en } from './text/en.js';

/** @typedef {import('./text/en.js').Words} Words */
/** @typedef {'en' | 'de' | 'es' | 'fr' | 'ar'} Code */

/** The languages by what they call themselves. @type {Record<Code, string>} */
export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français', ar: 'العربية' };

/** The words of the language that is spoken now: the same object for ever, so it is read when something is drawn. @type {Words} */
export const text = { ...en };

/** The first of some language tags that the page speaks. @param {readonly (string | undefined)[]} tags @returns {Code} */
export function pickLanguage(tags) {
  const known = tags
    .map((tag) => tag?.split('-')[0]?.toLowerCase())
    .find((tag) => tag && Object.hasOwn(LANGUAGES, tag));
  return /** @type {Code} */ (known ?? 'en');
}

/** English with what a language has in place of it. @param {object} words @returns {Words} */
export function overEnglish(words) {
  const given = /** @type {Record<string, unknown>} */ (words);
  /** @type {Record<string, unknown>} */
  const all = { ...en, ...given };
  for (const [name, group] of Object.entries(en))
    if (group.constructor === Object) all[name] = { ...Object(group), ...Object(given[name]) };
  return /** @type {Words} */ (all);
}

/** Fires 'change' when another language is spoken. */
class Language extends EventTarget {
  /** @type {Code} */
  code = 'en';
  #turn = 0;

  /** Speaks the language of choice, or the browser's. @param {string} [choice]  a language tag; others, such as 'system', choose none */
  async speak(choice) {
    const turn = ++this.#turn;
    const code = pickLanguage([choice, ...navigator.languages]);
    if (code === this.code) return;
    const words = code === 'en' ? en : await fetchWords(code);
    if (turn !== this.#turn || !words) return;
    this.code = code;
    Object.assign(text, overEnglish(words));
    setLocale(text.locale);
    Object.assign(document.documentElement, { lang: code, dir: text.dir });
    this.dispatchEvent(new Event('change'));
  }
}
export const language = new Language();

/** @param {Code} code @returns {Promise<Words | null>} null where they cannot be fetched */
async function fetchWords(code) {
  try {
    const { words } = /** @type {{ words: Words }} */ (await import(siteUrl(`text/${code}.js`).href));
    return words;
  } catch {
    return null; // no network, and not kept yet: the page goes on in the language it has
  }
}

/** What a failure is called in the language of the page, for one line. @param {{ code: string, message: string }} failure */
export const failureLine = ({ code, message }) => text.errors[code] ?? message;
