// Saved sessions: what was computed is read after a reload, and the answer is the same; damage, other models, requests that ask for privacy,
// a storage that is full, and deletion. With the echo model, so that each answer is known.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withAssistant } from './helpers/assistant.mjs';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startSite } from './helpers/site.mjs';

const LONG = 'It was a bright cold day in April. '.repeat(18).trim(); // 629 bytes, each a token, and two more of the prompt
const ANSWER = 8;
const PAGES = Math.floor((LONG.length + 2 + ANSWER - 1) / 64); // the last token of an answer is never computed

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both' });
  site.addModel('other', echoModel({ size: 1 << 20, seed: 'another' }));
  site.addModel('m', echoModel({ size: 1 << 20 }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const check = (name, work) => test(name, { timeout: 60_000 }, () => withAssistant({ browser, site }, work));

/** Begins anew: another worker, with an empty cache. */
async function reload(page, model = 'm') {
  await page.reload();
  await page.waitForFunction(() => globalThis.oa);
  await page.evaluate(async (id) => (globalThis.assistant = await globalThis.oa.Assistant.load({ model: id })), model);
}

/** Asks for the first tokens of an echo: { text, cached, logprobs }. */
const ask = (page, content, more = {}) =>
  page.evaluate(
    async ([words, n, params]) => {
      const messages = [{ role: 'user', content: words }];
      const request = { messages, temperature: 0, max_tokens: n, logprobs: true, top_logprobs: 5, ...params };
      const c = await globalThis.assistant.chat.completions.create(request);
      const [{ message, logprobs }] = c.choices;
      return { text: message.content, cached: c.oa.cached_tokens, logprobs };
    },
    [content, ANSWER, more],
  );

/**
 * The saved pages, the first of each session first: { key, index, size, usedAt }; after `spoil` was done to the bytes of those with an index.
 * @param {import('playwright-core').Page} page
 * @param {Record<number, 'flip' | 'cut' | 'lose'>} [spoil]
 */
const stored = (page, spoil = {}) =>
  page.evaluate(async (faults) => {
    const wait = (r) =>
      new Promise((ok, bad) => ((r.onsuccess = () => ok(r.result)), (r.onerror = () => bad(r.error))));
    if (!(await indexedDB.databases()).some((db) => db.name === 'oa-sessions')) return [];
    const db = await wait(indexedDB.open('oa-sessions'));
    const store = (name) => db.transaction(name, 'readwrite').objectStore(name);
    const tx = db.transaction(['pages', 'bytes']);
    const [all, count] = await Promise.all([
      wait(tx.objectStore('pages').getAll()),
      wait(tx.objectStore('bytes').count()),
    ]);
    for (const { key, index } of all) {
      if (!faults[index]) continue;
      const bytes = new Uint8Array(await (await wait(store('bytes').get(key))).arrayBuffer());
      if (faults[index] === 'flip') bytes[bytes.length >> 1] ^= 1;
      const now = faults[index] === 'cut' ? bytes.slice(1) : bytes;
      await wait(faults[index] === 'lose' ? store('bytes').delete(key) : store('bytes').put(new Blob([now]), key));
    }
    db.close();
    if (count !== all.length) throw new Error(`${count} of ${all.length} pages have bytes`);
    return all.map(({ key, index, size, usedAt }) => ({ key, index, size, usedAt })).sort((a, b) => a.index - b.index);
  }, spoil);

/** Waits until as many pages are stored. */
const saved = (page, n) => eventually(() => stored(page).then((all) => all.length), n);

const upTo = (n) => Array.from({ length: n }, (_, i) => i);

check('after a reload the prompt is read, not computed, and the answer is the same', async (page) => {
  const first = await ask(page, LONG);
  assert.equal(first.text, LONG.slice(0, ANSWER));
  assert.equal(first.cached, 0);
  await saved(page, PAGES);
  assert.deepEqual(
    (await stored(page)).map((p) => p.index),
    upTo(PAGES),
  );
  await reload(page);
  const again = await ask(page, LONG);
  assert.equal(again.cached, 64 * Math.floor((LONG.length + 1) / 64));
  assert.deepEqual({ ...again, cached: 0 }, first);
  // another end: only what is alike is read, and only the rest is stored
  await reload(page);
  const other = await ask(page, `${LONG.slice(0, 300)} and ${LONG.slice(300)}`);
  assert.equal(other.cached, 256);
  assert.equal(other.text, LONG.slice(0, ANSWER));
  await saved(page, PAGES + Math.floor((LONG.length + 5 + 2 + ANSWER - 1) / 64) - 4);
});

for (const fault of ['flip', 'cut', 'lose'])
  check(`a damaged page (${fault}) is computed, and stored anew`, async (page) => {
    const first = await ask(page, LONG);
    await saved(page, PAGES);
    await stored(page, { 3: fault });
    await reload(page);
    const again = await ask(page, LONG);
    assert.equal(again.cached, 3 * 64);
    assert.deepEqual({ ...again, cached: 0 }, first);
    await saved(page, PAGES);
    await reload(page);
    assert.equal((await ask(page, LONG)).cached, 64 * Math.floor((LONG.length + 1) / 64));
  });

check('another model does not read it; forgetting a model deletes it', async (page) => {
  await ask(page, LONG);
  await saved(page, PAGES);
  await reload(page, 'other');
  assert.equal((await ask(page, LONG)).cached, 0);
  await saved(page, 2 * PAGES);
  await page.evaluate(() => globalThis.oa.Assistant.forget('other'));
  assert.deepEqual(await stored(page), []);
});

check('a model by its address is known by what came from there; one from disk is not saved', async (page) => {
  const url = `${site.url}models/m.gguf`;
  await reload(page, url);
  const first = await ask(page, LONG);
  await saved(page, PAGES);
  await reload(page, url);
  const again = await ask(page, LONG);
  assert.ok(again.cached > 0);
  assert.deepEqual({ ...again, cached: 0 }, first);
  await page.evaluate(async (address) => {
    const file = new File([await (await fetch(address)).arrayBuffer()], 'm.gguf');
    globalThis.assistant = await globalThis.oa.Assistant.load({ model: file });
  }, url);
  await ask(page, `Another. ${LONG}`);
  await page.waitForTimeout(300);
  assert.equal((await stored(page)).length, PAGES);
});

check('store: false stores nothing and reads nothing; a short prompt is not worth it', async (page) => {
  await ask(page, LONG, { store: false });
  await ask(page, 'A short one.');
  await page.waitForTimeout(300);
  assert.deepEqual(await stored(page), []);
  await ask(page, LONG);
  await saved(page, PAGES);
  await reload(page);
  assert.equal((await ask(page, LONG, { store: false })).cached, 0);
  const wrong = await page.evaluate(() =>
    globalThis.assistant.chat.completions
      .create({ messages: [{ role: 'user', content: 'x' }], store: 'no' })
      .catch((e) => [e.code, e.message]),
  );
  assert.deepEqual(wrong, ['ERR_ARGUMENT', 'store: true or false is needed.']);
});

check('a stopped answer leaves what was computed; questions that follow at once are answered right', async (page) => {
  const texts = await page.evaluate(async (words) => {
    const { completions } = globalThis.assistant.chat;
    const request = (content) => ({ messages: [{ role: 'user', content }], temperature: 0, max_tokens: 8 });
    for await (const chunk of await completions.create({ ...request(`SLOW ${words}`), max_tokens: null, stream: true }))
      if (chunk.oa.phase === 'decode') break;
    const all = ['first', 'second', 'third'].map((word) => completions.create(request(`${word} ${words}`)));
    return (await Promise.all(all)).map((c) => c.choices[0].message.content);
  }, LONG);
  assert.deepEqual(texts, ['first It', 'second I', 'third It']);
  await eventually(async () => (await stored(page)).length >= PAGES, true);
});

check('what was used longest ago makes room', async (page) => {
  await ask(page, LONG);
  await saved(page, PAGES);
  const [{ size }] = await stored(page);
  const [worker] = page.workers().filter((w) => w.url().endsWith('/worker.js'));
  // a device with so little storage that a tenth of it holds two chats and a half
  const quota = 10 * (size + 4096) * PAGES * 2.5;
  await worker.evaluate((n) => (navigator.storage.estimate = async () => ({ quota: n, usage: 0 })), quota);
  await ask(page, `2${LONG.slice(1)}`);
  await saved(page, 2 * PAGES);
  await ask(page, LONG); // the first is used again
  await page.waitForTimeout(300);
  const old = await stored(page);
  await ask(page, `3${LONG.slice(1)}`);
  await eventually(async () => {
    const keys = new Set((await stored(page)).map((p) => p.key));
    return old.filter((p) => !keys.has(p.key)).length > 0 && keys.size > 2 * PAGES;
  }, true);
  const now = await stored(page);
  assert.ok(now.reduce((n, p) => n + p.size, 0) <= quota / 10);
  const newest = Math.max(...old.map((p) => p.usedAt));
  const gone = old.filter((p) => !now.some((q) => q.key === p.key));
  assert.ok(gone.every((p) => p.usedAt < newest)); // the second, its last pages first
  assert.deepEqual(
    gone.map((p) => p.index),
    upTo(PAGES).slice(-gone.length),
  );
});

test('deleting a chat for good, or everything, deletes it', { timeout: 60_000 }, async () => {
  const chats = await startChatSite();
  try {
    await withChat({ browser, site: chats }, async (chat) => {
      await chat.ask(LONG);
      await eventually(async () => (await stored(chat.page)).length > 0, true);
      await chat.page.reload();
      await chat.page.locator('.header .pill[data-state=ready]').waitFor();
      await chat.settings('Data');
      await chat.button('Delete everything').click();
      await chat.button('Yes, delete everything').click();
      await chat.toast('deleted');
      assert.deepEqual(await stored(chat.page), []);
      await chat.ask(LONG);
      await eventually(async () => (await stored(chat.page)).length > 0, true);
      await chat.page.evaluate(async () => {
        const wait = (r) => new Promise((ok) => (r.onsuccess = () => ok(r.result)));
        const db = await wait(indexedDB.open('open-assistant'));
        const store = db.transaction('conversations', 'readwrite').objectStore('conversations');
        const [conversation] = await wait(store.getAll());
        await wait(store.put({ ...conversation, deleted_date: '2026-01-01T00:00:00.000Z' })); // and no longer to be undone
        db.close();
      });
      await chat.page.reload();
      await eventually(() => stored(chat.page), []);
    });
  } finally {
    await chats.close();
  }
});
