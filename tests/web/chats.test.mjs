// The list of chats, several tabs, taking chats along, the model's card, files, settings and the keyboard. With the echo model.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch } from './helpers/browser.mjs';
import { REFUSAL, badModel, echoModel } from './helpers/echo-model.mjs';
import { Chat, eventually, startChatSite, withChat } from './helpers/chat.mjs';

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

const run = (work, more = {}) => withChat({ browser, site, ...more }, work);
const gguf = (name, bytes = echoModel()) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: bytes,
});

async function downloaded(page, act) {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

test('chats are listed by date, found, renamed, deleted and brought back', async () => {
  await run(async (chat) => {
    await chat.ask('apples are red');
    await chat.newChat();
    await chat.ask('bananas are yellow');
    await eventually(() => chat.items.allInnerTexts(), ['bananas are yellow', 'apples are red']);
    assert.equal(await chat.page.locator('.side-list h2').innerText(), 'Today');

    const search = chat.page.getByRole('searchbox', { name: 'Search chats' });
    await search.fill('RED');
    await eventually(() => chat.items.allInnerTexts(), ['apples are red']);
    await search.fill('nothing like it');
    await chat.page.getByText('No chat contains “nothing like it”.').waitFor();
    await search.fill('');

    await chat.button('Options for “apples are red”').click();
    await chat.page.getByRole('menuitem', { name: 'Rename' }).click();
    await chat.page.getByRole('textbox', { name: 'Name of the chat' }).fill('  Fruit   salad ');
    await chat.page.keyboard.press('Enter');
    await eventually(async () => (await chat.items.allInnerTexts()).sort(), ['Fruit salad', 'bananas are yellow']);

    await chat.button('Options for “bananas are yellow”').click();
    await chat.page.getByRole('menuitem', { name: 'Delete' }).click();
    await eventually(() => chat.items.allInnerTexts(), ['Fruit salad']);
    assert.equal(await chat.messages.count(), 0);
    await chat.button('Undo').click();
    await eventually(() => chat.items.count(), 2);
    await eventually(() => chat.texts(), ['bananas are yellow', 'bananas are yellow']);
  });
});

test('a deleted chat is gone for good once it cannot be brought back', async () => {
  await run(async (chat) => {
    await chat.page.clock.install();
    await chat.ask('secret');
    await chat.button('Options for “secret”').click();
    await chat.page.getByRole('menuitem', { name: 'Delete' }).click();
    await eventually(() => chat.items.count(), 0);
    await chat.page.clock.fastForward(15_000);
    await eventually(() => chat.stored('messages'), []);
    assert.deepEqual(await chat.stored('conversations'), []);
  });
});

test('two tabs on the same chats', async () => {
  await run(async (one, context) => {
    await one.ask('shared');
    const two = new Chat(await context.newPage(), site);
    await two.goto(new URL(one.page.url()).hash);
    await eventually(() => two.texts(), ['shared', 'shared']);
    await one.ask('from one');
    await eventually(() => two.texts(), ['shared', 'shared', 'from one', 'from one']);

    const done = (all) => all.filter((m) => m.role === 'prompter' || m.state === 'complete').length;
    for (let branched = false, turn = 1; !branched; turn++) {
      assert.ok(turn < 6, 'one tab always heard of the other in time');
      const words = [`left ${turn}`, `right ${turn}`];
      await Promise.all([one.ask(words[0]), two.ask(words[1])]); // at once: both stay, as branches
      await eventually(async () => done(await one.stored('messages')), 4 + 4 * turn);
      const stored = await one.stored('messages');
      for (const word of words) assert.equal(stored.filter((m) => m.text === word).length, 2);
      const [left, right] = words.map((word) => stored.find((m) => m.text === word && m.role === 'prompter'));
      branched = left.parent_id === right.parent_id;
    }
    await one.page.reload();
    await one.page
      .getByRole('group', { name: /Version [12] of 2/ })
      .first()
      .waitFor();

    await two.newChat();
    await two.ask('another chat');
    await eventually(() => one.items.allInnerTexts(), ['another chat', 'shared']);
    await two.button('Options for “shared”').click();
    await two.page.getByRole('menuitem', { name: 'Delete' }).click();
    await one.toast('This chat was deleted in another tab.');
    await eventually(() => one.messages.count(), 0);
  });
});

test('a private chat is marked, answered, and leaves nothing anywhere', async () => {
  await run(async (chat) => {
    await chat.ask('known');
    await chat.newChat(); // drafts and the like settle
    const everything = () =>
      chat.page.evaluate(async () => {
        const wait = (request) =>
          new Promise((ok, bad) => ((request.onsuccess = () => ok(request.result)), (request.onerror = bad)));
        const found = { local: { ...localStorage }, session: { ...sessionStorage } };
        for (const { name } of await indexedDB.databases()) {
          const db = await wait(indexedDB.open(name));
          for (const store of db.objectStoreNames) {
            const objects = db.transaction(store).objectStore(store);
            found[`${name}/${store}`] = JSON.stringify([
              await wait(objects.getAllKeys()),
              name === 'oa-weights' ? 0 : await wait(objects.getAll()),
            ]);
          }
          db.close();
        }
        return found;
      });
    const earlier = await everything();
    assert.match(JSON.stringify(earlier), /known/);
    await chat.button('Private chat').click();
    await chat.page.locator('.header').getByText('Private chat').waitFor();
    await chat.ask('secret words');
    await chat.field.fill('a secret draft');
    assert.deepEqual(await chat.texts(), ['secret words', 'secret words']);
    await chat.page.getByRole('button', { name: 'Answer again' }).click();
    await chat.idle();
    assert.deepEqual(await everything(), earlier);
    await chat.page.locator('.new').click();
    await eventually(() => chat.messages.count(), 0);
    assert.equal(await chat.field.inputValue(), '');
    assert.deepEqual(await everything(), earlier);
    assert.deepEqual(await chat.items.allInnerTexts(), ['known']);
  });
});

test('a tab shows what another one is writing', async () => {
  await run(async (one, context) => {
    await one.send('SLOW watched');
    await one.waitText(one.answers, '10 11');
    const two = new Chat(await context.newPage(), site);
    await two.goto(new URL(one.page.url()).hash);
    await two.page.getByText('Being written in another tab.').waitFor();
    await one.page.keyboard.press('Escape');
    await one.idle();
    await two.page.getByText('Stopped.').waitFor();
    await eventually(() => two.texts(), await one.texts());
  });
});

test('chats are exported in the OASST schema and imported elsewhere, every branch', async () => {
  let text;
  await run(async (chat) => {
    await chat.ask('root one');
    await chat.button('Answer again').click();
    await chat.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await chat.idle();
    await chat.ask('follow up');
    await chat.settings('Data');
    ({ text } = await downloaded(chat.page, () => chat.button('Export everything').click()));
    const [head, tree] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual([head.backup, head.chats, head.messages, head.settings.theme], [1, 1, 5, 'system']);
    assert.equal(tree.tree_state, 'not_applicable');
    assert.deepEqual([tree.prompt.role, tree.prompt.text, tree.prompt.replies.length], ['prompter', 'root one', 2]);
    for (const key of ['message_id', 'text', 'role', 'lang', 'created_date'])
      assert.equal(typeof tree.prompt[key], 'string');
    const [, second] = tree.prompt.replies;
    assert.deepEqual([second.role, second.synthetic, second.model_name], ['assistant', true, 'Tiny Model']);
    assert.equal(second.replies[0].replies[0].text, 'follow up');
  });
  await run(async (chat) => {
    const line = text.split('\n')[1]; // the chat alone, as other programs write it
    const file = { name: 'chats.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(line) };
    for (const news of ['1 chat read, 5 messages new.', '1 chat read, 0 messages new.']) {
      await chat.settings('Data');
      await chat.page.getByLabel('Import').last().setInputFiles(file);
      await chat.toast(news);
      await chat.closeSettings();
    }
    await chat.items.first().click();
    await eventually(() => chat.texts(), ['root one', 'root one', 'follow up', 'follow up']);
    await chat.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await chat.button('Options for “root one”').click();
    const again = await downloaded(chat.page, () => chat.page.getByRole('menuitem', { name: 'Export' }).click());
    assert.equal(again.name, 'root one.jsonl');
    assert.equal(again.text, `${line}\n`);
  });
});

test('everything can be deleted', async () => {
  await run(async (chat) => {
    await chat.ask('to be forgotten');
    await chat.field.fill('draft');
    await chat.settings('Data');
    await chat.button('Delete everything').click();
    await chat.button('Yes, delete everything').click();
    await chat.toast('Everything was deleted.');
    assert.deepEqual([await chat.stored('messages'), await chat.stored('conversations')], [[], []]);
    assert.equal(await chat.items.count(), 0);
    await chat.button('Download 800 kB').waitFor();
    assert.deepEqual(await chat.page.evaluate(() => Object.keys(localStorage)), []);
  });
});

test('the system prompt and the sampling are the chat’s own, or of new chats too', async () => {
  await run(async (chat) => {
    await chat.settings('Chat');
    await chat.page.getByRole('textbox', { name: 'System prompt' }).fill('Be brief.');
    await chat.page.getByRole('combobox', { name: 'Preset' }).selectOption('typical2');
    await chat.page.getByRole('spinbutton', { name: 'Seed' }).fill('42');
    await chat.page.keyboard.press('Tab');
    await chat.closeSettings();
    await chat.ask('hello');
    const [answer] = (await chat.stored('messages')).filter((m) => m.role === 'assistant');
    assert.deepEqual(answer.sampling, { typical_p: 0.2, temperature: 0.8, repetition_penalty: 1.2, max_tokens: 1024 });
    assert.equal(answer.seed, 42);
    assert.equal((await chat.stored('conversations'))[0].system_prompt, 'Be brief.');

    await chat.settings('Chat');
    await chat.page.getByRole('spinbutton', { name: 'Temperature' }).fill('99');
    await chat.page.keyboard.press('Tab');
    await eventually(() => chat.page.getByRole('spinbutton', { name: 'Temperature' }).inputValue(), '2');
    await eventually(() => chat.page.getByRole('combobox', { name: 'Preset' }).inputValue(), 'custom');
    await chat.button('Save as a preset').click();
    await chat.page.getByRole('textbox', { name: 'Name of the preset' }).fill('Wild');
    await chat.page.keyboard.press('Enter');
    await chat.button('Use for new chats too').click();
    await chat.closeSettings();
    await chat.page.reload();
    await chat.field.waitFor();
    await chat.newChat();
    await chat.page.locator('oa-composer .pill', { hasText: 'Wild' }).click();
    assert.equal(await chat.page.getByRole('textbox', { name: 'System prompt' }).inputValue(), 'Be brief.');
    await chat.button('Delete this preset').click();
    await eventually(() => chat.page.getByRole('combobox', { name: 'Preset' }).inputValue(), 'custom');
  });
});

test('the appearance is chosen and kept', async () => {
  await run(async (chat) => {
    const background = () => chat.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await background(), 'rgb(252, 251, 249)');
    await chat.button('Switch to dark appearance').click();
    await eventually(background, 'rgb(25, 24, 22)');
    await chat.page.reload();
    await chat.field.waitFor();
    assert.equal(await background(), 'rgb(25, 24, 22)');
    await chat.settings('General');
    await chat.page.getByRole('radio', { name: 'System' }).check({ force: true });
    await eventually(background, 'rgb(252, 251, 249)');
  });
});

test('a GGUF file is opened from disk or dropped; another file is not', async () => {
  await run(async (chat) => {
    const input = chat.page.locator('oa-files input');
    await input.setInputFiles(gguf('notes.txt'));
    await chat.toast('This is not a GGUF file.');
    await input.setInputFiles(gguf('mine.gguf'));
    await chat.page.locator('.header .pill[data-state=ready]', { hasText: 'mine.gguf' }).waitFor();
    await chat.ask('with my model');
    assert.equal((await chat.stored('messages')).find((m) => m.role === 'assistant').model_name, 'mine.gguf');
    await input.setInputFiles(gguf('bad.gguf', badModel()));
    await chat.page.locator('.header .pill[data-state=error]').click();
    await chat.page.getByText(REFUSAL).waitFor();
    await chat.button('Use Tiny Model').click();
    await chat.page.locator('.header .pill[data-state=ready]', { hasText: 'Tiny Model' }).waitFor();
    await chat.closeSettings();
    await chat.page.evaluate(async () => {
      const data = new DataTransfer();
      data.items.add(new File([await (await fetch('models/tiny.gguf')).blob()], 'dropped.gguf'));
      dispatchEvent(new DragEvent('dragover', { dataTransfer: data, cancelable: true }));
      window.theDrop = new DragEvent('drop', { dataTransfer: data, cancelable: true });
    });
    await chat.page.getByText('Drop the GGUF file to open it').waitFor();
    await chat.page.evaluate(() => dispatchEvent(window.theDrop));
    await chat.page.locator('.header .pill[data-state=ready]', { hasText: 'dropped.gguf' }).waitFor();
  });
});

test('by keyboard alone', async () => {
  await run(async (chat) => {
    const { page } = chat;
    await page.keyboard.type('line one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('line two');
    assert.equal(await chat.field.inputValue(), 'line one\nline two');
    await chat.field.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
    assert.equal(await chat.messages.count(), 0);
    await page.keyboard.press('Enter');
    await chat.answers.waitFor();
    await chat.idle();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.type(' more');
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await chat.idle();
    await page.keyboard.press('Control+Shift+O');
    await eventually(() => chat.messages.count(), 0);
    await page.keyboard.press('Control+K');
    await page.keyboard.type('line');
    await eventually(() => chat.items.count(), 1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await eventually(() => chat.messages.count(), 2);
    await page.locator('.side-foot .keys').focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('focused');
    assert.equal(await chat.field.inputValue(), 'focused');
  });
});

test('on a narrow screen the list is a drawer, and nothing is wider than the screen', async () => {
  const options = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true };
  await run(
    async (chat) => {
      await chat.ask(
        `a ${'verylongword'.repeat(25)}\n\n| a | b |\n|---|---|\n| ${'x'.repeat(250)} | y |\n\n\`\`\`\n${'code '.repeat(70)}\n\`\`\``,
      );
      const wide = () => chat.page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
      assert.ok((await wide()) <= 0);
      const spill = await chat.page.locator('.thread').evaluate((e) => e.scrollWidth - e.clientWidth);
      assert.ok(spill <= 0, `the conversation is ${spill} px too wide`);
      await chat.button('Show chats').click();
      await chat.items.first().waitFor();
      assert.equal(await chat.page.locator('oa-chat').evaluate((e) => e.inert), true);
      await chat.page.keyboard.press('Escape');
      await eventually(() => chat.items.count(), 0);
      await chat.button('Show chats').click();
      await chat.newChat();
      await eventually(() => chat.messages.count(), 0);
      const small = await chat.page.locator('button:visible').evaluateAll((all) =>
        all
          .map((b) => [b.ariaLabel ?? b.innerText, b.getBoundingClientRect()])
          .filter(([, r]) => r.height < 43.5 && r.height > 0)
          .map(([name]) => name),
      );
      assert.deepEqual(small, []);
    },
    { options },
  );
});
