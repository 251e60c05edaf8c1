/* A chat as a tree that volunteers work on: the members of the schema alone. The visitor asked; the model answered, and what was said in the chat
 * counts as accepted. */
import { isObject } from './values.js';

/** @typedef {{ [key: string]: unknown }} Json */

const ORIGIN = 'open-assistant-tab';
const KEPT = /** @type {const} */ (['message_id', 'created_date', 'text', 'role', 'model_name', 'emojis', 'rank']);

/**
 * @param {Json} node
 * @param {string} user
 * @param {string} lang
 * @returns {Json | null} null where nothing was said
 */
function asMessage(node, user, lang) {
  const { text, role, replies } = node;
  if (typeof text !== 'string' || !text.trim()) return null;
  const below = (Array.isArray(replies) ? replies : []).filter(isObject).flatMap((r) => asMessage(r, user, lang) ?? []);
  const written = role === 'prompter' || node['synthetic'] !== true; // by the visitor: also an answer in place of the model's
  return {
    ...Object.fromEntries(KEPT.flatMap((key) => (node[key] === undefined ? [] : [[key, node[key]]]))),
    lang,
    ...(written ? { user_id: user } : {}),
    synthetic: !written,
    review_count: 0,
    review_result: true,
    replies: below,
  };
}

/**
 * @param {Json} line  of a chat, as oasst.js writes it
 * @param {string} user  the visitor's id among volunteers
 * @param {string} lang
 * @returns {Json | null} null where it is no tree, or too long to be nested
 */
export function asTaskTree(line, user, lang) {
  const prompt = isObject(line['prompt']) ? asMessage(line['prompt'], user, lang) : null;
  if (!prompt) return null;
  return { message_tree_id: line['message_tree_id'], tree_state: 'growing', origin: ORIGIN, prompt };
}
