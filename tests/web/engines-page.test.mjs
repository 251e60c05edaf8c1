// The chat, the page without a network, and the script tag on another site, in Firefox and in WebKitGTK (Safari's engine).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echoModel } from './helpers/echo-model.mjs';
import { startFirefox, startWebKit } from './helpers/engines.mjs';
import { startHost, strictCsp } from './helpers/host.mjs';
import { useChat } from './helpers/person.mjs';
import { startSite } from './helpers/site.mjs';
import { ISOLATION } from '../tools/serve.mjs';

const ENGINES = [
  ['Firefox', startFirefox],
  ['WebKitGTK', startWebKit],
];

/** Runs in the page: until the service worker has everything and serves the page. */
const isKept = async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((go) => setTimeout(go, 50));
  return true;
};

/** Runs in somebody's page: opens the chat as a click on its button does. */
const openLauncher = async () => {
  while (!globalThis.openAssistantLauncher) await new Promise((go) => setTimeout(go, 50));
  const root = document.querySelector('body > :last-child').shadowRoot;
  globalThis.heard = [];
  globalThis.openAssistantLauncher.addEventListener('message', ({ detail }) => globalThis.heard.push(detail.text));
  root.querySelector('.launcher').click();
  return root.querySelector('.launcher').getAttribute('aria-expanded');
};

/** Starts an engine and a site with one model. */
async function withEngine(start, isolation, work) {
  const site = await startSite({ isolation });
  site.addModel('m', echoModel({ size: 800_000 }));
  const engine = await start();
  try {
    await work(engine, site);
    assert.deepEqual(engine.problems, []);
  } finally {
    await engine.close();
    await site.close();
  }
}

for (const [name, start] of ENGINES) {
  test(`${name}: the chat, and again without a network`, { timeout: 240_000 }, () =>
    withEngine(start, 'plain', async (engine, site) => {
      await engine.go(site.url);
      assert.deepEqual(await engine.run(useChat, { words: 'hello there', download: true }), ['hello there', 'hello there']); // prettier-ignore
      assert.equal(await engine.run(isKept), true);
      const address = await engine.run(() => location.href);
      await site.close();
      await engine.go(address);
      const said = await engine.run(useChat, { words: 'nobody serves this' });
      assert.deepEqual(said, ['hello there', 'hello there', 'nobody serves this', 'nobody serves this']);
    }),
  );

  test(`${name}: the script tag on another site under a strict policy`, { timeout: 240_000 }, () =>
    withEngine(start, 'both', async (engine, site) => {
      const csp = strictCsp(new URL(site.url).origin);
      const tag = `<h1>Shop</h1><script src="${site.url}oa.js" data-title="Shop help" async></script>`;
      const host = await startHost(tag, { csp, name: 'localhost' });
      try {
        await engine.go(host.url);
        assert.equal(await engine.run(openLauncher), 'true');
        await engine.inFrame(site.url);
        assert.deepEqual(await engine.run(useChat, { words: 'do you sell tea', download: true }), ['do you sell tea', 'do you sell tea']); // prettier-ignore
        assert.equal(await engine.run(() => globalThis.crossOriginIsolated), false, 'the page around it is not');
      } finally {
        await host.close();
      }
    }),
  );
}

test('Firefox: threads in the frame where the page around it is isolated', { timeout: 240_000 }, () =>
  withEngine(startFirefox, 'both', async (engine, site) => {
    const tag = `<script src="${site.url}oa.js" async></script>`;
    const host = await startHost(tag, { name: 'localhost', headers: ISOLATION.coop });
    try {
      await engine.go(host.url);
      await engine.run(openLauncher);
      await engine.inFrame(site.url);
      assert.equal(await engine.run(() => globalThis.crossOriginIsolated), true);
      await engine.run(useChat, { words: 'with threads', download: true });
    } finally {
      await host.close();
    }
  }),
);
