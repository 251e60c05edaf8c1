// The tools that stand between a clone and a running page: fetching weights, describing them, watching the layers.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { serve } from './serve.mjs';

const TOOLS = resolve('tests/tools');
const folder = fs.mkdtempSync(join(tmpdir(), 'tools-'));
const bytes = Buffer.alloc((4 << 20) + 1000, 'weights ');
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

beforeEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
  for (const name of ['models', 'server', 'site', 'src/base', 'src/model', 'web'])
    fs.mkdirSync(join(folder, name), { recursive: true });
  fs.writeFileSync(join(folder, 'server/m.gguf'), bytes);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Describes a model whose weights come from `url`. */
function describe(url, digest = sha256(bytes)) {
  const files = [{ name: 'm.gguf', bytes: bytes.length, sha256: digest, source: { url } }];
  fs.writeFileSync(join(folder, 'models/m.json'), JSON.stringify({ id: 'm', name: 'M', license: 'MIT', files }));
}

async function fetchModel(name = 'm') {
  const env = { ...process.env, BUILD: 'build' };
  const run = promisify(execFile)('python3', [join(TOOLS, 'fetch_model.py'), name], { cwd: folder, env });
  return run.then(
    ({ stderr }) => ({ status: 0, stderr }),
    ({ code, stderr }) => ({ status: code, stderr }),
  );
}

const weights = () => join(folder, 'build/models/m.gguf');

test('weights are fetched once, checked, and then need no network', async () => {
  const server = await serve(join(folder, 'server'));
  describe(`${server.url}m.gguf`);
  assert.equal((await fetchModel()).status, 0);
  assert.deepEqual(fs.readFileSync(weights()), bytes);
  await server.close();
  assert.equal((await fetchModel()).status, 0);
});

test('an interrupted download goes on where it stopped', async () => {
  const ranges = [];
  const server = await serve(join(folder, 'server'), {
    intercept: (request) => void ranges.push(request.headers.range),
  });
  describe(`${server.url}m.gguf`);
  fs.mkdirSync(join(folder, 'build/models'), { recursive: true });
  fs.writeFileSync(`${weights()}.part`, bytes.subarray(0, 1000));
  assert.equal((await fetchModel()).status, 0);
  assert.deepEqual(ranges, ['bytes=1000-']);
  assert.deepEqual(fs.readFileSync(weights()), bytes);
  await server.close();
});

test('a wrong digest, a wrong length and a missing file leave nothing that looks finished', async () => {
  const server = await serve(join(folder, 'server'));
  for (const [url, digest, said] of [
    [`${server.url}m.gguf`, sha256('other'), /SHA-256 [0-9a-f]{64} where/],
    [`${server.url}none`, sha256(bytes), /404/],
  ]) {
    describe(url, digest);
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, said);
    assert.match(stderr, /could not be fetched: .*try again\n$/);
    assert.equal(fs.existsSync(weights()), false);
  }
  await server.close();
});

test('weights that were damaged later are noticed and fetched again', async () => {
  const server = await serve(join(folder, 'server'));
  describe(`${server.url}m.gguf`);
  await fetchModel();
  fs.writeFileSync(weights(), 'damaged');
  assert.equal((await fetchModel()).status, 0);
  assert.deepEqual(fs.readFileSync(weights()), bytes);
  await server.close();
});

test('a model that is not there is answered with those that are', async () => {
  describe('http://127.0.0.1:9/');
  const { status, stderr } = await fetchModel('n');
  assert.equal(status, 1);
  assert.match(stderr, /there is no models\/n\.json; MODEL= is one of: m\n/);
});

test('models.json carries the digest of every chunk', async () => {
  const server = await serve(join(folder, 'server'));
  describe(`${server.url}m.gguf`);
  await fetchModel();
  await server.close();
  const args = [join(TOOLS, 'models_json.mjs'), 'models', 'build/models', 'site', 'm'];
  for (let run = 0; run < 2; run++) assert.equal(spawnSync(process.execPath, args, { cwd: folder }).status, 0);
  const [model] = JSON.parse(fs.readFileSync(join(folder, 'site/models.json'), 'utf8')).models;
  assert.equal(model.default, true);
  assert.equal(model.size, bytes.length);
  assert.deepEqual(model.files[0].chunks, [sha256(bytes.subarray(0, 4 << 20)), sha256(bytes.subarray(4 << 20))]);
  assert.deepEqual(fs.readFileSync(join(folder, 'site/models/m.gguf')), bytes);
});

test('weights are offered in pieces that every host takes, or whole', async () => {
  const large = Buffer.alloc((56 << 20) + 1000);
  for (let at = 0; at < large.length; at += 1 << 20) large.write(`piece of ${at}`, at);
  fs.writeFileSync(join(folder, 'server/m.gguf'), large);
  const server = await serve(join(folder, 'server'));
  const files = [
    { name: 'm.gguf', bytes: large.length, sha256: sha256(large), source: { url: `${server.url}m.gguf` } },
  ];
  fs.writeFileSync(join(folder, 'models/m.json'), JSON.stringify({ id: 'm', name: 'M', license: 'MIT', files }));
  assert.equal((await fetchModel()).status, 0);
  await server.close();
  const there = () => fs.readdirSync(join(folder, 'site/models')).sort();
  const make = (...more) => {
    const args = [join(TOOLS, 'models_json.mjs'), 'models', 'build/models', 'site', 'm', ...more];
    assert.equal(spawnSync(process.execPath, args, { cwd: folder }).status, 0);
    return JSON.parse(fs.readFileSync(join(folder, 'site/models.json'), 'utf8')).models[0].files[0];
  };
  const whole = make();
  assert.deepEqual([there(), whole.pieces], [['m.gguf'], undefined]);
  const file = make('pieces');
  assert.deepEqual(there(), ['m.gguf.part01', 'm.gguf.part02', 'm.gguf.part03']);
  assert.deepEqual(file.pieces, ['models/m.gguf.part01', 'models/m.gguf.part02', 'models/m.gguf.part03']);
  const parts = file.pieces.map((url) => fs.readFileSync(join(folder, 'site', url)));
  assert.ok(parts.every((part) => part.length <= 24 << 20));
  assert.deepEqual(Buffer.concat(parts).equals(large), true);
  assert.equal(file.piece_size % file.chunk_size, 0);
  fs.truncateSync(join(folder, 'site/models/m.gguf.part02'), 5); // an earlier run was broken off
  make('pieces');
  assert.equal(fs.readFileSync(join(folder, 'site/models/m.gguf.part02')).equals(parts[1]), true);
  assert.deepEqual(make(), whole);
  assert.deepEqual(there(), ['m.gguf']);
});

test('a wrong include is found, a right one is not', () => {
  fs.writeFileSync(join(folder, 'package.json'), '{"dependencies":{}}');
  fs.writeFileSync(join(folder, 'src/LAYERS'), 'base:\nmodel: base\n');
  fs.writeFileSync(join(folder, 'src/base/a.h'), '#include <stdio.h>\n');
  fs.writeFileSync(join(folder, 'src/base/p_impl.h'), '');
  fs.writeFileSync(join(folder, 'src/model/b.h'), '#include "base/a.h"\n');
  const run = () => spawnSync(process.execPath, [join(TOOLS, 'layers.mjs')], { cwd: folder, encoding: 'utf8' });
  assert.equal(run().status, 0, run().stdout);
  for (const [line, said] of [
    ['#include "model/b.h"', /base may not include model/],
    ['#include "a.h"', /carries no folder/],
    ['# include <wasm_simd128.h>', /kernels\/simd\.h alone/],
    ['#include "base/none.h"', /there is no src\/base\/none\.h/],
  ]) {
    fs.writeFileSync(join(folder, 'src/base/a.c'), line);
    assert.equal(run().status, 1, line);
    assert.match(run().stdout, said);
  }
  fs.writeFileSync(join(folder, 'src/base/a.c'), '');
  fs.writeFileSync(join(folder, 'src/model/b.c'), '#include "base/p_impl.h"\n');
  assert.match(run().stdout, /is for base alone/);
});

test('a file that fails is tried again as often as it may, and that is said', () => {
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT; // it would take itself for a part of this run
  const run = (...args) =>
    spawnSync(process.execPath, [join(TOOLS, 'node_test.mjs'), ...args], { env, encoding: 'utf8' });
  const first = join(folder, 'first.test.mjs');
  const seen = join(folder, 'seen');
  fs.writeFileSync(
    first,
    `import fs from 'node:fs';
     import { test } from 'node:test';
     test('once', () => { if (!fs.existsSync('${seen}')) { fs.writeFileSync('${seen}', ''); throw new Error('the first time'); } });`,
  );
  const twice = run('--tries=2', first);
  assert.equal(twice.status, 0, twice.stdout);
  assert.match(twice.stdout, /first\.test\.mjs: try 1 failed, 1 of 1, \d+ s$/m);
  assert.match(twice.stdout, /first\.test\.mjs: 1 passed, 0 failed, \d+ s$/m);
  fs.rmSync(seen);
  const once = run(first);
  assert.equal(once.status, 1);
  assert.match(once.stdout, /first\.test\.mjs: 0 passed, 1 failed, \d+ s$/m);
  const always = join(folder, 'always.test.mjs');
  fs.writeFileSync(always, `import { test } from 'node:test'; test('never', () => { throw new Error('always'); });`);
  const never = run('--tries=2', always);
  assert.equal(never.status, 1);
  assert.match(never.stdout, /always\.test\.mjs: 0 passed, 1 failed, \d+ s$/m);
});
