// Threads on hosts that send no headers: the service worker isolates the page with one reload, and never more than one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, withContext } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startHost } from './helpers/host.mjs';
import { until } from './helpers/load.mjs';
import { startSite } from './helpers/site.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** bench.html on a site; counts how often it is loaded. */
async function visit({ isolation, prefix = '', setUp = () => {}, expect }, work) {
  const site = await startSite({ isolation, prefix });
  site.addModel('m', echoModel({ size: (4 << 20) + 5 }));
  try {
    await withContext(browser, { expect }, async (context) => {
      const page = await context.newPage();
      let loads = 0;
      page.on('domcontentloaded', () => loads++);
      await setUp(context, site);
      await page.goto(`${site.url}bench.html`);
      await work({ page, site, loads: () => loads, context });
    });
  } finally {
    await site.close();
  }
}

const bench = (page, options = {}) =>
  page.evaluate((o) => globalThis.bench({ nPrompt: 8, nGen: 4, reps: 2, ...o }), options);

for (const prefix of ['', '/deep/down']) {
  test(`a host without headers${prefix && ' under a sub-path'}: one reload, then threads`, { timeout: 60_000 }, () =>
    visit({ isolation: 'plain', prefix }, async ({ page, site, loads, context }) => {
      await page.waitForFunction(() => globalThis.crossOriginIsolated && globalThis.bench);
      assert.equal(loads(), 2);
      const result = await bench(page);
      assert.equal(result.variant, 'relaxed-mt');
      assert.equal(result.runs.length, 2);
      for (const run of result.runs) {
        assert.deepEqual(Object.keys(run).sort(), ['decode_tps', 'prefill_tps', 'ttft_ms']);
        assert.ok(
          Object.values(run).every((n) => n > 0 && Number.isFinite(n)),
          JSON.stringify(run),
        );
      }
      assert.ok(result.load_ms > 0 && result.threads >= 1);
      assert.equal(site.take('/models/m.gguf').length, 1);
      const second = await context.newPage();
      await second.goto(`${site.url}bench.html`);
      assert.equal(await second.evaluate(() => globalThis.crossOriginIsolated), true, 'later visits need no reload');
    }),
  );
}

for (const isolation of ['coop', 'dip', 'both']) {
  test(`a host that isolates by itself (${isolation}): no reload and no service worker`, { timeout: 60_000 }, () =>
    visit({ isolation }, async ({ page, loads }) => {
      assert.equal((await bench(page)).variant, 'relaxed-mt');
      assert.equal(loads(), 1);
      assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
    }),
  );
}

test('where service workers fail, the page works with one thread and does not reload', { timeout: 60_000 }, () =>
  visit(
    {
      isolation: 'plain',
      setUp: (_, site) => site.add('/sw.js', Buffer.alloc(0), { fault: () => ({ status: 404 }) }),
      expect: /404|script resource/,
    },
    async ({ page, loads }) => {
      const result = await bench(page);
      assert.deepEqual([result.variant, result.threads], ['relaxed', 1]);
      assert.equal(loads(), 1);
    },
  ),
);

test('a service worker that does not isolate: one reload, not a loop', { timeout: 60_000 }, () =>
  visit(
    {
      isolation: 'plain',
      setUp: (_, site) =>
        site.overrides.set(
          '/sw.js',
          "addEventListener('install', () => skipWaiting()); addEventListener('activate', (e) => e.waitUntil(clients.claim()));",
        ),
    },
    async ({ page, loads }) => {
      await until(() => loads() === 2); // the first page has the worker, too, shortly before it goes
      await page.waitForFunction(() => navigator.serviceWorker.controller && globalThis.bench);
      assert.equal((await bench(page)).variant, 'relaxed');
      assert.equal(loads(), 2);
    },
  ),
);

test(
  'other pages beside ours stay as they are: what they show of others, and an engine of theirs',
  { timeout: 60_000 },
  async () => {
    const picture = readFileSync('web/app/icons/icon-192.png');
    const other = await startHost('', { scripts: { '/picture.png': picture }, name: 'localhost' });
    const ownPage = `<!doctype html><title>a blog</title><link rel="icon" href="data:,"><img src="${other.url}picture.png">
    <iframe src="${other.url}"></iframe><script type="module">import * as oa from '/oa.js'; globalThis.oa = oa;</script>`;
    const setUp = (_, site) => {
      const headers = { 'Content-Type': 'text/html', 'Content-Security-Policy': undefined };
      site.add('/blog/index.html', Buffer.from(ownPage), { fault: () => ({ headers }) });
    };
    await visit({ isolation: 'plain', setUp }, async ({ page, site, context }) => {
      await page.waitForFunction(() => navigator.serviceWorker.controller && globalThis.bench);
      const blog = await context.newPage();
      const failed = [];
      blog.on('requestfailed', (r) => failed.push(`${r.url()} ${r.failure().errorText}`));
      await blog.goto(`${site.url}blog/index.html`);
      assert.equal(await blog.evaluate(() => globalThis.crossOriginIsolated), false);
      assert.equal(await blog.evaluate(() => document.querySelector('img').naturalWidth), 192);
      assert.equal(await blog.frameLocator('iframe').locator('title').textContent(), 'a shop');
      const variant = await blog.evaluate(
        async () => (await globalThis.oa.Assistant.load({ model: 'm' })).info.variant,
      );
      assert.equal(variant, 'relaxed');
      assert.deepEqual(failed, []);
    });
    await other.close();
  },
);
