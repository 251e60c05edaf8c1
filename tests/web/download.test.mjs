// Weights from the network to the database to the core, over every kind of bad server and broken line. That they arrived is seen in what the
// model answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { launch, openPage, withContext } from './helpers/browser.mjs';
import { REFUSAL, badModel } from './helpers/echo-model.mjs';
import { NETWORK, PATIENCE, assertLoaded, load, newModel, stored } from './helpers/load.mjs';
import { startSite } from './helpers/site.mjs';

const MB = 1 << 20;
const SIZE = 6 * MB + 12_345;
const PATH = '/models/m.gguf';
const SLACK = 900_000; // what a browser may lose of a connection that breaks: a pipe of half a megabyte, and what the sockets hold

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** A test with a model of its own, offered as "m" with this fault, and an empty browser. */
function check(name, { fault, size = SIZE, expect = undefined }, work) {
  test(name, { timeout: 60_000 }, () =>
    withContext(browser, { expect }, async (context) => {
      const bytes = newModel(size);
      site.take(PATH);
      site.addModel('m', bytes, { fault });
      await work({ context, page: await openPage(context, `${site.url}test.html`), bytes });
    }),
  );
}

check('a model is downloaded once, in one request', {}, async ({ page, bytes }) => {
  const result = await load(page, { model: 'm' });
  await assertLoaded(result, bytes);
  await assert.rejects(assertLoaded(result, newModel(bytes.length)), 'another model would be told apart');
  assert.equal(site.take(PATH).length, 1);
  assert.deepEqual(await stored(page, 'm'), { cached: true, cachedBytes: bytes.length });
  const { progress } = result;
  assert.ok(progress.every((p) => p.phase === 'download' && p.total === bytes.length));
  assert.ok(progress.every((p, i) => i === 0 || p.loaded >= progress[i - 1].loaded));
  assert.equal(progress.at(-1).loaded, bytes.length);
  assert.equal(progress.at(-1).cached, 0);
});

check(
  'a second load asks for nothing but the list, and copes without that',
  { expect: NETWORK },
  async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    site.take(PATH);
    site.overrides.set('/models.json', null);
    const models = site.models;
    site.models = [];
    await page.reload();
    await page.waitForFunction(() => globalThis.oa);
    const again = await load(page, { model: 'm' });
    site.overrides.delete('/models.json');
    site.models = models;
    await assertLoaded(again, bytes);
    assert.equal(site.take(PATH).length, 0);
    assert.ok(again.progress.every((p) => p.phase === 'load' && p.rate === null));
    assert.equal(again.progress.at(-1).cached, bytes.length);
  },
);

check(
  'rate and time left are told on a slow line',
  { fault: () => ({ rate: 4 * MB }), size: 4 * MB },
  async ({ page, bytes }) => {
    const result = await load(page, { model: 'm' });
    await assertLoaded(result, bytes);
    const told = result.progress.filter((p) => p.rate !== null);
    assert.ok(told.length > 2, `${told.length} reports with a rate`);
    for (const { rate, eta } of told) assert.ok(rate > MB && rate < 8 * MB && eta >= 0 && eta < 5, `${rate} ${eta}`);
  },
);

const CUTS = [0, 1, 100, MB - 1, MB, MB + 1, 3 * MB, SIZE - 1];
check(
  'a line that breaks at awkward bytes is taken up where it broke',
  { fault: (n) => (n <= CUTS.length ? { cutAt: CUTS[n - 1] } : {}), expect: NETWORK },
  async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm', patience: { retries: 9, backoffMs: 5 } }), bytes);
    const requests = site.take(PATH);
    assert.ok(requests.length >= CUTS.length, `${requests.length} requests`);
    assert.ok(requests.every((r) => r.status === 206));
  },
);

check(
  'a line that always breaks ends in an error, and what came is kept',
  { fault: () => ({ cutAt: 3 * MB + SLACK }), expect: NETWORK },
  async ({ page }) => {
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_NETWORK');
    assert.match(error.message, /m\.gguf failed.*kept/);
    assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: 3 * MB });
  },
);

check(
  'a server that stalls is asked again',
  { fault: (n) => (n <= 2 ? { stallAt: n * 2 * MB } : {}) },
  async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm', patience: { ...PATIENCE, stallMs: 700 } }), bytes);
    assert.equal(site.take(PATH).length, 3);
  },
);

check(
  '404 is told at once and nothing is stored',
  { fault: (n) => (n === 1 ? { status: 404, body: '<html>none' } : {}), expect: NETWORK },
  async ({ page, bytes }) => {
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_NETWORK');
    assert.match(error.message, /no such file \(HTTP 404\)/);
    assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: 0 });
    await assertLoaded(await load(page, { model: 'm' }), bytes);
  },
);

for (const [what, body, type, says] of [
  ['a web page', '<!doctype html><html>Please log in</html>', 'text/html', /a web page/],
  ['a web page that says it is a file', '\n <html>Please log in</html>', 'application/octet-stream', /a web page/],
  [
    'a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n',
    'text/plain',
    /LFS pointer/,
  ],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), 'application/octet-stream', /gzip/],
  ['JSON', '{"error":"no"}', 'application/json', /JSON/],
  ['something else', 'MZ this is a program', 'application/octet-stream', /something else/],
]) {
  check(
    `${what} with status 200 in place of the model is refused`,
    { fault: (n) => (n === 1 ? { status: 200, body, headers: { 'Content-Type': type } } : {}) },
    async ({ page, bytes }) => {
      const length = Buffer.byteLength(body);
      site.models[0].files[0].size = length; // the size is right, so that it is the bytes that are looked at
      site.models[0].files[0].chunks.length = 1;
      const { error } = await load(page, { model: 'm' });
      assert.equal(error.code, 'ERR_CORRUPT');
      assert.match(error.message, says);
      assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: 0 });
      site.addModel('m', bytes);
      await assertLoaded(await load(page, { model: 'm' }), bytes);
    },
  );
}

check('a file of another size is refused', { fault: () => ({ bytes: newModel(5 * MB) }) }, async ({ page }) => {
  const { error } = await load(page, { model: 'm' });
  assert.equal(error.code, 'ERR_DIGEST');
  assert.match(error.message, /5242880 bytes where 6303801 were announced/);
});

check(
  'a file that shrank since is told by 416',
  { fault: (n) => (n === 1 ? { cutAt: 4 * MB } : { bytes: newModel(2 * MB) }), expect: NETWORK },
  async ({ page }) => {
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_DIGEST');
    const { cachedBytes } = await stored(page, 'm');
    assert.ok(cachedBytes >= MB && cachedBytes <= 4 * MB, `${cachedBytes} bytes are kept`);
  },
);

check(
  'a server that closes early with the right headers',
  { fault: () => ({ cutAt: 5 * MB + SLACK, headers: { 'Content-Length': undefined } }), expect: NETWORK },
  async ({ page }) => {
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_NETWORK');
    assert.equal((await stored(page, 'm')).cachedBytes, 5 * MB);
  },
);

let zeroTail = Buffer.alloc(0);
check(
  'the right length with zeros at the end is found out',
  { fault: () => ({ bytes: zeroTail }) },
  async ({ page, bytes }) => {
    zeroTail = Buffer.from(bytes);
    zeroTail.fill(0, 5 * MB + 100);
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_DIGEST');
    assert.deepEqual(error.detail.chunk, 5);
    assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: 5 * MB });
  },
);

check(
  'one bad chunk is fetched again alone',
  { fault: (n) => (n === 1 ? { flip: [2 * MB + 7] } : {}) },
  async ({ page, bytes }) => {
    const result = await load(page, { model: 'm' });
    await assertLoaded(result, bytes);
    assert.deepEqual(
      site.take(PATH).map((r) => r.range),
      ['bytes=0-', `bytes=${2 * MB}-${3 * MB - 1}`],
    );
    assert.ok(result.progress.every((p) => p.loaded <= p.total));
  },
);

check(
  'a chunk that is always bad is an error, the others are kept',
  { fault: () => ({ flip: [4 * MB] }) },
  async ({ page }) => {
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_DIGEST');
    assert.match(error.message, /bytes 4194304 to 5242879 .*SHA-256/);
    assert.equal((await stored(page, 'm')).cachedBytes, 4 * MB);
  },
);

check(
  'a server without ranges: what is stored is passed over',
  {
    fault: (n) => ({ ignoreRange: true, headers: { ETag: undefined }, ...(n === 1 ? { cutAt: 4 * MB + 9 } : {}) }),
    expect: NETWORK,
  },
  async ({ page, bytes }) => {
    const result = await load(page, { model: 'm' });
    await assertLoaded(result, bytes);
    assert.deepEqual(
      site.take(PATH).map((r) => r.status),
      [200, 200],
    );
    assert.ok(result.progress.every((p) => p.loaded <= p.total));
  },
);

check(
  '503, 429 with Retry-After, 500, and then the file',
  {
    fault: (n) => [{ status: 503 }, { status: 429, headers: { 'Retry-After': '1' } }, { status: 500 }][n - 1],
    expect: NETWORK,
  },
  async ({ page, bytes }) => {
    const start = Date.now();
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    assert.ok(Date.now() - start >= 1000, 'the wait that was asked for is kept');
    assert.equal(site.take(PATH).length, 4);
  },
);

check(
  'a server that is always busy ends in an error',
  { fault: () => ({ status: 503 }), expect: NETWORK },
  async ({ page }) => {
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_NETWORK');
    assert.match(error.message, /answers 503/);
    assert.equal(site.take(PATH).length, 5);
  },
);

check(
  'a Retry-After of an hour is not waited for',
  { fault: () => ({ status: 429, headers: { 'Retry-After': '3600' } }), expect: NETWORK },
  async ({ page }) => {
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_NETWORK');
    assert.match(error.message, /wait 3600 s/);
  },
);

check(
  'a wrong Content-Range is asked again',
  { fault: (n) => (n === 1 ? { headers: { 'Content-Range': `bytes 5-${SIZE - 1}/${SIZE}` } } : {}) },
  async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm' }), bytes);
  },
);

check('no network: told within seconds', { fault: () => ({ hangUp: true }), expect: NETWORK }, async ({ page }) => {
  const start = Date.now();
  const { error } = await load(page, { model: 'm', patience: {} });
  assert.equal(error.code, 'ERR_NETWORK');
  assert.match(error.message, /no answer from .*try again/);
  assert.ok(Date.now() - start < 5000);
});

let packed = Buffer.alloc(0);
check(
  'a server that compresses all the same',
  {
    fault: () => ({ ignoreRange: true, bytes: packed, headers: { 'Content-Encoding': 'gzip' } }),
    expect: /CONTENT_DECODING|Failed to load/,
  },
  async ({ page, bytes }) => {
    packed = gzipSync(bytes, { level: 1 });
    await assertLoaded(await load(page, { model: 'm' }), bytes);
  },
);

check(
  'a cancel keeps what came, and the next load goes on from there',
  { fault: (n) => (n === 1 ? { rate: 8 * MB } : {}) },
  async ({ page, bytes }) => {
    const reason = await page.evaluate(async () => {
      const stop = new AbortController();
      const onProgress = (p) => p.loaded > 3 << 20 && stop.abort('enough');
      const { Assistant } = globalThis.oa;
      return Assistant.load({ model: 'm', signal: stop.signal, onProgress }).catch((e) => e);
    });
    assert.equal(reason, 'enough');
    const kept = (await stored(page, 'm')).cachedBytes;
    assert.ok(kept >= 2 * MB && kept < bytes.length, `${kept} bytes`);
    site.take(PATH);
    const again = await load(page, { model: 'm' });
    await assertLoaded(again, bytes);
    assert.deepEqual(
      site.take(PATH).map((r) => /=(\d+)-/.exec(r.range)[1] % MB),
      [0],
    );
    assert.ok(again.progress[0].loaded >= 0 && again.progress.at(-1).cached >= 2 * MB);
  },
);

check('the core refuses the model: told at once, though the line is slow', {}, async ({ page, bytes }) => {
  site.addModel('m', badModel(bytes.length), { fault: () => ({ stallAt: MB + 10 }) });
  const start = Date.now();
  const { error } = await load(page, { model: 'm', patience: {} });
  assert.equal(error.code, 'ERR_CORRUPT');
  assert.equal(error.message, REFUSAL);
  assert.ok(Date.now() - start < 5000, `${Date.now() - start} ms`);
});
