// The page without a network, and its new versions: what the service worker keeps, announces and drops.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './helpers/browser.mjs';
import { Chat, eventually, startChatSite, withChat } from './helpers/chat.mjs';
import { builtText, startSite } from './helpers/site.mjs';
import { echoModel } from './helpers/echo-model.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const GONE = /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_FAILED/;
const controlled = (page) => page.waitForFunction(() => navigator.serviceWorker.controller !== null);
/** The keys of a cache, without the origin. */
const kept = (page, name) =>
  page.evaluate(async (which) => (await (await caches.open(which)).keys()).map((r) => new URL(r.url).pathname), name);

/** Another version of the site: its title, and so its digests, are others. */
function publish(site, title) {
  site.overrides.set('/app.js', `${builtText('/app.js')}\ndocument.documentElement.dataset.version = '${title}';`);
}
const version = (page) => page.evaluate(() => document.documentElement.dataset.version ?? 'first');

for (const prefix of ['', '/deep/down']) {
  test(`opens and answers without a network${prefix && ' under a sub-path'}`, { timeout: 90_000 }, async () => {
    const site = await startSite({ isolation: 'plain', prefix });
    site.addModel('a', echoModel({ size: 800_000 }), { chunkSize: 65_536 });
    site.addModel('b', echoModel({ size: 900_000 }), { chunkSize: 65_536 });
    site.models[0].default = false; // the other
    await withChat({ browser, site, expect: GONE }, async (chat, context) => {
      await chat.ask('before');
      await controlled(chat.page);
      const cores = ['mjs', 'wasm'].map((type) => `${prefix}/core/relaxed/core.${type}`);
      const threaded = ['mjs', 'wasm', 'worker.js'].map((type) => `${prefix}/core/relaxed-mt/core.${type}`);
      await eventually(async () => (await kept(chat.page, 'oa-core')).sort(), [...threaded, ...cores].sort());
      const { hash } = new URL(chat.page.url());
      await chat.page.close();
      await site.close();
      await context.setOffline(true);

      const page = await context.newPage();
      const later = new Chat(page, site);
      await later.goto(`?from=home${hash}`);
      await eventually(() => later.texts(), ['before', 'before']);
      assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true, 'threads from the second load on');
      await later.ask('and after');
      assert.deepEqual((await later.texts()).slice(2), ['and after', 'and after']);
      await later.settings('Model');
      const models = page.locator('oa-settings-model .model-list .model');
      await models.filter({ hasText: /900 kB.*On this device/ }).waitFor();
      assert.match(await page.locator('oa-settings-model').textContent(), /Running: relaxed-mt/);
      await models.filter({ hasText: /800 kB.*Needs a network/ }).waitFor();
    });
  });
}

test('keeps one variant of the core, no weights, and nothing of the benchmark', { timeout: 60_000 }, async () => {
  const site = await startChatSite();
  await withChat({ browser, site }, async (chat) => {
    await chat.ask('x');
    await controlled(chat.page);
    await eventually(
      async () => (await kept(chat.page, 'oa-core')).sort(),
      ['mjs', 'wasm', 'worker.js'].map((type) => `/core/relaxed-mt/core.${type}`),
    );
    const names = await chat.page.evaluate(() => caches.keys());
    const all = (await Promise.all(names.map((name) => kept(chat.page, name)))).flat();
    assert.ok(all.includes('/app.js') && all.includes('/worker.js') && all.includes('/icons/icon.svg'));
    assert.deepEqual(
      all.filter((path) => /models\/|bench|\.map$/.test(path)),
      [],
    );
  });
  await site.close();
});

test('a new version is announced, waits for the answer, and is then in every tab', { timeout: 90_000 }, async () => {
  const site = await startChatSite();
  await withChat({ browser, site }, async (chat, context) => {
    await chat.ask('one');
    await controlled(chat.page);
    const other = new Chat(await context.newPage(), site);
    await other.goto();
    await other.field.fill('half a thought');
    publish(site, 'second');
    await chat.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
    await chat.toast('A new version of this page is ready.');
    await other.toast('A new version of this page is ready.');
    assert.deepEqual([await version(chat.page), await version(other.page)], ['first', 'first']);

    await chat.send('SLOW');
    await chat.page.locator('.round.stop').waitFor();
    await chat.button('Update now').click();
    await chat.toast('The new version comes as soon as this answer is finished.');
    assert.equal(await version(chat.page), 'first', 'not in the middle of an answer');
    await chat.page.waitForFunction(() => document.documentElement.dataset.version === 'second', null, {
      timeout: 30_000,
    });
    await other.page.waitForFunction(() => document.documentElement.dataset.version === 'second');
    await eventually(async () => (await chat.texts()).length, 4);
    await chat.page.locator('.answer[aria-busy=false]').last().waitFor();
    assert.equal(
      (await chat.stored('messages')).at(-1) && (await chat.stored('messages')).every((m) => m.state !== 'in_progress'),
      true,
    );
    await other.field.waitFor();
    assert.equal(await other.field.inputValue(), 'half a thought');

    const cached = (await kept(chat.page, 'oa-core')).length;
    assert.equal(cached, 3, 'of one variant and one version');
  });
  await site.close();
});

test('a version that is only half there is not taken', { timeout: 60_000 }, async () => {
  const site = await startChatSite();
  await withChat({ browser, site, expect: /integrity|digest/i }, async (chat) => {
    await chat.ask('one');
    await controlled(chat.page);
    publish(site, 'second');
    const whole = site.serviceWorker();
    site.overrides.set('/sw.js', whole);
    publish(site, 'torn: the list says one thing, the file another');
    const failed = await chat.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration.update();
      const worker = registration.installing;
      return new Promise((go) => (worker ? (worker.onstatechange = () => go(worker.state)) : go('none')));
    });
    assert.equal(failed, 'redundant');
    await chat.page.reload();
    assert.equal(await version(chat.page), 'first');
    await chat.ask('two');
  });
  await site.close();
});

test('isolation can be switched off, by the visitor and by the site', { timeout: 60_000 }, async () => {
  const site = await startSite({ isolation: 'plain' });
  site.addModel('m', echoModel({ size: 800_000 }));
  const isolated = async (chat) => {
    await controlled(chat.page);
    await chat.page.reload();
    await chat.field.waitFor();
    return chat.page.evaluate(() => globalThis.crossOriginIsolated);
  };
  await withChat({ browser, site, open: false }, async (chat) => {
    await chat.goto('?isolate=off');
    assert.equal(await isolated(chat), false);
    await chat.goto();
    assert.equal(await isolated(chat), false, 'it is remembered');
    await chat.goto('?isolate=on');
    await chat.page.waitForFunction(async () => !(await navigator.serviceWorker.getRegistration())?.waiting);
  });
  site.overrides.set('/index.html', builtText('/index.html').replace('<html ', '<html data-isolate="off" '));
  await withChat({ browser, site, open: false }, async (chat) => {
    await chat.goto('index.html');
    assert.equal(await isolated(chat), false);
  });
  await site.close();
});

test('where there is no service worker the page works all the same', { timeout: 60_000 }, async () => {
  const site = await startChatSite();
  site.add('/sw.js', Buffer.alloc(0), { fault: () => ({ status: 404 }) });
  await withChat({ browser, site, expect: /404|script resource/ }, async (chat) => {
    await chat.ask('x');
    assert.equal(await chat.page.evaluate(() => navigator.serviceWorker.controller), null);
  });
  await site.close();
});

test(
  'an offer of the browser to install the page is in the settings until it is taken',
  { timeout: 60_000 },
  async () => {
    const site = await startChatSite();
    await withChat({ browser, site }, async (chat) => {
      await chat.settings('General');
      const button = chat.page.getByRole('button', { name: 'Install', exact: true });
      assert.equal(await button.count(), 0, 'nothing is offered');
      await chat.page.evaluate(() => {
        const offer = new Event('beforeinstallprompt');
        Object.assign(offer, { prompt: () => Promise.resolve((globalThis.asked = (globalThis.asked ?? 0) + 1)) });
        dispatchEvent(offer);
      });
      await button.click();
      await button.waitFor({ state: 'detached' });
      assert.equal(await chat.page.evaluate(() => globalThis.asked), 1);
    });
    await site.close();
  },
);

test('Chromium finds nothing that keeps it from being installed', { timeout: 60_000 }, async () => {
  const site = await startChatSite();
  await withChat({ browser, site }, async (chat, context) => {
    await controlled(chat.page);
    const session = await context.newCDPSession(chat.page);
    const { errors, data } = await session.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const { display, screenshots } = JSON.parse(data);
    assert.equal(display, 'standalone');
    assert.deepEqual(screenshots.map((s) => s.form_factor).toSorted(), ['narrow', 'wide']);
    for (const { src, sizes } of screenshots) {
      const png = Buffer.from(await (await fetch(new URL(src, site.url))).arrayBuffer());
      assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes, src);
    }
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    assert.deepEqual(
      installabilityErrors.map((e) => e.errorId).filter((id) => id !== 'in-incognito'), // the contexts of tests are
      [],
    );
  });
  await site.close();
});
