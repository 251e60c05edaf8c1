// A prompt and its answer as messages.

/** @typedef {import('../messages.js').InputMessage} InputMessage */
/** @typedef {import('./input.js').Input} Input */
/** @typedef {{ format: import('../constraint.js').FormatParam | null, omit: boolean }} Constraint omit: the model is not told of it */

/**
 * @param {Input} input
 * @param {{ text: string, calls: import('../openai.js').ToolCall[] }} answer
 * @returns {InputMessage[]} the turn
 */
export function answered({ messages, prefix }, { text, calls }) {
  const before = prefix ? messages.slice(0, -1) : messages;
  const begun = prefix ? String(messages[messages.length - 1].content) : '';
  return [...before, { role: 'assistant', content: begun + text, ...(calls.length > 0 ? { tool_calls: calls } : {}) }];
}

/**
 * The messages, in the last of which the model is told what its answer must look like.
 * @param {InputMessage[]} messages
 * @param {Constraint} constraint
 * @returns {InputMessage[]}
 */
export function withConstraint(messages, { format, omit }) {
  const at = messages.findLastIndex((message) => message.role === 'user');
  if (!format || omit || at < 0) return messages;
  const { type, ...rule } = format;
  const told = `${messages[at].content}\n\nThe answer must match this ${type}: ${JSON.stringify(rule)}`;
  return messages.map((message, i) => (i === at ? { ...message, content: told } : message));
}

/**
 * What a template writes before every conversation that has no system message.
 * @param {(messages: InputMessage[]) => Promise<number>} count
 * @returns {Promise<number>} tokens
 */
export async function countPreamble(count) {
  const turn = ['user', 'assistant'].map((role) => ({ role, content: 'a' }));
  return 2 * (await count(turn)) - (await count([...turn, ...turn]));
}
