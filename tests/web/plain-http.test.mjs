// The page over plain http, as in a local network: the browser gives it no service worker, no threads, no locks and no clipboard, and it works.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../web/lib/id.js';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startChatSite();
  site.url = site.url.replace('127.0.0.1', 'insecure.test');
});
after(async () => {
  await browser?.close();
  await site?.close();
});

test('ids are UUIDs of version 4, and others each time', () => {
  const ids = Array.from({ length: 1000 }, newId);
  assert.equal(new Set(ids).size, 1000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a conversation, kept; settings, presets, the list of what is stored', { timeout: 60_000 }, async () => {
  await withChat({ browser, site, expect: /untrustworthy/ }, async (chat) => {
    assert.equal(await chat.page.evaluate(() => isSecureContext), false);
    await chat.ask('hello');
    await chat.page.locator('oa-message').last().getByRole('button', { name: 'Copy' }).click();
    await chat.toast('The browser refused the clipboard.');
    await chat.settings('Chat');
    await chat.page.getByRole('spinbutton', { name: 'Temperature' }).fill('0.5');
    await chat.page.keyboard.press('Tab');
    await chat.button('Save as a preset').click();
    await chat.page.getByRole('textbox', { name: 'Name of the preset' }).fill('Mine');
    await chat.page.keyboard.press('Enter');
    await chat.page.getByRole('option', { name: 'Mine' }).waitFor({ state: 'attached' });
    await chat.closeSettings();
    await chat.settings('Data');
    await chat.page.locator('.uses li[data-kind=models]', { hasText: 'Tiny Model' }).waitFor();
    const [download] = await Promise.all([
      chat.page.waitForEvent('download'),
      chat.button('Export everything').click(),
    ]);
    assert.equal(download.suggestedFilename(), 'open-assistant.jsonl');
    await chat.closeSettings();
    await chat.page.reload();
    await eventually(() => chat.texts(), ['hello', 'hello']);
    await chat.ask('and on');
  });
});
