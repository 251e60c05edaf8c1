// Answers side by side: written together, shown without names, ranked by clicks, keys and dragging; kept, exported as ranking events, and asked for
// rarely. And an answer written once more.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ASKED, isWorthAsking } from '../../web/store/ask.js';
import { asComparisons, rankingEvents, ranksOf } from '../../web/store/ranking.js';
import { PRESETS, samplingsToCompare } from '../../web/ui/presets.js';
import { en } from '../../web/ui/text/en.js';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';

const OA = `${process.env.BUILD ?? 'build'}/native/oa`;
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

/** Settings that are stored before the page is opened anew. */
async function setDrafts(chat, n) {
  await chat.settings(en.general);
  await chat.page.locator(`input[name=drafts]`).nth(n - 2).check({ force: true }); // prettier-ignore
  await chat.closeSettings();
}

const prompts = async (chat) => (await chat.stored('messages')).filter((m) => m.role === 'prompter');
const comparisons = async (chat) => (await prompts(chat)).flatMap((m) => m.comparisons ?? []);
const section = (chat) => chat.page.getByRole('region', { name: en.compareTitle });

/** Asks, and opens a comparison of n answers that are all written. */
async function compare(chat, n, words = 'one') {
  if (n !== 3) await setDrafts(chat, n);
  await chat.ask(words);
  await chat.more(en.compare);
  await section(chat).locator('.draft').nth(n - 1).waitFor(); // prettier-ignore
  await chat.idle();
}

test('the samplings of a comparison: the chat’s own and others, in random order, with seeds of their own', () => {
  const own = { preset: 'k50', values: {}, seed: 5 };
  const places = new Map();
  for (let run = 0; run < 400; run++) {
    const all = samplingsToCompare(own, [], 4);
    assert.equal(new Set(all.map((s) => s.preset)).size, 4);
    assert.ok(all.every((s) => s.values.max_tokens === 1024 && s.seed >= 0));
    assert.equal(new Set(all.map((s) => s.seed)).size, 4);
    const at = all.findIndex((s) => s.preset === 'k50');
    places.set(at, (places.get(at) ?? 0) + 1);
    assert.ok(!all.some((s) => s.preset === 'greedy' || s.preset === 'default'));
    for (const { preset, values } of all) assert.deepEqual(values, PRESETS.find((p) => p.id === preset).values);
  }
  for (let at = 0; at < 4; at++) assert.ok(places.get(at) > 60 && places.get(at) < 140, `${at}: ${places.get(at)}`); // 100, deviation 8.7
});

test('ranks: what the visitor wrote, then the last comparison with its ties, then what was replaced', () => {
  const answer = (message_id, improves) => ({ message_id, ...(improves ? { improves } : {}) });
  const c = (ids, places, date = '2026-01-01') => ({ message_ids: ids, places, not_rankable: false, date });
  const ranks = (prompt, answers) => Object.fromEntries(ranksOf(prompt, answers));
  const three = ['a', 'b', 'c'].map((id) => answer(id));
  assert.deepEqual(ranks({ comparisons: [c(['c', 'a', 'b'], [1, 0, 1])] }, three), { a: 0, b: 1, c: 1 });
  assert.deepEqual(ranks({ comparisons: [c(['a', 'b'], [0, 1]), c(['a', 'b'], [1, 0])] }, three), { b: 0, a: 1 });
  assert.deepEqual(ranks({}, [answer('a'), answer('x', 'a'), answer('y', 'x')]), { y: 0, x: 1, a: 2 });
  const mixed = [...three, answer('x', 'b')];
  assert.deepEqual(ranks({ comparisons: [c(['a', 'b'], [0, 1])] }, mixed), { x: 0, a: 1, b: 2 });
  assert.deepEqual(ranks({ comparisons: [c(['a', 'b'], null)] }, three), {});
});

test('comparisons of any origin are put right or dropped', () => {
  const good = { message_ids: ['a', 'b'], places: [1, 0], not_rankable: false, date: '2026-01-01T00:00:00Z' };
  assert.deepEqual(asComparisons([good]), [good]);
  for (const bad of [
    null,
    'x',
    {},
    { ...good, message_ids: ['a'] },
    { ...good, message_ids: ['a', 'a'] },
    { ...good, places: [0] },
    { ...good, places: [0, 2] },
    { ...good, places: 'x' },
    { ...good, message_ids: Array(99).fill('a') },
  ])
    // prettier-ignore
    assert.deepEqual(asComparisons([bad]), [], JSON.stringify(bad));
  assert.deepEqual(asComparisons('x'), []);
  assert.equal(asComparisons([{ ...good, date: 'never' }])[0].date, null);
  const [event] = rankingEvents({ message_id: 'p', comparisons: [good, { ...good, date: null }] }, 't');
  assert.deepEqual(event, { type: 'ranking', ranking: [1, 0], ranked_message_ids: ['b', 'a'], ranking_parent_id: 'p', message_tree_id: 't', not_rankable: false, places: [0, 1], created_date: good.date }); // prettier-ignore
});

test('one answer in ten is worth asking about, failed and empty ones never', () => {
  const answer = { state: 'complete', text: 'x' };
  let asked = 0;
  for (let i = 0; i < 1000; i++) asked += isWorthAsking(answer, () => i / 1000) ? 1 : 0;
  assert.deepEqual([asked, ASKED], [100, 0.1]);
  for (const no of [{ state: 'cancelled' }, { state: 'aborted_by_worker' }, { text: ' ' }])
    assert.equal(isWorthAsking({ ...answer, ...no }, () => 0), false); // prettier-ignore
});

for (const n of [2, 4]) {
  test(
    `${n} answers are written together, ranked by clicks, and the chat goes on with the best`,
    { timeout: 60_000 },
    () =>
      withChat({ browser, site }, async (chat) => {
        await compare(chat, n);
        const drafts = section(chat).locator('.draft');
        assert.equal(await drafts.count(), n);
        for (let i = 0; i < n; i++) assert.match(await drafts.nth(i).innerText(), new RegExp(`^Answer ${'ABCD'[i]}`));
        assert.doesNotMatch(await section(chat).innerText(), /k50|typical|nucleus|balanced|Tiny/i); // no names
        const stored = (await chat.stored('messages')).filter((m) => m.preset && m.parent_id);
        assert.equal(stored.length, n + 1);
        const [open] = await comparisons(chat);
        assert.deepEqual([open.places, open.date, open.message_ids.length], [null, null, n]);
        const save = chat.button(en.compareSave);
        assert.equal(await save.isDisabled(), true);
        await chat.button(`${en.draft('B')}: ${en.best}`).click();
        for (const letter of ['D', 'C'].slice(4 - n)) await chat.button(`${en.draft(letter)}: ${en.nextBest}`).click(); // the last comes by itself
        await save.click();
        await section(chat).waitFor({ state: 'detached' });
        const want = n === 2 ? [1, 0] : [3, 0, 2, 1];
        await eventually(async () => (await comparisons(chat)).map((c) => c.places), [want]);
        const [done] = await comparisons(chat);
        assert.deepEqual([done.message_ids, done.not_rankable], [open.message_ids, false]);
        assert.ok(Date.now() - Date.parse(done.date) < 60_000);
        await chat.page.getByRole('group', { name: en.versionLabel(open.message_ids.indexOf(done.message_ids[1]) + 2, n + 1) }).waitFor(); // prettier-ignore
        await chat.ask('goes on');
        const next = (await prompts(chat)).find((m) => m.text === 'goes on');
        assert.equal(next.parent_id, done.message_ids[1]);
      }),
  );
}

test('by keys alone: digits, back, ties, and moving', { timeout: 60_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    const { page } = chat;
    await compare(chat, 3);
    await section(chat).focus();
    await page.keyboard.press('3');
    await page.keyboard.press('1');
    const order = () => section(chat).locator('.rank-chip').allInnerTexts();
    await eventually(order, ['C', 'A', 'B']);
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Backspace');
    await eventually(order, ['C']);
    await page.keyboard.press('2');
    await eventually(order, ['C', 'B', 'A']);
    await chat.button(en.chip('A', 3, 3)).focus();
    await page.keyboard.press('ArrowLeft');
    await eventually(order, ['C', 'A', 'B']);
    assert.equal(await page.evaluate(() => document.querySelector('oa-app').shadowRoot.activeElement.innerText), 'A');
    await chat.button(en.tie('C', 'A')).focus();
    await page.keyboard.press('Space');
    assert.equal(await chat.button(en.tie('C', 'A')).getAttribute('aria-pressed'), 'true');
    await chat.button(en.compareSave).focus();
    await page.keyboard.press('Enter');
    await eventually(async () => (await comparisons(chat)).map((c) => c.places), [[0, 1, 0]]);
  }),
);

for (const lang of ['en', 'ar']) {
  test(`${lang}: the order can be dragged`, { timeout: 60_000 }, () =>
    withChat({ browser, site }, async (chat) => {
      await compare(chat, 3);
      if (lang === 'ar') await chat.page.evaluate(() => (document.documentElement.dir = document.querySelector('oa-app').dir = 'rtl')); // prettier-ignore
      await section(chat).focus();
      for (const key of ['1', '2']) await chat.page.keyboard.press(key);
      const chips = section(chat).locator('.rank-chip');
      await eventually(() => chips.allInnerTexts(), ['A', 'B', 'C']);
      const [from, to] = [await chips.nth(2).boundingBox(), await chips.nth(0).boundingBox()];
      assert.equal(from.x < to.x, lang === 'ar');
      const { mouse } = chat.page;
      await mouse.move(from.x + 20, from.y + 20);
      await mouse.down();
      await mouse.move(to.x + (lang === 'ar' ? to.width - 4 : 4), to.y + 20, { steps: 8 });
      await mouse.up();
      await eventually(() => chips.allInnerTexts(), ['C', 'A', 'B']);
      await chat.button(en.compareSave).click();
      await eventually(async () => (await comparisons(chat)).map((c) => c.places), [[1, 2, 0]]);
    }),
  );
}

test('answers that cannot be ranked are kept as such, and skipping says nothing', { timeout: 60_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    await compare(chat, 2);
    await chat.button(en.notRankable).click();
    await eventually(async () => (await comparisons(chat)).map((c) => [c.places, c.not_rankable]), [[null, true]]);
    await chat.more(en.compare);
    await section(chat).locator('.draft').nth(1).waitFor(); // prettier-ignore
    await chat.idle();
    await eventually(async () => (await comparisons(chat)).length, 2);
    await chat.button(en.compareSkip).click();
    await section(chat).waitFor({ state: 'detached' });
    await eventually(async () => (await comparisons(chat)).length, 1);
  }),
);

test(
  'an open comparison outlives a reload; stopped answers can be compared as far as they came',
  { timeout: 60_000 },
  () =>
    withChat({ browser, site }, async (chat) => {
      await chat.ask('one');
      await chat.button(en.edit).first().click();
      await chat.page.getByRole('textbox', { name: en.editLabel }).fill('SLOW');
      await chat.page.keyboard.press('Enter');
      await chat.waitText(chat.answers, '3 4 5');
      await chat.page.keyboard.press('Escape');
      await chat.idle();
      await chat.more(en.compare);
      await chat.waitText(section(chat).locator('.draft').nth(2), '1 2 3');
      assert.equal(await chat.button(en.notRankable).isDisabled(), true);
      await chat.field.focus();
      await chat.page.keyboard.press('Escape');
      await chat.idle();
      assert.equal(await section(chat).getByText(en.stopped).count(), 3);
      await chat.page.reload();
      await section(chat).locator('.draft').nth(2).waitFor(); // prettier-ignore
      await section(chat).focus();
      for (const key of ['2', '3']) await chat.page.keyboard.press(key);
      await chat.button(en.compareSave).click();
      await eventually(async () => (await comparisons(chat)).map((c) => c.places), [[2, 0, 1]]);
    }),
);

test(
  'the export has ranking events that the command line ranks the same way, and comes back the same',
  { timeout: 90_000 },
  async () => {
    const save = async (chat) => {
      await chat.settings(en.data);
      const [download] = await Promise.all([chat.page.waitForEvent('download'), chat.button(en.exportAll).click()]);
      await chat.closeSettings();
      return readFileSync(await download.path(), 'utf8')
        .split('\n')
        .filter(Boolean);
    };
    let lines;
    await withChat({ browser, site }, async (chat) => {
      await compare(chat, 4, 'rank these');
      await section(chat).focus();
      for (const key of ['4', '2', '1']) await chat.page.keyboard.press(key);
      await chat.button(en.compareSave).click();
      await section(chat).waitFor({ state: 'detached' });
      lines = await save(chat);
    });
    const tree = lines.map((line) => JSON.parse(line)).find((line) => line.prompt);
    const [{ ranking, ranked_message_ids: ids, ranking_parent_id: parent }] = tree.prompt.events.ranking;
    assert.deepEqual([ranking, parent, tree.prompt.replies.length], [[3, 1, 0, 2], tree.prompt.message_id, 5]);
    const rankOf = (replies) => Object.fromEntries(replies.map((r) => [r.message_id, r.rank]));
    const ranks = rankOf(tree.prompt.replies);
    assert.deepEqual(ids.map((id) => ranks[id]), [0, 1, 2, 3]); // prettier-ignore
    const file = join(tmpdir(), `compare-${process.pid}.jsonl`);
    writeFileSync(file, `${JSON.stringify(tree)}\n`);
    const merged = spawnSync(OA, ['data', 'merge', file], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(merged.status, 0, merged.stderr);
    assert.deepEqual(rankOf(JSON.parse(merged.stdout).prompt.replies), ranks);
    for (const reply of tree.prompt.replies) {
      assert.ok(reply.token_ids.length > 0 && Number.isInteger(reply.seed) && reply.sampling && reply.preset);
      assert.match(reply.model, /^sha256:[0-9a-f]{64}$/);
    }
    await withChat({ browser, site }, async (chat) => {
      await chat.settings(en.data);
      await chat.page.locator('oa-settings-data input[type=file]').setInputFiles(file);
      await chat.toast('1 chat');
      await chat.closeSettings();
      const again = await save(chat);
      assert.deepEqual(JSON.parse(again.find((line) => line.includes('"prompt":'))), tree);
    });
  },
);

test('now and then a line asks for a comparison; no is taken for an answer', { timeout: 60_000 }, () =>
  withChat({ browser, site, open: false }, async (chat) => {
    await chat.page.addInitScript(() => (Math.random = () => globalThis.chance ?? 0.5));
    await chat.goto();
    await chat.ask('one');
    assert.equal(await chat.page.locator('.invite').count(), 0);
    await chat.page.evaluate(() => (globalThis.chance = 0.05));
    await chat.ask('two');
    const invite = chat.page.locator('.invite');
    await invite.waitFor();
    assert.equal(
      await chat.page.evaluate(() => document.querySelector('oa-app').shadowRoot.activeElement.localName),
      'textarea',
    ); // the focus stays
    await chat.ask('three'); // in nobody's way
    await invite.getByRole('button', { name: en.compare }).click();
    await section(chat).locator('.draft').nth(2).waitFor(); // prettier-ignore
    await chat.idle();
    await chat.button(en.compareSkip).click();
    await section(chat).waitFor({ state: 'detached' });
    await chat.ask('four');
    await invite.getByRole('button', { name: en.notNow }).click();
    await invite.waitFor({ state: 'detached' });
    await chat.ask('five');
    assert.equal(await invite.count(), 0);
    await chat.page.reload();
    await chat.page.evaluate(() => (globalThis.chance = 0.05));
    await chat.settings(en.general);
    await chat.page.getByRole('switch', { name: en.inviteTitle }).uncheck({ force: true });
    await chat.closeSettings();
    await chat.ask('six');
    assert.equal(await invite.count(), 0);
  }),
);

test(
  'an answer is written once more and is the same; one that was changed is not, and it is said where',
  { timeout: 60_000 },
  () =>
    withChat({ browser, site }, async (chat) => {
      const { page } = chat;
      await chat.settings(en.thisChat);
      await page.getByRole('combobox', { name: en.preset }).selectOption('k50-Creative');
      await chat.closeSettings();
      await chat.ask('the same again 😀');
      await chat.more(en.replay);
      const dialog = page.getByRole('dialog', { name: en.replay });
      const [{ token_ids: ids }] = (await chat.stored('messages')).filter((m) => m.role === 'assistant');
      await dialog.getByText(en.replaySame(ids.length)).waitFor();
      await page.keyboard.press('Escape');
      await chat.send('SLOW');
      await chat.waitText(chat.answers.last(), '3 4 5');
      await page.keyboard.press('Escape');
      await chat.idle();
      await chat.more(en.replay);
      await dialog.getByText(/The same, token for token/).waitFor(); // as far as it came
      await page.keyboard.press('Escape');
      await page.evaluate(async () => {
        const wait = (request) => new Promise((ok) => (request.onsuccess = () => ok(request.result)));
        const db = await wait(indexedDB.open('open-assistant'));
        const store = db.transaction('messages', 'readwrite').objectStore('messages');
        const stored = (await wait(store.getAll())).find(
          (m) => m.text.startsWith('the same') && m.role === 'assistant',
        );
        stored.token_ids[4]++;
        await wait(store.put({ ...stored, text: 'the fame again' }));
        db.close();
      });
      await page.reload();
      await page.locator('.pill[data-state=ready]').waitFor();
      await chat.more(en.replay, 0);
      await dialog.getByText(en.replayDiffers(5)).waitFor();
      assert.match(await dialog.locator('dl').innerText(), /the fame again[\s\S]*the s/);
      await page.keyboard.press('Escape');
      await page.evaluate(async () => {
        const wait = (request) => new Promise((ok) => (request.onsuccess = () => ok(request.result)));
        const db = await wait(indexedDB.open('open-assistant'));
        const store = db.transaction('messages', 'readwrite').objectStore('messages');
        const stored = (await wait(store.getAll())).find((m) => m.text.startsWith('the fame'));
        await wait(store.put({ ...stored, model: 'sha256:0', model_name: 'Other Model' }));
        db.close();
      });
      await page.reload();
      await page.locator('.pill[data-state=ready]').waitFor();
      await chat.more(en.replay, 0);
      await dialog.getByText(en.replayModel('Other Model')).waitFor();
    }),
);
