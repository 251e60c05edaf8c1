// The chat page in several tabs: one engine, chats in step, and nothing lost when a tab goes away in the middle of an answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, workersAlive } from './helpers/browser.mjs';
import { Chat, eventually, startChatSite, withChat } from './helpers/chat.mjs';
import { until } from './helpers/load.mjs';

let site;
before(async () => {
  site = await startChatSite();
});
after(() => site?.close());

/** Two tabs of a browser of their own; the first has the engine. */
async function withTwo(work, more = {}) {
  const browser = await launch();
  try {
    await withChat({ browser, site, ...more }, async (one, context) => {
      await one.ask('first');
      const two = new Chat(await context.newPage(), site);
      await two.goto();
      await two.page.locator('.header .pill[data-state=ready]').waitFor();
      await work(one, two, { browser, context });
    });
  } finally {
    await browser.close();
  }
}

const check = (name, work, more) => test(name, { timeout: 90_000 }, () => withTwo(work, more));
const numbers = (text) => text.trim().split(' ').map(Number);

/** Asserts that a slow answer has every number once. */
function assertCounted(text) {
  const seen = numbers(text);
  assert.ok(seen.length > 20, text);
  assert.deepEqual(
    seen,
    Array.from({ length: seen.length }, (_, i) => i % 256),
  );
}

async function shortAnswers(chat) {
  await chat.settings('Chat');
  await chat.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('200');
  await chat.page.keyboard.press('Tab');
  await chat.closeSettings();
}

check('the second tab has the model at once, and waits for the answer of the first', async (one, two, { browser }) => {
  const threads = await workersAlive(browser);
  await two.newChat();
  await one.send('SLOW one');
  await one.waitText(one.answers, '5 6 7');
  await two.send('here too');
  await two.page.getByText('Waiting for the answer in another tab').waitFor();
  await two.shot('tabs-waiting');
  await one.page.keyboard.press('Escape');
  await two.idle();
  assert.deepEqual(await two.texts(), ['here too', 'here too']);
  assert.equal(await workersAlive(browser), threads);
});

check('the tab that computes is closed: the answer goes on, whole and stored once', async (one, two) => {
  await two.newChat();
  await shortAnswers(two);
  await two.send('SLOW survivor');
  await two.waitText(two.answers, '8 9 10');
  await one.page.close();
  await two.idle();
  assertCounted((await two.texts()).at(-1));
  const stored = (await two.stored('messages')).filter((m) => m.role === 'assistant' && m.text.startsWith('0 1'));
  assert.equal(stored.length, 1);
  assert.equal(stored[0].state, 'complete');
  assertCounted(stored[0].text);
  await two.ask('and on');
});

check('a tab that is closed leaves what it has written, and the others say that it stopped', async (one, two) => {
  await one.send('SLOW gone');
  await two.goto(new URL(one.page.url()).hash);
  await two.page.getByText('Being written in another tab.').waitFor();
  const length = async () => (await two.texts()).at(-1).length;
  const early = await length();
  await until(async () => (await length()) > early + 30); // it grows here while it is written there
  await one.page.close();
  await two.page.getByText('Stopped.').waitFor();
  assertCounted((await two.texts()).at(-1));
  const seen = await two.texts();
  await two.page.reload();
  await two.field.waitFor();
  await eventually(() => two.texts(), seen);
  await two.ask('next');
  assert.equal((await two.texts()).at(-1), 'next');
});

check('a new name is in step, and so is a question asked elsewhere', async (one, two) => {
  await two.items.first().click();
  await eventually(() => two.texts(), ['first', 'first']);
  await one.button('Options for “first”').click();
  await one.page.getByRole('menuitem', { name: 'Rename' }).click();
  await one.page.getByRole('textbox', { name: 'Name of the chat' }).fill('Renamed');
  await one.page.keyboard.press('Enter');
  await eventually(() => two.items.allInnerTexts(), ['Renamed']);
  await eventually(() => two.page.locator('main h1').innerText(), 'Renamed');
  await two.ask('from two');
  await eventually(() => one.texts(), ['first', 'first', 'from two', 'from two']);
});

check('the engine dies: both tabs say so, and one click starts it for both', async (one, two) => {
  await one.kill();
  for (const chat of [one, two]) await chat.page.locator('.header .pill[data-state=crashed]').waitFor();
  await two.ask('started again');
  assert.equal((await two.texts()).at(-1), 'started again');
  await one.ask('here as well');
  assert.equal((await one.texts()).at(-1), 'here as well');
});
