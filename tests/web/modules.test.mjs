// What of the page's engine needs no browser: digests, sequences, progress, features, shapes. And the status codes are those of the core.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { bestVariant, canRun, detectFeatures } from '../../web/core/features.js';
import { CoreError, fromWire, toWire } from '../../web/lib/errors.js';
import { sha256, sha256Plain } from '../../web/lib/sha256.js';
import { ahead, eitherSignal, sleep } from '../../web/lib/streams.js';
import { Meter } from '../../web/store/progress.js';
import { checkMagic } from '../../web/store/sniff.js';

test('the codes are those of src/base/status.h', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tests/tools/status.mjs', '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('SHA-256 in plain JavaScript and by WebCrypto', async () => {
  for (const n of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 127, 128, 1000, 70_001]) {
    const bytes = randomBytes(n);
    const right = createHash('sha256').update(bytes).digest('hex');
    assert.equal(Buffer.from(sha256Plain(bytes)).toString('hex'), right, `${n} bytes`);
    assert.equal(Buffer.from(await sha256(bytes)).toString('hex'), right, `${n} bytes`);
  }
});

async function* count(log, n) {
  try {
    for (let i = 0; i < n; i++) {
      log.push(`make ${i}`);
      yield i;
    }
  } finally {
    log.push('closed');
  }
}

test('ahead() makes the next item while the reader has the last one, in order', async () => {
  const log = [];
  for await (const i of ahead(count(log, 3), 1, () => {})) log.push(`read ${i}`);
  assert.deepEqual(log, ['make 0', 'make 1', 'read 0', 'make 2', 'read 1', 'closed', 'read 2']);
});

test('ahead() closes the source when the reader stops, and passes errors in their turn', async () => {
  const log = [];
  for await (const i of ahead(count(log, 9), 1, () => log.push('interrupt'))) if (i === 1) break;
  assert.deepEqual(log.slice(-2), ['interrupt', 'closed']);
  async function* bad() {
    yield 1;
    throw new Error('bad');
  }
  const got = [];
  await assert.rejects(async () => {
    for await (const i of ahead(bad(), 2, () => {})) got.push(i);
  }, /bad/);
  assert.deepEqual(got, [1]);
});

test('sleep() ends early, or with the reason of the signal', async () => {
  const start = Date.now();
  await sleep(10_000, new AbortController().signal, Promise.resolve());
  const stop = new AbortController();
  setTimeout(() => stop.abort('enough'), 5);
  await assert.rejects(sleep(10_000, stop.signal), (e) => e === 'enough');
  assert.ok(Date.now() - start < 2000);
  const other = new AbortController();
  assert.equal(eitherSignal(other.signal, stop.signal).reason, 'enough');
});

test('errors keep their code on a port', () => {
  const e = fromWire(structuredClone(toWire(new CoreError('ERR_CORRUPT', 'bad', { n: 1 }))));
  assert.ok(e instanceof CoreError && e instanceof Error);
  assert.deepEqual([e.code, e.message, e.detail], ['ERR_CORRUPT', 'bad', { n: 1 }]);
  assert.equal(toWire(new DOMException('x', 'AbortError')).code, 'ERR_CANCELLED');
  assert.match(toWire('text').message, /text/);
});

test('the variant that fits', () => {
  const variant = (simd, relaxed, threads) => bestVariant({ simd, relaxed, threads });
  assert.equal(variant(true, true, true), 'relaxed-mt');
  assert.equal(variant(true, false, true), 'simd-mt');
  assert.equal(variant(true, true, false), 'relaxed');
  assert.equal(variant(true, false, false), 'simd');
  assert.equal(variant(false, true, true), null);
  assert.equal(canRun('relaxed', { simd: true, relaxed: false, threads: true }), false);
  assert.equal(canRun('simd-mt', { simd: true, relaxed: true, threads: false }), false);
  assert.equal(canRun('simd', { simd: true, relaxed: false, threads: false }), true);
  assert.equal(detectFeatures().simd, true);
});

/** The relaxed dot product in a loop over memory, as kernels have it: how often it is wrong, or null where it is not there. */
const WRONG_DOTS = `
  const load = (at) => [0x41, at, 0xfd, 0, 4, 0];
  const body = [0, 0x41, 48, ...load(0), ...load(16), ...load(32), 0xfd, 0x93, 2, 0xfd, 0x0b, 4, 0, 0x0b];
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 9, 2, 1, 0x6d, 2, 0, 1, 0x66, 0, 0];
  const bytes = new Uint8Array([...head, 0x0a, body.length + 2, 1, body.length, ...body]);
  let wrong = null;
  if (WebAssembly.validate(bytes)) {
    const { m, f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    const [act, w, acc, out] = [Int8Array, Int8Array, Int32Array, Int32Array].map((T, i) => new T(m.buffer, 16 * i));
    wrong = 0;
    for (let i = 0; i < 1000; i++) {
      for (let k = 0; k < 16; k++) [act[k], w[k]] = [(i * 37 + k * 101) % 256 - 128, (i * 11 + k * 29) % 128];
      for (let k = 0; k < 4; k++) acc[k] = i * 1000 - k;
      f();
      for (let k = 0; k < 4; k++) {
        let sum = acc[k];
        for (let n = 4 * k; n < 4 * k + 4; n++) sum += act[n] * w[n];
        wrong += sum !== out[k];
      }
    }
  }
  const { detectFeatures } = await import('./web/core/features.js');
  console.log(JSON.stringify({ wrong, relaxed: detectFeatures().relaxed }));`;

test('relaxed SIMD is used only where its dot product is right', () => {
  // This node may have it behind a flag, and wrong: on processors with AVX-VNNI, V8 11.3 does.
  for (const flags of [[], ['--experimental-wasm-relaxed-simd']]) {
    const args = [...flags, '--input-type=module', '-e', WRONG_DOTS];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status === 9 && flags.length) continue; // a later node without that flag
    assert.equal(status, 0, stderr);
    const { wrong, relaxed } = JSON.parse(stdout);
    assert.equal(relaxed, wrong === 0, `${flags}: wrong ${wrong} times`);
  }
});

test('progress: what is there, how fast, how long', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const told = [];
  const meter = new Meter(1000, (p) => told.push(p));
  meter.addCached(200);
  now = 50;
  meter.addFetched(100); // too soon to tell
  now = 1000;
  meter.addFetched(100);
  now = 2000;
  meter.addFetched(-50);
  now = 3000;
  meter.addFetched(250);
  meter.addFetched(400);
  const phases = told.map((p) => p.phase);
  assert.deepEqual(phases, ['load', 'download', 'download', 'download', 'download']);
  assert.deepEqual(
    told.map((p) => p.loaded),
    [200, 400, 350, 600, 1000],
  );
  assert.deepEqual(
    told.map((p) => p.rate),
    [null, 200, 100, 150, 850 / 3],
  );
  assert.equal(told[1].eta, 3);
  assert.equal(told.at(-1).eta, 0);
  assert.equal(told.at(-1).cached, 200);
});

test('the first bytes', () => {
  const of = (text) => () => checkMagic(Buffer.from(text, 'latin1'), 'x');
  assert.doesNotThrow(of('GGUF\x03\0\0\0'));
  for (const [text, says] of [
    ['<!DOCTYPE html>', /web page/],
    ['\xef\xbb\xbf <?xml', /web page/],
    ['version https://git-lfs.github.com', /LFS/],
    ['PK\x03\x04', /zip/],
    ['', /empty/],
    ['GGU', /something else/],
    ['\x1f\x8b\x08', /gzip/],
  ]) {
    assert.throws(of(text), (e) => e.code === 'ERR_CORRUPT' && says.test(e.message), text);
  }
});
