// Models that are not in models.json: any address, whose digests nobody knows, and files from disk. The core is a fake one.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, openPage, withContext } from './helpers/browser.mjs';
import { NETWORK, PATIENCE, assertLoaded, load } from './helpers/load.mjs';
import { randomModel, startSite } from './helpers/site.mjs';

const MB = 1 << 20;
const CHUNK = 4 * MB;
const SIZE = 3 * CHUNK + 999;
const PATH = '/any/x.gguf';

let browser;
let site;
let other; // another origin
before(async () => {
  browser = await launch();
  site = await startSite();
  other = await startSite();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await other?.close();
});

/** A test with a file that models.json does not know. */
function check(name, { expect = undefined, size = SIZE, host = () => site, ...options }, work) {
  test(name, { timeout: 60_000 }, () =>
    withContext(browser, { expect }, async (context) => {
      const bytes = randomModel(size);
      const from = host();
      from.take(PATH);
      from.add(PATH, bytes, options);
      const page = await openPage(context, `${site.url}test.html`);
      await work({ context, page, bytes, url: `${from.url}any/x.gguf`, from });
    }),
  );
}

const ranges = (from) => from.take(PATH).map((r) => r.range);

check('an address is downloaded once and then needs no network', {}, async ({ page, bytes, url, from }) => {
  assertLoaded(await load(page, { model: url }), bytes);
  assert.equal(from.take(PATH).length, 1);
  const again = await load(page, { model: url });
  assertLoaded(again, bytes);
  assert.equal(again.info.id, url);
  assert.equal(from.take(PATH).length, 0);
  await page.evaluate((u) => globalThis.oa.Assistant.forget(u), url);
  assertLoaded(await load(page, { model: url }), bytes);
  assert.equal(from.take(PATH).length, 1);
});

const cut = { fault: () => ({ cutAt: 2 * CHUNK + 200_000 }), expect: NETWORK };
/** Loads and fails, so that two chunks are stored; then the server is mended. */
async function fetchPart(page, url, from) {
  const { error } = await load(page, { model: url });
  assert.equal(error?.code, 'ERR_NETWORK');
  const file = from.files.get(PATH);
  const { fault } = file;
  file.fault = (n) => ({ ...fault(n), cutAt: undefined });
}

check('resumes what is stored, guarded by the ETag', cut, async ({ page, bytes, url, from }) => {
  await fetchPart(page, url, from);
  const asked = from.take(PATH);
  assert.ok(asked.slice(1).every((r) => r.ifRange === from.files.get(PATH).etag));
  assertLoaded(await load(page, { model: url }), bytes);
  const [request] = from.take(PATH);
  assert.deepEqual([request.range, request.status], [`bytes=${2 * CHUNK}-`, 206]);
});

check(
  'resumes guarded by Last-Modified where there is no ETag',
  { ...cut, etag: null },
  async ({ page, bytes, url, from }) => {
    await fetchPart(page, url, from);
    from.take(PATH);
    assertLoaded(await load(page, { model: url }), bytes);
    assert.deepEqual(ranges(from), [`bytes=${2 * CHUNK}-`]);
  },
);

check(
  'begins anew where neither is sent',
  { ...cut, etag: null, modified: null },
  async ({ page, bytes, url, from }) => {
    await fetchPart(page, url, from);
    from.take(PATH);
    assertLoaded(await load(page, { model: url }), bytes);
    assert.deepEqual(ranges(from), ['bytes=0-']);
  },
);

check('a file that changed since is begun anew', cut, async ({ page, url, from }) => {
  await fetchPart(page, url, from);
  const changed = randomModel(SIZE);
  from.add(PATH, changed);
  assertLoaded(await load(page, { model: url }), changed);
  assert.equal((await load(page, { model: url })).progress.at(-1).phase, 'load');
});

check(
  'a file that changes in the middle is begun anew',
  { fault: (n) => ({ cutAt: n === 1 ? 2 * CHUNK + 200_000 : undefined }), expect: NETWORK },
  async ({ page, bytes, url, from }) => {
    const changed = randomModel(SIZE - 12);
    from.add(PATH, bytes, {
      fault: (n) => (n === 1 ? { cutAt: 2 * CHUNK + 200_000 } : { bytes: changed, headers: { ETag: '"other"' } }),
    });
    const result = await load(page, { model: url });
    assertLoaded(result, changed);
  },
);

check(
  'a server without ranges whose file changed is found out by its bytes',
  { etag: null, fault: () => ({ ignoreRange: true, cutAt: 2 * CHUNK + 200_000 }), expect: NETWORK },
  async ({ page, url, from }) => {
    await fetchPart(page, url, from);
    const changed = randomModel(SIZE); // same length, same date
    from.add(PATH, changed, { etag: null, fault: () => ({ ignoreRange: true }) });
    assertLoaded(await load(page, { model: url }), changed);
  },
);

check(
  'a Content-Range without the total',
  { fault: () => ({ headers: { 'Content-Range': `bytes 0-${SIZE - 1}/*` } }) },
  async ({ page, bytes, url }) => assertLoaded(await load(page, { model: url }), bytes),
);

check(
  'an address that does not say its length',
  { fault: () => ({ ignoreRange: true, headers: { 'Content-Length': undefined } }) },
  async ({ page, url }) => {
    const { error } = await load(page, { model: url });
    assert.equal(error.code, 'ERR_UNSUPPORTED');
    assert.match(error.message, /does not say how large/);
  },
);

check('404 at an address', { fault: () => ({ status: 404 }), expect: NETWORK }, async ({ page, url }) => {
  assert.equal((await load(page, { model: url })).error.code, 'ERR_NETWORK');
});

check(
  'another origin that shows no headers',
  { host: () => other, cors: true, ...cut },
  async ({ page, bytes, url, from }) => {
    await fetchPart(page, url, from);
    const asked = from.take(PATH);
    assert.ok(
      asked.every((r) => r.ifRange === null),
      'no header that would need a preflight',
    );
    assertLoaded(await load(page, { model: url }), bytes);
    assert.deepEqual(ranges(from), [`bytes=${2 * CHUNK}-`]);
  },
);

check('another origin whose file changed', { host: () => other, cors: true, ...cut }, async ({ page, url, from }) => {
  await fetchPart(page, url, from);
  const changed = randomModel(SIZE);
  from.add(PATH, changed, { cors: true, modified: 'Wed, 02 Sep 2026 10:00:00 GMT' });
  assertLoaded(await load(page, { model: url }), changed);
});

check(
  'another origin that does not allow it',
  { host: () => other, expect: /CORS|Failed to load/ },
  async ({ page, url }) => {
    const { error } = await load(page, { model: url });
    assert.equal(error.code, 'ERR_NETWORK');
  },
);

check('all parts of a split model are fetched', {}, async ({ page }) => {
  const parts = [1, 2, 3].map((i) => randomModel(MB + i));
  parts.forEach((part, i) => site.add(`/any/big-0000${i + 1}-of-00003.gguf`, part));
  const result = await load(page, { model: `${site.url}any/big-00001-of-00003.gguf` });
  assertLoaded(result, Buffer.concat(parts));
  assert.deepEqual(
    result.info.files,
    parts.map((p) => p.length),
  );
});

check('addresses and models that make no sense', {}, async ({ page }) => {
  for (const model of ['ftp://x/y.gguf', 'data:,x/', '']) {
    assert.equal((await load(page, { model })).error.code, 'ERR_ARGUMENT', model);
  }
  site.addModel('m', randomModel(MB));
  const { error } = await load(page, { model: 'nobody' });
  assert.equal(error.code, 'ERR_ARGUMENT');
  assert.match(error.message, /no model "nobody" here. Known: m/);
});

check('a models.json that is something else', { expect: NETWORK }, async ({ page }) => {
  site.models = [];
  for (const [text, code] of [
    ['<html>', 'ERR_CORRUPT'],
    ['{}', 'ERR_CORRUPT'],
    ['{"models":[{"id":"m","files":[{"url":"x"}]}]}', 'ERR_CORRUPT'],
    [null, 'ERR_NETWORK'],
  ]) {
    site.overrides.set('/models.json', text);
    assert.equal((await load(page, { model: 'm' })).error.code, code, text);
  }
  site.overrides.clear();
});

/** Loads files that a visitor picked. */
async function loadFiles(page, paths) {
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    document.body.append(input);
  });
  await page.setInputFiles('input', paths);
  return page.evaluate(async (patience) => {
    const files = [...document.querySelector('input').files];
    document.querySelector('input').remove();
    globalThis.files = files;
    const progress = [];
    const { Assistant } = globalThis.oa;
    try {
      const assistant = await Assistant.load({
        model: files.length === 1 ? files[0] : files,
        patience,
        onProgress: (p) => progress.push(p),
      });
      await assistant.close();
      return { info: assistant.info, progress };
    } catch (e) {
      return { error: { code: e.code, message: e.message }, progress };
    }
  }, PATIENCE);
}

test('files from disk: one, the parts of a split model in any order, and what is no model', { timeout: 60_000 }, () =>
  withContext(browser, {}, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'oa-files-'));
    const write = (name, bytes) => (writeFileSync(join(folder, name), bytes), join(folder, name));
    try {
      const page = await openPage(context, `${site.url}test.html`);
      const bytes = randomModel(9 * MB + 1);
      const result = await loadFiles(page, [write('one.gguf', bytes)]);
      assertLoaded(result, bytes);
      assert.ok(result.progress.every((p) => p.phase === 'load'));
      assert.equal(await page.evaluate(async () => (await indexedDB.databases()).length), 0, 'nothing is stored');

      const parts = Array.from({ length: 11 }, (_, i) => randomModel(1000 + i));
      const paths = parts.map((part, i) => write(`s-${i + 1}-of-11.gguf`, part));
      assertLoaded(await loadFiles(page, paths.reverse()), Buffer.concat(parts));

      for (const [name, body, says] of [
        ['a.txt', 'hello', /a\.txt is not a GGUF model/],
        ['b.gguf', '', /empty/],
        ['c.gguf', '<html>', /a web page/],
        ['d.gguf', 'GG', /something else/],
      ]) {
        const { error } = await loadFiles(page, [write(name, body)]);
        assert.equal(error.code, 'ERR_CORRUPT');
        assert.match(error.message, says);
      }

      const path = write('gone.gguf', bytes);
      await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file' })));
      await page.setInputFiles('input', path);
      truncateSync(path, 5);
      const error = await page.evaluate(async () => {
        const [file] = document.querySelector('input').files;
        return globalThis.oa.Assistant.load({ model: file }).then(
          () => null,
          (e) => ({ code: e.code, message: e.message }),
        );
      });
      assert.equal(error.code, 'ERR_IO');
      assert.match(error.message, /gone\.gguf can no longer be read/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }),
);

test('a Blob, and a split one in the order given', { timeout: 60_000 }, () =>
  withContext(browser, {}, async (context) => {
    const page = await openPage(context, `${site.url}test.html`);
    const { one, two } = await page.evaluate(async () => {
      const { Assistant } = globalThis.oa;
      const sizes = async (model) => {
        const assistant = await Assistant.load({ model });
        await assistant.close();
        return assistant.info.files;
      };
      return {
        one: await sizes(new Blob(['GGUF12345'])),
        two: await sizes([new Blob(['GGUF22']), new Blob(['GGUF1'])]),
      };
    });
    assert.deepEqual([one, two], [[9], [6, 5]]);
  }),
);

test('a page on plain http, where there is no WebCrypto and there are no locks', { timeout: 60_000 }, () =>
  withContext(browser, { expect: /Cross-Origin-Opener-Policy|untrustworthy/ }, async (context) => {
    const bytes = randomModel(6 * MB);
    site.addModel('m', bytes, { fault: (n) => (n === 1 ? { flip: [3 * MB] } : {}) });
    const page = await openPage(context, `${site.url.replace('127.0.0.1', 'insecure.test')}test.html`);
    assert.equal(await page.evaluate(() => isSecureContext), false);
    assertLoaded(await load(page, { model: 'm' }), bytes);
    site.take('/models/m.gguf');
    assertLoaded(await load(page, { model: 'm' }), bytes);
    assert.equal(site.take('/models/m.gguf').length, 0);
  }),
);
