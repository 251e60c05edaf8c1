// Tools of a request, checked and turned into what the core takes: it writes them into the prompt and finds the calls in the answer
// (src/assist/calls.h).

import { bad, isRecord } from './messages.js';

/** @typedef {import('../core/protocol.js').Tool} Tool */
/** @typedef {{ type: 'function', function: { name: string } }} NamedTool */

/**
 * @typedef {object} ToolParams
 * @property {Tool[] | null} [tools]
 * @property {'none' | 'auto' | 'required' | NamedTool | null} [tool_choice] default: auto. required, or a tool: the answer begins with a call
 * @property {boolean | null} [parallel_tool_calls] default: true. false: the answer ends with its first call
 */

const TOOLS_MOST = 128;

/**
 * @param {ToolParams} params
 * @returns {Pick<import('../core/protocol.js').CoreRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>}
 */
export function checkTools({ tools: given, tool_choice: choice, parallel_tool_calls: parallel }) {
  const tools = checkList(given ?? []);
  if (parallel !== undefined && parallel !== null && typeof parallel !== 'boolean')
    throw bad('parallel_tool_calls: true or false is needed.');
  const wanted = checkChoice(choice ?? 'auto', tools);
  if (tools.length === 0 || wanted === 'none') return {};
  return {
    tools,
    ...(wanted === 'auto' ? {} : { tool_choice: wanted }),
    ...(parallel === false ? { parallel_tool_calls: false } : {}),
  };
}

/**
 * @param {unknown} tools
 * @returns {Tool[]}
 */
function checkList(tools) {
  if (!Array.isArray(tools) || tools.length > TOOLS_MOST)
    throw bad(`tools: a list of at most ${TOOLS_MOST} tools is needed.`);
  const names = new Set();
  return tools.map((tool, i) => {
    const f = isRecord(tool) && tool.type === 'function' ? tool.function : null;
    if (!isRecord(f)) throw bad(`tools[${i}]: the type "function" and a function are needed.`);
    const { name, description, parameters, strict } = f;
    if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name))
      throw bad(`tools[${i}].function.name: 1 to 64 of the letters a-z, A-Z, 0-9, "_", "-" and "." are needed.`);
    if (names.has(name)) throw bad(`tools[${i}].function.name: there is another tool "${name}".`);
    if (description !== undefined && description !== null && typeof description !== 'string')
      throw bad(`tools[${i}].function.description: a text is needed.`);
    if (parameters !== undefined && parameters !== null && !isRecord(parameters))
      throw bad(`tools[${i}].function.parameters: a JSON Schema, an object, is needed.`);
    if (strict !== undefined && strict !== null && typeof strict !== 'boolean')
      throw bad(`tools[${i}].function.strict: true or false is needed.`);
    names.add(name);
    // Templates read all three.
    const described = { name, description: description ?? '', parameters: parameters ?? NO_PARAMETERS };
    if (strict) return { type: /** @type {const} */ ('function'), function: { ...described, strict } };
    return { type: /** @type {const} */ ('function'), function: described };
  });
}

const NO_PARAMETERS = { type: 'object', properties: {} };

/**
 * @param {unknown} choice
 * @param {Tool[]} tools
 * @returns {'none' | 'auto' | 'required' | NamedTool}
 */
function checkChoice(choice, tools) {
  if (choice === 'none' || choice === 'auto') return choice;
  if (choice === 'required') {
    if (tools.length === 0) throw bad('tool_choice: "required", and there are no tools.');
    return choice;
  }
  const f = isRecord(choice) && choice.type === 'function' ? choice.function : null;
  const name = isRecord(f) ? f.name : undefined;
  if (typeof name !== 'string')
    throw bad('tool_choice: "none", "auto", "required" or {"type": "function", "function": {"name"}} is needed.');
  if (!tools.some((tool) => tool.function.name === name))
    throw bad(`tool_choice: there is no tool "${name.slice(0, 64)}".`);
  return { type: 'function', function: { name } };
}
