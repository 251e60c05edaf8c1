// The options of create() and availability(), checked.

import { regexSource } from '../constraint.js';
import { notSupported } from './errors.js';

/** @typedef {import('./types.js').CreateCoreOptions} CreateCoreOptions */
/** @typedef {import('./types.js').Expected} Expected */
/** @typedef {import('./types.js').SamplingMode} SamplingMode */
/** @typedef {import('../tools.js').ToolParams['tools']} Tools */

/**
 * @typedef {object} Settings
 * @property {SamplingMode} samplingMode
 * @property {Set<string>} inputs types that may be given, besides text
 * @property {Set<string>} outputs types that may be answered, besides text
 * @property {string[]} languages that are expected, in canonical form
 * @property {NonNullable<Tools>} tools
 */

const TYPES = ['text', 'image', 'audio', 'tool-call', 'tool-response'];

/** @type {Record<SamplingMode, { temperature: number, top_p?: number }>} */
export const SAMPLING = {
  'most-predictable': { temperature: 0 },
  predictable: { temperature: 0.3, top_p: 0.9 },
  'slightly-predictable': { temperature: 0.5, top_p: 0.95 },
  balanced: { temperature: 0.7, top_p: 0.95 },
  'slightly-creative': { temperature: 0.85, top_p: 0.95 },
  creative: { temperature: 1, top_p: 0.98 },
  'most-creative': { temperature: 1.2 },
};

/**
 * @param {CreateCoreOptions} options
 * @returns {Settings}
 */
export function checkOptions(options) {
  const inputs = checkExpected('expectedInputs', options.expectedInputs);
  const outputs = checkExpected('expectedOutputs', options.expectedOutputs);
  const tools = Array.from(options.tools ?? [], checkTool);
  const names = new Set(tools.map((tool) => tool.function.name));
  if (names.size < tools.length) throw new TypeError('tools: two tools have the same name');
  if (tools.length > 0 && !outputs.types.has('tool-call'))
    throw new TypeError("tools: expectedOutputs must have { type: 'tool-call' }");
  return {
    samplingMode: checkMode(options.samplingMode),
    inputs: inputs.types,
    outputs: outputs.types,
    languages: [...inputs.languages, ...outputs.languages],
    tools,
  };
}

/**
 * @param {unknown} mode
 * @returns {SamplingMode}
 */
function checkMode(mode) {
  if (mode === undefined || mode === 'default') return 'balanced';
  if (typeof mode === 'string' && mode in SAMPLING) return /** @type {SamplingMode} */ (mode); // just looked up
  throw new TypeError(`samplingMode: one of ${Object.keys(SAMPLING).join(', ')} is needed`);
}

/**
 * @param {string} name
 * @param {Expected[] | undefined} list
 */
function checkExpected(name, list) {
  const types = new Set();
  /** @type {string[]} */
  const languages = [];
  for (const expected of list ?? []) {
    const type = String(expected?.type);
    if (!TYPES.includes(type)) throw new TypeError(`${name}: "${type}" is no type; one of ${TYPES.join(', ')} is`);
    types.add(type);
    languages.push(...Intl.getCanonicalLocales(expected.languages ? Array.from(expected.languages, String) : []));
  }
  return { types, languages };
}

/**
 * @param {import('./types.js').PromptTool} tool
 * @param {number} i
 */
function checkTool(tool, i) {
  const { name, description, inputSchema } = tool;
  if (!name || !description) throw new TypeError(`tools[${i}]: a name and a description are needed`);
  if (typeof inputSchema !== 'object' || inputSchema === null)
    throw new TypeError(`tools[${i}].inputSchema: an object is needed`);
  // What its getters and toJSON throw is the caller's.
  const { type, properties = {}, required = [] } = /** @type {Record<string, unknown>} */ (inputSchema);
  if (type !== 'object') throw new TypeError(`tools[${i}].inputSchema: its type must be "object"`);
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties))
    throw new TypeError(`tools[${i}].inputSchema: its properties must be an object`);
  if (!Array.isArray(required)) throw new TypeError(`tools[${i}].inputSchema: its required must be an array`);
  const parameters = JSON.parse(JSON.stringify(inputSchema));
  return {
    type: /** @type {const} */ ('function'),
    function: { name: String(name), description: String(description), parameters },
  };
}

/**
 * Whether a model can do what is asked of it.
 * @param {Settings} settings
 * @param {string[] | null} known languages of the model; null: not known, so that no language is refused
 */
export function isServed({ inputs, outputs, languages }, known) {
  const media = ['image', 'audio'].some((type) => inputs.has(type) || outputs.has(type));
  if (media || outputs.has('tool-response')) return false;
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  return languages.every((tag) => {
    const { language } = new Intl.Locale(tag);
    return known ? known.includes(language) : names.of(language) !== undefined;
  });
}

/**
 * The constraint of an answer in the shape of chat.completions' response_format.
 * @param {unknown} constraint
 * @returns {import('../constraint.js').FormatParam | null}
 */
export function constraintFormat(constraint) {
  if (constraint === undefined || constraint === null) return null;
  if (typeof constraint !== 'object') throw new TypeError('responseConstraint: a JSON Schema or a RegExp is needed');
  if (constraint instanceof RegExp) {
    const regex = regexSource(constraint);
    if (regex === null) throw notSupported('responseConstraint: the flag v is not supported');
    return { type: 'regex', regex };
  }
  try {
    const schema = JSON.parse(JSON.stringify(constraint));
    return { type: 'json_schema', json_schema: { name: 'response', schema, strict: true } };
  } catch (e) {
    throw notSupported(`responseConstraint: this is no JSON Schema (${e instanceof Error ? e.message : e})`);
  }
}
