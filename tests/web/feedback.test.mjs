// What visitors think of answers: a thumb in one click, the rest one step away, all by keyboard; kept, exported in the form of Open Assistant's
// data, taken back.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { en } from '../../web/ui/text/en.js';
import { DEGREES, EMOJIS, FLAGS, QUESTIONS, SCALES, asFeedback, noFeedback, setLabel, toOasst, toggleEmoji } from '../../web/store/feedback.js'; // prettier-ignore
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';
import { startHost } from './helpers/host.mjs';

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

test('the names are those of Open Assistant, and politeness', () => {
  // oasst_shared/schemas/protocol.py: TextLabel, EmojiCode (without the codes of skipped tasks)
  const labels = 'spam fails_task lang_mismatch pii not_appropriate hate_speech sexual_content moral_judgement political_content quality toxicity humor helpfulness creativity violence politeness'; // prettier-ignore
  const emojis = '+1 -1 red_flag 100 rofl clap diamond heart_eyes disappointed poop skull';
  assert.deepEqual([...SCALES, ...QUESTIONS, ...FLAGS].toSorted(), labels.split(' ').toSorted());
  assert.deepEqual([...EMOJIS], emojis.split(' '));
  assert.equal(DEGREES, 5);
});

test('a thumb up takes the thumb down away, other reactions stay', () => {
  let feedback = noFeedback();
  for (const code of ['-1', 'clap', '+1']) feedback = toggleEmoji(feedback, code);
  assert.deepEqual(feedback.emojis, ['clap', '+1']);
  assert.deepEqual(toggleEmoji(feedback, '+1').emojis, ['clap']);
});

test('feedback of any origin is put right or dropped', () => {
  for (const nonsense of [null, 1, 'x', [], {}, { emojis: 'x', labels: [1], report: 'x' }, { labels: { quality: 2, spam: '1', __proto__: 1 } }])
    assert.equal(asFeedback(nonsense), null, JSON.stringify(nonsense)); // prettier-ignore
  const { labels, emojis, report } = asFeedback({
    emojis: ['clap', '+1', 'clap', 'other', 5],
    labels: { quality: 0.5, spam: 0, other: 1, pii: NaN },
    report: { reason: 'r'.repeat(5000), date: 'yesterday' },
  });
  assert.deepEqual([emojis, labels], [['+1', 'clap'], { quality: 0.5, spam: 0 }]);
  assert.deepEqual([report.reason.length, report.date], [2000, '']);
});

test('in files it has the form of the OASST schema', () => {
  const feedback = setLabel({ ...noFeedback(), emojis: ['+1'], report: { reason: 'why', date: '' } }, 'humor', 0.25);
  assert.deepEqual(toOasst(feedback), {
    emojis: { '+1': 1, red_flag: 1 },
    labels: { humor: { value: 0.25, count: 1 } },
    events: { report: [{ type: 'report', report_type: 'other', reason: 'why' }] },
  });
  assert.deepEqual(toOasst(noFeedback()), {});
});

/** The feedback of the answers that are stored. */
const given = async (chat) => (await chat.stored('messages')).filter((m) => m.role === 'assistant').map((m) => m.feedback); // prettier-ignore

test('a thumb is one click, is kept, and is taken back by another', { timeout: 60_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    await chat.ask('one');
    const [up, down] = [chat.button(en.goodAnswer), chat.button(en.badAnswer)];
    await up.click();
    assert.equal(await up.getAttribute('aria-pressed'), 'true');
    await eventually(() => given(chat), [{ emojis: ['+1'], labels: {}, report: null }]);
    await chat.page.reload();
    await chat.page.locator('.pill[data-state=ready]').waitFor();
    await eventually(() => up.getAttribute('aria-pressed'), 'true');
    await down.click();
    await eventually(() => given(chat), [{ emojis: ['-1'], labels: {}, report: null }]);
    assert.equal(await up.getAttribute('aria-pressed'), 'false');
    await down.click();
    await eventually(() => given(chat), [undefined]);
  }),
);

test('scales, questions, problems and a report, by keyboard alone', { timeout: 60_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    const { page } = chat;
    await chat.ask('one');
    await chat.button(en.rateMore).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: en.rateTitle });
    await dialog.waitFor();
    const press = async (role, name, key, within = dialog) => {
      await within.getByRole(role, { name, exact: false }).first().focus();
      await page.keyboard.press(key);
    };
    await press('checkbox', en.emojiNames.clap, 'Space');
    const scale = (name) => dialog.getByRole('group', { name: en.scaleNames[name].title, exact: true });
    await press('radio', en.degree(1, 5), 'Space', scale('quality'));
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    await press('radio', en.degree(5, 5), 'Space', scale('politeness'));
    await press('radio', en.no, 'Space', dialog.getByRole('group', { name: en.questionNames.spam }));
    await press('checkbox', en.flagNames.pii, 'Space');
    await dialog.getByRole('textbox').focus();
    await page.keyboard.type('it has my name');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.getByText(en.reported).waitFor();
    const labels = { quality: 0.75, politeness: 1, spam: 0, pii: 1 };
    await eventually(async () => (await given(chat))[0]?.labels, labels);
    const [feedback] = await given(chat);
    assert.deepEqual([feedback.emojis, feedback.report.reason], [['clap'], 'it has my name']);
    assert.ok(Date.now() - Date.parse(feedback.report.date) < 60_000);
    await chat.button(`${en.takeBack}: ${en.scaleNames.quality.title}`).click();
    await chat.button(en.takeBack).click(); // the report
    delete labels.quality;
    await eventually(async () => (await given(chat))[0], { emojis: ['clap'], labels, report: null });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' }).catch(() => undefined);
    assert.equal(await dialog.isVisible(), false);
  }),
);

test('a fresh profile that imports the export has the same feedback', { timeout: 60_000 }, async () => {
  let file;
  let messages;
  await withChat({ browser, site }, async (chat) => {
    await chat.ask('one');
    await chat.button(en.goodAnswer).click();
    await chat.button(en.rateMore).click();
    await chat.page.getByRole('radio', { name: en.degree(2, 5) }).first().check({ force: true }); // prettier-ignore
    await chat.page.keyboard.press('Escape');
    await eventually(async () => (await given(chat))[0]?.labels, { quality: 0.25 });
    messages = await chat.stored('messages');
    await chat.settings(en.data);
    const [download] = await Promise.all([chat.page.waitForEvent('download'), chat.button(en.exportAll).click()]);
    file = { name: 'chats.jsonl', mimeType: 'application/jsonl', buffer: readFileSync(await download.path()) };
  });
  const tree = file.buffer.toString().split('\n').map((line) => line && JSON.parse(line)).find((line) => line.prompt); // prettier-ignore
  const [answer] = tree.prompt.replies;
  assert.deepEqual(answer.emojis, { '+1': 1 });
  assert.deepEqual(answer.labels, { quality: { value: 0.25, count: 1 } });
  await withChat({ browser, site }, async (chat) => {
    await chat.settings(en.data);
    await chat.page.getByLabel(en.importAll, { exact: true }).last().setInputFiles(file);
    await chat.toast('read');
    assert.deepEqual(await given(chat), messages.filter((m) => m.role === 'assistant').map((m) => m.feedback)); // prettier-ignore
  });
});

test('a better answer stands beside the first: a demonstration, and a pair', { timeout: 60_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    await chat.ask('one');
    await chat.more(en.improve);
    const editor = chat.page.getByRole('textbox', { name: en.improveLabel });
    assert.equal(await editor.inputValue(), 'one');
    await chat.page.keyboard.press('Escape');
    await chat.page.getByRole('group', { name: en.versionLabel(2, 2) }).waitFor({ state: 'detached' });
    await chat.more(en.improve);
    await editor.fill('two 😀');
    await chat.page.keyboard.press('Enter');
    await chat.page.getByRole('group', { name: en.versionLabel(2, 2) }).waitFor();
    await chat.page.getByText(en.improved).waitFor();
    assert.deepEqual(await chat.texts(), ['one', 'two 😀']);
    await chat.ask('goes on'); // below the better one
    const stored = await chat.stored('messages');
    const [first, better] = stored.filter((m) => m.role === 'assistant').toSorted((a, b) => (a.created_date < b.created_date ? -1 : 1)); // prettier-ignore
    assert.deepEqual([better.improves, better.state, better.synthetic], [first.message_id, 'manual', undefined]);
    assert.equal(stored.find((m) => m.text === 'goes on' && m.role === 'prompter').parent_id, better.message_id);
    await chat.page.reload();
    await chat.page.getByText(en.improved).waitFor();
    await chat.settings(en.data);
    const [download] = await Promise.all([chat.page.waitForEvent('download'), chat.button(en.exportAll).click()]);
    const tree = readFileSync(await download.path(), 'utf8').split('\n').map((line) => line && JSON.parse(line)).find((line) => line.prompt); // prettier-ignore
    assert.deepEqual(tree.prompt.replies.map((r) => [r.text, r.rank, r.synthetic]), [['one', 1, true], ['two 😀', 0, false]]); // prettier-ignore
  }),
);

test('in a private chat it is kept nowhere', { timeout: 60_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    await chat.page.locator('.private').click();
    await chat.ask('one');
    await chat.button(en.goodAnswer).click();
    await eventually(() => chat.button(en.goodAnswer).getAttribute('aria-pressed'), 'true');
    assert.deepEqual(await chat.stored('messages'), []);
  }),
);

test('the page around an embedded chat hears of it', { timeout: 60_000 }, async () => {
  const host = await startHost(
    `<oa-chat model="tiny"></oa-chat><script type="module" src="${site.url}oa.js"></script>`,
  );
  await withChat({ browser, site, open: false }, async ({ page }) => {
    await page.goto(host.url);
    await page.evaluate(() => {
      globalThis.heard = [];
      document.querySelector('oa-chat').addEventListener('feedback', ({ detail }) => globalThis.heard.push(detail));
    });
    const frame = page.frameLocator('oa-chat iframe');
    await frame.getByRole('button', { name: /^Download/ }).click();
    const field = frame.getByRole('textbox', { name: 'Message' });
    await field.fill('one');
    await field.press('Enter');
    await frame.getByRole('button', { name: en.badAnswer }).click();
    await eventually(() => page.evaluate(() => globalThis.heard), [{ emojis: ['-1'], labels: {}, report: null }]);
    await frame.getByRole('button', { name: en.badAnswer }).click();
    await eventually(() => page.evaluate(() => globalThis.heard.length), 2);
    assert.deepEqual(await page.evaluate(() => globalThis.heard[1].emojis), []);
  });
  await host.close();
});
