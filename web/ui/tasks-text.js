/* The words of the tasks, fetched with them; in another language than English in a file of their own. */
import { siteUrl } from '../lib/trusted.js';
import { language } from './text.js';
import { tasks as en } from './text/tasks-en.js';

/** @typedef {import('./text/tasks-en.js').TaskWords} TaskWords */

/** The words of the language that is spoken now: the same object for ever. @type {TaskWords} */
export const words = { ...en };

/** Speaks the page's language; English where the words cannot be fetched. */
export async function speakTasks() {
  const { code } = language;
  /** @type {TaskWords} */
  let own = en;
  try {
    if (code !== 'en') ({ tasks: own } = await import(siteUrl(`text/tasks-${code}.js`).href));
  } catch {
    own = en; // no network, and not kept yet
  }
  if (code === language.code) Object.assign(words, own);
}
