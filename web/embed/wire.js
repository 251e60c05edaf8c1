/* Messages between a page and the chat in its frame. The page hands over a MessagePort once; from then on both sides speak through it alone,
 * so that no other window can join. Each side takes only what is listed here, in this shape. */

export const CONNECT = 'open-assistant-connect';
export const PAGE = 'embed.html';

/**
 * What the page says: 'write' puts words into the field (the visitor sends them), 'shown' tells whether the panel is open.
 * @typedef {{ type: 'write', text: string } | { type: 'shown', shown: boolean }} FromPage
 */

/**
 * What the chat says: 'here' when it is drawn.
 * @typedef {{ type: 'ready', model: string } | { type: 'message', role: 'user' | 'assistant', text: string } | { type: 'error', message: string }
 *   | { type: 'feedback', emojis: string[], labels: Record<string, number>, report: string | null } | { type: 'here' | 'close' }} FromChat
 */

const MOST = 200_000;

/** @param {unknown} value @returns {Record<string, unknown>} */
const members = (value) =>
  /** @type {Record<string, unknown>} */ (value !== null && typeof value === 'object' ? value : {});

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && value.length <= MOST;

/** @param {unknown} data @returns {FromPage | null} */
export function fromPage(data) {
  const { type, text, shown } = members(data);
  if (type === 'write' && isText(text)) return { type, text };
  if (type === 'shown' && typeof shown === 'boolean') return { type, shown };
  return null;
}

/** @param {unknown} data @returns {FromChat | null} */
export function fromChat(data) {
  const { type, text, role, model, message, emojis, labels, report } = members(data);
  if (type === 'ready' && isText(model)) return { type, model };
  if (type === 'message' && isText(text) && (role === 'user' || role === 'assistant')) return { type, role, text };
  if (type === 'error' && isText(message)) return { type, message };
  if (type === 'feedback' && Array.isArray(emojis) && emojis.every(isText) && (report === null || isText(report))) {
    const given = Object.entries(members(labels)).filter(([, value]) => typeof value === 'number');
    return { type, emojis, labels: /** @type {Record<string, number>} */ (Object.fromEntries(given)), report }; // numbers: just seen
  }
  if (type === 'here' || type === 'close') return { type };
  return null;
}
