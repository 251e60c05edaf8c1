// A real model whose weights are not trained but written down: it repeats the last message byte by byte. Where that holds SLOW it counts 0 1 2 ...
// without end, where it holds FAIL its chat template fails. So each answer is known, and all from the file to the last token is the product's own.
//
// How it works. A token is a byte, and has a random code of +1 and -1. The chat template writes the message, ⟦end⟧, and ⟦n⟧, which says by its
// number how far back a byte's echo looks: as far as from ⟦n⟧ to the message's first byte, for every byte of the answer the same.
//   Layer 1: every position finds ⟦n⟧ by a feature that only it has, and takes over its angles: cos and sin of n times each RoPE frequency.
//   Layer 2: these angles are the query, every key is the same, so that RoPE alone makes the score: the sum of cos((distance - n) frequency),
//   which is greatest where the distance is n. The value is the code of the byte found there, and the output matrix knows it by its code.
// A number's own embedding is its successor's code, larger than anything that attention brings.
//
// The feed-forward blocks are random and do next to nothing, but their weights move the log-probabilities a little. They are what makes a model
// large, all but its last 0.7 MB, and where a stretch of them did not arrive in the core as it was sent, it shows there (see load.mjs).
import { f16, randomOf } from '../../golden/logits/tiny_types.mjs';
import { ARRAY, F32, I32, STRING, U32, byteCharacters, gguf, split } from '../../tools/gguf.mjs';

const CODE = 62; // values of a token's code: one for each value of a head but two, so that a head can carry it
const FREQUENCIES = 16;
const EMBD = 96;
const HEAD = 64;
const ROT = CODE; // where in the residual stream the angles lie, in pairs
const ONE = ROT + 2 * FREQUENCIES; // the same in every token
const MARK = ONE + 1; // that of ⟦n⟧
const FIND = 2 * FREQUENCIES; // the value of a head that RoPE leaves alone
const ROPE_BASE = 100; // neighbours' scores differ by 1.08, more than with a greater base, and nothing else within 4096 comes as near

export const LONGEST = 1000; // bytes of a message that is echoed
const COUNT = 256; // numbers; after the last comes the first
const CONTEXT = 4096;
const TYPES = { F32: 0, F16: 1, Q8_0: 8 };
const BLOCK = 32;
const BLOCK_BYTES = 34;
const FF_BYTES = 6 * EMBD * BLOCK_BYTES; // of 32 units of both feed-forward blocks
const EFFECT = [0.02, 0.15]; // of a feed-forward block; after the first a key may not differ by more than 1.08 / FREQUENCIES
const SIZE_LEAST = 720_000; // of everything else, and a little

const END = 256; // ids: bytes are themselves
const START = 257; // of counting
const NUMBERS = 258;
const FAR = NUMBERS + COUNT; // ⟦1⟧
const VOCAB = FAR + LONGEST + 1;

// What is above the last character keeps a text from being a control token, and is no token itself.
export const TEMPLATE = `{%- set text = messages[-1].content -%}
{%- if 'FAIL' in text -%}{{ raise_exception('it was asked to fail') }}{%- endif -%}
{{- text -}}
{%- if 'SLOW' in text -%}⟦count⟧{%- else -%}
{%- set far = namespace(n=1) -%}
{%- for c in text if c <= '\\U0010FFFF' -%}
  {%- set far.n = far.n + 1 -%}
  {%- if c >= '\\u0080' -%}{%- set far.n = far.n + 1 -%}
    {%- if c >= '\\u0800' -%}{%- set far.n = far.n + 1 -%}
      {%- if c >= '\\U00010000' -%}{%- set far.n = far.n + 1 -%}{%- endif -%}
    {%- endif -%}
  {%- endif -%}
{%- endfor -%}
⟦end⟧⟦{{ far.n }}⟧
{%- endif -%}`;

/** Before the rest of the template: tools and all but the last message, so that a conversation has a size. */
const HISTORY = `{%- if tools -%}{{ tools | tojson }}⟦end⟧{%- endif -%}
{%- for m in messages[:-1] -%}{{ m.content }}⟦end⟧{%- endfor -%}`;

/** A text that the model continues with itself: what its template makes of a message. */
export const echoPrompt = (text) => `${text}⟦end⟧⟦${Buffer.byteLength(text) + 1}⟧`;

/** Codes that agree in at most 42 values of 62 with each other. */
function makeCodes(n, random) {
  const codes = [];
  while (codes.length < n) {
    const code = Int8Array.from({ length: CODE }, () => (random.u32() >>> 31 ? 1 : -1));
    const near = codes.some((other) => code.reduce((sum, v, i) => sum + v * other[i], 0) > 22);
    if (!near) codes.push(code);
  }
  return codes;
}

class Matrix {
  constructor(cols, rows) {
    this.dims = [cols, rows];
    this.view = new DataView(new ArrayBuffer(cols * rows * 2));
  }
  set(row, col, v) {
    this.view.setUint16((row * this.dims[0] + col) * 2, f16(v), true);
  }
  tensor = (name) => ({ name, type: TYPES.F16, dims: this.dims, data: new Uint8Array(this.view.buffer) });
}

const vector = (name, values) => ({ name, type: TYPES.F32, dims: [values.length], data: Float32Array.from(values) });

/** Random weights of about this standard deviation. */
function randomMatrix(name, cols, rows, deviation, random) {
  const words = new Uint32Array(Math.ceil(((cols * rows) / BLOCK) * (BLOCK_BYTES / 4)));
  for (let i = 0; i < words.length; i++) words[i] = random.u32();
  const data = new Uint8Array(words.buffer, 0, ((cols * rows) / BLOCK) * BLOCK_BYTES);
  const scale = f16(deviation / 74); // 74: the deviation of a byte
  for (let at = 0; at < data.length; at += BLOCK_BYTES) {
    data[at] = scale & 255;
    data[at + 1] = scale >>> 8;
  }
  return { name, type: TYPES.Q8_0, dims: [cols, rows], data };
}

/** Embedding and output: who is followed by whom, and what each token looks like. */
function vocabularyTensors(codes) {
  const embd = new Matrix(EMBD, VOCAB);
  const output = new Matrix(EMBD, VOCAB);
  const put = (m, row, code, factor) => code.forEach((v, i) => m.set(row, i, v * factor));
  for (let id = 0; id < VOCAB; id++) {
    const n = id - FAR + 1;
    embd.set(id, ONE, 4);
    embd.set(id, MARK, n > 0 ? 4 : -0.5);
    for (let f = 0; n > 0 && f < FREQUENCIES; f++) {
      const angle = n * ROPE_BASE ** (-f / FREQUENCIES);
      embd.set(id, ROT + 2 * f, 1.7 * Math.cos(angle)); // 1.7: as long as a code
      embd.set(id, ROT + 2 * f + 1, 1.7 * Math.sin(angle));
    }
    if (id < FAR && id !== START) put(output, id, codes[id], 1);
    if (id <= END) put(embd, id, codes[id], 1);
    else if (id < FAR) put(embd, id, codes[NUMBERS + ((id - NUMBERS + 1) % COUNT)], 64);
  }
  return [embd.tensor('token_embd.weight'), output.tensor('output.weight')];
}

function attentionTensors() {
  const pair = (cols, rows) => [new Matrix(cols, rows), new Matrix(cols, rows)]; // one for each layer
  const [q, k, v, o] = [pair(EMBD, HEAD), pair(EMBD, HEAD), pair(EMBD, HEAD), pair(HEAD, EMBD)];
  q[0].set(FIND, ONE, 12); // everyone looks for the mark, and takes the angles over
  k[0].set(FIND, MARK, 1);
  for (let i = 0; i < 2 * FREQUENCIES; i++) {
    v[0].set(i, ROT + i, 1);
    o[0].set(ROT + i, i, 1);
  }
  for (let f = 0; f < FREQUENCIES; f++) {
    q[1].set(2 * f, ROT + 2 * f, 50); // a key turned by its distance d is (cos d, -sin d): cos n cos d + sin n sin d = cos(d - n)
    q[1].set(2 * f + 1, ROT + 2 * f + 1, -50);
    k[1].set(2 * f, ONE, 1);
  }
  for (let i = 0; i < CODE; i++) {
    v[1].set(i, i, 1);
    o[1].set(i, i, 16); // more than the current token's own code, less than a number's
  }
  const named = { attn_q: q, attn_k: k, attn_v: v, attn_output: o };
  return Object.entries(named).flatMap(([name, layers]) => layers.map((m, i) => m.tensor(`blk.${i}.${name}.weight`)));
}

let vocabulary = null; // the same in every model, and not quickly made

function makeTensors(seed, ff) {
  const random = randomOf(seed);
  vocabulary ??= vocabularyTensors(makeCodes(FAR, randomOf('codes')));
  const ones = Array(EMBD).fill(1);
  const blocks = [0, 1].flatMap((i) => [
    vector(`blk.${i}.attn_norm.weight`, ones),
    vector(`blk.${i}.ffn_norm.weight`, ones),
    randomMatrix(`blk.${i}.ffn_gate.weight`, EMBD, ff, 0.1, random),
    randomMatrix(`blk.${i}.ffn_up.weight`, EMBD, ff, 0.1, random),
    randomMatrix(`blk.${i}.ffn_down.weight`, ff, EMBD, EFFECT[i] / Math.sqrt(ff), random),
  ]);
  return [
    ...blocks,
    ...vocabulary,
    vector(
      'output_norm.weight',
      Array.from({ length: EMBD }, (_, i) => (i < CODE ? 4 : 0)),
    ),
    ...attentionTensors(),
  ];
}

function makeMetadata(ff, history) {
  const numbers = Array.from({ length: COUNT }, (_, i) => `${i}Ġ`);
  const far = Array.from({ length: LONGEST + 1 }, (_, i) => `⟦${i + 1}⟧`);
  const tokens = [...byteCharacters(), '⟦end⟧', '⟦count⟧', ...numbers, ...far];
  const kinds = tokens.map((t) => (t.startsWith('⟦') ? 3 : 1));
  return [
    ['general.architecture', STRING, 'llama'],
    ['general.name', STRING, 'Echo'],
    ['llama.block_count', U32, 2],
    ['llama.context_length', U32, CONTEXT],
    ['llama.embedding_length', U32, EMBD],
    ['llama.feed_forward_length', U32, ff],
    ['llama.attention.head_count', U32, 1],
    ['llama.attention.key_length', U32, HEAD],
    ['llama.attention.value_length', U32, HEAD],
    ['llama.rope.dimension_count', U32, 2 * FREQUENCIES],
    ['llama.rope.freq_base', F32, ROPE_BASE],
    ['llama.attention.layer_norm_rms_epsilon', F32, 1e-6],
    ['tokenizer.ggml.model', STRING, 'gpt2'],
    ['tokenizer.ggml.pre', STRING, 'gpt-2'],
    ['tokenizer.ggml.tokens', ARRAY, [STRING, tokens]],
    ['tokenizer.ggml.token_type', ARRAY, [I32, kinds]],
    ['tokenizer.ggml.merges', ARRAY, [STRING, []]],
    ['tokenizer.ggml.eos_token_id', U32, END],
    ['tokenizer.chat_template', STRING, history ? HISTORY + TEMPLATE : TEMPLATE],
  ];
}

/**
 * The model's file, or with `parts` its files.
 * @param {{ size?: number, seed?: string, parts?: number, keys?: [string, number, unknown][], history?: boolean }} [options] size: of the one
 *   file in bytes, the rest being padding; without, as small as can be. seed: of its random weights. keys: metadata that is to be otherwise.
 *   history: its template writes the whole conversation and the tools, not the last message alone
 */
export function echoModel({ size = 0, seed = 'echo', parts = 1, keys = [], history = false } = {}) {
  const ff = Math.max(1, Math.floor((size - SIZE_LEAST) / FF_BYTES)) * BLOCK;
  const metadata = makeMetadata(ff, history).map((row) => keys.find(([key]) => key === row[0]) ?? row);
  const tensors = makeTensors(seed, ff);
  if (parts > 1) return split(metadata, tensors, parts);
  const bytes = gguf(metadata, tensors);
  if (size && size < bytes.length) throw new Error(`an echo model has at least ${bytes.length} bytes`);
  return size ? Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]) : bytes;
}

/** One that the core refuses as soon as it has read its head: REFUSAL. */
export const badModel = (size) => echoModel({ size, keys: [['llama.attention.head_count', U32, 0]] });
export const REFUSAL = 'GGUF key "llama.attention.head_count" is 0, wanted 1 to 1024';
