// What is stored in the browser, as the visitor sees it: taken along to another browser and brought back, measured, deleted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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

async function exported(chat) {
  await chat.settings('Data');
  const [download] = await Promise.all([chat.page.waitForEvent('download'), chat.button('Export everything').click()]);
  await chat.closeSettings();
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

async function importFile(chat, name, bytes) {
  await chat.settings('Data');
  const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
  await chat.page.getByLabel('Import').last().setInputFiles(file);
}

/** Everything that an import may change. */
const everything = async (chat) => [
  await chat.stored('conversations'),
  await chat.stored('messages'),
  await chat.stored('settings'),
];
const byId = (all) => all.sort((a, b) => ((a.message_id ?? a.id) < (b.message_id ?? b.id) ? -1 : 1));

test('everything goes to a fresh browser and comes out of it byte for byte', { timeout: 90_000 }, async () => {
  let file;
  let chats;
  let messages;
  await run(async (chat) => {
    await chat.ask('first');
    await chat.button('Answer again').click();
    await chat.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await chat.idle();
    await chat.newChat();
    await chat.settings('Chat');
    await chat.page.getByRole('textbox', { name: 'System prompt' }).fill('Be brief.');
    await chat.page.getByRole('spinbutton', { name: 'Seed' }).fill('42');
    await chat.page.keyboard.press('Tab');
    await chat.button('Use for new chats too').click();
    await chat.closeSettings();
    await chat.send('second, FAIL'); // an answer that failed goes along, too
    await chat.page.getByText('No answer this time.').waitFor();
    await chat.button('Switch to dark appearance').click();
    file = await exported(chat);
    assert.equal(file.name, 'open-assistant.jsonl');
    [chats, messages] = await everything(chat);
    assert.deepEqual([chats.length, messages.length], [2, 5]);
  });
  await run(async (chat) => {
    await importFile(chat, file.name, file.bytes);
    await chat.toast('2 chats read, 5 messages new. Settings taken over.');
    await chat.closeSettings();
    const [chatsHere, messagesHere] = await everything(chat);
    assert.deepEqual(byId(chatsHere), byId(chats));
    assert.deepEqual(byId(messagesHere), byId(messages));
    await eventually(() => chat.page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await eventually(() => chat.items.allInnerTexts(), ['second, FAIL', 'first']);
    const again = await exported(chat);
    assert.equal(again.bytes.toString(), file.bytes.toString());
    await chat.page.reload();
    await chat.items.last().click();
    await chat.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await chat.ask('and on');
  });
});

test(
  'a file that is damaged, cut off or not ours changes nothing, and its line is told',
  { timeout: 90_000 },
  async () => {
    await run(async (chat) => {
      await chat.page.clock.install();
      await chat.ask('mine');
      await chat.ask('more');
      const file = await exported(chat);
      const text = file.bytes.toString();
      await chat.button('Options for “mine”').click();
      await chat.page.getByRole('menuitem', { name: 'Delete' }).click();
      await chat.page.locator('.welcome').waitFor();
      await chat.page.clock.fastForward(15_000); // until it cannot be brought back
      await eventually(() => chat.stored('messages'), []);
      await chat.ask('another');
      const earlier = await everything(chat);
      const lines = text.split('\n');
      for (const [what, bytes, said] of [
        [
          'cut',
          text.slice(0, -40),
          'Nothing was imported. Line 2: this is not JSON. Is it a file that was exported here, and all of it?',
        ],
        [
          'a line less',
          `${lines[0]}\n`,
          'Nothing was imported. Line 1 announces 1 chats with 4 messages, and there are 0 with 0',
        ],
        ['a bad line', `${lines[1]}\n{"message_id":1}`, 'Nothing was imported. Line 2: this is neither a tree'],
        ['foreign', '[{"mapping":{}}]', 'Nothing was imported. Line 1: this is not a JSON object.'],
        ['a model', 'GGUF\u0003\u0000\u0000', 'Nothing was imported. Line 1: this is not JSON.'],
        ['a picture', Buffer.from([0x89, 0x50, 0xff, 0xfe]), 'is not text: choose a .jsonl file'],
        ['torn gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), 'The file is damaged: it cannot be unpacked.'],
        ['nothing', '', 'No chat was found in this file.'],
      ]) {
        await importFile(chat, `${what}.jsonl`, bytes);
        await chat.toast(said);
        await chat.closeSettings();
        assert.deepEqual(await everything(chat), earlier, what);
      }
    });
  },
);

test('a write that fails in the middle of an import undoes all of it', { timeout: 60_000 }, async () => {
  await run(async (chat) => {
    await chat.ask('mine');
    const earlier = await everything(chat);
    const worker = chat.page.waitForEvent('worker', (w) => w.url().endsWith('/data.js'));
    await chat.page.evaluate(() => {
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (...args) {
        if (args[0].type === 'import') globalThis.letGo = () => postMessage.apply(this, args);
        else postMessage.apply(this, args);
      };
    });
    const line = (i) => ({ message_id: `m${i}`, message_tree_id: `t${i % 3}`, role: 'prompter', text: 'x' });
    const lines = Array.from({ length: 9 }, (_, i) => JSON.stringify(line(i)));
    await importFile(chat, 'chats.jsonl', lines.join('\n'));
    await (
      await worker
    ).evaluate(() => {
      const { put } = IDBObjectStore.prototype;
      let puts = 0;
      IDBObjectStore.prototype.put = function (...args) {
        const request = put.apply(this, args);
        if (++puts % 12 === 7) request.onsuccess = () => this.transaction.abort(); // as where the disk is full; it is tried twice
        return request;
      };
    });
    await chat.page.evaluate(() => globalThis.letGo());
    await chat.toast('Nothing was imported. ');
    assert.deepEqual(await everything(chat), earlier);
  });
});

/** Whether a session is saved, which is done when an answer has ended. */
const savedPages = (chat) =>
  chat.page.evaluate(async () => {
    const db = await new Promise((ok) => (indexedDB.open('oa-sessions').onsuccess = (e) => ok(e.target.result)));
    const request = db.transaction('pages').objectStore('pages').count();
    await new Promise((ok) => (request.onsuccess = ok));
    db.close();
    return request.result > 0;
  });

test('what takes how much is shown, and each can be deleted; it asks first', { timeout: 90_000 }, async () => {
  await run(async (chat) => {
    await chat.ask('a short one');
    await chat.newChat();
    await chat.ask(`a long one ${'with many words '.repeat(20)}`);
    // A model from an address, of which only a part came.
    await chat.page.evaluate(
      async ([url, size]) => {
        const db = await new Promise((ok) => (indexedDB.open('oa-weights').onsuccess = (e) => ok(e.target.result)));
        const tx = db.transaction('files', 'readwrite');
        const have = new Uint8Array([1, 0, 0, 0, 0]);
        tx.objectStore('files').put({ id: `${url} x`, url, etag: null, modified: null, size, chunkSize: 100_000, have, digests: new Uint8Array(160), complete: false, usedAt: 1 }); // prettier-ignore
        await new Promise((ok) => (tx.oncomplete = ok));
        db.close();
      },
      [`${site.url}models/My%20Model-00001-of-00002.gguf?x=1`, 500_000],
    );
    await eventually(() => savedPages(chat), true);
    await chat.settings('Data');
    const part = (kind) => chat.page.locator(`.uses > li[data-kind=${kind}]`);
    await eventually(
      () => part('models').locator('ul .use').allInnerTexts(),
      ['Tiny Model\n800 kB', 'My Model.gguf\n100 kB of 500 kB'],
    );
    assert.match(await part('models').locator('.figures').first().innerText(), /^900 kB$/);
    assert.match(await part('page').innerText(), /\d kB|MB/);
    await part('chats').locator('summary').click();
    const chats = part('chats').locator('ul .use .name');
    assert.match((await chats.allInnerTexts()).join('|'), /^a long one with many.*\|a short one$/);
    await chat.shot('storage');

    await chat.button('Delete: All saved sessions').click();
    await chat.button('Delete', part('saved')).click();
    await eventually(() => part('saved').locator('.figures').first().innerText(), '0 kB');

    await chat.button('Delete: My Model.gguf').click();
    await chat.page.getByText('Delete My Model.gguf? Its 100 kB are downloaded again when it is used next.').waitFor();
    await chat.button('Cancel', part('models')).click();
    await eventually(() => part('models').locator('ul .use').count(), 2);
    assert.equal(
      await chat.page.evaluate(() => document.querySelector('oa-app').shadowRoot.activeElement.ariaLabel),
      'Delete: My Model.gguf',
    );
    await chat.button('Delete: My Model.gguf').click();
    await chat.button('Delete', part('models')).click();
    await chat.toast('My Model.gguf was deleted from this device.');
    await eventually(() => part('models').locator('ul .use').allInnerTexts(), ['Tiny Model\n800 kB']);

    await chat.button('Delete: a short one').click();
    await chat.page.getByText('Delete “a short one” with 2 messages?').waitFor();
    await chat.button('Delete', part('chats')).click();
    await eventually(() => chats.count(), 1);
    await eventually(() => chat.items.count(), 1);

    await chat.page.getByText('1 chat, drafts, your settings and 1 model (800 kB, to be downloaded again)').waitFor();
    await chat.button('Delete everything').click();
    await chat.page.getByText('Delete all chats, settings and models? Nothing brings them back.').waitFor();
    await chat.button('Yes, delete everything').click();
    await chat.toast('Everything was deleted.');
    await chat.settings('Data');
    await part('models').getByText('None is downloaded.').waitFor();
    await eventually(() => chat.stored('messages'), []);
  });
});

test('the browser is asked to keep what is stored, and its answer is told', { timeout: 60_000 }, async () => {
  await run(async (chat) => {
    await chat.page.evaluate(() => {
      let kept = false;
      let asked = 0;
      navigator.storage.persist = async () => (kept = ++asked > 1);
      navigator.storage.persisted = async () => kept;
    });
    await chat.settings('Data');
    await chat.button('Ask the browser to keep them').click();
    await chat.toast('The browser did not agree.');
    await chat.page.getByText('This browser may delete chats and models when space runs out.').waitFor();
    await chat.button('Ask the browser to keep them').click();
    await chat.page.getByText('This browser keeps your chats and models until you delete them.').waitFor();
  });
});
