// Every state of the page under axe-core, in light and dark, wide and at 375 px: no violations. Writes a picture of each to
// build/screenshots, to be looked at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RICH =
  '# Sourdough\n\nBread with **wild yeast**, *time* and `flour`, see [the book](https://example.org/bread).\n\n## Steps\n\n1. Mix\n2. Wait\n   - long\n3. Bake\n\n> Patience.\n\n| Step | Time |\n|---|---:|\n| Mix | 10 min |\n\n```python\nprint("done")\n```\n\n- [x] Preheat\n\n![crumb](https://example.org/a.png)\n\n<b>raw</b>\n\n---\n\n~~old~~ new';

let browser;
let slow; // whose model takes its time
let site;
before(async () => {
  browser = await launch();
  site = await startChatSite();
  slow = await startChatSite({ size: 4_000_000, fault: () => ({ rate: 400_000 }) });
});
after(async () => {
  await browser?.close();
  await site?.close();
  await slow?.close();
});

/** Fails when axe finds anything on the page as it is now. */
async function check(chat, name) {
  await chat.page.evaluate(() => {
    const all = document.querySelector('oa-app').shadowRoot.getAnimations();
    const ending = all.filter((a) => a.effect?.getTiming().iterations !== Infinity);
    return Promise.all(ending.map((a) => a.finished.catch(() => undefined))).then(() => undefined);
  });
  await chat.shot(name);
  if (!(await chat.page.evaluate(() => 'axe' in window))) await chat.page.evaluate(AXE);
  const { violations } = await chat.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.map(
    (v) =>
      `${name}: ${v.id}: ${v.nodes.map((n) => `${n.target.flat().join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`,
  );
  assert.deepEqual(found, []);
}

const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  'light-375': { colorScheme: 'light', viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true },
  'dark-375': { colorScheme: 'dark', viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true },
};

for (const [look, options] of Object.entries(LOOKS)) {
  const small = look.endsWith('375');

  test(`${look}: the first visit and the download`, { timeout: 120_000 }, async () => {
    await withChat({ browser, site: slow, options }, async (chat) => {
      await chat.page.getByText('Downloaded once').waitFor();
      await check(chat, `welcome-${look}`);
      await chat.send('How does bread rise?');
      await chat.waitText(chat.page.locator('.load .figures'), 'left');
      await check(chat, `download-${look}`);
      await chat.button('Cancel').click();
      await chat.page.getByRole('button', { name: /Resume|Download/ }).waitFor();
      await check(chat, `cancelled-${look}`);
    });
  });

  test(`${look}: a conversation`, { timeout: 120_000 }, async () => {
    await withChat({ browser, site, options, expect: /killed by the test/ }, async (chat) => {
      await chat.ask(RICH);
      await check(chat, `markdown-${look}`);
      await chat.button('Answer again').click();
      await chat.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
      await chat.idle();
      await chat.send('SLOW story');
      await chat.waitText(chat.answers, '20 21');
      await check(chat, `streaming-${look}`);
      await chat.page.keyboard.press('Escape');
      await chat.idle();
      await chat.field.press('ArrowUp');
      await check(chat, `editing-${look}`);
      await chat.page.keyboard.press('Escape');
      await chat.page.locator('.thread').evaluate((e) => (e.scrollTop = 0));
      await chat.button('Jump to the latest message').waitFor();
      await check(chat, `scrolled-${look}`);
      await chat.send('SLOW');
      await chat.waitText(chat.answers.nth(2), '3 4 5');
      await chat.kill();
      await chat.page.locator('.notice.bad').waitFor();
      await check(chat, `crash-${look}`);
    });
  });

  test(`${look}: the list and the dialogs`, { timeout: 120_000 }, async () => {
    await withChat({ browser, site, options }, async (chat) => {
      await chat.ask('What is a good name for a cat?');
      if (small) await chat.button('Show chats').click();
      await chat.button('Options for “What is a good name for a cat?”').click();
      await check(chat, `list-${look}`);
      await chat.page.getByRole('menuitem', { name: 'Rename' }).click();
      await check(chat, `rename-${look}`);
      await chat.page.keyboard.press('Escape');
      if (small) await chat.button('Close').click();
      for (const section of ['Chat', 'Model', 'General', 'Data']) {
        await chat.settings(section);
        for (const more of await chat.page.locator('.pane summary').all()) await more.click();
        if (section === 'Data') await chat.button('Delete everything').click();
        await chat.page.locator('.pane').evaluate((e) => (e.scrollTop = 0));
        await check(chat, `settings-${section.toLowerCase()}-${look}`);
        await chat.closeSettings();
      }
      await chat.settings('General');
      await chat.button('Keyboard shortcuts', chat.page.locator('.pane')).click();
      await check(chat, `shortcuts-${look}`);
      await chat.page.keyboard.press('Escape');
      if (small) await chat.button('Show chats').click();
      await chat.button('Options for “What is a good name for a cat?”').click();
      await chat.page.getByRole('menuitem', { name: 'Delete' }).click();
      await chat.toast('Deleted');
      await check(chat, `undo-${look}`);
    });
  });
}

test('with forced colours and without motion the page still works', async () => {
  const options = { forcedColors: 'active', reducedMotion: 'reduce' };
  await withChat({ browser, site, options }, async (chat) => {
    await chat.ask('hello');
    await check(chat, 'forced-colours');
    const moving = await chat.page.evaluate(
      () =>
        document
          .querySelector('oa-app')
          .shadowRoot.getAnimations()
          .filter((a) => a.effect?.getTiming().iterations === Infinity).length,
    );
    assert.equal(moving, 0);
  });
});

test('while an answer streams nothing above it moves, and it is read out once', async () => {
  await withChat({ browser, site }, async (chat) => {
    await chat.ask('first question');
    await chat.send('SLOW second');
    await chat.answers.nth(1).waitFor();
    const shifts = await chat.page.evaluate(
      () =>
        new Promise((done) => {
          const seen = [];
          new PerformanceObserver((list) =>
            seen.push(
              ...list
                .getEntries()
                .filter((e) => !e.hadRecentInput)
                .map((e) => e.value),
            ),
          ).observe({ type: 'layout-shift' });
          setTimeout(() => done(seen.reduce((a, b) => a + b, 0)), 1500);
        }),
    );
    assert.ok(shifts < 0.02, `layout shift ${shifts}`);
    assert.equal(await chat.page.locator('.app > [role=status]').innerText(), 'The assistant is answering.');
    await chat.page.keyboard.press('Escape');
    await chat.idle();
    await eventually(
      async () =>
        (await chat.page.locator('.app > [role=status]').innerText()).startsWith('The assistant answered: 0 1 2 3'),
      true,
    );
  });
});
