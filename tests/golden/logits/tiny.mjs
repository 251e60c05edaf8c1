// Tiny llamas with random weights, one for each tensor type and each turn of the architecture: together they pass through every
// kernel and every branch of the loader. The same bytes on every run, so the files need not be kept.
//
//     node tiny.mjs OUTDIR        writes <case>.gguf and index.json: {cases: [{name, files, prompt}]}
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ARRAY, BOOL, F32, I32, STRING, U32, byteCharacters, gguf, split } from '../../tools/gguf.mjs';
import { fill, randomOf, types } from './tiny_types.mjs';

const VOCAB = 283; // not a multiple of any tile

const text =
  'The quick brown fox jumps over the lazy dog; then, in the thin air, nothing. 0123456789 äöü 日本 🦊';
const shapeA = { embd: 192, heads: 6, kv: 2, dim: 32, ff: 320 };
const shapeB = { embd: 256, heads: 4, kv: 2, dim: 64, ff: 512 };
const usual = { ...shapeA, type: 'Q8_0', layers: 2, base: 10000, prompt: text };

const perType = Object.keys(types).map((type) => ({
  ...usual,
  ...(types[type].block === 256 ? shapeB : shapeA),
  name: `type-${type.toLowerCase()}`,
  type,
}));
const mixed = { token_embd: 'Q4_K', output: 'Q6_K', attn_v: 'Q6_K', ffn_down: 'Q5_K', attn_q: 'Q2_K' };
const scaling = (type, ...rest) => [['llama.rope.scaling.type', STRING, type], ...rest];
const factor = ['llama.rope.scaling.factor', F32, 4];

/** What there is, each a change of `usual`. */
export const cases = [
  ...perType,
  ...[
    { name: 'mixed-untied', ...shapeB, type: 'Q4_K', types: mixed, untied: true },
    { name: 'untied', untied: true },
    { name: 'every-head-its-own-keys', kv: 6, keyless: true },
    { name: 'one-key-head', kv: 1 },
    { name: 'wide-heads', dim: 48, keys: [['llama.attention.key_length', U32, 48], ['llama.attention.value_length', U32, 48]] },
    { name: 'norms-f16', norms: 'F16' },
    { name: 'norms-bf16', norms: 'BF16', type: 'BF16' },
    { name: 'with-biases', biases: ['attn_q', 'attn_k', 'attn_v', 'attn_output'] },
    { name: 'rope-base', base: 500000, prompt: text.repeat(3) },
    { name: 'rope-linear', keys: scaling('linear', factor) },
    { name: 'rope-frequencies', frequencies: true, base: 500000, prompt: text.repeat(2) },
    {
      name: 'rope-yarn',
      keys: scaling('yarn', factor, ['llama.rope.scaling.original_context_length', U32, 128]),
      prompt: text.repeat(3),
    },
    { name: 'bos', keys: [['tokenizer.ggml.add_bos_token', BOOL, true]] },
    { name: 'llama-bpe', pre: 'llama-bpe' },
    { name: 'five-layers', layers: 5 },
    { name: 'version-2', version: 2 },
    { name: 'aligned-256', align: 256, keys: [['general.alignment', U32, 256]] },
    { name: 'split', splits: 3 },
    { name: 'one-token', prompt: 't' },
  ].map((change) => ({ ...usual, ...change })),
];

function vocabulary() {
  const merges = [];
  const specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const pairs = 't h,h e,i n,th e,a n,e r,Ġ t,Ġt he,o n,in g,o th,Ġ n,Ġn oth,Ġnoth ing,Ġ d,o w,1 2,Ġ b,r o,u i,n o'.split(',');
  const tokens = [...specials, ...byteCharacters()];
  for (const pair of pairs) {
    merges.push(pair);
    tokens.push(pair.replace(' ', ''));
  }
  while (tokens.length < VOCAB) tokens.push(`<|unused ${tokens.length}|>`);
  const kind = tokens.map((t) => (t.startsWith('<|') ? 3 : 1));
  return { tokens, merges, kind };
}

function metadata(c) {
  const { tokens, merges, kind } = vocabulary();
  return [
    ['general.architecture', STRING, 'llama'],
    ['general.name', STRING, c.name],
    ['llama.block_count', U32, c.layers],
    ['llama.context_length', U32, 512],
    ['llama.embedding_length', U32, c.embd],
    ['llama.feed_forward_length', U32, c.ff],
    ['llama.attention.head_count', U32, c.heads],
    ...(c.keyless ? [] : [['llama.attention.head_count_kv', U32, c.kv]]),
    ['llama.rope.dimension_count', U32, c.dim],
    ['llama.rope.freq_base', F32, c.base],
    ['llama.attention.layer_norm_rms_epsilon', F32, 1e-5],
    ['tokenizer.ggml.model', STRING, 'gpt2'],
    ['tokenizer.ggml.pre', STRING, c.pre ?? 'gpt-2'],
    ['tokenizer.ggml.tokens', ARRAY, [STRING, tokens]],
    ['tokenizer.ggml.token_type', ARRAY, [I32, kind]],
    ['tokenizer.ggml.merges', ARRAY, [STRING, merges]],
    ['tokenizer.ggml.bos_token_id', U32, 1],
    ['tokenizer.ggml.eos_token_id', U32, 2],
    ...(c.keys ?? []),
  ];
}

/** [{name, type, dims, data}] */
function tensors(c) {
  const out = [];
  const add = (name, type, dims, deviation, mean = 0) => {
    const n = dims.reduce((a, b) => a * b);
    out.push({ name, type, dims, data: fill(type, n, deviation, randomOf(`${c.name} ${name}`), mean) });
  };
  const matrix = (prefix, name, cols, rows, deviation = 1 / Math.sqrt(cols)) =>
    add(`${prefix}${name}.weight`, c.types?.[name] ?? c.type, [cols, rows], deviation);
  const norm = (name) => add(name, c.norms ?? 'F32', [c.embd], 0.2, 1);
  matrix('', 'token_embd', c.embd, VOCAB, 0.2);
  norm('output_norm.weight');
  if (c.untied) matrix('', 'output', c.embd, VOCAB, 0.2);
  if (c.frequencies) add('rope_freqs.weight', 'F32', [c.dim / 2], 2, 5);
  for (let i = 0; i < c.layers; i++) {
    const p = `blk.${i}.`;
    norm(`${p}attn_norm.weight`);
    // More than usual, so that answers depend on what stands where, and not on the last token alone.
    matrix(p, 'attn_q', c.embd, c.heads * c.dim, 1.5 / Math.sqrt(c.embd));
    matrix(p, 'attn_k', c.embd, c.kv * c.dim, 1.5 / Math.sqrt(c.embd));
    matrix(p, 'attn_v', c.embd, c.kv * c.dim);
    matrix(p, 'attn_output', c.heads * c.dim, c.embd, 2 / Math.sqrt(c.embd));
    const rows = { attn_q: c.heads * c.dim, attn_k: c.kv * c.dim, attn_v: c.kv * c.dim, attn_output: c.embd };
    for (const b of c.biases ?? []) add(`${p}${b}.bias`, 'F32', [rows[b]], 0.3);
    norm(`${p}ffn_norm.weight`);
    matrix(p, 'ffn_gate', c.embd, c.ff);
    matrix(p, 'ffn_up', c.embd, c.ff);
    matrix(p, 'ffn_down', c.ff, c.embd);
  }
  return out;
}

/** A case's files: [{name, bytes}]. */
export function build(c) {
  const list = tensors(c).map((t) => ({ ...t, type: types[t.type].number }));
  const how = { version: c.version, align: c.align };
  if (!c.splits) return [{ name: `${c.name}.gguf`, bytes: gguf(metadata(c), list, how) }];
  const five = (n) => String(n).padStart(5, '0');
  return split(metadata(c), list, c.splits, how).map((bytes, i) => ({
    name: `${c.name}-${five(i + 1)}-of-${five(c.splits)}.gguf`,
    bytes,
  }));
}

/** Writes every case into the folder; what index.json holds. */
export function writeAll(folder) {
  const index = cases.map((c) => {
    const files = build(c);
    for (const f of files) fs.writeFileSync(join(folder, f.name), f.bytes);
    return { name: c.name, files: files.map((f) => f.name), prompt: c.prompt };
  });
  fs.writeFileSync(join(folder, 'index.json'), JSON.stringify({ cases: index }));
  return index;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeAll(process.argv[2]);
