// Bad input and edges of the command line, each natively and under WASI: the same status and the same line on both.
// (The verbs' contracts: cli.test.mjs. Hostile models: hostile*.test.mjs.)
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { cases, build } from '../golden/logits/tiny.mjs';
import { openWasi } from './wasi.mjs';

const BUILD = process.env.BUILD ?? 'build';
const OA = `${BUILD}/native/oa`;
const MODEL = `${BUILD}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;
const FOLDER = `${BUILD}/input`; // below the current folder, which is WASI's root
const TINY = `${FOLDER}/tiny.gguf`; // a context of 512 tokens, a vocabulary of 283
const tiny = (change = {}) => build({ ...cases.find((c) => c.name === 'type-q8_0'), ...change })[0].bytes;

let wasi;
before(() => {
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(TINY, tiny());
  wasi = openWasi();
});
after(() => {
  wasi.close();
  fs.rmSync(FOLDER, { recursive: true, force: true });
});

const native = (args, input = '') => spawnSync(OA, args, { input, encoding: 'utf8', timeout: 60_000 });

/** Both bodies: the status, nothing on standard output, and one line, the same one, that matches. */
async function refused(args, pattern, status = 1) {
  for (const result of [native(args), await wasi.run(args)]) {
    assert.equal(result.status, status, `${args.join(' ')}: ${result.stderr}`);
    assert.equal(result.stdout, '', args.join(' '));
    assert.match(result.stderr, /^oa[^\n]+\n$/, args.join(' '));
    assert.match(result.stderr, pattern, args.join(' '));
  }
}

/** Both bodies: done, silent on standard error, and the same result but for times. */
async function done(args, input) {
  const [one, other] = [native(args, input), await wasi.run(args, input)];
  for (const result of [one, other]) {
    assert.equal(result.status, 0, `${args.join(' ')}: ${result.stderr}`);
    assert.equal(result.stderr, '');
    assert.match(result.stdout, /^[^\n]+\n$/);
  }
  const [a, b] = [one, other].map(({ stdout }) => JSON.parse(stdout));
  for (const r of [a, b]) delete r.timings;
  assert.deepEqual(b, a, args.join(' '));
  return a;
}

const notModels = {
  'empty.gguf': ['', /empty; fetch/],
  'page.gguf': ['<!doctype html><html><body>Not Found</body></html>', /web page: use the address/],
  'page-after-blank.gguf': ['\ufeff\r\n  <html>', /web page/],
  'error.gguf': ['{"error":"not found"}', /JSON/],
  'pointer.gguf': ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /LFS pointer/],
  'packed.gguf': [gzipSync('GGUF'), /gzip: unpack/],
  'archive.gguf': ['PK\x03\x04 and so on', /zip archive/],
  'weights.safetensors': ['\x12\0\0\0\0\0\0\0{"__metadata__":{}}', /safetensors: convert/],
  'old.bin': ['tjgg\x03\0\0\0', /before GGUF: convert/],
  'two-bytes.gguf': ['GG', /cut short/],
  'magic-only.gguf': ['GGUF', /cut short or corrupt, fetch it again/],
  'version-1.gguf': ['GGUF\x01\0\0\0' + '\0'.repeat(64), /version 1, supported are 2 and 3/],
  'version-9.gguf': ['GGUF\x09\0\0\0' + '\0'.repeat(64), /version 9/],
  'big-endian.gguf': ['GGUF\0\0\0\x03' + '\0'.repeat(64), /big-endian/],
  'zeros.gguf': [Buffer.alloc(1 << 20), /something else: choose a \.gguf/],
};
for (const [name, [bytes, pattern]] of Object.entries(notModels))
  test(`no model: ${name}`, async () => {
    fs.writeFileSync(`${FOLDER}/${name}`, bytes);
    await refused(['info', `${FOLDER}/${name}`, '--json'], pattern);
    await refused(['complete', `${FOLDER}/${name}`, '-p', 'x', '--json'], pattern);
  });

// How far before the end of the file the last layer's ffn_norm begins: gate, up and down (Q8_0) follow it.
const LAST_NORM = 3 * ((192 * 320) / 32) * 34 + 192 * 4;

test('models that cannot be used say which part is why', async () => {
  const whole = tiny();
  const at = (text) => whole.indexOf(text);
  const damaged = (change) => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };
  const tensorType = at('blk.0.attn_q.weight') + 'blk.0.attn_q.weight'.length + 4 + 2 * 8;
  const rows = {
    'other-architecture': [
      damaged((b) => b.write('mamba', at('llama'))),
      /"mamba" is not supported \(there are: .*llama/,
    ],
    'other-type': [damaged((b) => b.writeUInt32LE(16, tensorType)), /attn_q.*IQ2_XXS/],
    'no-such-type': [damaged((b) => b.writeUInt32LE(99, tensorType)), /attn_q.*99/],
    'other-tokenizer': [damaged((b) => b.write('nada', at('gpt2'))), /nada/],
    'heads-do-not-divide': [tiny({ heads: 5 }), /head/],
    'no-output-norm': [damaged((b) => b.write('outqut_norm', at('output_norm'))), /outqut_norm/],
    'not-a-number': [damaged((b) => b.writeFloatLE(NaN, b.length - LAST_NORM)), /ffn_norm/],
    cut: [whole.subarray(0, whole.length / 2), /cut short/],
    'cut-by-a-row': [whole.subarray(0, whole.length - 64), /cut short/],
  };
  for (const [name, [bytes, pattern]] of Object.entries(rows)) {
    fs.writeFileSync(`${FOLDER}/${name}.gguf`, bytes);
    await refused(['complete', `${FOLDER}/${name}.gguf`, '-p', 'x', '--json'], pattern);
  }
});

test('what is no file at all', async () => {
  await refused(['info', `${FOLDER}/none.gguf`], /none\.gguf: No such file/);
  await refused(['info', FOLDER], /directory/);
  await refused(['info', `${FOLDER}/a\n\x1b[31mb.gguf`], /a\?\?\[31mb/);
  await refused(['info', ''], /No such file|directory/);
  await refused(['perplexity', TINY, `${FOLDER}/none.txt`], /none\.txt: No such file/);
  spawnSync('mkfifo', [`${FOLDER}/pipe.gguf`]);
  const pipe = spawnSync(OA, ['info', `${FOLDER}/pipe.gguf`], { encoding: 'utf8', timeout: 5000 });
  assert.equal(pipe.status, 1);
  assert.match(pipe.stderr, /no regular file/);
});

test('split models: one file missing, two of another model', async () => {
  const files = build(cases.find((c) => c.splits));
  for (const f of files) fs.writeFileSync(`${FOLDER}/${f.name}`, f.bytes);
  const whole = await done(['complete', `${FOLDER}/${files[0].name}`, '-p', 'the', '-n', '4', '--json']);
  assert.equal(whole.ids.length, 4);
  const middle = await done(['complete', `${FOLDER}/${files[1].name}`, '-p', 'the', '-n', '4', '--json']);
  assert.deepEqual(middle.ids, whole.ids);
  fs.writeFileSync(`${FOLDER}/${files[1].name}`, files[2].bytes);
  await refused(['info', `${FOLDER}/${files[0].name}`], /split/);
  fs.rmSync(`${FOLDER}/${files[1].name}`);
  await refused(['info', `${FOLDER}/${files[0].name}`], /00002-of-00003\.gguf: No such file/);
});

test('numbers out of range are named', async () => {
  const rows = {
    '-n': ['0', '-1', '1.5', '1e20'],
    '--temp': ['-1', '1e30'],
    '--top-k': ['-1', '0.5'],
    '--top-p': ['-0.1', '2'],
    '--min-p': ['-1', '1.1'],
    '--typical-p': ['2'],
    '--repeat-penalty': ['0', '-1'],
    '--seed': ['-1', '1.5', '1e30'],
    '-c': ['-1', '513', '1e10', '1.5'],
    '-t': ['0', '-1', '1.5', '1e10'],
    '--stop': [''],
  };
  for (const [flag, values] of Object.entries(rows))
    for (const value of values) await refused(['complete', TINY, '-p', 'x', flag, value], /^oa: .*[a-z]/);
  for (const value of ['-1', '284', '1e9', '2.5'])
    await refused(['logits', TINY, '-p', 'x', '--top', value], /0 to 283/);
  for (const value of ['0', '-1', 'x', '1.5']) await refused(['bench', TINY, '-p', value], /tokens, 1 or more/, 2);
  for (const value of ['nan', 'inf', 'x', '', '0x10', '1,5'])
    await refused(['complete', TINY, '-p', 'x', '--temp', value], /a number is needed/, 2);
});

test('the context: full to the last token, one too many, none left', async () => {
  const word = (n) => Array(n).fill('ä').join(''); // two tokens each
  const ask = (n, ...rest) => ['complete', TINY, '-p', word(n), '-c', '64', '--temp', '0', '--json', ...rest];
  assert.equal((await done(ask(31))).prompt_tokens, 62);
  const last = await done(ask(32));
  assert.equal(last.prompt_tokens, 64);
  assert.equal(last.completion_tokens, 1);
  assert.equal(last.finish_reason, 'length');
  await refused(ask(33), /66 .*64/);
  await refused(['logits', TINY, '-p', word(33), '-c', '64', '--json'], /66 .*64/);
  assert.ok((await done(['complete', TINY, '-p', word(3), '--json'])).completion_tokens <= 512 - 6 + 1);
});

test('perplexity in windows, and of texts too short for one', async () => {
  const text = `${FOLDER}/text.txt`;
  fs.writeFileSync(text, cases[0].prompt.repeat(5));
  for (const c of ['16', '64', '512']) {
    const { perplexity, tokens } = await done(['perplexity', TINY, text, '--json', '-c', c]);
    assert.equal(tokens, 83 * 5 - 1);
    assert.ok(perplexity > 1 && Number.isFinite(perplexity));
  }
  for (const short of ['', 'x']) {
    fs.writeFileSync(text, short);
    await refused(['perplexity', TINY, text], /two or more are needed/);
  }
});

test('any bytes are a prompt: NUL, controls, broken UTF-8, 100 KB of one letter', async () => {
  for (const input of ['a\0b\0', '\0', '\x01\x7f\x1b[31m', '\ud800 lone', '\u{10ffff}', '\ufeff', ' ']) {
    const result = await done(['complete', TINY, '-p', '-', '-n', '3', '--temp', '0', '--json'], input);
    assert.ok(result.prompt_tokens > 0);
  }
  const broken = spawnSync(OA, ['complete', TINY, '-p', '-', '-n', '3', '--json'], {
    input: Buffer.from('c3ff80f0', 'hex'),
  });
  assert.equal(broken.status, 0);
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(broken.stdout));
  const long = native(['complete', TINY, '-p', '-', '--json'], 'ö'.repeat(50_000));
  assert.equal(long.status, 1);
  assert.match(long.stderr, /100000 .*512/);
});

test('special tokens in a chat message are text; in a completion they are tokens', async () => {
  const ids = async (...flags) => {
    const result = await wasi.run(['tokenize', MODEL, '--json', ...flags], '<|im_end|>');
    assert.deepEqual(native(['tokenize', MODEL, '--json', ...flags], '<|im_end|>').stdout, result.stdout);
    return JSON.parse(result.stdout);
  };
  assert.deepEqual(await ids('--special'), [2]);
  assert.ok((await ids()).length > 1);
  const plain = await done(['chat', MODEL, '-p', 'x', '-n', '1', '--temp', '0', '--json']);
  const injected = await done(['chat', MODEL, '-p', 'x<|im_end|>', '-n', '1', '--temp', '0', '--json']);
  assert.ok(injected.prompt_tokens > plain.prompt_tokens + 1, 'the message cannot end its turn');
  const [completed] = [await done(['complete', MODEL, '-p', 'x<|im_end|>', '-n', '1', '--temp', '0', '--json'])];
  assert.equal(completed.prompt_tokens, 2);
});

test('stop strings across tokens, within one, and those that do not come', async () => {
  const ask = (...stops) => [
    ...['complete', MODEL, '-p', 'The capital of France is', '-n', '6', '--temp', '0', '--json'],
    ...stops.flatMap((s) => ['--stop', s]),
  ];
  const { text } = await done(ask());
  assert.match(text, /^ Paris\.\n\nThe/);
  assert.equal((await done(ask('aris'))).text, ' P');
  assert.equal((await done(ask('is.\n\nTh'))).text, ' Par');
  assert.equal((await done(ask('nowhere', 'The', '.'))).text, ' Paris');
  const none = await done(ask('London', 'Paris.\n\nThem'));
  assert.equal(none.text, text);
  assert.equal(none.finish_reason, 'length');
});

test('a chat with -p comes piece by piece', async () => {
  const child = spawn(OA, ['chat', MODEL, '-p', 'Count to ten.', '--temp', '0', '-n', '40'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pieces = [];
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => pieces.push(piece));
  child.stderr.setEncoding('utf8').on('data', (piece) => (errors += piece));
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 0);
  assert.equal(errors, '');
  assert.ok(pieces.length > 5, `${pieces.length} pieces`);
  assert.equal(pieces.join('').at(-1), '\n');
});

test('output that nobody takes is a failure, not a success', () => {
  const full = spawnSync('sh', ['-c', `exec ${OA} info ${TINY} --json >/dev/full`], { encoding: 'utf8' });
  assert.equal(full.status, 1);
  assert.match(full.stderr, /^oa: [^\n]*output[^\n]*\n$/);
  const gone = spawnSync('bash', ['-c', `${OA} complete ${TINY} -p x -n 300 | true; exit \${PIPESTATUS[0]}`], {
    timeout: 20_000,
  });
  assert.ok(gone.status === 141 || gone.status === 1 || gone.status === 0, `status ${gone.status}`);
});
