// Every view of the page under axe-core, in light and dark, wide and at 375 px: no violations (from right to left: a11y-rtl.test.mjs). And what it
// cannot see: that what has the focus shows it, that small screens and large letters cut nothing off, contrast, motion.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkLooks, check } from './helpers/axe.mjs';
import { launch, LONG } from './helpers/browser.mjs';
import { eventually, withChat } from './helpers/chat.mjs';
import { startWorld } from './helpers/views.mjs';

let browser;
let world;
before(async () => {
  browser = await launch();
  world = await startWorld();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

// With those from right to left each width is seen in each appearance; all of them here take two minutes more.
checkLooks(LONG ? ['en-light-375', 'en-dark-375', 'en-light-1280', 'en-dark-1280'] : ['en-light-1280', 'en-dark-375'], () => ({ browser, world })); // prettier-ignore

test('with forced colours and without motion the page still works', async () => {
  const options = { forcedColors: 'active', reducedMotion: 'reduce' };
  await withChat({ browser, site: world.site, options }, async (chat) => {
    await chat.ask('hello');
    await check(chat.page, 'forced-colours');
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
  await withChat({ browser, site: world.site }, async (chat) => {
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

/** Where the focus is, and how it is drawn. */
async function focused(page) {
  return page.evaluate(() => {
    const root = document.querySelector('oa-app').shadowRoot;
    const style = getComputedStyle(root.activeElement);
    return {
      at: root.activeElement?.outerHTML.slice(0, 90),
      outline: style.outlineStyle,
      width: parseFloat(style.outlineWidth),
    };
  });
}

test('what has the focus shows it, wherever the keyboard leads', async () => {
  await withChat({ browser, site: world.site }, async (chat) => {
    await chat.ask('| a |\n|---|\n| 1 |\n\n```\ncode\n```\n\n[link](https://example.org)');
    for (const open of [
      async () => {},
      () => chat.settings('Chat'),
      () => chat.settings('Model'),
      () => chat.settings('General'),
      () => chat.settings('Data'),
    ]) {
      await open();
      const seen = new Set();
      for (let i = 0; i < 40; i++) {
        await chat.page.keyboard.press('Tab');
        if (!(await chat.page.evaluate(() => document.querySelector('oa-app').shadowRoot.activeElement))) continue; // the browser's own
        const { at, outline, width } = await focused(chat.page);
        seen.add(at);
        if (at.startsWith('<textarea') && at.includes('rows="1"')) continue; // its frame takes the colour
        if (at.includes('type="radio"')) continue; // drawn by its label
        assert.ok(outline !== 'none' && width >= 2, `${at} shows no focus`);
      }
      assert.ok(seen.size >= 5, `only ${seen.size} places`);
    }
  });
});

test('at 320 px, and with letters twice the size, nothing is cut off or wider than the page', async () => {
  for (const [width, size] of [
    [320, '100%'],
    [640, '200%'],
  ]) {
    await withChat({ browser, site: world.site, options: { viewport: { width, height: 640 } } }, async (chat) => {
      await chat.page.evaluate((percent) => (document.documentElement.style.fontSize = percent), size);
      await chat.page.getByText('Downloaded once').waitFor();
      await check(chat.page, `welcome at ${width} px, ${size}`);
      await chat.ask(`${'unbroken'.repeat(40)} \`${'code'.repeat(60)}\` https://example.org/${'path/'.repeat(40)}`);
      await check(chat.page, `chat at ${width} px, ${size}`);
      for (const section of ['Chat', 'Model', 'General', 'Data']) {
        await chat.settings(section);
        await check(chat.page, `${section} at ${width} px, ${size}`);
        await chat.closeSettings();
      }
    });
  }
});

test('who asks for more contrast gets it', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await withChat({ browser, site: world.site, options: { contrast: 'more', colorScheme } }, async (chat) => {
      await chat.ask('hello');
      await check(chat.page, `more contrast, ${colorScheme}`);
      const [text, muted] = await chat.page.evaluate(() =>
        ['.bubble', '.status'].map(
          (q) => getComputedStyle(document.querySelector('oa-app').shadowRoot.querySelector(q)).color,
        ),
      );
      assert.equal(muted, text);
      assert.equal(text, colorScheme === 'dark' ? 'rgb(255, 255, 255)' : 'rgb(0, 0, 0)');
    });
  }
});
