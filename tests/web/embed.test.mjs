// The chat on somebody else's page: one script tag, a strict policy, and a page that means no good.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import vm from 'node:vm';
import { brotliCompressSync } from 'node:zlib';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite } from './helpers/chat.mjs';
import { ask, strictCsp, withHost } from './helpers/host.mjs';

let browser;
let site;
let origin;
before(async () => {
  browser = await launch();
  site = await startChatSite();
  origin = new URL(site.url).origin;
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const tag = (attributes = '') => `<script src="${site.url}oa.js" ${attributes} async></script>`;

const onPage = (body, work, more) => withHost(browser, body, work, more);

const open = (page) => page.getByRole('button', { name: 'Open the assistant' }).click();

test('one file is a classic script and a module, and small', () => {
  const text = readFileSync(`${process.env.SITE ?? 'build/site'}/oa.js`, 'utf8');
  new vm.Script(text);
  assert.ok(brotliCompressSync(text).length <= 15 * 1024);
});

test('a launcher, a panel, an answer; nothing is fetched before, no model unasked', { timeout: 90_000 }, async () => {
  const attributes = `data-model="tiny" data-title="Shop help" data-greeting="Ask about our shop" data-system="Be brief"
    data-suggestions="Where are you?|When do you open?" data-color="#7a1f5c" data-position="left"`;
  const csp = strictCsp(origin);
  await onPage(
    `<h1>Shop</h1>     <script nonce="host">globalThis.seen = [];</script>${tag(attributes)}`,
    async ({ page, requests, frame }) => {
      const launcher = page.getByRole('button', { name: 'Open the assistant' });
      await launcher.waitFor();
      await page.evaluate(() => {
        for (const type of ['open', 'close', 'ready', 'message', 'error'])
          globalThis.openAssistantLauncher.addEventListener(type, (e) => globalThis.seen.push([type, e.detail]));
      });
      assert.deepEqual(
        requests.filter((url) => url.startsWith(origin)).map((url) => new URL(url).pathname),
        ['/oa.js'],
      );
      assert.equal(await launcher.getAttribute('aria-expanded'), 'false');
      await launcher.focus();
      await page.keyboard.press('Enter');
      await frame.getByText('Ask about our shop').waitFor();
      await frame.getByRole('heading', { name: 'Shop help' }).waitFor();
      assert.ok(!requests.some((url) => url.includes('.gguf')), 'it asks before it downloads');
      await frame.getByText('Where are you?').click();
      assert.equal(await frame.getByRole('textbox', { name: 'Message' }).inputValue(), 'Where are you?');
      await frame.getByRole('button', { name: /^Download/ }).click();
      await ask(frame, 'do you sell tea');
      const seen = await page.evaluate(() => globalThis.seen);
      assert.deepEqual(seen[0], ['open', null]);
      assert.deepEqual(
        seen.filter(([type]) => type === 'ready').map(([, detail]) => detail),
        [{ model: 'Tiny Model' }],
      );
      assert.deepEqual(
        seen.filter(([type]) => type === 'message').map(([, detail]) => [detail.role, detail.text]),
        [
          ['user', 'do you sell tea'],
          ['assistant', 'do you sell tea'],
        ],
      );
      await frame.getByRole('button', { name: 'Close' }).click();
      await eventually(() => page.evaluate(() => globalThis.seen.at(-1)[0]), 'close');
      assert.equal(await launcher.getAttribute('aria-expanded'), 'false');
      await page.reload();
      await open(page);
      await frame.locator('.answer', { hasText: 'do you sell tea' }).waitFor();
    },
    { csp },
  );
});

test('with integrity, twice on a page: one launcher', { timeout: 60_000 }, async () => {
  const digest = createHash('sha384')
    .update(readFileSync(`${process.env.SITE ?? 'build/site'}/oa.js`))
    .digest('base64');
  const { integrity } = JSON.parse(readFileSync(`${process.env.SITE ?? 'build/site'}/integrity.json`, 'utf8'));
  assert.equal(integrity['oa.js'], `sha384-${digest}`);
  await onPage(tag(`integrity="${integrity['oa.js']}" crossorigin="anonymous"`).repeat(2), async ({ page }) => {
    await page.getByRole('button', { name: 'Open the assistant' }).waitFor();
    await page.waitForLoadState('networkidle');
    assert.equal(await page.getByRole('button', { name: 'Open the assistant' }).count(), 1);
  });
});

test('<oa-chat> inline, and the module import', { timeout: 60_000 }, async () => {
  const body = `<script type="module">import { Assistant, launch } from '${site.url}oa.js'; globalThis.got = [typeof Assistant.load, typeof launch];</script>
    <oa-chat model="tiny" greeting="Inline"></oa-chat>`;
  await onPage(body, async ({ page, frame }) => {
    await frame.getByText('Inline').waitFor();
    assert.deepEqual(await page.evaluate(() => globalThis.got), ['function', 'function']);
    assert.equal(await page.getByRole('button', { name: 'Open the assistant' }).count(), 0, 'a module puts none there');
    assert.equal(
      await page.evaluate(() => document.querySelector('oa-chat').shadowRoot.querySelector('iframe').contentDocument),
      null,
    );
  });
});

test('attributes that are wrong cost nothing but a warning', { timeout: 60_000 }, async () => {
  const bad = `data-color="red;}" data-position="up" data-suggestions="${'x|'.repeat(20)}" data-title="${'long'.repeat(50)}" data-lang="ar"`;
  await onPage(tag(bad), async ({ page, frame }) => {
    await page.getByRole('button', { name: 'فتح المساعد' }).click();
    await frame.getByRole('textbox', { name: 'الرسالة' }).waitFor();
  });
});

test('a hostile page: 100,000 messages change nothing, tell nothing', { timeout: 120_000 }, async () => {
  await onPage(tag('data-model="tiny" data-open="true"'), async ({ page, frame }) => {
    await frame.getByRole('button', { name: /^Download/ }).click();
    await ask(frame, 'mine');
    const heard = await page.evaluate(async (target) => {
      const chat = [...document.body.children].at(-1).shadowRoot.querySelector('iframe').contentWindow;
      let replies = 0;
      addEventListener('message', () => replies++);
      const types = [
        'open-assistant-connect',
        'write',
        'shown',
        'generate',
        'load',
        'close',
        'message',
        'ready',
        '__proto__',
      ];
      const values = [
        null,
        undefined,
        0,
        NaN,
        '',
        'x'.repeat(1000),
        {},
        [],
        { length: 1e9 },
        new Map([[1, 2]]),
        new Error('x'),
        1n,
      ];
      let seed = 7;
      const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
      for (let i = 0; i < 100_000; i++) {
        const data = {
          type: types[random(types.length)],
          text: values[random(values.length)],
          options: values[random(values.length)],
        };
        const ports = i % 1000 === 0 ? [new MessageChannel().port2] : [];
        chat.postMessage(random(3) ? data : values[random(values.length)], target, ports);
        if (i % 5000 === 0) await new Promise((go) => setTimeout(go, 0));
      }
      await new Promise((go) => setTimeout(go, 500));
      return replies;
    }, origin);
    assert.equal(heard, 0, 'nothing is answered to the window');
    await ask(frame, 'still mine');
    assert.deepEqual(await frame.locator('.bubble .plain').evaluateAll((all) => all.map((e) => e.textContent)), [
      'mine',
      'still mine',
    ]);
  });
});

test('the chat page does not run inside somebody else’s page', { timeout: 60_000 }, async () => {
  await onPage(`<iframe src="${site.url}index.html" width="600" height="400"></iframe>`, async ({ frame }) => {
    const link = frame.getByRole('link', { name: 'Open the assistant in a page of its own' });
    await link.waitFor();
    assert.equal(await link.getAttribute('target'), '_blank');
    assert.equal(await frame.getByRole('textbox').count(), 0);
  });
});
