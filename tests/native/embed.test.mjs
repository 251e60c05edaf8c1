// oa embed: against transformers (tests/golden/logits), and the other way round, the last state is what the reference's log-probabilities are
// made of; vectors say what is alike.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { fromHalf, readGguf } from '../tools/gguf.mjs';

const BUILD = process.env.BUILD ?? 'build';
const MODEL = `${BUILD}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;
const readGolden = (name) => JSON.parse(fs.readFileSync(`tests/golden/logits/${name}.json`, 'utf8'));
const golden = readGolden('smollm2');
const EXACT = 1e-6; // 1 - cosine, float activations: what another order of float32 sums may do
const FAST = 0.001; // int8 activations, keys and values

const run = (input, ...args) =>
  spawnSync(`${BUILD}/native/oa`, ['embed', MODEL, ...args], { input, encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 }); // prettier-ignore

/** @param {string} input of standard input, or '' where the texts are among the arguments */
function vectors(input, ...args) {
  const { status, stdout, stderr } = run(input, '--json', ...args);
  assert.equal(status, 0, stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
const embed = (lines, ...args) => vectors(`${lines.join('\n')}\n`, ...args);

const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

/** A vector of the golden file. */
function fromBase64(text) {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

test('the same vectors as transformers computes in float32', (t) => {
  const { prompts, sha256 } = readGolden('embeddings');
  const texts = JSON.parse(fs.readFileSync('tests/golden/logits/prompts.json', 'utf8'));
  assert.equal(sha256, golden.sha256); // which logits.test.mjs checks
  assert.equal(prompts.length, Object.keys(texts).length);
  for (const [flags, most] of [
    [['--exact'], EXACT],
    [[], FAST],
  ]) {
    for (const pooling of ['mean', 'last']) {
      const found = vectors('', '--pooling', pooling, ...flags, '--', ...prompts.map(({ name }) => texts[name]));
      const off = prompts.map((row, i) => 1 - dot(found[i], fromBase64(row[pooling])));
      t.diagnostic(`${pooling} ${flags}: 1 - cosine is ${Math.max(...off).toExponential(1)} at most`);
      for (const [i, { name }] of prompts.entries())
        assert.ok(off[i] <= most, `${pooling} ${flags}, ${name}: ${off[i]}`);
    }
  }
});

/** Rows of the output matrix, which is the embedding's too: Q8_0. */
function outputRows(ids) {
  const { tensors } = readGguf(fs.readFileSync(MODEL));
  const { data, dims } = tensors.find((t) => t.name === 'token_embd.weight');
  const bytes = (dims[0] / 32) * 34;
  return ids.map((id) =>
    Array.from({ length: dims[0] }, (_, i) => {
      const at = id * bytes + Math.floor(i / 32) * 34;
      return fromHalf(data.readUInt16LE(at)) * data.readInt8(at + 2 + (i % 32));
    }),
  );
}

test('the last state: differences of log-probabilities are its products with the output matrix, but for its length', () => {
  const rows = golden.prompts.filter(({ prompt }) => !prompt.includes('\n')).slice(0, 6);
  assert.ok(rows.length >= 4);
  const found = embed(rows.map((row) => row.prompt), '--pooling', 'last', '--exact'); // prettier-ignore
  for (const [i, { top, name }] of rows.entries()) {
    const products = outputRows(top.map(([id]) => id)).map((w) => dot(w, found[i]));
    const logits = top.map(([, p]) => p - top[0][1]);
    const own = products.map((p) => p - products[0]);
    const length = dot(logits, own) / dot(own, own);
    assert.ok(length > 1, `${name}: ${length}`);
    for (const [k, want] of logits.entries())
      assert.ok(Math.abs(own[k] * length - want) < 0.005, `${name}: ${own[k] * length} for ${want}`);
  }
});

test('unit length, whatever the pooling and the arithmetic; int8 activations are near to floats', () => {
  const lines = ['The capital of France is Paris.', 'x', 'Ein längerer Satz, 🙂 mit Zeichen aller Art.'];
  for (const pooling of ['mean', 'last']) {
    const [exact, fast] = [embed(lines, '--pooling', pooling, '--exact'), embed(lines, '--pooling', pooling)];
    for (const [i, vector] of fast.entries()) {
      assert.equal(vector.length, 576);
      assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-6);
      assert.ok(dot(vector, exact[i]) > 0.995, `${pooling}: ${dot(vector, exact[i])}`);
    }
  }
});

test('what is alike is nearer', () => {
  const lines = ['A cat sits on the mat.', 'A kitten lies on the rug.', 'Shares fell sharply on the stock exchange.', 'The stock market lost value.']; // prettier-ignore
  const [cat, kitten, shares, market] = embed(lines);
  assert.ok(dot(cat, kitten) > dot(cat, shares) && dot(cat, kitten) > dot(kitten, market));
  assert.ok(dot(shares, market) > dot(shares, cat) && dot(shares, market) > dot(market, kitten));
});

test('texts among the arguments: line breaks are theirs, - is standard input, an empty one is named', () => {
  const [one, two] = embed(['one', 'two']);
  assert.deepEqual(vectors('', 'one', 'two'), [one, two]);
  assert.deepEqual(vectors('two\none', 'one', '-', 'two'), [one, two, one, two]);
  const [broken] = vectors('', 'one\ntwo');
  assert.ok(dot(broken, one) < 0.9999 && dot(broken, two) < 0.9999);
  const { status, stderr } = run('', 'one', '', '--json');
  assert.deepEqual([status, stderr], [1, 'oa: TEXT 2 is empty: there is nothing to embed\n']);
});

test('lines: the same vector wherever it stands, with and without a last line break; an empty one is named', () => {
  const [alone] = embed(['one']);
  assert.deepEqual(embed(['two', 'one'])[1], alone);
  assert.deepEqual(JSON.parse(run('one', '--json').stdout), alone);
  assert.deepEqual(JSON.parse(run('one\r\n', '--json').stdout), alone);
  assert.equal(run('', '--json').stdout, '');
  assert.equal(run('one\n').stdout.trimEnd().split(' ').length, 576);
  const { status, stderr } = run('one\n\ntwo\n', '--json');
  assert.deepEqual([status, stderr], [1, 'oa: line 2 is empty: there is nothing to embed\n']);
  assert.match(run('one', '--pooling', 'max').stderr, /embed: "mean" or "last" is needed/);
  assert.match(run('word '.repeat(9000)).stderr, /the prompt has 900\d tokens, the context holds 4096/);
});
