// Several tabs and the real model: an answer that is computed again after its tab has gone is the same, whatever was computed before it, and the
// second tab costs next to nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, openPage } from './helpers/browser.mjs';
import { startSite } from './helpers/site.mjs';

const REQUEST = {
  messages: [{ role: 'user', content: 'Tell me about the sea, and end with a short poem.' }],
  temperature: 1,
  top_p: 1,
  seed: 20,
  max_tokens: 100,
};

let site;
before(async () => {
  site = await startSite({ isolation: 'both' }); // no models of its own: those of the build
});
after(() => site?.close());

async function withContext(work) {
  const browser = await launch();
  try {
    const context = await browser.newContext();
    context.setDefaultTimeout(120_000);
    await work(context, browser);
  } finally {
    await browser.close();
  }
}

async function openTab(context) {
  const page = await openPage(context, `${site.url}test.html`);
  const ms = await page.evaluate(async () => {
    globalThis.said = '';
    const start = performance.now();
    globalThis.assistant = await globalThis.oa.Assistant.load();
    return performance.now() - start;
  });
  return { page, ms };
}

const ask = (page) =>
  page.evaluate(async (request) => {
    const { choices } = await globalThis.assistant.chat.completions.create(request);
    return choices[0].message.content;
  }, REQUEST);

test('a sampled answer goes on with the same words in another tab', { timeout: 300_000 }, async () => {
  let whole;
  await withContext(async (context) => {
    const { page } = await openTab(context);
    whole = await ask(page);
    assert.equal(await ask(page), whole, 'the prompt is in the cache now');
  });
  await withContext(async (context) => {
    const [one, two] = [await openTab(context), await openTab(context)];
    await ask(one.page); // what was computed before must not matter
    await two.page.evaluate((request) => {
      globalThis.done = (async () => {
        const stream = await globalThis.assistant.chat.completions.create({ ...request, stream: true });
        for await (const chunk of stream) globalThis.said += chunk.choices[0].delta.content ?? '';
      })();
    }, REQUEST);
    await two.page.waitForFunction((n) => globalThis.said.length > n, whole.length / 3);
    await one.page.close();
    await two.page.evaluate(() => globalThis.done);
    assert.equal(await two.page.evaluate(() => globalThis.said), whole);
  });
});

/** Memory of a browser's pages in MB, each shared part counted once. */
async function memory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))[1]) / 1024)
    .reduce((sum, mb) => sum + mb, 0);
}

test('the second tab has the model at once, and adds little memory', { timeout: 300_000 }, async (t) => {
  await withContext(async (context, browser) => {
    const one = await openTab(context);
    await ask(one.page);
    const alone = await memory(browser);
    const two = await openTab(context);
    await ask(two.page);
    const both = await memory(browser);
    t.diagnostic(
      `ready after ${one.ms.toFixed(0)} and ${two.ms.toFixed(0)} ms; ${alone.toFixed(0)} MB, then ${both.toFixed(0)}`,
    );
    assert.ok(both - alone < 60, `the second tab adds ${both - alone} MB`);
    assert.ok(two.ms < one.ms / 2, `${two.ms} ms, where the first took ${one.ms}`);
  });
});
