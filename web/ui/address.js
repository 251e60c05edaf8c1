/* The address of the page names the open chat, so that it can be kept, and gone back to. */
import { text as t } from './text.js';

/** The id of the chat that the address names. @returns {string | null} */
export const namedChat = () => new URLSearchParams(location.hash.slice(1)).get('c');

/** @param {import('./session.js').Session} session  @param {boolean} step  a step in the history */
export function nameChat({ saved, conversation: { id, title } }, step) {
  const hash = saved ? `#c=${id}` : '';
  const url = hash || location.pathname + location.search;
  if (location.hash !== hash) history[step ? 'pushState' : 'replaceState'](null, '', url);
  document.title = saved && title ? `${title} · ${t.app}` : t.app;
}
