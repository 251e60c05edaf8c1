/* What a page may ask of its chat: the attributes of the script and of <oa-chat>, and the members of launch()'s argument. Whatever is not
 * of the right kind is left out and told on the console: a slip in an attribute must not cost a site its chat. */

import { inkOn } from '../lib/color.js';

/**
 * @typedef {object} EmbedOptions
 * @property {string} [model]     an id of the host's models.json, or an address
 * @property {string} [title]     of the panel
 * @property {string} [greeting]  the first line of an empty chat
 * @property {string} [system]    the system prompt
 * @property {string[]} [suggestions] questions to begin with; in an attribute separated by |
 * @property {string} [color]     any opaque CSS colour: the launcher and what is accentuated in the panel
 * @property {'left' | 'right'} [position] of the launcher
 * @property {string} [lang]      of the launcher and the panel
 * @property {boolean} [open]     from the beginning
 */

const TEXTS = { model: 2000, title: 80, greeting: 400, system: 8000, lang: 35, color: 80 };
/** What an inline chat has of them. */
export const INLINE = [...Object.keys(TEXTS), 'suggestions'];
const SUGGESTIONS = 6;
const SUGGESTION = 300;

/** @param {unknown} value @param {number} most */
const isText = (value, most) => typeof value === 'string' && value.trim() !== '' && value.length <= most;

/**
 * @param {Record<string, unknown>} given
 * @param {(what: string) => void} [complain]
 * @returns {EmbedOptions}
 */
export function readOptions(given, complain = () => {}) {
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const [name, most] of Object.entries(TEXTS)) {
    const value = given[name];
    if (value === undefined || value === '') continue;
    const good = isText(value, most) && (name !== 'color' || inkOn(String(value)));
    if (good) options[name] = value;
    else
      complain(
        name === 'color'
          ? 'color: an opaque CSS colour is needed.'
          : `${name}: a text of at most ${most} characters is needed.`,
      );
  }
  const { position, suggestions, open } = given;
  if (position === 'left' || position === 'right') options['position'] = position;
  else if (position !== undefined) complain('position: left or right is needed.');
  if (suggestions !== undefined) {
    const list = typeof suggestions === 'string' ? suggestions.split('|') : suggestions;
    if (Array.isArray(list) && list.length <= SUGGESTIONS && list.every((s) => isText(s, SUGGESTION)))
      options['suggestions'] = list.map((s) => s.trim());
    else complain(`suggestions: at most ${SUGGESTIONS} texts of ${SUGGESTION} characters are needed.`);
  }
  if (open !== undefined) options['open'] = open === true || open === '' || open === 'true' || open === 'open';
  return /** @type {EmbedOptions} */ (options);
}
