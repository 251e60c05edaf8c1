// What is stored is true and stays: damage, quota, lost databases, killed browsers, several tabs.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, launchProfile, openPage, watchErrors, withContext } from './helpers/browser.mjs';
import { NETWORK, assertLoaded, load, newModel, stored, until } from './helpers/load.mjs';
import { builtText, startSite } from './helpers/site.mjs';

const MB = 1 << 20;
const SIZE = 8 * MB + 321;
const PATH = '/models/m.gguf';

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

function check(name, { fault, size = SIZE, expect = undefined }, work) {
  test(name, { timeout: 60_000 }, () =>
    withContext(browser, { expect }, async (context) => {
      const bytes = newModel(size);
      site.take(PATH);
      site.overrides.clear();
      site.addModel('m', bytes, { fault });
      await work({ context, page: await openPage(context, `${site.url}test.html`), bytes });
    }),
  );
}

/** Damages a stored chunk behind the engine's back. */
function tamper(page, index, how) {
  return page.evaluate(
    async ([i, what]) => {
      const request = indexedDB.open('oa-weights');
      const db = await new Promise((done) => (request.onsuccess = () => done(request.result)));
      const store = (mode) => db.transaction('chunks', mode).objectStore('chunks');
      const result = (r) => new Promise((done) => (r.onsuccess = () => done(r.result)));
      const key = (await result(store('readonly').getAllKeys())).find((k) => k[1] === i);
      const bytes = new Uint8Array(await (await result(store('readonly').get(key))).arrayBuffer());
      if (what === 'flip') for (let at = 1000; at < 1016; at++) bytes[at] ^= 255;
      await result(
        what === 'delete'
          ? store('readwrite').delete(key)
          : store('readwrite').put(new Blob([what === 'flip' ? bytes : bytes.slice(1)]), key),
      );
      db.close();
    },
    [index, how],
  );
}

for (const how of ['flip', 'shorten', 'delete']) {
  check(`a stored chunk that is damaged (${how}) is fetched again alone`, {}, async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    await tamper(page, 3, how);
    site.take(PATH);
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    assert.deepEqual(
      site.take(PATH).map((r) => r.range),
      [`bytes=${3 * MB}-${4 * MB - 1}`],
    );
    assert.deepEqual(await stored(page, 'm'), { cached: true, cachedBytes: bytes.length });
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    assert.equal(site.take(PATH).length, 0);
  });
}

check(
  'a damaged chunk without network: an error, and the others stay',
  { expect: NETWORK, fault: (n) => (n > 1 ? { hangUp: true } : {}) },
  async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    await tamper(page, 5, 'flip');
    const { error } = await load(page, { model: 'm' });
    assert.equal(error.code, 'ERR_NETWORK');
    assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: bytes.length - MB });
  },
);

check('several holes are filled, the rest is not fetched again', {}, async ({ page, bytes }) => {
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  for (const i of [1, 2, 6, 8]) await tamper(page, i, 'delete');
  site.take(PATH);
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  assert.ok(site.take(PATH).reduce((n, r) => n + r.sent, 0) <= 4 * MB);
});

check(
  'stored chunks are read where the worker for that does not start',
  { expect: NETWORK },
  async ({ page, bytes }) => {
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    site.overrides.set('/reader.js', null);
    site.take(PATH);
    await assertLoaded(await load(page, { model: 'm' }), bytes);
    assert.equal(site.take(PATH).length, 0);
  },
);

/** Allows an origin so many bytes of storage. */
async function setQuota(page, quotaSize) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize });
}

check('storage runs out: told with numbers, loaded all the same, kept in part', {}, async ({ page, bytes }) => {
  await setQuota(page, 5 * MB);
  const result = await load(page, { model: 'm' });
  await assertLoaded(result, bytes);
  assert.equal(result.notices.length, 1); // Chromium's estimate() does not tell the real quota before
  const [{ code, message, detail }] = result.notices;
  assert.equal(code, 'ERR_STORAGE');
  assert.match(message, /no more storage.*: \d\.\d MB of the model cannot be stored/);
  const { cached, cachedBytes } = await stored(page, 'm');
  assert.equal(cached, false);
  assert.ok(cachedBytes >= 3 * MB && cachedBytes < 5 * MB, `${cachedBytes} bytes`);
  assert.equal(detail.needed, bytes.length - cachedBytes);

  site.take(PATH);
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  assert.deepEqual(
    site.take(PATH).map((r) => r.range),
    [`bytes=${cachedBytes}-`],
  );

  await setQuota(page, 100 * MB);
  const more = await load(page, { model: 'm' });
  await assertLoaded(more, bytes);
  assert.deepEqual(more.notices, []);
  assert.equal((await stored(page, 'm')).cached, true);
});

check('an estimate that is too small is told before', {}, async ({ page, bytes }) => {
  const prelude = `navigator.storage.estimate = async () => ({ quota: ${5 * MB}, usage: ${MB} });\n`;
  site.overrides.set('/worker.js', prelude + builtText('/worker.js'));
  const result = await load(page, { model: 'm' });
  await assertLoaded(result, bytes);
  assert.match(result.notices[0].message, /offers 4\.2 MB .* needs 8\.4 MB/);
  assert.deepEqual(result.notices[0].detail, { needed: bytes.length, available: 4 * MB });
});

const NO_DATABASE = [
  ['there is no IndexedDB', "Object.defineProperty(self, 'indexedDB', { value: undefined });"],
  [
    'IndexedDB refuses to open',
    "indexedDB.open = () => { throw new DOMException('not in this window', 'SecurityError'); };\n",
  ],
  ['every write fails', "IDBObjectStore.prototype.put = () => { throw new DOMException('disk', 'UnknownError'); };\n"],
];
for (const [what, prelude] of NO_DATABASE) {
  check(`${what}: the model works from memory`, {}, async ({ page, bytes }) => {
    // Before the database's library is loaded, which looks at these when it is.
    site.overrides.set('/worker.js', prelude + builtText('/worker.js'));
    const result = await load(page, { model: 'm' });
    await assertLoaded(result, bytes);
    assert.equal(result.notices.length, 1);
    assert.match(result.notices[0].message, /storage does not work here/);
    assert.equal(site.take(PATH).length, 1);
  });
}

check('a connection to the database that is lost is opened again', {}, async ({ page, bytes }) => {
  const prelude =
    'let calls = 0; const { transaction } = IDBDatabase.prototype;' +
    "IDBDatabase.prototype.transaction = function (...a) { if (++calls % 4 === 0) { this.close(); throw new DOMException('lost', 'InvalidStateError'); }" +
    ' return transaction.apply(this, a); };\n';
  site.overrides.set('/worker.js', prelude + builtText('/worker.js'));
  const result = await load(page, { model: 'm' });
  await assertLoaded(result, bytes);
  assert.deepEqual(result.notices, []);
  assert.equal((await stored(page, 'm')).cached, true);
});

check('the database is deleted in the middle', { fault: () => ({ rate: 8 * MB }) }, async ({ page, bytes }) => {
  const loading = load(page, { model: 'm' });
  await until(() => site.requests.some((r) => r.path === PATH && r.sent > 5 * MB));
  const deleted = await page.evaluate(
    () =>
      new Promise((done) =>
        Object.assign(indexedDB.deleteDatabase('oa-weights'), {
          onsuccess: () => done('deleted'),
          onblocked: () => done('blocked'),
        }),
      ),
  );
  assert.equal(deleted, 'deleted');
  const result = await loading;
  await assertLoaded(result, bytes);
  assert.deepEqual(result.notices, []);
  const { cached, cachedBytes } = await stored(page, 'm');
  assert.equal(cached, false);
  assert.ok(cachedBytes > 0 && cachedBytes < bytes.length, 'what came after is stored');
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  assert.equal((await stored(page, 'm')).cached, true);
});

check('the browser is asked not to evict what is downloaded, once', {}, async ({ page, bytes }) => {
  await page.evaluate(() => {
    globalThis.asked = 0;
    navigator.storage.persist = async () => ++globalThis.asked > 0;
  });
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  assert.equal(await page.evaluate(() => globalThis.asked), 1);
});

check('forget() deletes a model', {}, async ({ page, bytes }) => {
  await assertLoaded(await load(page, { model: 'm' }), bytes);
  await page.evaluate(() => globalThis.oa.Assistant.forget('m'));
  assert.deepEqual(await stored(page, 'm'), { cached: false, cachedBytes: 0 });
  await assertLoaded(await load(page, { model: 'm' }), bytes);
});

check(
  'two tabs download once, and both load',
  { fault: () => ({ rate: 8 * MB }) },
  async ({ context, page, bytes }) => {
    const other = await openPage(context, `${site.url}test.html`);
    const results = await Promise.all([load(page, { model: 'm' }), load(other, { model: 'm' })]);
    for (const result of results) await assertLoaded(result, bytes);
    const requests = site.take(PATH);
    assert.equal(
      requests.reduce((n, r) => n + r.sent, 0),
      bytes.length,
    );
    assert.ok(
      results.every((r) => r.progress.length > 3),
      'both see it come',
    );
  },
);

check(
  'the tab that downloads crashes: the other goes on from there',
  { fault: () => ({ rate: 6 * MB }) },
  async ({ context, page, bytes }) => {
    const first = load(page, { model: 'm' }).catch(() => null);
    await until(() => site.requests.some((r) => r.path === PATH && r.sent > MB));
    const other = await openPage(context, `${site.url}test.html`);
    const second = load(other, { model: 'm' });
    await until(() => site.requests.some((r) => r.path === PATH && r.sent > 4 * MB));
    const cdp = await context.newCDPSession(page);
    cdp.send('Page.crash').catch(() => {});
    await page.waitForEvent('crash');
    void first;
    await assertLoaded(await second, bytes);
    const requests = site.take(PATH);
    assert.equal(requests.length, 2);
    assert.ok(Number(/=(\d+)-/.exec(requests[1].range)[1]) >= 3 * MB, requests[1].range);
  },
);

check(
  'a page that is closed in the middle is taken up by the next',
  { fault: () => ({ rate: 8 * MB }) },
  async ({ context, page, bytes }) => {
    load(page, { model: 'm' }).catch(() => null);
    await until(() => site.requests.some((r) => r.path === PATH && r.sent > 4 * MB));
    await page.close();
    site.take(PATH);
    const next = await openPage(context, `${site.url}test.html`);
    const result = await load(next, { model: 'm' });
    await assertLoaded(result, bytes);
    const [request] = site.take(PATH);
    const from = Number(/=(\d+)-/.exec(request.range)[1]);
    assert.ok(from >= 2 * MB && from % MB === 0, request.range);
  },
);

/** The browser that runs on a profile. */
function mainProcess(profile) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.filter((pid) => {
    const line = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
    return line.includes(`--user-data-dir=${profile}`) && !line.includes('--type=');
  });
  assert.equal(found.length, 1);
  return Number(found[0]);
}

test(
  'the browser is killed in the middle, several times: nothing torn, nothing fetched twice',
  { timeout: 90_000 },
  async () => {
    const bytes = newModel(SIZE);
    site.overrides.clear();
    site.addModel('m', bytes, { fault: () => ({ rate: 8 * MB }) });
    site.take(PATH);
    const { profile, remove, ...first } = await launchProfile();
    let { context } = first;
    let sent = 0;
    try {
      for (let kill = 1; kill <= 3; kill++) {
        const page = await openPage(context, `${site.url}test.html`);
        load(page, { model: 'm' }).catch(() => null);
        await until(() => site.requests.some((r) => r.path === PATH && r.sent > 2 * MB + kill * 1000));
        const gone = new Promise((done) => context.once('close', done));
        process.kill(mainProcess(profile), 'SIGKILL');
        await gone;
        for (const r of site.take(PATH)) sent += r.sent;
        ({ context } = await launchProfile(profile));
      }
      const errors = watchErrors(context);
      const page = await openPage(context, `${site.url}test.html`);
      const result = await load(page, { model: 'm' });
      await assertLoaded(result, bytes);
      assert.ok(result.progress.at(-1).cached >= 3 * MB, `${result.progress.at(-1).cached} bytes were kept`);
      assert.equal((await stored(page, 'm')).cached, true);
      assert.deepEqual(errors, []);
    } finally {
      await context.close();
      remove();
    }
    assert.ok(sent > 0);
  },
);
