// The command line's contract: verbs, exit statuses, what goes to which stream, JSON on one line; the same tokens natively and under WASI.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

const BUILD = process.env.BUILD ?? 'build';
const OA = `${BUILD}/native/oa`;
const MODEL = `${BUILD}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;

let folder;
before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oa-cli-'))));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const spawn = (command, args, input) =>
  spawnSync(command, args, { input: input ?? '', encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26 });
const oa = (...args) => spawn(OA, args);
const wasi = (...args) =>
  spawn(process.execPath, ['--no-warnings', 'tests/tools/wasi.mjs', `${BUILD}/wasi/oa.wasm`, ...args]);

/** The one JSON object on the one line that a verb printed. */
function json(result) {
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^[^\n]+\n$/);
  return JSON.parse(result.stdout);
}

/** Failed as failures do: status 1, nothing on standard output, one line that matches. */
function refused(result, pattern) {
  assert.equal(result.status, 1, result.stderr);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, /^oa: [^\n]+\n$/);
  assert.match(result.stderr, pattern);
}

function misuse(result, pattern) {
  assert.equal(result.status, 2, result.stderr);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, pattern);
}

const file = (name, bytes) => {
  const to = path.join(folder, name);
  fs.writeFileSync(to, bytes);
  return to;
};

test('complete: the contract of its JSON', () => {
  const args = ['complete', MODEL, '-p', 'The capital of France is', '-n', '8', '--temp', '0', '--json'];
  const result = json(oa(...args));
  assert.match(result.text, /Paris/);
  assert.equal(result.ids.length, result.completion_tokens);
  assert.equal(result.finish_reason, 'length');
  assert.equal(result.completion_tokens, 8);
  assert.equal(result.prompt_tokens, 5);
  for (const key of ['load_ms', 'prefill_tps', 'decode_tps']) assert.ok(result.timings[key] > 0, key);
});

test('greedy tokens are the same on every body and for any number of threads', () => {
  const ask = ['-p', 'Tell me about the sea, please.', '--temp', '0', '-n', '24', '--json'];
  const one = json(oa('chat', MODEL, ...ask, '-t', '1'));
  const two = json(oa('chat', MODEL, ...ask, '-t', '2'));
  const three = json(oa('chat', MODEL, ...ask, '-t', '3'));
  const web = json(wasi('chat', MODEL, ...ask));
  assert.equal(one.ids.length, 24);
  for (const other of [two, three, web]) assert.deepEqual(other.ids, one.ids);
});

test('a seed gives the same sampled tokens on every body; another seed others', () => {
  const ask = (seed) => [
    'complete',
    MODEL,
    '-p',
    'Once upon a time',
    '--temp',
    '1',
    '--top-p',
    '0.95',
    '-n',
    '16',
    '--seed',
    seed,
    '--json',
  ];
  const first = json(oa(...ask('7')));
  assert.deepEqual(json(oa(...ask('7'), '-t', '1')).ids, first.ids);
  assert.deepEqual(json(wasi(...ask('7'))).ids, first.ids);
  assert.notDeepEqual(json(oa(...ask('8'))).ids, first.ids);
});

test('chat streams text, and the answer alone goes to standard output', () => {
  const result = oa('chat', MODEL, '-p', 'What is the capital of France?', '--temp', '0');
  assert.equal(result.status, 0);
  assert.equal(result.stdout, 'The capital of France is Paris.\n');
  assert.equal(result.stderr, '');
});

test('chat takes a system prompt, and a conversation line by line', () => {
  const system = json(
    oa('chat', MODEL, '-s', 'You answer in French.', '-p', 'Hello', '--temp', '0', '-n', '8', '--json'),
  );
  assert.ok(system.prompt_tokens < 25, 'the default system prompt is replaced');
  const talk = spawn(
    OA,
    ['chat', MODEL, '--temp', '0', '-n', '12'],
    'What is the capital of France?\nAnd of Italy?\n/bye\n',
  );
  assert.equal(talk.status, 0);
  assert.match(talk.stdout, /Paris/);
  assert.ok(talk.stdout.trim().split('\n').length >= 2);
});

test('a line of a conversation is one message, however long and whatever is in it', () => {
  const tokens = (line) => json(spawn(OA, ['chat', MODEL, '--temp', '0', '-n', '1', '--json'], line)).prompt_tokens;
  assert.ok(tokens('x\0\0\0yyy\r\n') > tokens('x\n') + 3);
  const long = spawn(OA, ['chat', MODEL, '--temp', '0', '-n', '1', '-c', '512'], `${'word '.repeat(20_000)}\nHi\n`);
  assert.equal(long.status, 1, 'a turn failed, and nobody was there to see it');
  assert.match(long.stderr, /^oa: the message has 20\d+ tokens[^\n]+\n$/);
  assert.equal(long.stdout, 'Hello\n', 'the next one is answered');
});

test('stop strings end an answer and are not part of it', () => {
  const result = json(oa('complete', MODEL, '-p', 'The capital of France is', '-n', '40', '--stop', 'Paris', '--json'));
  assert.equal(result.finish_reason, 'stop');
  assert.doesNotMatch(result.text, /Paris/);
});

test('tokenize: ids of standard input, special tokens only when asked', () => {
  const ids = (args, input) => JSON.parse(spawn(OA, ['tokenize', MODEL, '--json', ...args], input).stdout);
  assert.deepEqual(ids([], 'The capital of France is'), [504, 3575, 282, 4649, 314]);
  assert.equal(ids(['--special'], '<|im_start|>')[0], 1);
  assert.notEqual(ids([], '<|im_start|>')[0], 1);
  assert.deepEqual(ids([], ''), []);
  assert.equal(spawn(OA, ['tokenize', MODEL], 'The capital of France is').stdout, '504 3575 282 4649 314\n');
});

test('logits, perplexity, bench and info print what their contracts say', () => {
  const logits = json(oa('logits', MODEL, '-p', 'The capital of France is', '--top', '5', '--json'));
  assert.deepEqual(logits.ids, [504, 3575, 282, 4649, 314]);
  assert.equal(logits.top.length, 5);
  assert.ok(
    logits.top.every(
      ([id, logprob], i) => Number.isInteger(id) && logprob < 0 && (!i || logprob <= logits.top[i - 1][1]),
    ),
  );
  const perplexity = json(
    oa('perplexity', MODEL, file('text.txt', 'The sea is blue and the sky is blue too.'), '--json'),
  );
  assert.ok(perplexity.perplexity > 1 && perplexity.perplexity < 200);
  assert.equal(perplexity.tokens, 10);
  const bench = json(oa('bench', MODEL, '-p', '32', '-n', '4', '-t', '1', '--json'));
  assert.equal(bench.threads, 1);
  assert.equal(bench.variant, 'native');
  for (const key of ['load_ms', 'prefill_tps', 'decode_tps', 'peak_mb']) assert.ok(bench[key] > 0, key);
  const info = json(oa('info', MODEL, '--json'));
  assert.equal(info.architecture, 'llama');
  assert.equal(info.license, 'apache-2.0');
  assert.deepEqual([info.layers, info.embedding, info.heads, info.kv_heads, info.vocab], [30, 576, 9, 3, 49152]);
  assert.equal(info.quantization, 'Q4_1');
  assert.match(info.template, /im_start/);
});

test('misuse is status 2 and says how to do it right', () => {
  misuse(oa(), /--help/);
  misuse(oa('frobnicate'), /frobnicate/);
  misuse(oa('complete'), /MODEL/);
  misuse(oa('complete', MODEL), /-p TEXT/);
  misuse(oa('complete', MODEL, '-p'), /value is missing/);
  misuse(oa('complete', MODEL, '-p', 'x', '--frob'), /--frob/);
  misuse(oa('complete', MODEL, '-p', 'x', '-n', 'many'), /number/);
  misuse(oa('perplexity', MODEL), /FILE/);
  misuse(oa('info', MODEL, 'two'), /two/);
  assert.equal(oa('--help').status, 0);
  assert.match(oa('--help').stdout, /complete/);
  assert.match(oa('complete', '--help').stdout, /--top-p/);
});

test('bad models: one line that says what to do', () => {
  const whole = fs.readFileSync(MODEL);
  refused(oa('info', path.join(folder, 'none.gguf')), /No such file/);
  refused(oa('info', folder), /directory/);
  refused(oa('info', file('empty.gguf', '')), /./);
  refused(oa('info', file('page.gguf', '<!doctype html><html><body>Not Found</body></html>')), /./);
  refused(oa('info', file('random.gguf', Buffer.alloc(5000, 7))), /./);
  refused(oa('info', file('head.gguf', whole.subarray(0, 100_000))), /./);
  refused(oa('info', file('cut.gguf', whole.subarray(0, 60_000_000))), /./);
  const damaged = Buffer.from(whole.subarray(0, 2_000_000));
  damaged.write('mamba', damaged.indexOf('llama'));
  refused(oa('info', file('mamba.gguf', damaged)), /mamba/);
});

test('bad input: named, and nothing printed', () => {
  refused(oa('complete', MODEL, '-p', ''), /empty/);
  refused(oa('chat', MODEL, '-p', ''), /empty/);
  refused(oa('complete', MODEL, '-p', 'word '.repeat(100), '-c', '64'), /10\d .*64/);
  refused(oa('chat', MODEL, '-p', 'word '.repeat(100), '-c', '64'), /\d+ .*48/);
  refused(oa('complete', MODEL, '-p', 'x', '--temp', '-1'), /temperature/);
  refused(oa('complete', MODEL, '-p', 'x', '-c', '99999'), /8192/);
  refused(oa('perplexity', MODEL, path.join(folder, 'none.txt')), /No such file/);
});

test('NUL bytes, emoji and bytes that are not UTF-8 are text like any other', () => {
  for (const input of ['a\0b', '👩‍👩‍👧 🇫🇷 é', Buffer.from([0x61, 0xff, 0xfe, 0x80])]) {
    const result = spawn(OA, ['complete', MODEL, '-p', '-', '-n', '4', '--json'], input);
    assert.equal(json(result).completion_tokens <= 4, true);
    const ids = spawn(OA, ['tokenize', MODEL, '--json'], input);
    assert.ok(JSON.parse(ids.stdout).length > 0);
  }
});

test('an answer keeps to a schema, an expression or a grammar', () => {
  const schema =
    '{"type":"object","properties":{"city":{"enum":["Paris","Rome"]}},"required":["city"],"additionalProperties":false}';
  const saved = path.join(folder, 'schema.json');
  const rules = path.join(folder, 'list.gbnf');
  fs.writeFileSync(saved, schema);
  fs.writeFileSync(rules, 'root ::= ("- " [a-z ]{1,20} "\n"){3}\n');
  const ask = (...args) =>
    json(oa('chat', MODEL, '-p', 'Where is the Eiffel Tower?', '--temp', '1', '--seed', '1', '--json', ...args));
  for (const given of [schema, saved]) {
    const { text, finish_reason } = ask('--json-schema', given);
    assert.ok(['Paris', 'Rome'].includes(JSON.parse(text).city), text);
    assert.equal(finish_reason, 'stop');
  }
  assert.match(ask('--grammar', rules).text, /^(- [a-z ]{1,20}\n){3}$/);
  assert.match(ask('--regex', '[0-9]{3}-[0-9]{4}').text, /^\d{3}-\d{4}$/);
  assert.equal(ask('--regex', '[a-z]{40}', '-n', '3').finish_reason, 'length');
  refused(oa('chat', MODEL, '-p', 'x', '--json-schema', '{"uniqueItems":true}'), /#: uniqueItems: not supported/);
  refused(oa('chat', MODEL, '-p', 'x', '--grammar', path.join(folder, 'absent')), /absent/);
  refused(oa('chat', MODEL, '-p', 'x', '--regex', 'a', '--grammar', 'root ::= "a"'), /exclude each other/);
});

test('the same constrained answer natively and under WASI', () => {
  const args = [
    'complete',
    MODEL,
    '-p',
    'A recipe:',
    '--temp',
    '1.5',
    '--seed',
    '3',
    '-n',
    '40',
    '--json',
    '--json-schema',
    '{"type":"object"}',
  ];
  assert.deepEqual(json(wasi(...args)).ids, json(oa(...args)).ids);
});
