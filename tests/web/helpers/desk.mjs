// The view of tasks in a browser, with the words a person would use for it.
import { readFileSync } from 'node:fs';
import { en } from '../../../web/ui/text/en.js';
import { tasks as english } from '../../../web/ui/text/tasks-en.js';

/** The view of tasks of a page, with the words a person would use for it. */
export class Desk {
  /** @param {import('./chat.mjs').Chat} chat @param {typeof en} [page] its words @param {typeof english} [words] of the tasks */
  constructor(chat, page = en, words = english) {
    this.chat = chat;
    this.pageWords = page;
    this.words = words;
    this.page = chat.page;
    this.dialog = chat.page.locator('oa-tasks dialog');
  }
  async open() {
    await this.chat.button(this.pageWords.tasks).click();
    await this.page.locator('.kinds, .task-card').first().waitFor();
    return this;
  }
  tab(name) {
    return this.dialog.getByRole('tab', { name: this.words.tabs[name], exact: true }).click();
  }
  button(name) {
    return this.dialog.getByRole('button', { name, exact: true });
  }
  async alone(goal = 3) {
    await this.tab('rules');
    await this.dialog.getByRole('switch').check();
    await this.set('goal_tree_size', goal);
    await this.tab('task');
  }
  async set(rule, value) {
    await this.dialog.locator('.parameters button, .parameters input').first().waitFor();
    await this.dialog.locator(`input[name=${rule}]`).fill(String(value));
    await this.dialog.locator(`input[name=${rule}]`).blur();
    await this.dialog.locator('.row .button:not([disabled])').first().waitFor();
  }
  begin(kind) {
    return this.dialog.locator(`.kind[data-kind=${kind}]`).click();
  }
  async is(kind) {
    await this.dialog.getByRole('heading', { name: this.words.kinds[kind].title, exact: true, level: 3 }).waitFor();
  }
  async write(text) {
    await this.dialog.getByLabel(this.words.yourText).fill(text);
    await this.button(this.words.submit).click();
  }
  async label(spam = this.pageWords.no) {
    await this.dialog.getByRole('radio', { name: spam }).first().check({ force: true });
    await this.button(this.words.submit).click();
  }
  async rank() {
    await this.dialog.locator('.compare').press('1');
    await this.button(this.pageWords.compareSave).click();
  }
  /** How many threads are in a state. */
  async state(name) {
    await this.tab('threads');
    const tile = this.dialog.locator(`[data-state=${name}] dd`);
    await tile.waitFor();
    const count = Number(await tile.textContent());
    await this.tab('task');
    return count;
  }
  /** The file of all threads, as values. */
  async file() {
    await this.tab('threads');
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      this.button(this.words.exportAll).click(),
    ]);
    const path = await download.path();
    await this.tab('task');
    return readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
  }
  async take(trees, name = 'threads.jsonl') {
    const text = trees.map((tree) => `${JSON.stringify(tree)}\n`).join('');
    await this.tab('threads');
    const file = { name, mimeType: 'application/jsonl', buffer: Buffer.from(text) };
    await this.dialog.locator('input[type=file]').setInputFiles(file);
    await this.dialog.locator('.said', { hasText: /\S/ }).waitFor();
    await this.tab('task');
  }
  /** A task of a kind, in place of the one that is shown. */
  async goTo(kind) {
    await this.dialog.locator('.kinds, .task-card').first().waitFor();
    if (await this.button(this.words.putBack).isVisible()) await this.button(this.words.putBack).click();
    await this.begin(kind);
    await this.is(kind);
  }
  /** A thread of which everything was written and reviewed by one person alone, to be ranked. `see` looks at each task. */
  async untilRanking(see = async () => {}) {
    await this.alone();
    await this.begin('initial_prompt');
    await this.is('initial_prompt');
    await this.write('What is a leek?');
    for (const [kind, text] of [
      ['label_initial_prompt'],
      ['assistant_reply', 'A vegetable, and a good one.'],
      ['label_assistant_reply'],
      ['assistant_reply', 'A hole in a boat.'],
      ['label_assistant_reply'],
    ]) {
      await this.goTo(kind);
      await see(kind);
      await (text ? this.write(text) : this.label());
      await this.dialog.locator('.said', { hasText: /\S/ }).waitFor();
    }
  }
}
