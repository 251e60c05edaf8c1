// What an older version of the page has stored is there in this one, and what a newer one has stored is left alone and said to be there.
// A version that was released has its fixture here, and keeps it: what its page wrote, in the stores that it made.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { sharing } from '../../web/ui/text/en/sharing.js';
import { withCollector } from '../tools/collector.mjs';
import { launch, withContext } from './helpers/browser.mjs';
import { Chat, eventually } from './helpers/chat.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { builtText, startSite } from './helpers/site.mjs';

let browser;
let site;
const bytes = echoModel({ size: 800_000 });
const CHUNK = 1 << 18;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'dip' });
  site.addModel('tiny', bytes, { chunkSize: CHUNK });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const DATE = '2026-11-01T10:00:00.000Z';
const CHATS = {
  name: 'open-assistant',
  version: 1,
  stores: {
    conversations: {
      keyPath: 'id',
      rows: [
        {
          id: 'c1',
          title: 'An old chat',
          titled: true,
          created_date: DATE,
          updated_date: DATE,
          active_thread_tail_message_id: 'm2',
          system_prompt: 'Be brief.',
          sampling: { preset: 'k50', values: {}, seed: null },
          deleted_date: null,
        },
      ],
    },
    messages: {
      keyPath: 'message_id',
      index: 'conversation_id',
      rows: [
        {
          message_id: 'm1',
          parent_id: null,
          conversation_id: 'c1',
          role: 'prompter',
          text: 'an old question',
          created_date: DATE,
          state: 'manual',
          lang: 'en',
        },
        {
          message_id: 'm2',
          parent_id: 'm1',
          conversation_id: 'c1',
          role: 'assistant',
          text: 'an old answer',
          created_date: '2026-11-01T10:00:01.000Z',
          state: 'complete',
          lang: 'en',
          synthetic: true,
          sampling: { temperature: 0.75 },
          seed: 5,
          model_name: 'Tiny',
          finish_reason: 'stop',
          usage: { prompt_tokens: 3, completion_tokens: 3, tokens_per_second: 100 },
        },
      ],
    },
    settings: {
      rows: [{ theme: 'dark', system_prompt: 'From long ago.', model: 'tiny', sidebar: true }],
      keys: ['all'],
    },
  },
};

/** The weights as 0.1.0 stored them: chunks as Blobs or, at first, as buffers. */
function weights(kind) {
  const sha256 = (part) => createHash('sha256').update(part).digest();
  const parts = Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, i) =>
    bytes.subarray(i * CHUNK, (i + 1) * CHUNK),
  );
  const id = `sha256:${sha256(bytes).toString('hex')}`;
  const record = {
    id,
    url: `${site.url}models/tiny.gguf`,
    etag: null,
    modified: null,
    size: bytes.length,
    chunkSize: CHUNK,
    have: { bytes: Buffer.alloc(parts.length, 1).toString('base64') },
    digests: { bytes: Buffer.concat(parts.map(sha256)).toString('base64') },
    complete: true,
    usedAt: 1,
  };
  return {
    name: 'oa-weights',
    version: 1,
    stores: {
      files: { keyPath: 'id', index: 'url', rows: [record] },
      chunks: { rows: parts.map((part) => ({ [kind]: part.toString('base64') })), keys: parts.map((_, i) => [id, i]) },
      texts: { rows: [], keys: [] },
    },
  };
}

const SESSIONS = {
  name: 'oa-sessions',
  version: 1,
  stores: {
    pages: { keyPath: 'key', rows: [{ key: 'k', index: 0, size: 3, digest: { bytes: 'AAAA' }, usedAt: 1 }] },
    bytes: { rows: [{ blob: 'AQID' }], keys: ['k'] },
    state: { rows: [2], keys: ['erasures'] },
  },
};

const SHARING = {
  name: 'oa-sharing',
  version: 1,
  stores: {
    messages: {
      keyPath: 'message_id',
      rows: [{ message_id: 'm1', chat: 'c1', sent: 'd', there: 'yes', approved: null, refused: null }],
    },
    state: {
      rows: [
        {
          consent: { url: 'http://127.0.0.1:9/v1/messages', date: DATE, auto: false },
          collector: 'http://127.0.0.1:9/v1/messages',
          erasing: false,
          retry: { failures: 9, until: Date.parse('2100-01-01') },
          user: 'u1',
        },
      ],
      keys: ['all'],
    },
  },
};

/** Tasks as the first version that had them stored them. */
const TASKS = {
  name: 'oa-tasks',
  version: 1,
  stores: {
    trees: {
      keyPath: 'message_tree_id',
      rows: [
        {
          message_tree_id: 't1',
          tree_state: 'growing',
          prompt: {
            message_id: 't1',
            text: 'an old prompt',
            role: 'prompter',
            lang: 'en',
            user_id: 'somebody',
            review_count: 3,
            review_result: true,
            replies: [],
          },
        },
      ],
    },
    desk: { rows: [{ user: 'me', rules: { goal_tree_size: 4 }, tasks: [], revision: 7 }], keys: ['desk'] },
  },
};

/** Runs in the page: makes a database as an older or newer page did. */
async function make({ name, version, stores }) {
  const real = (x) => {
    if (typeof x !== 'object' || x === null) return x;
    const of = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    if (typeof x.bytes === 'string') return of(x.bytes);
    if (typeof x.buffer === 'string') return of(x.buffer).buffer;
    if (typeof x.blob === 'string') return new Blob([of(x.blob)]);
    return Object.fromEntries(
      Object.entries(x).map(([key, value]) => [key, Array.isArray(value) ? value : real(value)]),
    );
  };
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => {
    for (const [store, { keyPath, index, rows, keys }] of Object.entries(stores)) {
      const made = request.result.createObjectStore(store, keyPath ? { keyPath } : {});
      if (index) made.createIndex(index, index);
      rows.forEach((row, i) => (keys ? made.put(real(row), keys[i]) : made.put(real(row))));
    }
  };
  await new Promise((ok, bad) => ((request.onsuccess = ok), (request.onerror = () => bad(request.error))));
  request.result.close();
}

/** Opens the page in a browser that has stored these databases. */
async function withStored(databases, work) {
  await withContext(browser, {}, async (context) => {
    const page = await context.newPage();
    await page.goto(`${site.url}test.html`);
    for (const database of databases) await page.evaluate(make, database);
    const chat = new Chat(page, site);
    await work(chat, () => chat.goto('#c=c1'));
  });
}
const download = () => site.take('/models/tiny.gguf').length;

for (const kind of ['blob', 'buffer']) {
  test(
    `0.1.0: chats, settings and weights (${kind}) are there, nothing is downloaded`,
    { timeout: 60_000 },
    async () => {
      download();
      await withStored([CHATS, weights(kind), SESSIONS], async (chat, open) => {
        await open();
        await eventually(() => chat.texts(), ['an old question', 'an old answer']);
        assert.equal(await chat.page.evaluate(() => document.documentElement.dataset.theme), 'dark');
        await chat.ask('and a new one');
        assert.deepEqual((await chat.texts()).slice(2), ['and a new one', 'and a new one']);
        assert.equal(download(), 0);
        await chat.settings('Chat');
        assert.equal(await chat.page.getByRole('textbox', { name: 'System prompt' }).inputValue(), 'Be brief.');
      });
    },
  );
}

test('what was agreed to is known, and what was sent', { timeout: 60_000 }, async () => {
  const { consent } = SHARING.stores.state.rows[0];
  site.overrides.set('/index.html', withCollector(builtText('/index.html'), consent.url));
  await withStored([CHATS, SESSIONS, SHARING], async (chat) => {
    await chat.goto('index.html#c=c1');
    await chat.settings('Data');
    await chat.page.getByText(sharing.there(1)).waitFor();
    assert.equal(await chat.page.getByRole('switch', { name: sharing.agree('127.0.0.1:9') }).isChecked(), true);
  });
  site.overrides.delete('/index.html');
});

test('tasks of before are there, with their rules', { timeout: 60_000 }, async () => {
  await withStored([TASKS], async (chat) => {
    await chat.goto();
    await chat.button('Tasks').click();
    await chat.page.getByRole('tab', { name: 'Threads', exact: true }).click();
    await chat.page.getByText('Growing · 1 of 4 messages').waitFor();
  });
});

test('of a newer version: it is said, the page works, nothing is changed', { timeout: 60_000 }, async () => {
  const databases = [CHATS, weights('blob'), SESSIONS].map((database) => ({ ...database, version: 99 }));
  await withStored(databases, async (chat, open) => {
    await open();
    await chat.toast('What is stored here is of a newer version of this page. Nothing is lost: reload');
    assert.equal(await chat.items.count(), 0);
    await chat.page.getByRole('button', { name: 'Download 800 kB' }).click();
    await chat.toast('The models stored here are of a newer version of this page, and are left as they are');
    await chat.ask('works all the same');
    assert.deepEqual(await chat.texts(), ['works all the same', 'works all the same']);
    const left = await chat.page.evaluate(async () => {
      const found = {};
      for (const { name, version } of await indexedDB.databases()) {
        const request = indexedDB.open(name);
        await new Promise((ok) => (request.onsuccess = ok));
        const db = request.result;
        found[name] = [version];
        for (const store of db.objectStoreNames) {
          const count = db.transaction(store).objectStore(store).count();
          await new Promise((ok) => (count.onsuccess = ok));
          found[name].push(`${store} ${count.result}`);
        }
        db.close();
      }
      return found;
    });
    const chunks = Math.ceil(bytes.length / CHUNK);
    assert.deepEqual(left, {
      'open-assistant': [99, 'conversations 1', 'messages 2', 'settings 1'],
      'oa-sessions': [99, 'bytes 1', 'pages 1', 'state 1'],
      'oa-weights': [99, `chunks ${chunks}`, 'files 1', 'texts 0'],
    });
    await chat.settings('Data');
    await chat.button('Delete everything').click();
    await chat.button('Yes, delete everything').click();
    await chat.toast('Everything was deleted.');
    await chat.newChat();
    await chat.ask('kept from now on');
    await eventually(async () => (await chat.stored('messages')).length, 2);
  });
});

test(
  'a step is made once, on what the steps before it left, and a page without it says so',
  { timeout: 60_000 },
  async () => {
    const { outputFiles } = await build({
      entryPoints: ['web/store/connection.js'],
      bundle: true,
      format: 'esm',
      write: false,
    });
    site.overrides.set('/connection.js', outputFiles[0].text);
    await withContext(browser, {}, async (context) => {
      const page = await context.newPage();
      await page.goto(`${site.url}test.html`);
      const seen = await page.evaluate(async () => {
        const { Connection, isNewer } = await import(new URL('connection.js', document.baseURI).href);
        const made = [];
        const first = (db) => (made.push(1), db.createObjectStore('a'));
        const second = (db, tx) => (
          made.push(2),
          db.createObjectStore('b').put(tx.db.objectStoreNames.length, 'stores')
        );
        const one = new Connection('steps', [first]);
        await one.run((db) => db.put('a', 'kept', 'key'));
        const two = new Connection('steps', [first, second]); // while the other is open, as in another tab
        const read = [await two.run((db) => db.get('a', 'key')), await two.run((db) => db.get('b', 'stores'))];
        const old = await one.run((db) => db.get('a', 'key')).catch((e) => [isNewer(e), e.code, e.message]);
        const fresh = new Connection('fresh', [first, second]);
        await fresh.run(() => undefined);
        return { made, read, old };
      });
      assert.deepEqual(seen.made, [1, 2, 1, 2]);
      assert.deepEqual(seen.read, ['kept', 2]);
      assert.deepEqual(seen.old.slice(0, 2), [true, 'ERR_STORAGE']);
      assert.match(seen.old[2], /of a newer version of this page, and is left as it is\. Reload/);
    });
  },
);
