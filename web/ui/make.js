/* New conversations and messages, and what of a branch the model is told. */
import { newId } from '../lib/id.js';

/** @typedef {import('../store/schema.js').Conversation} Conversation */
/** @typedef {import('../store/schema.js').Message} Message */
/** @typedef {import('./engine-types.js').ChatMessage} ChatMessage */

export const now = () => new Date().toISOString();

/** A conversation that is not stored yet. @returns {Conversation} */
export function makeConversation() {
  const date = now();
  return {
    id: newId(),
    title: '',
    titled: false,
    created_date: date,
    updated_date: date,
    active_thread_tail_message_id: null,
    system_prompt: null,
    sampling: null,
    deleted_date: null,
  };
}

/**
 * @param {string} conversation
 * @param {'prompter' | 'assistant'} role
 * @param {string} words
 * @param {string | null} parent
 * @returns {Message}
 */
export function makeMessage(conversation, role, words, parent) {
  return {
    message_id: newId(),
    parent_id: parent,
    conversation_id: conversation,
    role,
    text: words,
    created_date: now(),
    state: 'manual',
    lang: navigator.language.split('-')[0] ?? 'en',
  };
}

/**
 * An answer that is yet to be written, with what it takes to have the same again.
 * @param {string} conversation
 * @param {string} promptId
 * @param {{ preset: string, values: import('../store/schema.js').SamplingValues, seed: number }} sampling
 * @param {string} system
 * @returns {Message}
 */
export function makeAnswer(conversation, promptId, { preset, values, seed }, system) {
  const message = makeMessage(conversation, 'assistant', '', promptId);
  const made = { state: /** @type {const} */ ('pending'), synthetic: true, preset, sampling: values, seed };
  return { ...message, ...made, ...(system.trim() ? { system } : {}) };
}

/**
 * The system prompt and the branch. An unanswered question and the next become one turn: templates want them to alternate. A
 * question whose answer failed is left out: too long, say, it would make every later one too long.
 * @param {string} system
 * @param {Message[]} path
 * @returns {ChatMessage[]}
 */
export function makeRequest(system, path) {
  /** @type {ChatMessage[]} */
  const messages = system.trim() ? [{ role: 'system', content: system }] : [];
  for (const [i, m] of path.entries()) {
    const answer = path[i + 1];
    if (answer?.error && !answer.text) continue;
    const role = m.role === 'assistant' ? 'assistant' : 'user';
    const last = messages.at(-1);
    if (!m.text) continue;
    if (last?.role === role) last.content += `\n\n${m.text}`;
    else messages.push({ role, content: m.text });
  }
  return messages;
}
