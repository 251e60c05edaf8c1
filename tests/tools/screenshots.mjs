// Pictures of every view, to be looked at: node tests/tools/screenshots.mjs SITE-FOLDER TARGET-FOLDER [only: a part of names, such as ar-dark-375]
// In light and dark, at 375 and 1280 px, from left to right and from right to left. `readme` in place of a part of names takes those of the README,
// with the default model; they are copied to docs/ by hand, when they look good.
import { mkdirSync } from 'node:fs';
import { words as ar } from '../../web/ui/text/ar.js';
import { launch } from '../web/helpers/browser.mjs';
import { withChat } from '../web/helpers/chat.mjs';
import { FLOWS, LOOKS, startWorld, visit, visitShop } from '../web/helpers/views.mjs';
import { serve } from './serve.mjs';

const [site, folder, only = ''] = process.argv.slice(2);
const browser = await launch();
const shoot = (page, name) => page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' });

async function shootViews() {
  const world = await startWorld();
  for (const look of LOOKS.filter(({ name }) => name.includes(only))) {
    for (const flow of Object.keys(FLOWS))
      await visit({ browser, world, flow, look, see: (chat, name) => shoot(chat.page, name) });
    await visitShop({ browser, world, look, see: (_frame, page, name) => shoot(page, name) });
    console.log(look.name);
  }
  await world.close();
}

const WIDE = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true };
const QUESTIONS = [
  'Explain in simple words why the sky is blue.',
  'Write a Python function that says whether a word is a palindrome.',
];

/** A conversation with the default model, the same each time, and what is to be seen of it. */
async function converse(real, options, work) {
  await withChat({ browser, site: real, options }, async (chat, context) => {
    context.setDefaultTimeout(120_000);
    await chat.settings('Chat');
    await chat.page.getByRole('spinbutton', { name: 'Seed' }).fill('1');
    await chat.page.keyboard.press('Tab');
    await chat.closeSettings();
    for (const question of QUESTIONS) await chat.ask(question);
    await chat.page.locator('.composer').hover();
    await work(chat);
  });
}

async function shootReadme() {
  const real = await serve(site, { isolation: 'coop' });
  for (const [name, options, words] of [
    ['first-visit', WIDE],
    ['first-visit-arabic', { ...PHONE, locale: 'ar' }, ar],
  ])
    await withChat({ browser, site: real, options, words }, async ({ page }) => {
      await page.locator('.load .button.primary:not([disabled])').waitFor();
      await shoot(page, name);
    });
  await converse(real, WIDE, async (chat) => {
    await shoot(chat.page, 'chat-light');
    await chat.page.emulateMedia({ colorScheme: 'dark' });
    await shoot(chat.page, 'chat-dark');
  });
  await converse(real, { ...PHONE, colorScheme: 'dark' }, (chat) => shoot(chat.page, 'chat-phone'));
  await real.close();
}

mkdirSync(folder, { recursive: true });
await (only === 'readme' ? shootReadme() : shootViews());
await browser.close();
