// What an answer must be: response_format as OpenAI has it, and with regular expressions and grammars. The core compiles it
// (src/infer/grammar.h) and says what it does not support, by keyword and place.

import { CoreError } from '../lib/errors.js';

/** @typedef {import('../core/protocol.js').ResponseFormat} ResponseFormat */

/**
 * What a caller may write. `strict` changes nothing: the schema always holds.
 * @typedef {{ type: 'text' } | { type: 'json_object' }
 *   | { type: 'json_schema', json_schema: { name?: string, description?: string, schema?: object | boolean, strict?: boolean | null } }
 *   | { type: 'regex', regex: string | RegExp } | { type: 'grammar', grammar: string }} FormatParam
 */

/** @param {string} message */
const bad = (message) => new CoreError('ERR_ARGUMENT', `response_format: ${message}`);

/**
 * A schema as its JSON says it: classes, functions and cycles are not part of one.
 * @param {unknown} schema
 */
function plainSchema(schema) {
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema)))
    throw bad('json_schema.schema: a JSON Schema, an object or a boolean, is needed.');
  try {
    return JSON.parse(JSON.stringify(schema));
  } catch (e) {
    throw bad(`json_schema.schema cannot be written as JSON: ${e instanceof Error ? e.message : e}`);
  }
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function plainText(value, name) {
  if (typeof value === 'string' && value !== '') return value;
  throw bad(`${name}: a text that is not empty is needed.`);
}

/**
 * The source of an expression that the whole text must match, with its flags written into it.
 * @param {RegExp} regex
 * @returns {string | null} null with the flag v, whose sets the core does not read
 */
export function regexSource({ source, flags }) {
  if (flags.includes('v')) return null;
  const own = flags.replace(/[^ims]/g, ''); // the others are about where to search
  return own ? `(?${own}:${source})` : source;
}

/**
 * @param {unknown} regex
 */
function plainRegex(regex) {
  if (!(regex instanceof RegExp)) return plainText(regex, 'regex');
  const source = regexSource(regex);
  if (source === null) throw bad('regex: the flag v is not supported.');
  return source;
}

/**
 * @param {unknown} given
 * @returns {ResponseFormat | null} null where any text will do
 */
export function checkFormat(given) {
  if (given === undefined || given === null) return null;
  if (typeof given !== 'object') throw bad('an object with a type is needed.');
  const format = /** @type {Partial<Record<string, unknown>>} */ (given); // each member is checked below
  switch (format.type) {
    case 'text':
      return null;
    case 'json_object':
      return { type: 'json_object' };
    case 'json_schema': {
      const inner = /** @type {{ schema?: unknown } | null | undefined} */ (format.json_schema);
      return { type: 'json_schema', json_schema: { schema: plainSchema(inner?.schema) } };
    }
    case 'regex':
      return { type: 'regex', regex: plainRegex(format.regex) };
    case 'grammar':
      return { type: 'grammar', grammar: plainText(format.grammar, 'grammar') };
    default:
      throw bad('type: "text", "json_object", "json_schema", "regex" or "grammar" is needed.');
  }
}
