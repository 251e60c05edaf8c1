// What a first visit waits for: few bytes, and nothing that the first view does not show. How long it takes is measured by `make bench-view`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';

const SITE = process.env.SITE ?? 'build/site';
/** What app.js shares with the parts that come later. */
const SHARED = Array.from(readFileSync(`${SITE}/index.html`, 'utf8').matchAll(/href="(part-[^"]+)"/g), ([, name]) => name); // prettier-ignore
const FIRST = ['app.js', 'index.html', 'shelf.js', 'style.css', ...SHARED];
const MOST_KB = 75;
const CORES = ['relaxed', 'relaxed-mt', 'simd', 'simd-mt'];
/** What a visit loads, beside the weights and one core. */
const VISIT = [...FIRST, 'blocks.js', 'worker.js', 'reader.js', 'sw.js'];

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startChatSite();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const compressed = (names) => names.map((name) => brotliCompressSync(readFileSync(`${SITE}/${name}`)).length);
const sum = (numbers) => numbers.reduce((a, b) => a + b);

test(`the first view costs at most ${MOST_KB} KB`, () => {
  const bytes = compressed(FIRST);
  assert.ok(sum(bytes) <= MOST_KB * 1024, `${FIRST} have ${bytes} bytes`);
});

test('the code of a visit costs at most 300 KB, of them 150 KB WebAssembly', () => {
  const visit = sum(compressed(VISIT));
  for (const core of CORES) {
    const [wasm] = compressed([`core/${core}/core.wasm`]);
    const scripts = ['core.mjs', ...(core.endsWith('-mt') ? ['core.worker.js'] : [])];
    const all = visit + wasm + sum(compressed(scripts.map((name) => `core/${core}/${name}`)));
    assert.ok(wasm <= 150 * 1024 && all <= 300 * 1024, `${core}: ${wasm} bytes of WebAssembly, ${all} in all`);
  }
});

for (const [locale, more] of [
  ['en', []],
  ['de', ['text/de.js']],
]) {
  test(`${locale}: until the model can be fetched nothing but the first view is asked for`, async () => {
    const options = { locale };
    await withChat({ browser, site, options, open: false }, async ({ page }) => {
      const asked = new Set();
      page.on('request', (request) => asked.add(request.url().slice(site.url.length) || 'index.html'));
      await page.goto(site.url);
      await page.locator('.load .button.primary:not([disabled])').waitFor();
      const late = /^(blocks\.js|sw\.js|manifest\.webmanifest|icons\/)/; // what comes when the view is there
      assert.deepEqual(
        [...asked].filter((name) => !late.test(name)).toSorted(),
        [...FIRST, 'models.json', ...more].toSorted(),
      );
    });
  });
}

/** In the page: databases open when letOpen() is called. */
function storeLater() {
  const opened = new Promise((go) => (globalThis.letOpen = go));
  const { addEventListener } = EventTarget.prototype;
  IDBRequest.prototype.addEventListener = function (type, listener, ...rest) {
    const waits = this instanceof IDBOpenDBRequest && type === 'success';
    globalThis.held ||= waits;
    addEventListener.call(
      this,
      type,
      waits ? (e) => void opened.then(() => listener.call(this, e)) : listener,
      ...rest,
    );
  };
}

test('a new chat can be written in while the store is still being opened, and is sent and kept when it is', async () => {
  await withChat({ browser, site, open: false }, async (chat) => {
    await chat.page.addInitScript(storeLater);
    await chat.goto();
    await chat.send('early');
    assert.equal(await chat.page.evaluate(() => globalThis.held), true);
    assert.equal(await chat.page.locator('.bubble').count(), 0);
    await chat.page.evaluate(() => globalThis.letOpen());
    await eventually(() => chat.texts(), ['early', 'early']);
    assert.equal((await chat.stored('messages')).length, 2);
  });
});

test('what was chosen before the store was open is kept with what it holds', async () => {
  await withChat({ browser, site }, async (chat) => {
    await chat.settings('General');
    await chat.page.getByRole('switch', { name: 'Shortcuts of a single key' }).click();
    await chat.closeSettings();
    await eventually(async () => (await chat.stored('settings'))[0]?.single_keys, false);
    await chat.page.addInitScript(storeLater);
    await chat.page.reload();
    await chat.button('Switch to dark appearance').click();
    assert.equal(await chat.page.evaluate(() => globalThis.held), true);
    await chat.page.evaluate(() => globalThis.letOpen());
    await eventually(
      async () => {
        const [{ theme, single_keys }] = await chat.stored('settings');
        return { theme, single_keys };
      },
      { theme: 'dark', single_keys: false },
    );
  });
});

test(
  'where the scripts fail, as in a browser that is too old, the page says so, and only there',
  { timeout: 60_000 },
  async () => {
    const said = (page) => page.getByText('This browser may be too old for it');
    await withChat({ browser, site }, async ({ page }) => assert.equal(await said(page).isVisible(), false));
    site.overrides.set('/app.js', 'this is not a script');
    await withChat({ browser, site, expect: /^$/, open: false }, async ({ page }) => {
      await page.goto(site.url);
      assert.equal(await said(page).isVisible(), false, 'they may be on their way');
      await said(page).waitFor();
    });
    site.overrides.delete('/app.js');
  },
);

test('the page made for frames leads to the chat where it is opened by itself', { timeout: 60_000 }, async () => {
  await withChat({ browser, site, open: false }, (chat) => chat.goto('embed.html'));
});
