// Against transformers in float32 on the dequantised weights (tests/golden/logits): log-probabilities, greedy tokens, perplexity, on the default
// model and on tiny ones of every tensor type and turn of the architecture.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { build, cases } from '../golden/logits/tiny.mjs';
import { F32 } from '../tools/gguf.mjs';

const BUILD = process.env.BUILD ?? 'build';
const MODEL = `${BUILD}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;
const GOLDEN = 'tests/golden/logits';
const EXACT = 0.01; // float activations: what another order of float32 sums may do
const FAST_MEAN = 0.09; // int8 activations: llama.cpp's own error on this model is 0.085 on average
const FAST_MOST = 0.35; // and 0.31 at worst

const golden = JSON.parse(fs.readFileSync(`${GOLDEN}/smollm2.json`, 'utf8'));
const tiny = JSON.parse(fs.readFileSync(`${GOLDEN}/tiny.json`, 'utf8'));

const oa = (...args) =>
  JSON.parse(execFileSync(`${BUILD}/native/oa`, [...args, '--json'], { maxBuffer: 1 << 26, timeout: 120_000 }));

/** Differences of the golden's log-probabilities; ids must be the golden's. */
function differences(model, row, prompt, ...flags) {
  const vocabulary = 49152;
  const { ids, top } = oa(
    'logits',
    model,
    '-p',
    prompt,
    '--top',
    String(flags.includes('--all') ? 283 : vocabulary),
    ...flags.filter((f) => f !== '--all'),
  );
  assert.deepEqual(ids, row.ids, `${row.name}: tokens`);
  const found = new Map(top);
  return row.top.map(([id, logprob]) => Math.abs(found.get(id) - logprob));
}

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;

test('the goldens were made from this model', () => {
  assert.equal(createHash('sha256').update(fs.readFileSync(MODEL)).digest('hex'), golden.sha256);
});

test('float activations: log-probabilities and 32 greedy tokens', { timeout: 400_000 }, () => {
  for (const row of golden.prompts) {
    const worst = Math.max(...differences(MODEL, row, row.prompt, '--exact'));
    assert.ok(worst <= EXACT, `${row.name}: off by ${worst}`);
    const { ids, finish_reason } = oa('complete', MODEL, '-p', row.prompt, '--temp', '0', '-n', '32', '--exact');
    assert.deepEqual(ids, row.greedy, `${row.name}: greedy`);
    assert.equal(finish_reason, row.finish_reason, row.name);
  }
});

test('int8 activations: log-probabilities', { timeout: 300_000 }, (t) => {
  const all = golden.prompts.map((row) => ({ name: row.name, off: differences(MODEL, row, row.prompt) }));
  const average = mean(all.flatMap(({ off }) => off));
  const worst = Math.max(...all.flatMap(({ off }) => off));
  t.diagnostic(`mean ${average.toFixed(4)}, worst ${worst.toFixed(4)}`);
  for (const { name, off } of all) assert.ok(Math.max(...off) <= FAST_MOST, `${name}: off by ${Math.max(...off)}`);
  assert.ok(average <= FAST_MEAN, `mean ${average}`);
});

test('perplexity within one per cent, either way', { timeout: 200_000 }, (t) => {
  const { perplexity: want, n_ids } = golden.perplexity;
  for (const flags of [['--exact'], []]) {
    const { perplexity, tokens } = oa('perplexity', MODEL, `${GOLDEN}/perplexity.txt`, ...flags);
    t.diagnostic(`${flags[0] ?? 'fast'}: ${perplexity.toFixed(4)}, reference ${want}`);
    assert.equal(tokens, n_ids - 1);
    assert.ok(Math.abs(perplexity / want - 1) < 0.01, `${perplexity}, wanted ${want}`);
  }
});

const folder = `${BUILD}/tiny`;
const made = new Map();
before(() => {
  execFileSync(process.execPath, [`${GOLDEN}/tiny.mjs`, folder], { stdio: 'ignore', timeout: 120_000 });
  for (const entry of JSON.parse(fs.readFileSync(`${folder}/index.json`, 'utf8')).cases) made.set(entry.name, entry);
});

for (const row of tiny.prompts)
  test(`tiny: ${row.name}`, () => {
    const { files, prompt } = made.get(row.name);
    const sums = files.map((name) =>
      createHash('sha256')
        .update(fs.readFileSync(path.join(folder, name)))
        .digest('hex'),
    );
    assert.deepEqual(sums, row.sha256, 'the files are those that the golden was made from');
    const model = path.join(folder, files[0]);
    const worst = Math.max(...differences(model, row, prompt, '--exact', '--all'));
    assert.ok(worst <= EXACT, `off by ${worst}`);
    assert.deepEqual(oa('complete', model, '-p', prompt, '--temp', '0', '-n', '12', '--exact').ids, row.greedy);
  });

test('RoPE is scaled linearly where only the factor is there, under either name', () => {
  const linear = cases.find((c) => c.name === 'rope-linear');
  const file = path.join(folder, 'rope-factor.gguf');
  const row = tiny.prompts.find((r) => r.name === linear.name);
  for (const key of ['llama.rope.scaling.factor', 'llama.rope.scale_linear']) {
    fs.writeFileSync(file, build({ ...linear, keys: [[key, F32, 4]] })[0].bytes);
    const worst = Math.max(...differences(file, row, linear.prompt, '--exact', '--all'));
    assert.ok(worst <= EXACT, `${key}: off by ${worst}`);
  }
});
