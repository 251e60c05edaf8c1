// Sharing feedback with a collector, on the page: nothing before the visitor agrees, exactly what was shown, once, whatever the network does, and no
// more when the visitor has enough. The collector is a server of its own on another port.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { en } from '../../web/ui/text/en.js';
import { sharing as words } from '../../web/ui/text/en/sharing.js';
import { launch } from './helpers/browser.mjs';
import { Chat, eventually, foreignRequests, startChatSite, withChat } from './helpers/chat.mjs';
import { linesOf, name, startCollector, startSharingSite } from './helpers/collector.mjs';

const PAGE = 'index.html';
let browser;
let collector;
let site;
let host;
before(async () => {
  browser = await launch();
  collector = await startCollector();
  site = await startSharingSite(collector.url);
  host = new URL(collector.url).host;
});
after(async () => {
  await browser?.close();
  await site?.close();
  await collector?.close();
});

/** The page as the site has it now. */
const unkept = { options: { serviceWorkers: 'block' } };
const failedRequests = /Failed to load resource/;
const dialog = (chat) => chat.page.getByRole('dialog', { name: words.title });
const cards = (chat) => dialog(chat).locator('.card');
const agreement = (chat) => chat.page.getByRole('switch', { name: words.agree(host) }).last();
const said = (chat, text) => chat.page.locator('oa-share-consent [role=status]', { hasText: text }).last().waitFor();
/** What was sent since the last call. */
const take = () => collector.posts.splice(0).flatMap(linesOf);
const sorted = (lines) => lines.toSorted((a, b) => (a.message_id < b.message_id ? -1 : 1));
const texts = (lines) => lines.map((line) => line.text);

/** A test with a page whose collector has been sent nothing yet. */
function check(title, work, options = {}) {
  test(title, { timeout: 90_000 }, async () => {
    collector.posts.length = 0;
    collector.answer = () => ({});
    await withChat({ browser, site, open: false, expect: failedRequests, ...options }, async (chat, context) => {
      await open(chat);
      await work(chat, context);
    });
  });
}

async function open(chat) {
  await chat.goto(PAGE);
  await chat.page.waitForFunction(() => document.querySelector('oa-app').shadowRoot.querySelector('oa-share'));
}

async function rate(chat, question) {
  await chat.ask(question);
  await chat.button(en.goodAnswer).last().click();
}

async function show(chat) {
  await chat.settings(en.data);
  await chat.button(words.show).click();
  await dialog(chat).waitFor();
}
const hide = (chat) => dialog(chat).getByRole('button', { name: en.close }).click();

/** Agrees, with the dialog open. */
async function agree(chat) {
  await agreement(chat).check();
  await eventually(() => chat.button(words.send, dialog(chat)).or(chat.button(words.sendAll)).count().then((n) => n > 0), true); // prettier-ignore
}

test('a page without a collector has no trace of it, and sends nothing', { timeout: 60_000 }, async () => {
  const plain = await startChatSite();
  await withChat({ browser, site: plain, open: false }, async (chat, context) => {
    const foreign = foreignRequests(context, plain);
    await chat.goto();
    await rate(chat, 'one');
    await chat.settings(en.data);
    await chat.page.locator('oa-storage summary').waitFor();
    assert.equal(await chat.page.locator('oa-share-consent, oa-share').count(), 0);
    const databases = await chat.page.evaluate(async () => (await indexedDB.databases()).map((db) => db.name));
    assert.ok(!databases.includes('oa-sharing'), databases.join());
    assert.deepEqual(foreign, []);
  });
  await plain.close();
});

check('nothing leaves before the visitor agrees: who rates is asked once, and sees what it would be', async (chat, context) => {
  const foreign = foreignRequests(context, site);
  await rate(chat, 'one');
  await chat.toast(words.ask(host));
  await chat.button(words.look).click();
  await eventually(() => cards(chat).count(), 1);
  assert.equal(await agreement(chat).isChecked(), false);
  assert.deepEqual(await cards(chat).locator('li p').allInnerTexts(), ['one', 'one']);
  await cards(chat).getByText(en.emojiNames['+1'], { exact: true }).waitFor();
  assert.equal(await chat.button(words.send, dialog(chat)).count(), 0);
  await hide(chat);
  await chat.button(en.badAnswer).click();
  await chat.page.waitForTimeout(3000); // longer than the quiet after which it would be sent
  assert.equal(await chat.page.locator('.toast').count(), 0);
  assert.deepEqual(foreign, []);
  assert.deepEqual(collector.posts, []);
}); // prettier-ignore

check('what was shown is what is sent, byte for byte, once; what changes is shown again', async (chat) => {
  await rate(chat, 'one');
  await chat.ask('not rated');
  await show(chat);
  await agree(chat);
  await cards(chat).locator('summary').click();
  const shown = await cards(chat).locator('pre').innerText();
  assert.deepEqual(collector.posts, []);
  await chat.button(words.send, dialog(chat)).click();
  await said(chat, words.there(2));
  await said(chat, words.nothing);
  const [{ body, headers, method, url }] = collector.posts;
  assert.equal(body.trimEnd(), shown.trimEnd());
  assert.deepEqual([method, url, headers['content-type']], ['POST', '/v1/messages', 'application/jsonl']);
  assert.match(headers['idempotency-key'], /^[0-9a-f]{64}$/);
  assert.deepEqual([headers.cookie, headers.referer, headers.origin], [undefined, undefined, new URL(site.url).origin]);
  assert.equal(collector.preflights.at(-1)['access-control-request-headers'], 'content-type,idempotency-key');
  const [question, answer] = take();
  assert.deepEqual(Object.keys(question), 'message_id user_id created_date text role lang synthetic message_tree_id tree_state'.split(' ')); // prettier-ignore
  assert.deepEqual(Object.keys(answer), 'message_id parent_id user_id created_date text role lang synthetic model_name emojis message_tree_id tree_state'.split(' ')); // prettier-ignore
  assert.deepEqual([answer.parent_id, answer.message_tree_id], [question.message_id, question.message_id]);
  assert.match(answer.user_id, /^[0-9a-f-]{36}$/);
  await hide(chat);
  await chat.closeSettings();
  await chat.button(en.badAnswer).first().click();
  await chat.toast(words.ready(host));
  await chat.button(words.look).last().click();
  await eventually(() => cards(chat).locator('li').count(), 1);
  assert.deepEqual(collector.posts, []);
  await chat.button(words.send, dialog(chat)).click();
  await eventually(() => collector.posts.length, 1);
  const [changed, ...more] = take();
  assert.deepEqual([changed.message_id, changed.emojis, more], [answer.message_id, { '-1': 1 }, []]);
});

check('who does not want to be asked each time is not, and rating no more deletes it there', async (chat) => {
  await show(chat);
  await agreement(chat).check();
  await chat.page.getByRole('switch', { name: words.auto }).last().check();
  await hide(chat);
  await chat.closeSettings();
  await rate(chat, 'one');
  await eventually(() => collector.posts.length, 1, 8000);
  const sent = take();
  assert.deepEqual(texts(sent), ['one', 'one']);
  await chat.button(en.goodAnswer).click();
  await eventually(() => collector.posts.length, 1, 8000);
  const gone = sent.map(({ message_id, user_id }) => ({ message_id, user_id, deleted: true }));
  assert.deepEqual(sorted(take()), sorted(gone));
});

check('refused: the reason is told, the others go on; what failed is tried again with the same body', async (chat) => {
  for (const question of ['good', 'bad']) {
    await chat.newChat();
    await rate(chat, question);
  }
  await show(chat);
  await agree(chat);
  // 500 first, then 429 with a time, then 400 for every batch that has "bad" in it
  collector.answer = (n, { body }) => {
    if (n === 1) return { status: 500, headers: { 'Retry-After': '1' } };
    if (n === 2) return { status: 429, headers: { 'Retry-After': '2' } };
    return body.includes('"bad"') ? { status: 400, body: '{"error":"not here"}' } : {};
  };
  await chat.button(words.sendAll).click();
  await said(chat, 'The next try is at');
  await said(chat, words.refusedCount(2));
  const [first, second, third, ...halves] = collector.posts;
  assert.deepEqual([second.body, third.body], [first.body, first.body]);
  assert.deepEqual([second, third].map((post) => post.headers['idempotency-key']), Array(2).fill(first.headers['idempotency-key'])); // prettier-ignore
  assert.ok(second.at - first.at >= 950 && third.at - second.at >= 1950, 'the collector says when');
  assert.ok(halves.length > 0);
  await said(chat, words.there(2));
  await cards(chat).locator('.warn', { hasText: '400 not here' }).waitFor();
  assert.equal(await cards(chat).count(), 1);
  collector.posts.length = 0;
  collector.answer = () => ({});
  await chat.button(en.retry, dialog(chat)).click();
  await eventually(() => cards(chat).count(), 0);
  assert.deepEqual(texts(take()), ['bad', 'bad']);
});

check('a collector that rejects some of a batch has the others', async (chat) => {
  await rate(chat, 'one');
  await show(chat);
  await agree(chat);
  collector.answer = (_n, post) => {
    const [question, answer] = linesOf(post);
    return { body: JSON.stringify({ accepted: [question.message_id], rejected: [{ message_id: answer.message_id, reason: 'too <b>short</b>' }] }) }; // prettier-ignore
  };
  await chat.button(words.send, dialog(chat)).click();
  await cards(chat).locator('.warn', { hasText: 'too <b>short</b>' }).waitFor();
  await eventually(() => cards(chat).locator('li').count(), 1);
  assert.equal(collector.posts.length, 1);
});

check('no answer, then no network: it waits, and is sent in the end', async (chat, context) => {
  const { clock } = chat.page;
  await clock.install();
  await open(chat);
  await rate(chat, 'one');
  await show(chat);
  await agree(chat);
  await clock.pauseAt(Date.now() + 60_000); // time stands still from here on, but for what follows
  collector.answer = (n) => (n === 1 ? { hang: true } : {});
  await chat.button(words.send, dialog(chat)).click();
  await eventually(() => collector.posts.length, 1);
  await clock.runFor(29_000);
  assert.equal(collector.posts[0].cut, false);
  await clock.runFor(2000);
  await said(chat, 'The next try is at');
  assert.equal(collector.posts[0].cut, true);
  await context.setOffline(true);
  await clock.runFor(5100);
  await said(chat, words.offline);
  assert.equal(collector.posts.length, 1);
  await context.setOffline(false);
  await said(chat, words.there(2));
  const [first, second, ...more] = collector.posts;
  assert.deepEqual([second.body, more], [first.body, []]);
});

check('a tab that is closed sends when it comes back, and of two tabs one sends', async (chat, context) => {
  await rate(chat, 'one');
  await show(chat);
  await agree(chat);
  collector.answer = () => ({ status: 503, headers: { 'Retry-After': '2' } });
  await chat.button(words.send, dialog(chat)).click();
  await said(chat, 'The next try is at');
  await chat.page.close();
  collector.posts.length = 0;
  collector.answer = () => ({});
  const tabs = [];
  for (let i = 0; i < 2; i++) {
    const tab = new Chat(await context.newPage(), site);
    await open(tab);
    tabs.push(tab);
  }
  await eventually(() => collector.posts.length, 1, 8000);
  assert.deepEqual(texts(take()), ['one', 'one']);
  await show(tabs[1]);
  await tabs[1].page.getByRole('switch', { name: words.auto }).last().check();
  await hide(tabs[1]);
  await tabs[1].closeSettings();
  await rate(tabs[1], 'two');
  await eventually(() => collector.posts.length, 1, 8000);
  assert.deepEqual(texts(take()), ['two', 'two']);
  await tabs[0].page.close(); // whichever of them it was that sends
  await rate(tabs[1], 'three');
  await eventually(() => collector.posts.length, 1, 8000);
  assert.equal(take().length, 2);
});

check('revoked while it is being sent: it stops at once, and what may be there is deleted on request', async (chat) => {
  await rate(chat, 'one');
  await show(chat);
  await agree(chat);
  collector.answer = () => ({ hang: true });
  await chat.button(words.send, dialog(chat)).click();
  await eventually(() => collector.posts.length, 1);
  await agreement(chat).uncheck();
  await eventually(() => collector.posts[0].cut, true, 1000);
  const [{ user_id }] = take();
  collector.answer = () => ({});
  await chat.page.waitForTimeout(3000);
  assert.deepEqual(collector.posts, []);
  await chat.button(words.erase, dialog(chat)).click();
  await chat.page.getByRole('alertdialog').getByRole('button', { name: words.erase }).click();
  await eventually(() => collector.posts.length, 1);
  const gone = take();
  assert.deepEqual(gone.map((line) => [Object.keys(line).join(), line.user_id, line.deleted]), Array(2).fill(['message_id,user_id,deleted', user_id, true])); // prettier-ignore
  await eventually(() => chat.button(words.erase, dialog(chat)).count(), 0);
  await agree(chat);
  await chat.button(words.send, dialog(chat)).click();
  await eventually(() => collector.posts.length, 1);
  assert.notEqual(take()[0].user_id, user_id, 'somebody else from then on');
});

check('private chats, chats that are left out and deleted ones are not sent, and are deleted where they were', async (chat) => {
  await chat.page.locator('.private').click();
  await rate(chat, 'private');
  await chat.newChat();
  await rate(chat, 'left out');
  await chat.newChat();
  await rate(chat, 'to be deleted');
  const choose = async (title, entry) => {
    await chat.button(en.chatMenu(title)).click();
    await chat.page.getByRole('menuitem', { name: entry }).click();
  };
  await choose('left out', words.exclude);
  await chat.toast(words.excluded('left out'));
  await show(chat);
  await agree(chat);
  assert.deepEqual(await cards(chat).locator('h3').allInnerTexts(), ['to be deleted']);
  await chat.button(words.send, dialog(chat)).click();
  await eventually(() => collector.posts.length, 1);
  const sent = take();
  assert.deepEqual(texts(sent), ['to be deleted', 'to be deleted']);
  await hide(chat);
  await chat.closeSettings();
  await choose('to be deleted', en.remove);
  await chat.page.waitForTimeout(4000);
  assert.deepEqual(collector.posts, [], 'it can still be undone');
  await eventually(() => collector.posts.length, 1, 15_000);
  assert.deepEqual(sorted(take()).map((line) => [line.message_id, line.deleted]), sorted(sent).map((line) => [line.message_id, true])); // prettier-ignore
  await choose('left out', words.include);
  await show(chat);
  await eventually(() => cards(chat).locator('h3').allInnerTexts(), ['left out']);
  await chat.button(words.exclude, dialog(chat)).click();
  await eventually(() => cards(chat).count(), 0);
  await said(chat, words.nothing);
}); // prettier-ignore

check(
  'deleting everything ends the agreement too; another collector asks again',
  async (chat) => {
    await rate(chat, 'one');
    await show(chat);
    await agree(chat);
    await eventually(
      () =>
        chat.page
          .locator('.side-foot .fine')
          .innerText()
          .then((line) => line.trim()),
      words.note,
    );
    await hide(chat);
    name(site, collector.url.replace('/v1/', '/v2/'));
    await open(chat);
    await chat.settings(en.data);
    assert.equal(await agreement(chat).isChecked(), false);
    name(site, collector.url);
    await open(chat);
    await chat.settings(en.data);
    assert.equal(await agreement(chat).isChecked(), true);
    await chat.button(en.removeAll).click();
    await chat.button(en.removeAllYes).click();
    await chat.toast(en.removedAll);
    await eventually(
      () =>
        chat.page
          .locator('.side-foot .fine')
          .innerText()
          .then((line) => line.trim()),
      en.localNote,
    );
    await open(chat);
    await chat.settings(en.data);
    assert.equal(await agreement(chat).isChecked(), false);
    assert.deepEqual(collector.posts, []);
  },
  unkept,
);

check('an address that is none is told to the owner, and nothing is shared', async (chat) => {
  const warnings = [];
  chat.page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
  site.overrides.set('/index.html', site.overrides.get('/index.html').replace(collector.url, 'http://collector.example/'));
  await chat.goto(PAGE);
  await eventually(() => warnings.filter((line) => line.includes('oa-collector')).length, 1);
  name(site, collector.url);
}, unkept); // prettier-ignore
