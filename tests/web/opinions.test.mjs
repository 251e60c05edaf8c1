// The page of what the visitor said: figures, the plot, presets, places, agreement with others, and taking things back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Opinions, byDay, opinionsOf, without } from '../../web/store/opinions.js';
import { en } from '../../web/ui/text/en.js';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';

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

const answer = (id, more = {}) => ({ message_id: id, conversation_id: 'c', text: id, created_date: '2026-03-01T12:00:00Z', role: 'assistant', ...more }); // prettier-ignore
const comparison = (ids, places, date = '2026-03-02T00:00:00Z') => ({ message_ids: ids, places, not_rankable: !places, date }); // prettier-ignore
const prompt = (...comparisons) => answer('p', { comparisons, role: 'prompter' });

function added(messages) {
  const opinions = new Opinions();
  for (const message of messages) opinions.add(message);
  opinions.end();
  return opinions;
}

test('pairs, ties and thumbs by preset; the places of the best', () => {
  const presets = { a: 'k50', b: 'nucleus9', c: 'k50', d: undefined };
  const answers = Object.entries(presets).map(([id, preset]) => answer(id, preset ? { preset } : {}));
  answers[0].feedback = { emojis: ['+1'], labels: {}, report: null };
  answers[1].feedback = { emojis: ['-1', 'clap'], labels: {}, report: null };
  const { presets: scores, bestAt } = added([
    ...answers,
    prompt(comparison(['a', 'b', 'c', 'd'], [0, 1, 1, 2]), comparison(['b', 'a'], [0, 0]), comparison(['b', 'a'], null), comparison(['b', 'a'], null, null)), // prettier-ignore
  ]);
  // a beats b; b and c tie; a and c have the same preset; d has none; then a tie of b and a
  assert.deepEqual(scores.get('k50'), { wins: 1, losses: 0, ties: 2, up: 1, down: 0 });
  assert.deepEqual(scores.get('nucleus9'), { wins: 0, losses: 1, ties: 2, up: 0, down: 1 });
  assert.deepEqual(bestAt, [1.5, 0.5, 0, 0]);
});

test('each kind is counted on its day, and can be taken back by itself', () => {
  const date = '2026-03-03T01:00:00Z';
  const message = answer('a', { improves: 'x', feedback: { emojis: ['clap', '-1'], labels: { quality: 1 }, report: { reason: 'r', date } }, comparisons: [comparison(['a', 'b'], [0, 1]), comparison(['a', 'b'], null, null)] }); // prettier-ignore
  const all = opinionsOf(message);
  assert.deepEqual(all.map((o) => [o.kind, o.date.slice(8, 10), o.up]), [['thumb', '01', false], ['labels', '01', false], ['report', '03', false], ['better', '01', false], ['comparison', '02', false]]); // prettier-ignore
  const counts = byDay(all, ['2026-03-01', '2026-03-02', '2026-03-03']);
  assert.deepEqual(counts, { thumb: [1, 0, 0], labels: [1, 0, 0], report: [0, 0, 1], better: [1, 0, 0], comparison: [0, 1, 0] }); // prettier-ignore
  for (const opinion of all) {
    const left = opinionsOf(without(message, opinion));
    assert.deepEqual(left, all.filter((o) => o !== opinion)); // prettier-ignore
  }
  const nothing = all.reduce(without, message);
  assert.deepEqual([opinionsOf(nothing), nothing.feedback, nothing.improves, nothing.comparisons.length], [[], undefined, undefined, 1]); // prettier-ignore
});

test('what was said is shown, and taken back one by one or all at once', { timeout: 90_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    const { page } = chat;
    const pane = page.locator('oa-opinions');
    await chat.settings(en.feedback);
    await pane.getByText(en.opinionsNone).waitFor();
    await chat.closeSettings();
    await chat.ask('a question');
    await chat.button(en.goodAnswer).click();
    await chat.more(en.compare);
    await page.locator('.draft').nth(2).waitFor();
    await chat.idle();
    for (const key of ['2', '1']) await page.locator('.compare').press(key);
    await chat.button(en.compareSave).click();
    await page.locator('.compare').waitFor({ state: 'detached' });
    await chat.settings(en.feedback);
    const count = (kind) => pane.locator(`.tiles [data-kind=${kind}] dd`).innerText();
    await pane.locator('.tiles').waitFor();
    assert.deepEqual([await count('thumb'), await count('comparison'), await count('labels')], ['1', '1', '0']);
    await pane.locator('.plot canvas').waitFor();
    const painted = await pane.locator('.plot canvas').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    assert.ok(painted > 3, `${painted} colours`); // axes, and bars of two kinds
    assert.equal(await pane.getByRole('row').filter({ has: page.getByRole('rowheader') }).count() > 2, true); // prettier-ignore
    await pane.getByText(/A 0% · B 100%/).waitFor();
    await pane.getByText(en.agreementNone).waitFor();
    await chat.button(`${en.takeBack}: ${en.goodAnswer}, a question`, pane).click();
    await eventually(() => count('thumb'), '0');
    await chat.closeSettings();
    await eventually(() => chat.button(en.goodAnswer).getAttribute('aria-pressed'), 'false'); // seen in the chat as well
    await chat.settings(en.feedback);
    await chat.button(en.takeAllBack, pane).click();
    await chat.button(en.cancel, pane).click();
    await chat.button(en.takeAllBack, pane).click();
    await chat.button(en.takeAllBack, pane.getByRole('alertdialog')).click();
    await pane.getByText(en.opinionsNone).waitFor();
    assert.ok((await chat.stored('messages')).every((m) => !m.feedback && !m.comparisons));
    assert.equal((await chat.stored('messages')).length, 5); // the chat stays
  }),
);

test('agreement with somebody whose file was imported', { timeout: 90_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    const replies = ['x', 'y', 'z'].map((id) => ({ message_id: id, parent_id: 'q', text: id, role: 'assistant', lang: 'en', labels: { quality: { value: id === 'x' ? 1 : 0, count: 1 } }, replies: [] })); // prettier-ignore
    const ranked = (ids, user) => ({ type: 'ranking', user_id: user, ranking: [0, 1, 2], ranked_message_ids: ids, ranking_parent_id: 'q', not_rankable: false }); // prettier-ignore
    const events = { ranking: [ranked(['x', 'y', 'z'], 'ann'), ranked(['x', 'z', 'y'], 'bob')] };
    const tree = { message_tree_id: 'q', tree_state: 'growing', origin: 'x', prompt: { message_id: 'q', text: 'q', role: 'prompter', lang: 'en', events, replies } }; // prettier-ignore
    await chat.settings(en.data);
    await chat.page.locator('oa-settings-data input[type=file]').setInputFiles({ name: 'a.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(JSON.stringify(tree)) }); // prettier-ignore
    await chat.toast('1 chat');
    await chat.closeSettings();
    await chat.items.first().click();
    for (let i = 0; i < 2; i++) {
      await chat.button(en.rateMore).last().click();
      const dialog = chat.page.getByRole('dialog', { name: en.rateTitle });
      const quality = dialog.getByRole('group', { name: en.scaleNames.quality.title, exact: true });
      await quality.getByRole('radio').nth(i ? 0 : 4).check({ force: true }); // prettier-ignore
      await chat.page.keyboard.press('Escape');
      if (!i) await chat.button(en.previous).last().click(); // the shown one is the last
    }
    await chat.settings(en.feedback);
    await chat.page.getByText(en.tau('0.33')).waitFor(); // ann and bob agree about two pairs of three
    await chat.page.getByText(/^Ratings, Krippendorff’s alpha: Quality [-\d.]+$/).waitFor();
  }),
);
