// The page with the real core and the default model: the download, an answer in each build of the engine, a follow-up that reads only what
// is new, a reload without network, the same answer for the same seed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serve } from '../tools/serve.mjs';
import { launch } from './helpers/browser.mjs';
import { withChat } from './helpers/chat.mjs';

const SITE = process.env.SITE ?? `${process.env.BUILD ?? 'build'}/site`;
const QUESTION = 'What is the capital of France?';

let browser;
let isolated;
let plain;
before(async () => {
  browser = await launch();
  isolated = await serve(SITE, { isolation: 'coop' });
  plain = await serve(SITE);
});
after(async () => {
  await browser?.close();
  await isolated?.close();
  await plain?.close();
});

/** Settings of a chat: always the likeliest token, and short. */
async function greedy(chat) {
  await chat.settings('Chat');
  await chat.page.getByRole('combobox', { name: 'Preset' }).selectOption('greedy');
  await chat.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('48');
  await chat.page.keyboard.press('Tab');
  await chat.closeSettings();
}

const answered = async (chat, words) => {
  await chat.ask(words);
  return (await chat.texts()).at(-1);
};

test('the default model is downloaded, answers, and answers again without network', { timeout: 300_000 }, async () => {
  await withChat({ browser, site: isolated, expect: /ERR_INTERNET_DISCONNECTED/ }, async (chat, context) => {
    context.setDefaultTimeout(120_000);
    await chat.shot('real-welcome');
    await greedy(chat);
    await chat.send(QUESTION);
    await chat.waitText(chat.page.locator('.load .figures'), /^[\d.]+ [kM]B of 98\.4 MB/);
    await chat.answers.first().waitFor();
    await chat.idle();
    assert.match((await chat.texts())[1], /Paris/);
    assert.match(await chat.page.locator('.status').innerText(), /^[\d.,]+ tokens\/s\s+\d+ of 4,096 tokens$/);
    const more = await answered(chat, 'And of Italy?');
    assert.match(more, /Rome/);
    await chat.shot('real-answer');
    const [first, second] = (await chat.stored('messages'))
      .filter((m) => m.role === 'assistant')
      .map((m) => m.usage.context_used)
      .sort((a, b) => a - b);
    assert.ok(first < second);

    const requests = [];
    context.on('request', (r) => requests.push(new URL(r.url()).pathname));
    await chat.page.reload();
    await chat.page.locator('.header .pill[data-state=ready]').waitFor();
    await context.setOffline(true); // the page itself is not stored (that is the service worker's work), the weights are
    await chat.newChat();
    await greedy(chat);
    assert.match(await answered(chat, QUESTION), /Paris/);
    assert.deepEqual(
      requests.filter((path) => path.endsWith('.gguf')),
      [],
    );
    assert.equal(await chat.items.count(), 2);
    await context.setOffline(false);
  });
});

test('every build of the engine gives the same greedy answer in the page', { timeout: 300_000 }, async () => {
  await withChat({ browser, site: isolated }, async (chat, context) => {
    context.setDefaultTimeout(120_000);
    await greedy(chat);
    await answered(chat, QUESTION);
    const answers = new Set();
    for (const variant of ['simd', 'relaxed', 'simd-mt', 'relaxed-mt']) {
      await chat.settings('Model');
      await chat.page.getByText('Advanced').click();
      await chat.page.getByRole('combobox', { name: 'Build of the engine' }).selectOption(variant);
      await chat.button('Apply and reload the model').click();
      await chat.page.getByText(`Running: ${variant},`).waitFor();
      await chat.closeSettings();
      await chat.newChat();
      await greedy(chat);
      await chat.ask('Name three colours.');
      const last = (await chat.stored('messages'))
        .filter((m) => m.role === 'assistant')
        .sort((a, b) => (a.created_date < b.created_date ? 1 : -1))[0];
      answers.add(last.text);
    }
    assert.equal(answers.size, 1, [...answers].join('\n---\n'));
  });
});

test('on a host without headers the page works; the same seed gives the same words', { timeout: 300_000 }, async () => {
  await withChat({ browser, site: plain }, async (chat, context) => {
    context.setDefaultTimeout(120_000);
    await chat.settings('Chat');
    await chat.page.getByRole('combobox', { name: 'Preset' }).selectOption('k50');
    await chat.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('32');
    await chat.page.getByRole('spinbutton', { name: 'Seed' }).fill('7');
    await chat.page.keyboard.press('Tab');
    await chat.button('Use for new chats too').click();
    await chat.closeSettings();
    const first = await answered(chat, 'Tell me a story.');
    await chat.newChat();
    assert.equal(await answered(chat, 'Tell me a story.'), first);
    await chat.button('Answer again').click();
    await chat.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await chat.idle();
    assert.notEqual((await chat.texts()).at(-1), first);
  });
});

test('a long answer stops within a moment and goes on', { timeout: 300_000 }, async () => {
  await withChat({ browser, site: isolated }, async (chat, context) => {
    context.setDefaultTimeout(120_000);
    await chat.send('Write a long story about a lighthouse.');
    await chat.waitText(chat.answers, /\w+ \w+ \w+ \w+ \w+/);
    const start = Date.now();
    await chat.page.keyboard.press('Escape');
    await chat.idle();
    assert.ok(Date.now() - start < 1500, `${Date.now() - start} ms`);
    await chat.page.getByText('Stopped.').waitFor();
    await chat.send(`Shorten this: ${'The sea was calm and the light turned slowly. '.repeat(600)}`);
    const notice = chat.page.locator('.notice.bad');
    await notice.waitFor();
    assert.match(await notice.innerText(), /too long[\s\S]*\d{4} tokens[\s\S]*3072/);
    assert.match(await answered(chat, 'Say hello.'), /\w/);
  });
});

test(
  'a long prompt shows how far it is read; turns that no longer fit are left out, and that is said',
  { timeout: 300_000 },
  async () => {
    await withChat({ browser, site: isolated }, async (chat, context) => {
      context.setDefaultTimeout(120_000);
      await greedy(chat);
      await answered(chat, 'Hello!');
      await chat.send(`What is this text about? ${'The sea was calm and the light turned slowly. '.repeat(200)}`);
      await chat.page.getByText(/Reading [\d,]+ of [\d,]+ tokens/).waitFor();
      await chat.idle();
      await chat.settings('Model');
      await chat.page.getByText('Advanced').click();
      await chat.page.getByRole('spinbutton', { name: 'Context in tokens' }).fill('256');
      await chat.button('Apply and reload the model').click();
      await chat.page.locator('.header .pill[data-state=ready]').waitFor();
      await chat.closeSettings();
      await chat.newChat();
      await greedy(chat);
      for (const what of ['a tree', 'a river', 'a mountain', 'a desert'])
        await chat.ask(`Describe ${what} in a few sentences, please.`);
      await chat.page.getByText(/oldest messages? no longer fit/).waitFor();
      await chat.shot('real-dropped');
      assert.match(await chat.page.locator('.status').innerText(), /of 256 tokens/);
    });
  },
);

test(
  'answers that were computed together are, replayed alone, the same token for token',
  { timeout: 300_000 },
  async () => {
    await withChat({ browser, site: isolated }, async (chat, context) => {
      context.setDefaultTimeout(120_000);
      await chat.settings('Chat');
      await chat.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('40');
      await chat.page.keyboard.press('Tab');
      await chat.closeSettings();
      await chat.ask('Write a short poem about the sea.');
      await chat.ask('And one about mountains.');
      await chat.more('Compare answers');
      await chat.page.locator('.draft').nth(2).waitFor();
      await chat.idle();
      const drafts = (await chat.page.locator('.draft oa-markdown').allTextContents()).map((text) => text.trim());
      assert.equal(new Set(drafts).size, 3, 'they differ');
      for (const key of ['2', '1']) await chat.page.locator('.compare').press(key);
      await chat.shot('real-compare');
      await chat.button('Save the ranking').click();
      await chat.page.locator('.compare').waitFor({ state: 'detached' });
      assert.equal((await chat.texts()).at(-1), drafts[1]);
      for (let nth = 0; nth < 2; nth++) {
        await chat.more('Replay', nth); // after the first prompt; after what is cached, with others
        const result = chat.page.locator('.replay').getByText(/The same, token for token|It differs/);
        await result.waitFor();
        assert.match(await result.innerText(), /The same, token for token: 40 of 40\./);
        await chat.page.keyboard.press('Escape');
      }
    });
  },
);
