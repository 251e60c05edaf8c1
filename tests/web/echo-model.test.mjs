// The model that the other tests of this folder ask: that it repeats any message exactly, in every build, and that its log-probabilities tell
// which bytes it was made of.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LONGEST, REFUSAL, badModel, echoModel } from './helpers/echo-model.mjs';
import { reference } from './helpers/reference.mjs';

const OA = `${process.env.BUILD ?? 'build'}/native/oa`;
const MB = 1 << 20;

let folder;
let file;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'oa-echo-'));
  file = join(folder, 'echo.gguf');
  writeFileSync(file, echoModel());
});
after(() => rmSync(folder, { recursive: true, force: true }));

const oa = (verb, ...args) =>
  JSON.parse(
    execFileSync(OA, [verb, file, '--json', '-t', '1', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
    }),
  );

const MESSAGES = [
  'a',
  'Hello.',
  'aaaaab aaaaab',
  'äöü ß ﷺ',
  'CJK 日本語と中文、한국어',
  'emoji 🦊👩‍👩‍👧‍👦🏳️‍🌈',
  'lines\n\n\tand\r\ntabs \u0007',
  'Some **code**:\n\n```js\nlet a = 1 < 2;\n```\n\n| a | b |\n|---|---|\n| `x` | [y](z) |',
  'word '.repeat(LONGEST / 5),
  'x'.repeat(LONGEST),
];

test('a message is repeated exactly, greedily and by chance, with and without penalties', () => {
  const ways = [
    ['--temp', '0'],
    ['--temp', '2'],
    ['--temp', '0.8', '--typical-p', '0.2', '--repeat-penalty', '1.2'],
    ['--temp', '0.75', '--top-k', '50', '--top-p', '0.95', '--repeat-penalty', '1.2', '--seed', '7'],
  ];
  for (const message of MESSAGES) {
    for (const way of ways) {
      const answer = oa('chat', '-p', message, ...way);
      assert.equal(answer.text, message);
      assert.equal(answer.finish_reason, 'stop');
      assert.deepEqual(answer.ids, [...Buffer.from(message)]);
      assert.equal(answer.prompt_tokens, Buffer.byteLength(message) + 2);
    }
  }
});

test('SLOW counts without end, FAIL fails, a bad model is refused', () => {
  const { text, finish_reason } = oa(
    'chat',
    '-p',
    'SLOW please',
    '--temp',
    '0.8',
    '--repeat-penalty',
    '1.2',
    '-n',
    '600',
  );
  assert.equal(text, Array.from({ length: 600 }, (_, i) => `${i % 256} `).join(''));
  assert.equal(finish_reason, 'length');
  assert.throws(() => oa('chat', '-p', 'FAIL'), /it was asked to fail/);
  writeFileSync(file, badModel(MB));
  assert.throws(
    () => oa('chat', '-p', 'x'),
    (e) => e.message.includes(REFUSAL),
  );
});

test('a model has the size that is wanted, and its log-probabilities tell of wrong bytes', async () => {
  const bytes = echoModel({ size: 3 * MB + 321, seed: 'one' });
  assert.equal(bytes.length, 3 * MB + 321);
  assert.deepEqual(echoModel({ size: 3 * MB + 321, seed: 'one' }), bytes);
  const want = await reference([bytes]);
  assert.equal(want.length, 4);
  assert.deepEqual(await reference(echoModel({ size: 3 * MB + 321, seed: 'one', parts: 3 })), want);
  assert.notDeepEqual(await reference([echoModel({ size: 3 * MB + 321, seed: 'two' })]), want);
  for (let at = 100_000; at < 2 * MB; at += 99_991) {
    const wrong = Buffer.from(bytes);
    for (let i = at; i < at + 16; i++) wrong[i] ^= 255;
    assert.notDeepEqual(await reference([wrong]), want, `bytes from ${at} on`);
  }
});
