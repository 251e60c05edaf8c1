// Every view of the page, and how one gets there: for those who look at them (a11y.test.mjs with axe-core, `make screenshots` with a camera).
import { readFileSync } from 'node:fs';
import { sharing } from '../../../web/ui/text/en/sharing.js';
import { en } from '../../../web/ui/text/en.js';
import { words as ar } from '../../../web/ui/text/ar.js';
import { tasks as arTasks } from '../../../web/ui/text/tasks-ar.js';
import { tasks as enTasks } from '../../../web/ui/text/tasks-en.js';
import { Chat, startChatSite, withChat } from './chat.mjs';
import { startCollector, startSharingSite } from './collector.mjs';
import { Desk } from './desk.mjs';
import { startHost } from './host.mjs';

Object.assign(en.sharing, sharing); // as the page does that has a collector

const TEXTS = JSON.parse(readFileSync(new URL('views.json', import.meta.url), 'utf8'));
const SIZES = {
  1280: { viewport: { width: 1280, height: 800 } },
  375: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

/** Light and dark, wide and narrow, from the left and from the right: { name, words, texts, small, options of a context }. */
export const LOOKS = Object.entries({ en, ar }).flatMap(([code, words]) =>
  Object.entries(SIZES).flatMap(([width, size]) =>
    ['light', 'dark'].map((colorScheme) => ({
      name: `${code}-${colorScheme}-${width}`,
      words,
      taskWords: { en: enTasks, ar: arTasks }[code],
      texts: TEXTS[code],
      small: width === '375',
      options: { locale: code, colorScheme, ...size },
    })),
  ),
);

/** What the flows need of the world: { site, slow: a site whose model takes its time, sharing: one with a collector, which refuses until it is told otherwise, close }. */
export async function startWorld() {
  const site = await startChatSite();
  const slow = await startChatSite({ size: 4_000_000, fault: () => ({ rate: 400_000 }) });
  const collector = await startCollector();
  collector.answer = () => ({ status: 403, body: '{"error":"closed on Sundays"}' });
  const shared = await startSharingSite(collector.url);
  const host = new URL(collector.url).host;
  const close = () => Promise.all([site, slow, shared, collector].map((part) => part.close()));
  return { site, slow, sharing: Object.assign(shared, { host, collector }), close };
}

/**
 * Each goes through some views and calls `see(chat, name)` at each.
 * @type {Record<string, { where?: 'slow' | 'sharing', expect?: RegExp, go: (chat: Chat, look: typeof LOOKS[number], see: (name: string) => Promise<void>, context: object) => Promise<void> }>}
 */
export const FLOWS = {
  'the first visit and the download': {
    where: 'slow',
    async go(chat, { words, texts }, see) {
      await chat.page.getByText(words.once).waitFor();
      await see('welcome');
      await chat.send(texts.question);
      await chat.page.locator('.load .figures', { hasText: /\S/ }).waitFor();
      await see('download');
      await chat.button(words.cancel).click();
      await chat.page.locator('.load .button.primary').waitFor();
      await see('cancelled');
    },
  },

  'what goes wrong': {
    expect: /ERR_INTERNET_DISCONNECTED|Failed to load|occurred when fetching the script/, // the last: the service worker's, if the network goes meanwhile
    async go(chat, { words }, see, context) {
      const broken = {
        name: 'broken.gguf',
        mimeType: 'application/octet-stream',
        buffer: Buffer.from('no model at all'),
      };
      await chat.page.locator('oa-files input').setInputFiles(broken);
      await chat.page.locator('.load .bad').waitFor();
      await see('load-failed');
      await chat.page.reload();
      await chat.page.getByText(words.once).waitFor();
      await context.setOffline(true);
      await chat.page.locator('.header .badge').waitFor();
      await see('offline');
      await context.setOffline(false);
      await chat.page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([''], 'a.gguf'));
        window.dispatchEvent(new DragEvent('dragover', { dataTransfer, cancelable: true }));
      });
      await chat.page.locator('.drop').waitFor();
      await see('drop');
    },
  },

  'a conversation': {
    expect: /killed by the test/,
    async go(chat, { words, texts }, see) {
      await chat.ask(texts.rich);
      await see('markdown');
      await chat.button(words.goodAnswer).click();
      await chat.button(words.rateMore).click();
      await chat.page
        .getByRole('radio', { name: words.degree(4, 5) })
        .first()
        .check({ force: true });
      await see('rating');
      await chat.page.keyboard.press('Escape');
      await chat.button(words.more).last().click();
      await see('menu');
      await chat.page.getByRole('menuitem', { name: words.replay }).click();
      await chat.page.locator('.replay .good').waitFor();
      await see('replay');
      await chat.page.keyboard.press('Escape');
      await chat.more(words.compare);
      await chat.page.locator('.draft').nth(2).waitFor();
      await chat.idle();
      for (const key of ['2', '1']) await chat.page.locator('.compare').press(key);
      await see('compare');
      await chat.button(words.compareSave).click();
      await chat.page.locator('.compare').waitFor({ state: 'detached' });
      await chat.settings(words.feedback);
      await chat.page.locator('.plot canvas').waitFor();
      await chat.page.getByText(words.agreementNone).waitFor();
      await see('feedback');
      await chat.closeSettings();
      await chat.page.locator('.thread').evaluate((e) => (e.scrollTop = 0));
      await chat.button(words.latest).waitFor();
      await see('scrolled');
      await chat.button(words.latest).click();
      await chat.button(words.regenerate).last().click();
      await chat.page.getByRole('group', { name: words.versionLabel(5, 5) }).waitFor();
      await chat.idle();
      await chat.send(texts.long.repeat(1500 / texts.long.length)); // long enough for the slow device, not for the context
      await chat.page.locator('.thinking progress').waitFor();
      await see('reading');
      await chat.page.keyboard.press('Escape');
      await chat.idle();
      await chat.send('SLOW story');
      await chat.waitText(chat.answers, '20 21');
      await see('streaming');
      await chat.page.keyboard.press('Escape');
      await chat.idle();
      await chat.field.press('ArrowUp');
      await see('editing');
      await chat.page.keyboard.press('Escape');
      const before = await chat.answers.count();
      await chat.send('SLOW');
      await chat.waitText(chat.answers.nth(before), '3 4 5');
      await chat.kill();
      await chat.page.locator('.notice.bad').waitFor();
      await see('crash');
    },
  },

  'sharing feedback': {
    where: 'sharing',
    expect: /Failed to load resource/,
    async go(chat, { words: { sharing: said, ...words }, texts, small }, see) {
      const { host, collector } = chat.site;
      const refuses = collector.answer;
      await chat.goto('index.html');
      await chat.page.waitForFunction(() => document.querySelector('oa-app').shadowRoot.querySelector('oa-share'));
      await chat.ask(texts.questions[0]);
      await chat.button(words.goodAnswer).click();
      await chat.toast(said.ask(host));
      await see('share-asked');
      await chat.button(said.look).click();
      const dialog = chat.page.getByRole('dialog', { name: said.title });
      await dialog.locator('.card').waitFor();
      await dialog.locator('summary').click();
      await see('share-before');
      await chat.page.getByRole('switch', { name: said.agree(host) }).check();
      await chat.button(said.send, dialog).click();
      await dialog.locator('.card .warn').waitFor();
      await dialog.locator('.pane').evaluate((e) => (e.scrollTop = e.scrollHeight));
      await see('share-refused');
      collector.answer = () => ({});
      await chat.button(words.retry, dialog).click();
      await chat.button(said.erase, dialog).click(); // of what it has taken now
      collector.answer = refuses;
      await dialog.locator('.pane').evaluate((e) => (e.scrollTop = 0));
      await see('share-erase');
      await chat.button(words.close, dialog).click();
      if (small) await chat.button(words.openSidebar).click();
      await chat.button(words.chatMenu(texts.questions[0])).click();
      await chat.page.getByRole('menuitem', { name: said.exclude }).waitFor();
      await see('share-menu');
    },
  },

  'the list and the dialogs': {
    async go(chat, { words, texts, small }, see) {
      const show = async () => small && chat.button(words.openSidebar).click();
      await show();
      await see('list-empty');
      if (small) await chat.button(words.closeDrawer).click();
      for (const question of texts.questions) {
        await chat.ask(question);
        await show();
        if (question !== texts.questions.at(-1)) await chat.newChat();
      }
      await chat.button(words.chatMenu(texts.questions.at(-1))).click();
      await see('list');
      await chat.page.getByRole('menuitem', { name: words.rename }).click();
      await see('rename');
      await chat.page.keyboard.press('Escape');
      await chat.page.getByRole('searchbox').fill('zzz');
      await chat.page.getByText(words.noMatches('zzz')).waitFor();
      await see('search-none');
      await chat.page.getByRole('searchbox').fill('');
      if (small) await chat.button(words.closeDrawer).click();
      for (const section of ['thisChat', 'model', 'general', 'feedback', 'data']) {
        await chat.settings(words[section]);
        if (section === 'data') await chat.page.locator('oa-storage summary').waitFor(); // measuring takes a while
        for (const more of await chat.page.locator('oa-settings .pane summary').all()) await more.click();
        if (section === 'data') await chat.page.locator('.training').waitFor();
        if (section === 'data') await chat.button(words.removeAll).click();
        await chat.page.locator('oa-settings .pane').evaluate((e) => (e.scrollTop = 0));
        await see(`settings-${section}`);
        await chat.closeSettings();
      }
      await chat.settings(words.general);
      await chat.button(words.shortcuts, chat.page.locator('oa-settings .pane')).click();
      await see('shortcuts');
      await chat.page.keyboard.press('Escape');
      await show();
      await chat.button(words.chatMenu(texts.questions[0])).click();
      await chat.page.getByRole('menuitem', { name: words.remove }).click();
      await chat.toast(words.removed(texts.questions[0]));
      await see('undo');
      await chat.page.locator('.private').click();
      await chat.page.locator('.header .badge').waitFor();
      await chat.page.evaluate(() => document.querySelector('oa-app').offerUpdate(async () => {}));
      await chat.toast(words.update);
      await see('private-and-update');
    },
  },
};

FLOWS['tasks'] = {
  async go(chat, { words, taskWords, small }, see) {
    if (small) await chat.button(words.openSidebar).click();
    const desk = await new Desk(chat, words, taskWords).open();
    await see('tasks');
    await desk.tab('rules');
    await see('tasks-rules');
    await desk.tab('task');
    await desk.begin('initial_prompt');
    await desk.is('initial_prompt');
    await desk.button(taskWords.skip).click();
    await see('tasks-write');
    await desk.button(taskWords.putBack).click();
    await desk.untilRanking((kind) => kind === 'label_assistant_reply' && see('tasks-label'));
    await desk.goTo('rank_assistant_replies');
    await desk.dialog.locator('.compare').press('1');
    await see('tasks-rank');
    await desk.tab('threads');
    await desk.dialog.locator('.threads li').waitFor();
    await see('tasks-threads');
    await desk.tab('people');
    await desk.dialog.locator('.people').waitFor();
    await see('tasks-people');
  },
};

/** Runs a flow with a page of its own. `see(chat, name)` looks. */
export async function visit({ browser, world, flow, look, see }) {
  const { where = 'site', expect, go } = FLOWS[flow];
  const site = world[where];
  await withChat({ browser, site, options: look.options, words: look.words, expect }, (chat, context) =>
    go(chat, look, (name) => see(chat, `${name}-${look.name}`), context),
  );
}

/** Somebody's shop with the chat on it: the button, and the panel open with an answer. `see(page or frame, page, name)` looks. */
export async function visitShop({ browser, world, look, see }) {
  const { words, texts, options } = look;
  const attributes = `data-title="${texts.shop}" data-greeting="${texts.greeting}" data-suggestions="${texts.questions.join('|')}"`;
  const host = await startHost(
    `<main><h1>${texts.shop}</h1></main><script src="${world.site.url}oa.js" data-lang="${options.locale}" ${attributes} async></script>`,
    { head: '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">' },
  );
  const context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  try {
    const page = await context.newPage();
    await page.goto(host.url);
    const launcher = page.locator('button.launcher');
    await launcher.waitFor();
    await see(page, page, `launcher-${look.name}`);
    await launcher.click();
    await page.frameLocator('iframe').getByText(texts.greeting).waitFor();
    const frame = page.frames().find((f) => f.url().includes('embed.html'));
    await see(frame, page, `panel-${look.name}`);
    const chat = new Chat(frame, world.site, words);
    await chat.field.fill(texts.question);
    await chat.field.press('Enter');
    await frame
      .locator('.load .button.primary')
      .click({ timeout: 2000 })
      .catch(() => undefined); // it may be loaded already
    await chat.waitText(chat.answers, texts.question);
    await chat.idle();
    await see(frame, page, `panel-answer-${look.name}`);
  } finally {
    await context.close();
    await host.close();
  }
}
