// Models that are not in models.json: any address, whose digests nobody knows, and files from disk.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, openPage, withContext } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { NETWORK, assertLoaded, load, newModel } from './helpers/load.mjs';
import { startSite } from './helpers/site.mjs';

const MB = 1 << 20;
const CHUNK = 4 * MB;
const SIZE = 3 * CHUNK + 999;
const CUT = 3 * CHUNK - 1; // two chunks arrive, and nearly a third, for what a browser loses of a connection that breaks
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
      const bytes = newModel(size);
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
  await assertLoaded(await load(page, { model: url }), bytes);
  assert.equal(from.take(PATH).length, 1);
  const again = await load(page, { model: url });
  await assertLoaded(again, bytes);
  assert.equal(again.info.id, url);
  assert.equal(from.take(PATH).length, 0);
  await page.evaluate((u) => globalThis.oa.Assistant.forget(u), url);
  await assertLoaded(await load(page, { model: url }), bytes);
  assert.equal(from.take(PATH).length, 1);
});

const cut = { fault: () => ({ cutAt: CUT }), expect: NETWORK };
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
  await assertLoaded(await load(page, { model: url }), bytes);
  const [request] = from.take(PATH);
  assert.deepEqual([request.range, request.status], [`bytes=${2 * CHUNK}-`, 206]);
});

check(
  'resumes guarded by Last-Modified where there is no ETag',
  { ...cut, etag: null },
  async ({ page, bytes, url, from }) => {
    await fetchPart(page, url, from);
    from.take(PATH);
    await assertLoaded(await load(page, { model: url }), bytes);
    assert.deepEqual(ranges(from), [`bytes=${2 * CHUNK}-`]);
  },
);

check(
  'begins anew where neither is sent',
  { ...cut, etag: null, modified: null },
  async ({ page, bytes, url, from }) => {
    await fetchPart(page, url, from);
    from.take(PATH);
    await assertLoaded(await load(page, { model: url }), bytes);
    assert.deepEqual(ranges(from), ['bytes=0-']);
  },
);

check('a file that changed since is begun anew', cut, async ({ page, url, from }) => {
  await fetchPart(page, url, from);
  const changed = newModel(SIZE);
  from.add(PATH, changed);
  await assertLoaded(await load(page, { model: url }), changed);
  assert.equal((await load(page, { model: url })).progress.at(-1).phase, 'load');
});

check(
  'a file that changes in the middle is begun anew',
  { fault: (n) => ({ cutAt: n === 1 ? CUT : undefined }), expect: NETWORK },
  async ({ page, bytes, url, from }) => {
    const changed = newModel(SIZE - 12);
    from.add(PATH, bytes, {
      fault: (n) => (n === 1 ? { cutAt: CUT } : { bytes: changed, headers: { ETag: '"other"' } }),
    });
    const result = await load(page, { model: url });
    await assertLoaded(result, changed);
  },
);

check(
  'a server without ranges whose file changed is found out by its bytes',
  { etag: null, fault: () => ({ ignoreRange: true, cutAt: CUT }), expect: NETWORK },
  async ({ page, url, from }) => {
    await fetchPart(page, url, from);
    const changed = newModel(SIZE); // same length, same date
    from.add(PATH, changed, { etag: null, fault: () => ({ ignoreRange: true }) });
    await assertLoaded(await load(page, { model: url }), changed);
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
    await assertLoaded(await load(page, { model: url }), bytes);
    assert.deepEqual(ranges(from), [`bytes=${2 * CHUNK}-`]);
  },
);

check('another origin whose file changed', { host: () => other, cors: true, ...cut }, async ({ page, url, from }) => {
  await fetchPart(page, url, from);
  const changed = newModel(SIZE);
  from.add(PATH, changed, { cors: true, modified: 'Wed, 02 Sep 2026 10:00:00 GMT' });
  await assertLoaded(await load(page, { model: url }), changed);
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
  const parts = echoModel({ size: 3 * MB, seed: 'big', parts: 3 });
  parts.forEach((part, i) => site.add(`/any/big-0000${i + 1}-of-00003.gguf`, part));
  await assertLoaded(await load(page, { model: `${site.url}any/big-00001-of-00003.gguf` }), parts);
});

check('addresses and models that make no sense', {}, async ({ page }) => {
  for (const model of ['ftp://x/y.gguf', 'data:,x/', '']) {
    assert.equal((await load(page, { model })).error.code, 'ERR_ARGUMENT', model);
  }
  site.addModel('m', newModel(MB));
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
  const result = await load(page, { picked: true });
  await page.evaluate(() => document.querySelector('input').remove());
  return result;
}

test('files from disk: one, the parts of a split model in any order, and what is no model', { timeout: 60_000 }, () =>
  withContext(browser, {}, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'oa-files-'));
    const write = (name, bytes) => (writeFileSync(join(folder, name), bytes), join(folder, name));
    try {
      const page = await openPage(context, `${site.url}test.html`);
      const bytes = newModel(9 * MB + 1);
      const result = await loadFiles(page, [write('one.gguf', bytes)]);
      await assertLoaded(result, bytes);
      assert.ok(result.progress.every((p) => p.phase === 'load'));
      assert.equal(await page.evaluate(async () => (await indexedDB.databases()).length), 0, 'nothing is stored');

      const parts = echoModel({ size: MB, seed: 'many', parts: 11 });
      const paths = parts.map((part, i) => write(`s-${i + 1}-of-11.gguf`, part));
      await assertLoaded(await loadFiles(page, paths.reverse()), parts);

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
    const [whole, ...parts] = [echoModel(), ...echoModel({ parts: 2 })];
    [whole, ...parts].forEach((bytes, i) => site.add(`/blobs/${i}`, bytes));
    const answers = await page.evaluate(async () => {
      const { Assistant } = globalThis.oa;
      const blob = async (i) => (await fetch(`blobs/${i}`)).blob();
      const said = [];
      for (const model of [await blob(0), [await blob(1), await blob(2)]]) {
        const assistant = await Assistant.load({ model });
        const { choices } = await assistant.chat.completions.create({ messages: [{ role: 'user', content: 'Hi' }] });
        said.push(choices[0].message.content);
        await assistant.close();
      }
      return said;
    });
    assert.deepEqual(answers, ['Hi', 'Hi']);
  }),
);

test('a page on plain http, where there is no WebCrypto and there are no locks', { timeout: 60_000 }, () =>
  withContext(browser, { expect: /Cross-Origin-Opener-Policy|untrustworthy/ }, async (context) => {
    const bytes = newModel(6 * MB);
    site.addModel('m', bytes, { fault: (n) => (n === 1 ? { flip: [3 * MB] } : {}) });
    const page = await openPage(context, `${site.url.replace('127.0.0.1', 'insecure.test')}test.html`);
    assert.equal(await page.evaluate(() => isSecureContext), false);
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    site.take('/models/m.gguf');
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    assert.equal(site.take('/models/m.gguf').length, 0);
  }),
);
