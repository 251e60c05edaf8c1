// Conversation threads as tasks: from the first prompt to the ranking, alone and with people whose files are put together; limits and rules; files,
// the backup, deleting; with keys alone. What axe-core finds is in a11y.test.mjs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { en } from '../../web/ui/text/en.js';
import { tasks as words } from '../../web/ui/text/tasks-en.js';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';
import { Desk } from './helpers/desk.mjs';

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

/** Runs `work` with the view open. */
const withDesk = (work, options = {}) =>
  withChat({ browser, site, ...options }, async (chat, context) => work(await new Desk(chat).open(), context));

test('one person alone brings a thread from the prompt to the export, and it is the same elsewhere', async () => {
  let trees;
  await withDesk(async (desk) => {
    await desk.dialog.getByText(words.introTitle).waitFor();
    await desk.untilRanking();
    await desk.goTo('rank_assistant_replies');
    assert.deepEqual(await desk.dialog.locator('.conversation .answer').allTextContents().then((all) => all.map((s) => s.trim())), ['What is a leek?']); // prettier-ignore
    await desk.rank();
    await desk.dialog.locator('.said', { hasText: /\S/ }).waitFor();
    assert.equal(await desk.state('ready_for_export'), 1);
    trees = await desk.file();
    const [{ prompt, tree_state: state }] = trees;
    assert.equal(state, 'ready_for_export');
    assert.deepEqual(prompt.replies.map((m) => m.rank), [0, 1]); // prettier-ignore
    assert.ok(prompt.replies.every((m) => m.review_result && m.review_count === 1 && m.labels.spam.value === 0));
    assert.deepEqual(prompt.events.ranking[0].ranked_message_ids, prompt.replies.map((m) => m.message_id)); // prettier-ignore
    await desk.tab('people');
    await desk.dialog.locator('.people [data-me]').waitFor();
    const cells = await desk.dialog.locator('.people [data-me] > *').allTextContents();
    assert.deepEqual(cells, ['1', words.you, '36', '1', '2', '3', '1']); // 2 answers written and accepted, 1 best and 1 second, 3 reviews, a ranking
  });
  const path = join(tmpdir(), `oa-threads-${process.pid}.jsonl`);
  writeFileSync(path, trees.map((tree) => `${JSON.stringify(tree)}\n`).join(''));
  const { stdout } = spawnSync(OA, ['data', 'leaderboard', path], { encoding: 'utf8' });
  assert.equal(JSON.parse(stdout).leaderboard.length, 1); // the command line reads it
  await withDesk(async (desk) => {
    await desk.take(trees);
    assert.equal(await desk.state('ready_for_export'), 1);
    assert.deepEqual(await desk.file(), trees);
    await desk.take(trees); // once more changes nothing
    assert.deepEqual(await desk.file(), trees);
  });
});

test('a prompt is reviewed by three other people, each with a file of their own', async () => {
  let prompt = [];
  const files = [];
  await withDesk(async (desk) => {
    await desk.begin('initial_prompt');
    await desk.write('What is a leek?');
    await desk.is('initial_prompt'); // one's own is not to be reviewed
    await desk.button(words.putBack).click();
    assert.ok(await desk.dialog.locator('[data-kind=label_initial_prompt]').isDisabled());
    prompt = await desk.file();
  });
  for (let person = 0; person < 3; person++)
    await withDesk(async (desk) => {
      await desk.take(prompt);
      await desk.begin('label_initial_prompt');
      await desk.is('label_initial_prompt');
      await desk.label();
      await desk.dialog.locator('.said', { hasText: /\S/ }).waitFor();
      files.push(await desk.file());
    });
  await withDesk(async (desk) => {
    for (const file of [files[2], files[0], files[0]]) await desk.take(file);
    assert.equal(await desk.state('initial_prompt_review'), 1); // nobody counts twice
    await desk.take(files[1]);
    const [{ prompt: reviewed }] = await desk.file();
    assert.equal(reviewed.review_count, 3);
    assert.equal(reviewed.review_result, true);
    assert.equal(new Set(reviewed.events.text_labels.map((event) => event.user_id)).size, 3);
    await desk.begin('assistant_reply'); // it won the lottery
    await desk.is('assistant_reply');
    await desk.button(words.skip).click();
    await desk.dialog.getByLabel(words.skipTitle).fill('too hard');
    await desk.button(words.skipYes).click();
    await desk.dialog.getByText(words.none).waitFor();
    const [{ prompt: skipped }] = await desk.file();
    assert.equal(skipped.emojis._skip_reply, 1);
    assert.equal(skipped.events.emoji[0].reason, 'too hard');
  });
});

test('what is not finished is there again, in the next visit and in another tab', async () => {
  await withDesk(async (desk, context) => {
    await desk.begin('initial_prompt');
    await desk.is('initial_prompt');
    await desk.dialog.getByLabel(words.yourText).fill('x'.repeat(2001));
    await desk.dialog.getByText(words.characters(2001, 2000)).waitFor();
    assert.ok(await desk.button(words.submit).isDisabled());
    await desk.page.reload();
    await desk.open();
    await desk.is('initial_prompt');
    await desk.write('What is a leek?');
    await desk.dialog.getByText(words.done).waitFor();
    const other = await context.newPage();
    await other.goto(site.url);
    await other.getByRole('button', { name: en.tasks, exact: true }).click();
    await other.getByRole('heading', { name: words.kinds.initial_prompt.title, level: 3 }).waitFor();
    await other.getByLabel(words.yourText).fill('What is a leek?');
    await other.getByRole('button', { name: words.submit, exact: true }).click();
    await other.getByRole('alert').filter({ hasText: 'you wrote the same' }).waitFor();
    await other.getByLabel(words.yourText).fill('What is a lake?');
    await other.getByRole('button', { name: words.submit, exact: true }).click();
    await other.getByText(words.done).waitFor();
    await desk.button(words.putBack).click(); // the first tab works on with what the other did
    assert.equal(await desk.state('initial_prompt_review'), 2);
  });
});

test('chats become threads; everything is backed up, comes back, and is deleted', async () => {
  let backup;
  await withChat({ browser, site }, async (chat) => {
    await chat.ask('SAY a good answer');
    const desk = await new Desk(chat).open();
    await desk.tab('threads');
    await desk.button(words.takeChats).click();
    await desk.dialog.getByText(words.added(1)).waitFor();
    const [{ prompt, tree_state: state }] = await desk.file();
    assert.equal(state, 'growing');
    assert.ok(prompt.user_id);
    assert.equal(prompt.replies[0].synthetic, true);
    assert.equal(prompt.replies[0].user_id, undefined);
    await desk.button(en.close).click();
    await chat.settings(en.data);
    await chat.page.getByText(en.treeCount(1)).waitFor();
    const [download] = await Promise.all([chat.page.waitForEvent('download'), chat.button(en.exportAll).click()]);
    backup = readFileSync(await download.path(), 'utf8');
    assert.equal(JSON.parse(backup.split('\n')[0]).tasks.user, prompt.user_id);
    await chat.button(en.removeAll).click();
    await chat.button(en.removeAllYes).click();
    await chat.toast(en.removedAll);
    await desk.open();
    await desk.tab('threads');
    await desk.dialog.getByText(words.threadsNone).waitFor();
  });
  await withChat({ browser, site }, async (chat) => {
    await chat.settings(en.data);
    const file = { name: 'all.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(backup) };
    await chat.page.locator('oa-settings-data input[type=file]').setInputFiles(file);
    await chat.toast(en.imported(1, 2, true));
    await chat.page.getByText(en.treeCount(1), { exact: true }).waitFor();
    await chat.closeSettings();
    const desk = await new Desk(chat).open();
    assert.equal(await desk.state('growing'), 1);
    const [tree] = await desk.file();
    assert.equal(tree.prompt.user_id, JSON.parse(backup.split('\n')[0]).tasks.user);
    await desk.tab('threads');
    await desk.dialog.getByRole('button', { name: new RegExp(`^${words.remove}: `) }).click();
    await desk.button(words.remove).click();
    await desk.dialog.getByText(words.threadsNone).waitFor();
  });
});

test('a file that is wrong is refused with its line, and changes nothing', async () => {
  await withDesk(async (desk) => {
    await desk.tab('threads');
    const good = { message_tree_id: 't', tree_state: 'growing', prompt: { message_id: 't', role: 'prompter', text: 'q', replies: [] } }; // prettier-ignore
    const text = `${JSON.stringify(good)}\n{"message_tree_id":"x"}\n`;
    await desk.dialog.locator('input[type=file]').setInputFiles({ name: 'bad.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(text) }); // prettier-ignore
    await desk.dialog.getByRole('alert').filter({ hasText: 'line 2' }).waitFor();
    await desk.dialog.getByText(words.threadsNone).waitFor();
  });
});

test('keys alone are enough, and the focus follows the task', async () => {
  await withDesk(async (desk) => {
    const { keyboard } = desk.page;
    const focused = () => desk.page.evaluate(() => document.querySelector('oa-app').shadowRoot.activeElement?.textContent.trim() ?? ''); // prettier-ignore
    await desk.alone();
    await desk.dialog.getByRole('tab', { selected: true }).focus();
    await keyboard.press('ArrowRight');
    await keyboard.press('ArrowLeft');
    assert.equal(await focused(), words.tabs.task);
    await keyboard.press('Tab'); // the pane
    await keyboard.press('Tab'); // any task
    assert.equal(await focused(), words.random);
    await keyboard.press('Enter');
    await desk.is('initial_prompt');
    await eventually(async () => assert.equal(await focused(), words.kinds.initial_prompt.title));
    await keyboard.press('Tab');
    await keyboard.type('What is a leek?');
    await keyboard.press('Tab');
    assert.equal(await focused(), words.submit);
    await keyboard.press('Enter');
    await desk.is('label_initial_prompt');
    await keyboard.press('Tab'); // the conversation
    await keyboard.press('Tab'); // spam: no
    await keyboard.press('Space');
    await desk.button(words.submit).focus();
    await keyboard.press('Enter');
    await desk.is('assistant_reply');
    await keyboard.press('Escape');
    await desk.dialog.waitFor({ state: 'hidden' });
  });
});
