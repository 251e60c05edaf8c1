// embeddings: OpenAI's shape of texts as vectors.

import { CoreError } from '../lib/errors.js';
import { bad, isIds, wellFormed } from './messages.js';

/** @typedef {string | number[]} EmbedInput a text, or its token ids */

/**
 * @typedef {object} EmbeddingParams
 * @property {EmbedInput | string[] | number[][]} input
 * @property {'float' | 'base64' | null} [encoding_format] base64: of float32, little-endian
 * @property {number | null} [dimensions] only the model's own
 * @property {'mean' | 'last' | null} [pooling] ours: the mean of the tokens' final states (default), or the last one
 * @property {string | null} [model] is not read: the model that is loaded answers
 */

/** @typedef {{ object: 'embedding', index: number, embedding: number[] | string }} Embedding number[]: of unit length */
/** @typedef {{ object: 'list', data: Embedding[], model: string, usage: { prompt_tokens: number, total_tokens: number } }} EmbeddingList */

const INPUTS_MOST = 2048; // OpenAI's

/**
 * @param {unknown} input
 * @returns {EmbedInput[]}
 */
function checkInput(input) {
  const list = Array.isArray(input) && !isIds(input) ? input : [input];
  if (list.length === 0 || list.length > INPUTS_MOST) throw bad(`input: 1 to ${INPUTS_MOST} texts are needed.`);
  return list.map((one, i) => {
    const place = list.length > 1 ? `input[${i}]` : 'input';
    if (one === '') throw bad(`${place}: the text is empty.`);
    if (typeof one === 'string') return wellFormed(one);
    if (isIds(one)) return one;
    throw bad(`${place}: a text, or a list of token ids, is needed.`);
  });
}

/** @param {number[]} values */
function toBase64(values) {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
}

/**
 * @param {import('./engine.js').EngineLike} engine
 * @param {EmbeddingParams} params
 * @param {import('./completions.js').CallOptions} [options]
 * @returns {Promise<EmbeddingList>}
 */
export async function createEmbeddings(engine, params, { signal } = {}) {
  if (typeof params !== 'object' || params === null) throw bad('create() takes an object.');
  const prompts = checkInput(params.input);
  const { encoding_format: format, dimensions, pooling } = params;
  if (format && format !== 'float' && format !== 'base64') throw bad('encoding_format: "float" or "base64" is needed.');
  if (pooling && pooling !== 'mean' && pooling !== 'last') throw bad('pooling: "mean" or "last" is needed.');
  signal?.throwIfAborted();
  const { id, info } = await engine.load();
  const own = info.embedding;
  if (dimensions !== undefined && dimensions !== null && dimensions !== own)
    throw new CoreError('ERR_UNSUPPORTED', `dimensions: this model's vectors have ${own}. Leave it out.`);
  const result = await engine.call({ type: 'embed', prompts, pooling: pooling ?? 'mean' }, { signal });
  const { embeddings, tokens } = /** @type {import('../core/protocol.js').Embedded} */ (result); // what embed answers
  const data = embeddings.map((values, index) => ({
    object: /** @type {const} */ ('embedding'),
    index,
    embedding: format === 'base64' ? toBase64(values) : values,
  }));
  return { object: 'list', data, model: id, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
