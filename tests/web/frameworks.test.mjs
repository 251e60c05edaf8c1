// The script tag and <oa-chat> on pages that are React's or Vue's, on another origin, under a strict policy: what those draw anew leaves the chat alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { launch, withContext } from './helpers/browser.mjs';
import { eventually, startChatSite } from './helpers/chat.mjs';
import { startHost, strictCsp } from './helpers/host.mjs';

/* The same page in each: a button that adds a line above the chat and changes classes around it, one that reverses the order, and what the chat told. */
const PAGES = {
  React: `
    import { StrictMode, createElement as h, useState } from 'react';
    import { createRoot } from 'react-dom/client';
    function App() {
      const [n, setN] = useState(0);
      const [reversed, setReversed] = useState(false);
      const [said, setSaid] = useState([]);
      const parts = [
        h('ul', { key: 'list' }, Array.from({ length: n }, (_, i) => h('li', { key: i }, 'line ' + i))),
        h('oa-chat', { key: 'chat', model: 'tiny', greeting: 'Inline', 'data-n': n, onmessage: (e) => setSaid((all) => [...all, e.detail.text]) }),
        h('p', { key: 'said' }, said.join('|')),
      ];
      return h('div', { className: 'n' + n },
        h('button', { onClick: () => setN(n + 1) }, 'more'), h('button', { onClick: () => setReversed(!reversed) }, 'turn'),
        h('section', null, reversed ? parts.reverse() : parts));
    }
    const root = createRoot(document.getElementById('app'));
    root.render(h(StrictMode, null, h(App)));
    globalThis.end = () => root.unmount();`,
  Vue: `
    import { createApp, h, ref } from 'vue';
    const app = createApp({
      setup() {
        const n = ref(0);
        const reversed = ref(false);
        const said = ref([]);
        return () => {
          const parts = [
            h('ul', { key: 'list' }, Array.from({ length: n.value }, (_, i) => h('li', { key: i }, 'line ' + i))),
            h('oa-chat', { key: 'chat', model: 'tiny', greeting: 'Inline', 'data-n': n.value, onMessage: (e) => said.value.push(e.detail.text) }),
            h('p', { key: 'said' }, said.value.join('|')),
          ];
          return h('div', { class: 'n' + n.value }, [
            h('button', { onClick: () => n.value++ }, 'more'), h('button', { onClick: () => (reversed.value = !reversed.value) }, 'turn'),
            h('section', null, reversed.value ? parts.reverse() : parts)]);
        };
      },
    });
    app.mount('#app');
    globalThis.end = () => app.unmount();`,
};

let browser;
let site;
const scripts = {};
before(async () => {
  [browser, site] = await Promise.all([launch(), startChatSite()]);
  for (const [name, contents] of Object.entries(PAGES)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: process.cwd() },
      bundle: true,
      minify: true,
      format: 'iife',
      write: false,
      define: {
        'process.env.NODE_ENV': '"production"',
        __VUE_OPTIONS_API__: 'false',
        __VUE_PROD_DEVTOOLS__: 'false',
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      },
    });
    scripts[name] = outputFiles[0].text;
  }
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function ask(frame, words) {
  const field = frame.getByRole('textbox', { name: 'Message' });
  await field.fill(words);
  await field.press('Enter');
  await frame.locator('.answer[aria-busy=false]', { hasText: words }).last().waitFor();
}

/** A page of a framework, with the script tag. */
const onPage = (name, work) =>
  withContext(browser, {}, async (context) => {
    const body = `<div id="app"></div><script src="${site.url}oa.js" data-model="tiny" data-title="Shop help" async></script>
      <script src="/app.js" defer></script>`;
    const csp = strictCsp(new URL(site.url).origin);
    const host = await startHost(body, { csp, scripts: { '/app.js': scripts[name] } });
    try {
      const page = await context.newPage();
      await page.goto(host.url);
      await work(page);
    } finally {
      await host.close();
    }
  });

for (const name of Object.keys(PAGES)) {
  test(`${name}: <oa-chat> keeps its frame while the page around it changes, and is heard`, { timeout: 90_000 }, () =>
    onPage(name, async (page) => {
      const frame = page.frameLocator('oa-chat iframe');
      await frame.getByText('Inline').waitFor();
      await frame.getByRole('button', { name: /^Download/ }).click();
      await ask(frame, 'one');
      await page.evaluate(() => (globalThis.first = document.querySelector('oa-chat').shadowRoot.querySelector('iframe').contentWindow)); // prettier-ignore
      for (let n = 1; n <= 5; n++) {
        await page.getByRole('button', { name: 'more' }).click();
        await page.locator(`.n${n} oa-chat[data-n="${n}"]`).waitFor();
      }
      assert.equal(await page.locator('li').count(), 5);
      assert.equal(await page.evaluate(() => document.querySelector('oa-chat').shadowRoot.querySelector('iframe').contentWindow === globalThis.first), true); // prettier-ignore
      await ask(frame, 'two');
      await eventually(() => page.locator('p').textContent(), 'one|one|two|two');
    }),
  );

  test(`${name}: moved to another place the chat is loaded anew, with its conversation`, { timeout: 90_000 }, () =>
    onPage(name, async (page) => {
      const frame = page.frameLocator('oa-chat iframe');
      await frame.getByRole('button', { name: /^Download/ }).click();
      await ask(frame, 'one');
      await page.getByRole('button', { name: 'turn' }).click();
      await page.locator('section > :first-child:is(p)').waitFor();
      await frame.locator('.answer', { hasText: 'one' }).waitFor();
      await ask(frame, 'two');
    }),
  );

  test(`${name}: the launcher beside it, which outlives the page's own elements`, { timeout: 90_000 }, () =>
    onPage(name, async (page) => {
      await page.getByRole('button', { name: 'Open the assistant' }).click();
      const frame = page.frameLocator('.panel iframe');
      await frame.getByRole('heading', { name: 'Shop help' }).waitFor();
      await frame.getByRole('button', { name: /^Download/ }).click();
      await ask(frame, 'in the panel');
      await page.evaluate(() => globalThis.end());
      await page.locator('oa-chat').waitFor({ state: 'detached' });
      await ask(frame, 'and after');
      await frame.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'Open the assistant' }).waitFor();
    }),
  );
}

test('moveBefore() moves the chat with its frame', { timeout: 90_000 }, () =>
  onPage('React', async (page) => {
    const frame = page.frameLocator('oa-chat iframe');
    await frame.getByRole('button', { name: /^Download/ }).click();
    await ask(frame, 'one');
    const same = await page.evaluate(() => {
      const chat = document.querySelector('oa-chat');
      const { contentWindow } = chat.shadowRoot.querySelector('iframe');
      document.body.moveBefore(chat, document.body.firstChild);
      return chat.shadowRoot.querySelector('iframe').contentWindow === contentWindow;
    });
    assert.equal(same, true);
    await ask(frame, 'two');
  }),
);
