// Weights that lie on the server in pieces, for hosts that take no large files: read as the one file that they are, resumed in the middle of a
// piece, and refused where a piece is another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPage, withContext } from './helpers/browser.mjs';
import { NETWORK, assertLoaded, load, newModel, stored } from './helpers/load.mjs';
import { modelEntry, startSite } from './helpers/site.mjs';

const MB = 1 << 20;
const CHUNK = MB / 4;
const PIECE = MB; // four chunks
const SIZE = 3 * MB + 12_345;

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

const path = (i) => `/models/m.gguf.part0${i + 1}`;

/** Offers a model in pieces as "m"; faults[i] spoils piece i. */
function offer(bytes, faults = {}) {
  const entry = modelEntry('m', 'models/m.gguf', bytes, CHUNK);
  const n = Math.ceil(bytes.length / PIECE);
  const pieces = Array.from({ length: n }, (_, i) => path(i).slice(1));
  Object.assign(entry.files[0], { piece_size: PIECE, pieces });
  site.models = [entry];
  for (let i = 0; i < n; i++) {
    site.add(path(i), bytes.subarray(i * PIECE, (i + 1) * PIECE), { fault: faults[i] });
    site.take(path(i));
  }
  return entry.files[0];
}

function check(name, { faults, expect }, work) {
  test(name, { timeout: 60_000 }, () =>
    withContext(browser, { expect }, async (context) => {
      const bytes = newModel(SIZE);
      const file = offer(bytes, faults);
      await work({ context, page: await openPage(context, `${site.url}test.html`), bytes, file });
    }),
  );
}

const ranges = (i) => site.take(path(i)).map((r) => r.range);

check('a model comes in pieces, each asked for once, and is stored as one', {}, async ({ page, bytes }) => {
  const result = await load(page, { model: 'm' });
  await assertLoaded(result, bytes);
  assert.deepEqual([0, 1, 2, 3].map(ranges), [['bytes=0-'], ['bytes=0-'], ['bytes=0-'], ['bytes=0-']]);
  assert.equal(result.progress.at(-1).loaded, bytes.length);
  assert.ok(result.progress.every((p, i) => i === 0 || p.loaded >= result.progress[i - 1].loaded));
  assert.deepEqual(await stored(page, 'm'), { cached: true, cachedBytes: bytes.length });
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  assert.deepEqual([0, 1, 2, 3].flatMap(ranges), []);
});

let broken = false;
check(
  'what broke off in the middle of a piece goes on there, after a reload too',
  { faults: { 1: () => (broken ? { cutAt: 3 * CHUNK + 77 } : {}) }, expect: NETWORK },
  async ({ page, bytes }) => {
    broken = true;
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_NETWORK');
    assert.match(error.message, /m\.gguf\.part02 failed.*kept/);
    assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: PIECE + 3 * CHUNK });
    [0, 1, 2, 3].map(ranges);
    broken = false;
    await page.reload();
    await page.waitForFunction(() => globalThis.oa);
    const result = await load(page, { model: 'm' });
    await assertLoaded(result, bytes);
    assert.deepEqual([0, 1, 2, 3].map(ranges), [[], [`bytes=${3 * CHUNK}-`], ['bytes=0-'], ['bytes=0-']]);
    assert.equal(result.progress.at(-1).cached, PIECE + 3 * CHUNK);
  },
);

check(
  'damaged bytes of a piece are fetched again alone',
  { faults: { 2: (n) => (n === 1 ? { flip: [CHUNK + 1000] } : {}) } },
  async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    assert.deepEqual([0, 1, 2, 3].map(ranges), [
      ['bytes=0-'],
      ['bytes=0-'],
      ['bytes=0-', `bytes=${CHUNK}-${2 * CHUNK - 1}`],
      ['bytes=0-'],
    ]);
  },
);

check(
  'a piece of another length, or none, is told by its name; what came is kept',
  {
    faults: { 1: (n) => (n === 1 ? { bytes: Buffer.alloc(PIECE + 1) } : n === 2 ? { status: 404 } : {}) },
    expect: NETWORK,
  },
  async ({ page, bytes }) => {
    const longer = await load(page, { model: 'm' });
    assert.equal(longer.error.code, 'ERR_DIGEST');
    assert.match(longer.error.message, /m\.gguf\.part02 has 1048577 bytes where 1048576 were announced/);
    const none = await load(page, { model: 'm' });
    assert.match(none.error.message, /m\.gguf\.part02: there is no such file \(HTTP 404\)/);
    assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: PIECE });
    await assertLoaded(await load(page, { model: 'm' }), bytes);
  },
);

check('pieces that make no sense are refused before anything is asked for', {}, async ({ page, file }) => {
  for (const [change, said] of [
    [{ piece_size: CHUNK + 1 }, /the size of the pieces of m makes no sense/],
    [{ pieces: file.pieces.slice(1) }, /the number of pieces of m makes no sense/],
    [{ pieces: [1, 2, 3, 4] }, /the address of a piece of m makes no sense/],
  ]) {
    const right = { ...file };
    Object.assign(file, change);
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_CORRUPT');
    assert.match(error.message, said);
    Object.assign(file, right);
  }
  assert.deepEqual([0, 1, 2, 3].flatMap(ranges), []);
});
