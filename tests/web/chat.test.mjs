// A conversation: asking, streaming, stopping, versions, branches, what is kept when the page goes away. With the echo model.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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

const run = (work, more = {}) => withChat({ browser, site, ...more }, work);

test('a question is answered, with its figures, and both are kept', async () => {
  await run(async (chat) => {
    await chat.ask('Good **morning** to you');
    assert.deepEqual(await chat.texts(), ['Good **morning** to you', 'Good morning to you']);
    assert.equal(await chat.answers.locator('strong').textContent(), 'morning');
    assert.match(
      await chat.page.locator('.actions .figures').innerText(),
      /^23 tokens · [\d.,]+ tokens\/s · Tiny Model$/,
    );
    assert.match(await chat.page.locator('.status').innerText(), /tokens\/s\s+48 of 4,096 tokens/);
    const [question, answer] = (await chat.stored('messages')).sort((a, b) => (a.role < b.role ? 1 : -1));
    assert.deepEqual([question.role, question.text, question.parent_id], ['prompter', 'Good **morning** to you', null]);
    assert.deepEqual([answer.role, answer.parent_id, answer.state], ['assistant', question.message_id, 'complete']);
    assert.deepEqual([answer.synthetic, answer.model_name, answer.finish_reason], [true, 'Tiny Model', 'stop']);
    assert.equal(answer.usage.completion_tokens, 23);
    assert.equal(typeof answer.seed, 'number');
    const [conversation] = await chat.stored('conversations');
    assert.equal(conversation.title, 'Good morning to you');
    assert.equal(conversation.active_thread_tail_message_id, answer.message_id);
    await chat.waitText(chat.page.locator('[role=status]'), 'The assistant answered: Good **morning** to you');
  });
});

for (const how of ['the button', 'Esc']) {
  test(`an answer stops by ${how}, and what there is stays`, async () => {
    await run(async (chat) => {
      await chat.send('SLOW please');
      await chat.waitText(chat.answers, '12 13 14');
      if (how === 'Esc') await chat.page.keyboard.press('Escape');
      else await chat.button('Stop').click();
      await chat.idle();
      const [, text] = await chat.texts();
      await chat.page.waitForTimeout(300);
      assert.equal((await chat.texts())[1], text);
      assert.equal(await chat.page.locator('.notice').innerText(), 'Stopped.');
      await eventually(async () => (await chat.stored('messages')).map((m) => m.state).sort(), ['cancelled', 'manual']);
    });
  });
}

test('stopped before its first word, an answer leaves the question, which can be answered', async () => {
  await run(async (chat) => {
    await chat.ask('hello');
    await chat.send('word '.repeat(600));
    await chat.page.keyboard.press('Escape');
    await chat.idle();
    assert.equal(await chat.messages.count(), 3);
    assert.match(await chat.page.locator('.notice').innerText(), /Not answered yet/);
    await chat.button('Answer').click();
    await chat.answers.nth(1).waitFor();
  });
});

test('answering again makes another version; each can be shown, also after a reload', async () => {
  await run(async (chat) => {
    await chat.ask('one two');
    await chat.button('Answer again').click();
    await chat.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await chat.idle();
    const seeds = (await chat.stored('messages')).filter((m) => m.role === 'assistant').map((m) => m.seed);
    assert.notEqual(seeds[0], seeds[1]);
    await chat.button('Previous version').click();
    await chat.page.getByRole('group', { name: 'Version 1 of 2' }).waitFor();
    assert.equal(await chat.button('Previous version').isDisabled(), true);
    await chat.page.reload();
    await chat.page.getByRole('group', { name: 'Version 1 of 2' }).waitFor();
  });
});

test('editing an earlier message begins a branch, and no branch is lost', async () => {
  await run(async (chat) => {
    await chat.ask('first');
    await chat.ask('second');
    await chat.messages.first().hover();
    await chat.button('Edit', chat.messages.first()).click();
    const editor = chat.page.getByRole('textbox', { name: 'Edit your message' });
    assert.equal(await editor.inputValue(), 'first');
    await editor.fill('other');
    await chat.page.keyboard.press('Enter');
    await chat.waitText(chat.answers, 'other');
    await chat.idle();
    assert.deepEqual(await chat.texts(), ['other', 'other']);
    await chat.button('Previous version').click();
    await chat.waitText(chat.messages, 'second');
    assert.deepEqual(await chat.texts(), ['first', 'first', 'second', 'second']);
    await chat.button('Next version').click();
    await eventually(() => chat.texts(), ['other', 'other']);
    await chat.page.reload();
    await eventually(() => chat.texts(), ['other', 'other']);
    assert.equal((await chat.stored('messages')).length, 6);
  });
});

test('the editor can be left without a change', async () => {
  await run(async (chat) => {
    await chat.ask('keep me');
    await chat.field.press('ArrowUp');
    const editor = chat.page.getByRole('textbox', { name: 'Edit your message' });
    await editor.fill('something else');
    await editor.press('Escape');
    assert.deepEqual(await chat.texts(), ['keep me', 'keep me']);
    assert.equal(
      await chat.page.evaluate(() => document.querySelector('oa-app').shadowRoot.activeElement?.tagName),
      'TEXTAREA',
    );
  });
});

test('a message and a code block are copied as they were written', async () => {
  const options = { permissions: ['clipboard-read', 'clipboard-write'] };
  await run(
    async (chat) => {
      const words = 'Some **code**:\n\n```js\nlet a = 1 < 2;\n```';
      await chat.ask(words);
      await chat.button('Copy', chat.messages.nth(1)).click();
      assert.equal(await chat.page.evaluate(() => navigator.clipboard.readText()), words);
      await chat.button('Copy code').click();
      assert.equal(await chat.page.evaluate(() => navigator.clipboard.readText()), 'let a = 1 < 2;');
      assert.equal(await chat.page.locator('figcaption').innerText(), 'js\nCopied');
    },
    { options },
  );
});

test('after a reload the open chat is there and goes on, and the model comes from this device', async () => {
  await run(async (chat) => {
    await chat.ask('remember this');
    site.take(`/models/tiny.gguf`);
    for (const path of [new URL(chat.page.url()).hash, '']) {
      await chat.page.goto('about:blank');
      await chat.goto(path);
      await eventually(() => chat.texts(), ['remember this', 'remember this']);
    }
    await chat.ask('and this');
    assert.equal((await chat.texts()).length, 4);
    assert.deepEqual(site.take('/models/tiny.gguf'), []);
    assert.equal(await chat.items.count(), 1);
  });
});

test('what was written is kept when the tab is closed in the middle of an answer', async () => {
  await run(async (chat, context) => {
    await chat.send('SLOW story');
    await chat.waitText(chat.answers, '60 61');
    await chat.page.close({ runBeforeUnload: true });
    chat.page = await context.newPage();
    const again = new chat.constructor(chat.page, site);
    await again.goto();
    await again.waitText(again.answers, '58 59 60');
    assert.match(await chat.page.locator('.notice').innerText(), /Stopped/);
    await again.ask('next');
    assert.equal((await again.texts()).at(-1), 'next');
  });
});

test('a draft is kept for each chat over a reload', async () => {
  await run(async (chat) => {
    await chat.ask('a chat');
    await chat.field.fill('half a thought');
    await chat.page.reload();
    await chat.field.waitFor();
    await eventually(() => chat.field.inputValue(), 'half a thought');
    await chat.newChat();
    await eventually(() => chat.field.inputValue(), '');
    await chat.field.fill('another');
    await chat.items.first().click();
    await eventually(() => chat.field.inputValue(), 'half a thought');
    await chat.newChat();
    await eventually(() => chat.field.inputValue(), 'another');
  });
});

test('when the engine dies, the draft stays and it starts again', async () => {
  await run(
    async (chat) => {
      await chat.ask('fine');
      await chat.send('SLOW');
      await chat.waitText(chat.answers, '3 4 5');
      await chat.field.fill('my draft');
      await chat.kill();
      await chat.page.locator('.notice.bad', { hasText: 'The engine stopped.' }).waitFor();
      assert.equal(await chat.field.inputValue(), 'my draft');
      await chat.field.fill('still works');
      await chat.field.press('Enter');
      await chat.waitText(chat.answers, 'works');
      await chat.idle();
    },
    { expect: /killed by the test/ },
  );
});

test('when the engine dies between two questions, the next one is answered', async () => {
  await run(
    async (chat) => {
      await chat.ask('before');
      await chat.kill();
      await chat.page.getByText('The engine stopped.').waitFor();
      await chat.ask('after');
      assert.deepEqual(await chat.texts(), ['before', 'before', 'after', 'after']);
    },
    { expect: /killed by the test/ },
  );
});

test('a message that is too long is refused with both numbers', async () => {
  await run(async (chat) => {
    await chat.ask('hello');
    await chat.send('many '.repeat(1200));
    const notice = chat.page.locator('.notice.bad');
    await notice.waitFor();
    assert.match(await notice.innerText(), /This is too long for the model\.[\s\S]*60\d\d[\s\S]*3,?072[\s\S]*Shorten/);
    await chat.ask('short again');
  });
});

test('an error of the core is shown with a way on', async () => {
  await run(async (chat) => {
    await chat.send('FAIL now');
    await chat.page.locator('.notice.bad', { hasText: 'it was asked to fail' }).waitFor();
    await chat.button('Try again').click();
    await chat.page.locator('.notice.bad', { hasText: 'it was asked to fail' }).waitFor();
    await chat.idle();
  });
});

test('an answer that was cut at its length says so and goes on', async () => {
  await run(async (chat) => {
    await chat.settings('Chat');
    await chat.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('13');
    await chat.page.keyboard.press('Tab');
    await chat.closeSettings();
    await chat.ask('one two three four five');
    assert.match((await chat.texts())[1], /^one two three$/);
    await chat.button('Continue').click();
    await chat.answers.nth(1).waitFor();
    await chat.idle();
  });
});

test('nothing is sent that has no words, and control characters do no harm', async () => {
  await run(async (chat) => {
    for (const words of ['', '   ', '\n\n']) {
      await chat.send(words);
      assert.equal(await chat.button('Send').isDisabled(), true);
    }
    assert.equal(await chat.messages.count(), 0);
    await chat.field.evaluate((field) => {
      field.value = 'a\u0000b\u0007c \ud800';
      field.dispatchEvent(new Event('input'));
    });
    await chat.field.press('Enter');
    await chat.answers.waitFor();
    await chat.idle();
    assert.equal((await chat.texts()).length, 2);
  });
});

test('an answer goes on while another chat is looked at', async () => {
  await run(async (chat) => {
    await chat.send('SLOW background');
    await chat.waitText(chat.answers, '5 6 7');
    await chat.newChat();
    await chat.page.getByText('Still answering in “SLOW background”').waitFor();
    await chat.page.getByRole('img', { name: 'Answering' }).waitFor();
    await chat.button('Show').click();
    await chat.waitText(chat.answers, '40 41');
    await chat.page.keyboard.press('Escape');
    await chat.idle();
  });
});

test('the view follows the answer until the visitor scrolls up', async () => {
  await run(
    async (chat) => {
      await chat.send('SLOW long');
      await chat.waitText(chat.answers, '150 151');
      const gap = () => chat.page.locator('.thread').evaluate((e) => e.scrollHeight - e.clientHeight - e.scrollTop);
      assert.ok((await gap()) < 40);
      await chat.page.mouse.move(350, 200);
      await chat.page.mouse.wheel(0, -150);
      await chat.button('Jump to the latest message').waitFor();
      const top = await chat.page.locator('.thread').evaluate((e) => e.scrollTop);
      await chat.page.waitForTimeout(400);
      assert.equal(await chat.page.locator('.thread').evaluate((e) => e.scrollTop), top);
      await chat.button('Jump to the latest message').click();
      await chat.page.waitForTimeout(200);
      assert.ok((await gap()) < 40);
      await chat.page.keyboard.press('Escape');
    },
    { options: { viewport: { width: 700, height: 420 } } },
  );
});
