// The chat and the page around it: neither is in the other's way, whatever the page's styles, order and colours are.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { check } from './helpers/axe.mjs';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite } from './helpers/chat.mjs';
import { ask, withHost } from './helpers/host.mjs';

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

const onPage = (body, work, more) => withHost(browser, body, work, more);
const tag = (attributes = '') => `<script src="${site.url}oa.js" ${attributes}></script>`;
const module = () => `<script type="module" src="${site.url}oa.js"></script>`;
const chatOf = (page) => page.frames().find((f) => f.url().includes('embed.html'));
const field = (frame) => frame.getByRole('textbox', { name: 'Message' });

test('words and focus of a panel that is opened for the first time reach its field', { timeout: 60_000 }, async () => {
  await onPage(tag('data-model="tiny"'), async ({ page, frame }) => {
    await page.evaluate(() => {
      globalThis.openAssistantLauncher.open();
      globalThis.openAssistantLauncher.write('What is in stock?');
    });
    await eventually(() => field(frame).inputValue(), 'What is in stock?');
    await page.reload();
    for (const round of ['one', 'two']) {
      await page.locator('button.launcher').focus();
      await page.keyboard.press('Enter');
      await eventually(() => field(frame).evaluate((e) => e.getRootNode().activeElement === e && document.hasFocus()), true); // prettier-ignore
      await page.keyboard.type(round);
      await page.keyboard.press('Escape');
      await page.locator('button.launcher[aria-expanded=false]').waitFor();
    }
    assert.equal(await frame.locator('textarea').inputValue(), 'What is in stock?onetwo');
  });
});

test(
  'what is open from the beginning leaves the focus and the place of the page alone',
  { timeout: 60_000 },
  async () => {
    const chats = [tag('data-open'), `<div style="height: 3000px"></div>${module()}<oa-chat></oa-chat>`];
    for (const chat of chats)
      await onPage(`<input id="search" autofocus>${chat}`, async ({ page, frame }) => {
        await field(frame).waitFor({ state: 'attached' });
        await chatOf(page).evaluate(() => new Promise((go) => setTimeout(go, 500)));
        assert.deepEqual(await page.evaluate(() => [document.activeElement.id, scrollY]), ['search', 0]);
      });
  },
);

test('launch() in the head waits for the body', { timeout: 60_000 }, async () => {
  const head = `${tag('data-launcher="off"')}<script>
    OpenAssistant.launch().destroy();
    OpenAssistant.launch({ title: 'Early', open: true });</script>`;
  await onPage(
    '<h1>Shop</h1>',
    async ({ page, frame }) => {
      await frame.getByRole('heading', { name: 'Early' }).waitFor();
      assert.equal(await page.locator('button.launcher').count(), 1);
    },
    { head },
  );
});

test('no style of the page hides or bends the button', { timeout: 60_000 }, async () => {
  const head = `<style>:root { font-size: 40px; } * { all: unset !important; display: none !important; }
    body > div { opacity: 0 !important; transform: scale(3) !important; filter: blur(9px) !important; }</style>`;
  const place = async (styled) => {
    let box;
    await onPage(tag('data-lang="en"'), async ({ page }) => {
      await page.addStyleTag({ content: 'html, body { display: block !important; }' });
      await page.locator('button.launcher').waitFor();
      const host = page.locator('button.launcher').locator('xpath=ancestor::div').first();
      assert.equal(await host.evaluate((e) => getComputedStyle(e.getRootNode().host).opacity), '1');
      box = await page.locator('button.launcher').boundingBox();
    }, { head: styled }); // prettier-ignore
    return box;
  };
  assert.deepEqual(await place(head), await place(''));
});

for (const colorScheme of ['light', 'dark'])
  test(`every colour of a site is legible and all of it, ${colorScheme}`, { timeout: 120_000 }, async () => {
    for (const color of ['#ffeb3b', '#7a1f5c', 'navy', 'white', 'oklch(70% 0.2 140)'])
      await onPage(
        tag(`data-model="tiny" data-open data-suggestions="Where?|When?" data-color="${color}"`),
        async ({ page, frame }) => {
          const button = frame.getByRole('button', { name: /^Download/ });
          await button.waitFor();
          await field(frame).fill('x');
          const painted = (where) =>
            where.evaluate((e) => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]);
          const [given, ink] = await painted(page.locator('button.launcher'));
          await eventually(() => painted(button), [given, ink]);
          await check(chatOf(page), color);
          await button.hover();
          await check(chatOf(page), `${color}, pointed at`);
          const [hovered] = await painted(button);
          assert.match(hovered, /^color\(/, 'mixed of that colour');
        },
        { options: { colorScheme } },
      );
  });

test('a colour that is none of its own is told and left out', { timeout: 60_000 }, async () => {
  for (const color of ['currentColor', 'var(--x)', 'transparent', '#f005', 'no colour'])
    await onPage(tag(`data-color="${color}"`), async ({ page }) => {
      const button = page.locator('button.launcher');
      assert.equal(await button.evaluate((e) => getComputedStyle(e).backgroundColor), 'rgb(13, 107, 94)', color);
    });
});

test(
  '<oa-chat>: attributes that change show, at once and once, and the conversation stays',
  { timeout: 60_000 },
  async () => {
    await onPage(`${module()}<oa-chat model="tiny" greeting="Welcome in"></oa-chat>`, async ({ page, frame }) => {
      await frame.getByText('Welcome in').waitFor();
      await frame.getByRole('button', { name: /^Download/ }).click();
      await ask(frame, 'hello');
      const change = (attributes) =>
        page.evaluate((all) => {
          const chat = document.querySelector('oa-chat');
          const frameOf = () => chat.shadowRoot.querySelector('iframe');
          const old = frameOf();
          for (const [name, value] of Object.entries(all)) chat.setAttribute(name, value);
          return Promise.resolve().then(() => [frameOf() === old, chat.shadowRoot.querySelectorAll('iframe').length]);
        }, attributes);
      assert.deepEqual(await change({ model: 'tiny', greeting: 'Welcome in' }), [true, 1], 'nothing changed');
      assert.deepEqual(await change({ greeting: 'Come again', color: '#7a1f5c', lang: 'de' }), [false, 1]);
      await frame.getByRole('textbox', { name: 'Nachricht' }).waitFor();
      assert.equal(await frame.locator('oa-panel').evaluate((e) => e.style.getPropertyValue('--accent')), '#7a1f5c');
      await frame.locator('.answer', { hasText: 'hello' }).waitFor();
      await frame.getByRole('button', { name: 'Neuer Chat' }).click();
      await frame.getByText('Come again').waitFor();
    });
  },
);

test(
  'a model that the host does not have: the owner is told, the visitor has another',
  { timeout: 60_000 },
  async () => {
    await onPage(`${module()}<oa-chat></oa-chat>`, async ({ page, frame }) => {
      const warnings = [];
      page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
      await page.evaluate(() => {
        globalThis.told = [];
        const chat = document.querySelector('oa-chat');
        chat.addEventListener('error', (e) => globalThis.told.push(e.detail.message));
        chat.setAttribute('model', 'typo');
      });
      const message = 'There is no model "typo" here; known: tiny. tiny takes its place.';
      await eventually(() => page.evaluate(() => globalThis.told), [message]);
      assert.ok(warnings.includes(`Open Assistant: ${message}`), warnings.join());
      await frame.getByRole('button', { name: /^Download/ }).waitFor();
    });
  },
);

test('<oa-chat>: nothing to close, and its events are its own', { timeout: 60_000 }, async () => {
  const listen = `<script>addEventListener('message', (e) => e.data.type); addEventListener('error', (e) => e.error.stack);</script>`;
  await onPage(`${listen}${module()}<oa-chat model="tiny"></oa-chat>`, async ({ page, frame }) => {
    await page.evaluate(() => {
      globalThis.seen = [];
      document.querySelector('oa-chat').addEventListener('message', (e) => globalThis.seen.push(e.detail.role));
    });
    await frame.getByRole('button', { name: /^Download/ }).click();
    await ask(frame, 'hello');
    assert.equal(await frame.getByRole('button', { name: 'Close' }).count(), 0);
    await eventually(() => page.evaluate(() => globalThis.seen), ['user', 'assistant']);
  });
});

test(
  'two chats of a page that are for different things have conversations of their own',
  { timeout: 60_000 },
  async () => {
    const chats = `<oa-chat id="sales" title="Sales" model="tiny"></oa-chat><oa-chat id="help" system="You help" model="tiny"></oa-chat>`;
    await onPage(`${module()}${chats}`, async ({ page }) => {
      const [sales, help] = ['sales', 'help'].map((id) => page.frameLocator(`#${id} iframe`));
      await sales.getByRole('button', { name: /^Download/ }).click();
      await ask(sales, 'to the sellers');
      await ask(help, 'to the helpers');
      await page.reload();
      for (const [chat, words] of [
        [sales, 'to the sellers'],
        [help, 'to the helpers'],
      ])
        // prettier-ignore
        await eventually(() => chat.locator('.bubble .plain').allInnerTexts(), [words]);
    });
  },
);

test(
  'a chat that does not come: it is told, can be closed on a phone, and comes another time',
  { timeout: 60_000 },
  async () => {
    const options = { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true };
    await onPage(
      tag('data-model="tiny"'),
      async ({ page, frame, context }) => {
        await page.clock.install();
        await context.setOffline(true);
        await page.locator('button.launcher').click();
        await page.clock.fastForward(20_000);
        await page.getByText('The assistant cannot be reached.').waitFor();
        await page.getByRole('button', { name: 'Close the assistant' }).click();
        await context.setOffline(false);
        await page.getByRole('button', { name: 'Open the assistant' }).click();
        await field(frame).waitFor();
        assert.equal(await page.locator('button.launcher').isVisible(), false, 'its own button closes it');
        assert.equal(await page.locator('.wait').isVisible(), false);
        await frame.getByRole('button', { name: 'Close' }).click();
        await page.getByRole('button', { name: 'Open the assistant' }).waitFor();
      },
      {
        options,
        expect: /ERR_INTERNET_DISCONNECTED|Failed to execute 'postMessage'/,
        head: '<meta name="viewport" content="width=device-width">',
      },
    );
  },
);
