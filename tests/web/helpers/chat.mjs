// The chat page in a browser, with the words a person would use for it. The model is the echo model: it repeats, and obeys SLOW and FAIL.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { en } from '../../../web/ui/text/en.js';
import { STILL, watchErrors } from './browser.mjs';
import { echoModel } from './echo-model.mjs';
import { startSite } from './site.mjs';

export const MODEL = 'tiny';
const SHOTS = `${process.env.BUILD ?? 'build'}/screenshots`;

/** A site with one small model; `fault` as in site.mjs. */
export async function startChatSite({ size = 800_000, fault } = {}) {
  const site = await startSite({ isolation: 'dip', slow: true });
  site.addModel(MODEL, echoModel({ size }), { chunkSize: 65_536, ...(fault ? { fault } : {}) });
  site.models[0].name = 'Tiny Model';
  site.models[0].license = 'apache-2.0';
  return site;
}

export class Chat {
  /** @param {import('playwright-core').Page} page @param {object} site @param {typeof en} [words] of the page's language */
  constructor(page, site, words = en) {
    this.page = page;
    this.site = site;
    this.field = page.getByRole('textbox', { name: words.composerLabel, exact: true });
    this.messages = page.locator('oa-message');
    this.answers = page.locator('.answer');
    this.items = page.locator('.item .open');
  }

  async goto(path = '') {
    await this.page.goto(this.site.url + path);
    await this.field.waitFor();
  }

  button(name, within = this.page) {
    return within.getByRole('button', { name, exact: true });
  }

  /** Sends without waiting for the answer. */
  async send(words) {
    await this.field.fill(words);
    await this.page.keyboard.press('Enter');
  }

  /** Sends and waits until the answer is complete. */
  async ask(words) {
    const before = await this.answers.count();
    await this.send(words);
    await this.answers.nth(before).waitFor();
    await this.idle();
  }

  /** Chooses from the menu of an answer. @param {string} name @param {number} [nth] the last one unless said */
  async more(name, nth = -1) {
    await this.page.locator('oa-message .menu-button').nth(nth).click();
    await this.page.getByRole('menuitem', { name, exact: true }).click();
  }

  /** Begins a chat by the button in the list. */
  async newChat() {
    await this.page.locator('.new').click();
    await this.page.locator('.welcome').waitFor();
  }

  /** Waits until nothing is being answered and the answer is shown whole, which may be a frame later. */
  async idle() {
    await this.page.locator('oa-composer .round:not(.stop)').waitFor();
    // Of a comparison all answers are busy; the first of none is what is waited for.
    await this.page.locator('.answer[aria-busy="true"]').first().waitFor({ state: 'detached' });
  }

  async waitText(locator, text) {
    await locator.filter({ hasText: text }).first().waitFor();
  }

  /** The texts of the messages that are shown, in order. */
  texts() {
    return this.page
      .locator('.bubble .plain, .answer oa-markdown')
      .evaluateAll((all) => all.map((e) => e.textContent.trim()));
  }

  /** Everything that is stored under a name of the chats' database. */
  stored(name) {
    return this.page.evaluate(async (store) => {
      const wait = (request) =>
        new Promise((ok, bad) => ((request.onsuccess = () => ok(request.result)), (request.onerror = bad)));
      const db = await wait(indexedDB.open('open-assistant'));
      const all = await wait(db.transaction(store).objectStore(store).getAll());
      db.close();
      return all;
    }, name);
  }

  /** Lets the engine die: an error that nobody expects, in its worker. */
  async kill() {
    const [worker] = this.page.workers().filter((w) => w.url().endsWith('/worker.js'));
    await worker.evaluate(() => void setTimeout(() => { throw new Error('killed by the test'); })); // prettier-ignore
  }

  toast(text) {
    return this.page.locator('.toast', { hasText: text }).waitFor();
  }

  async settings(section) {
    await this.page.keyboard.press('Control+,');
    await this.page.getByRole('tab', { name: section, exact: true }).click();
  }

  async closeSettings() {
    await this.page.locator('oa-settings .dialog-head button').click();
  }

  async shot(name) {
    mkdirSync(SHOTS, { recursive: true });
    await this.page.screenshot({ path: `${SHOTS}/${name}.png` });
  }
}

/**
 * Runs `work` with the page opened in a context of its own. Errors on the page fail it, unless they match `expect`.
 * @param {{ browser: import('playwright-core').Browser, site: object, options?: object, words?: object, expect?: RegExp, open?: boolean }} where
 * @param {(chat: Chat, context: import('playwright-core').BrowserContext) => Promise<void>} work
 */
export async function withChat({ browser, site, options, words, expect, open = true }, work) {
  const context = await browser.newContext({ ...STILL, ...options });
  context.setDefaultTimeout(10_000);
  const errors = watchErrors(context);
  try {
    const chat = new Chat(await context.newPage(), site, words);
    if (open) await chat.goto();
    await work(chat, context);
  } finally {
    await context.close();
  }
  const unexpected = errors.filter((e) => !expect?.test(e));
  assert.deepEqual(unexpected, []);
}

/** What a page asked other hosts for: must be nothing. */
export function foreignRequests(context, site) {
  const foreign = [];
  const own = new URL(site.url).origin;
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(own) && !/^(?:data|blob):/.test(url)) foreign.push(url);
  });
  return foreign;
}

/** assert.deepEqual on a value that needs a moment. */
export async function eventually(get, want, limitMs = 5000) {
  const end = Date.now() + limitMs;
  let got;
  do {
    got = await get();
    try {
      assert.deepEqual(got, want);
      return;
    } catch {
      await new Promise((go) => setTimeout(go, 50));
    }
  } while (Date.now() < end);
  assert.deepEqual(got, want);
}
