// Export for training: what the page writes is what `oa data export` makes of the same chats, to the byte; files of others come out as they went in;
// many messages (a hundred thousand in the long tests) leave the page responsive.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gunzipSync } from 'node:zlib';
import { noFeedback, setLabel } from '../../web/store/feedback.js';
import { exportChat, ChatReader } from '../../web/store/oasst.js';
import { en } from '../../web/ui/text/en.js';
import { launch, LONG } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';

const BUILD = process.env.BUILD ?? 'build';
const SITE = process.env.SITE ?? 'build/site';
const FORMS = Object.keys(en.trainingForms);
const SCHEMA = ['message_id', 'parent_id', 'user_id', 'created_date', 'text', 'role', 'lang', 'review_count', 'review_result', 'deleted', 'rank', 'synthetic', 'model_name', 'emojis', 'labels', 'events', 'detoxify']; // prettier-ignore

let browser;
let site;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oa-export-'));
  browser = await launch();
  site = await startChatSite();
});
after(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the command line makes of a file. */
function oaData(verb, bytes, ...options) {
  const file = join(folder, 'in.jsonl');
  writeFileSync(file, bytes);
  const done = spawnSync(`${BUILD}/native/oa`, ['data', verb, ...options, file], { maxBuffer: 1 << 28, timeout: 60_000 }); // prettier-ignore
  assert.equal(done.status, 0, String(done.stderr));
  return done.stdout;
}

async function downloaded(chat, press) {
  const [download] = await Promise.all([chat.page.waitForEvent('download', { timeout: 60_000 }), press()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Everything, as the page has exported it all along. */
async function backup(chat) {
  await chat.settings(en.data);
  const { bytes } = await downloaded(chat, () => chat.button(en.exportAll).click());
  await chat.closeSettings();
  return bytes;
}

/** The settings with the export for training open, and what is in it. */
async function openTraining(chat) {
  await chat.settings(en.data);
  await chat.page.locator('summary', { hasText: en.training }).click();
  await chat.page.locator('.training').waitFor({ timeout: 60_000 });
  const form = (name) => chat.page.locator(`.training input[value=${name}]`);
  const option = (name) => chat.page.locator(`.training input[name=${name}]`);
  const save = () => downloaded(chat, () => chat.button(en.trainingSave).click());
  return { form, option, save };
}

async function importFile(chat, bytes, said = 'read') {
  await chat.settings(en.data);
  const file = join(folder, 'import.jsonl'); // by its path: large files are not sent through the protocol
  writeFileSync(file, bytes);
  await chat.page.getByLabel(en.importAll, { exact: true }).last().setInputFiles(file);
  await chat.page.locator('.toast', { hasText: said }).waitFor({ timeout: 120_000 });
  await chat.closeSettings();
}

const parse = (bytes) => String(bytes).split('\n').filter(Boolean).map((line) => JSON.parse(line)); // prettier-ignore
const flat = (node) => [node, ...node.replies.flatMap(flat)];
/** The schema's members alone, replies in the order of their ids. */
const pure = (node) => ({
  ...Object.fromEntries(SCHEMA.flatMap((key) => (key in node ? [[key, node[key]]] : []))),
  replies: node.replies.map(pure).toSorted((a, b) => (a.message_id < b.message_id ? -1 : 1)),
});
const pureTree = ({ message_tree_id, tree_state, origin, prompt }) => ({ message_tree_id, tree_state, origin, prompt: pure(prompt) }); // prettier-ignore

test('the module is small, and nothing asks for it before the visitor does', async () => {
  const bytes = ['data.mjs', 'data.wasm'].map(
    (name) => brotliCompressSync(readFileSync(`${SITE}/core/${name}`)).length,
  );
  assert.ok(bytes.reduce((a, b) => a + b) < 60 * 1024, `${bytes} bytes`);
  await withChat({ browser, site, options: { serviceWorkers: 'block' } }, async (chat) => {
    const asked = [];
    chat.page.on('request', (request) =>
      asked.push(
        request
          .url()
          .slice(site.url.length)
          .replace(/(part-[a-z]+)-.*/, '$1'),
      ),
    );
    await chat.settings(en.data);
    await chat.page.locator('oa-storage .uses').waitFor();
    assert.deepEqual(asked.filter((url) => /data\.|part-training/.test(url)), []); // prettier-ignore
    await chat.page.locator('summary', { hasText: en.training }).click();
    await chat.page.locator('.training').waitFor();
    assert.deepEqual(asked.filter((url) => /data\.|part-training/.test(url)).toSorted(), ['core/data.mjs', 'core/data.wasm', 'data.js', 'part-training']); // prettier-ignore
  });
});

test('each form is what the command line makes of the same chats', { timeout: 120_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    await chat.ask('an answer that nobody rated, ünïcode 😀 "quoted"');
    await chat.newChat();
    await chat.ask('one');
    await chat.button(en.goodAnswer).click();
    await chat.more(en.improve);
    await chat.page.getByRole('textbox', { name: en.improveLabel }).fill('two');
    await chat.page.keyboard.press('Enter');
    await chat.page.getByText(en.improved).waitFor();
    await chat.ask('goes on');
    await chat.button(en.badAnswer).last().click();
    await eventually(async () => (await chat.stored('messages')).filter((m) => m.feedback).length, 2);
    const stored = await chat.stored('messages');
    const all = await backup(chat);
    const { form, option, save } = await openTraining(chat);
    assert.match(
      await chat.page.locator('.training [role=status]').innerText(),
      /^2 chats, 7 messages, 3 with a rating/,
    );

    const files = {};
    for (const name of FORMS) {
      await form(name).check();
      const want = oaData('export', all, '--form', name);
      const shown = await form(name).locator('xpath=..').locator('.figures').innerText();
      const lines = String(want).split('\n').length - 1;
      assert.equal(shown, en.trainingLines(lines), name);
      files[name] = await save();
      assert.equal(files[name].name, `open-assistant-${name}.jsonl`);
      assert.deepEqual(String(files[name].bytes), String(want), name);
      assert.ok(lines > 0, name);
    }
    await option('packed').check();
    const packed = await save();
    assert.equal(packed.name, 'open-assistant-kto.jsonl.gz');
    assert.deepEqual(gunzipSync(packed.bytes), files.kto.bytes);
    await option('packed').uncheck();

    await form('messages').check();
    await option('anonymous').check();
    const [first, second] = [await save(), await save()].map(({ bytes }) => bytes);
    for (const m of stored) for (const id of [m.message_id, m.conversation_id]) assert.ok(!first.includes(id), id);
    assert.notDeepEqual(first, second, 'the seed is another each time');
    const texts = (bytes) => parse(bytes).map(({ text, role }) => [role, text]);
    assert.deepEqual(texts(first), texts(files.messages.bytes));
    const ids = new Set(parse(first).map((m) => m.message_id));
    assert.equal(parse(first).filter((m) => m.parent_id && !ids.has(m.parent_id)).length, 0, 'replies find what they reply to'); // prettier-ignore
    await option('anonymous').uncheck();

    await option('rated').check();
    await chat.page.locator('.training [role=status]', { hasText: '1 chat, 5 messages' }).waitFor();
    await form('trees').check();
    const [only, ...others] = parse((await save()).bytes);
    assert.deepEqual([only.prompt.text, others], ['one', []]);

    await withChat({ browser, site }, async (fresh) => {
      await importFile(fresh, files.trees.bytes);
      assert.deepEqual((await fresh.stored('messages')).length, stored.length);
      const again = await openTraining(fresh);
      assert.deepEqual(String((await again.save()).bytes), String(files.trees.bytes));
    });
  }),
);

test(
  'a form that would be empty says why; the keyboard is enough; narrow and from the right',
  { timeout: 60_000 },
  () =>
    withChat({ browser, site, options: { viewport: { width: 375, height: 812 } } }, async (chat) => {
      const { page } = chat;
      let { form } = await openTraining(chat);
      for (const name of FORMS) assert.equal(await form(name).isDisabled(), true, name);
      assert.equal(await chat.button(en.trainingSave).isDisabled(), true);
      await page.getByText(en.trainingForms.trees.none).waitFor();
      await chat.closeSettings();
      await chat.ask('one');
      ({ form } = await openTraining(chat));
      const open = [];
      for (const name of FORMS) if (await form(name).isEnabled()) open.push(name);
      assert.deepEqual(open, ['trees', 'messages', 'threads', 'sft']);
      for (const name of ['preference', 'kto']) await page.getByText(en.trainingForms[name].none).waitFor();
      assert.equal(await page.getByText(en.trainingForms.sft.help).count(), 1);
      await form('trees').focus();
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
      assert.equal(await form('sft').isChecked(), true);
      const { name, bytes } = await downloaded(chat, () => page.keyboard.press('Enter'));
      assert.equal(name, 'open-assistant-sft.jsonl');
      assert.deepEqual(parse(bytes), [{ messages: [{ role: 'user', content: 'one' }, { role: 'assistant', content: 'one' }] }]); // prettier-ignore
      await chat.toast(en.trainingSaved(1, 0));
      const [inner, outer] = await page.locator('oa-settings .pane').evaluate((e) => [e.scrollWidth, e.clientWidth]);
      assert.ok(inner <= outer, `${inner} px in ${outer}`);
    }),
);

test('what goes wrong is said, and the next try may succeed', { timeout: 60_000 }, () =>
  withChat({ browser, site, options: { serviceWorkers: 'block' }, expect: /ERR_FAILED/ }, async (chat) => {
    await chat.ask('one');
    await chat.page.route('**/core/data.wasm', (route) => route.abort());
    await chat.settings(en.data);
    const summary = chat.page.locator('summary', { hasText: en.training });
    await summary.click();
    await chat.page.locator('oa-training [role=alert]', { hasText: 'core/data cannot be started' }).waitFor();
    await chat.page.unroute('**/core/data.wasm');
    await summary.click();
    await chat.page.locator('oa-training').waitFor({ state: 'detached' });
    await summary.click();
    await chat.page.locator('.training').waitFor();
  }),
);

const event = (type, user, more) => ({ type, user_id: user, ...more });
const node = (id, role, more = {}, replies = []) => ({ message_id: id, user_id: `user of ${id}`, created_date: '2023-02-05T14:23:50.983374+00:00', text: `${id} says`, role, lang: 'pt-BR', review_count: 3, review_result: true, deleted: false, synthetic: false, detoxify: { toxicity: 0.00044, insult: 0.1 }, ...more, replies }); // prettier-ignore
/** As in Open Assistant's published files, and as small as the schema allows. */
const OTHERS = [
  {
    message_tree_id: 't',
    tree_state: 'ready_for_export',
    origin: 'their site',
    prompt: node(
      't',
      'prompter',
      {
        emojis: { '+1': 5, _skip_reply: 2 },
        labels: { quality: { value: 0.8333333333333334, count: 3 }, spam: { value: 0, count: 4 } },
        events: {
          ranking: [
            event('ranking', 'u1', {
              ranking: [1, 0],
              ranked_message_ids: ['b', 'a'],
              ranking_parent_id: 't',
              message_tree_id: 't',
              not_rankable: false,
            }),
          ],
        },
      },
      [
        // prettier-ignore
        node('b', 'assistant', { rank: 0, emojis: { '+1': 2, '-1': 1 } }, [node('b1', 'prompter', {}, [node('b2', 'assistant', { synthetic: true, model_name: 'oasst-sft-6' })])]), // prettier-ignore
        node('a', 'assistant', { rank: 1, labels: { pii: { value: null, count: 0 } }, events: { report: [event('report', 'u2', { report_type: 'spam', reason: 'why' })] } }), // prettier-ignore
        node('c', 'assistant', { deleted: true, emojis: { red_flag: 0 } }),
      ],
    ),
  },
  { message_tree_id: 'm', tree_state: 'growing', prompt: { message_id: 'm', text: 'least', role: 'prompter', replies: [] } }, // prettier-ignore
];
for (const { prompt } of OTHERS)
  for (const parent of flat(prompt)) for (const reply of parent.replies) reply.parent_id = parent.message_id;
const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

test('what others gave comes out as it went in, and what the visitor adds is added', { timeout: 90_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    const theirs = lines(OTHERS);
    const want = parse(oaData('export', theirs));
    await importFile(chat, theirs);
    await openTraining(chat);
    assert.match(
      await chat.page.locator('.training [role=status]').innerText(),
      /^2 chats, 7 messages, 4 with a rating/,
    );
    const { bytes } = await downloaded(chat, () => chat.button(en.trainingSave).click());
    oaData('validate', bytes);
    const byId = (rows) => rows.map(pureTree).toSorted((a, b) => (a.message_tree_id < b.message_tree_id ? -1 : 1));
    assert.deepEqual(byId(parse(bytes)), byId(want));
    assert.deepEqual(byId(want), byId(OTHERS), 'nor did the command line change anything');
    await chat.closeSettings();
    await importFile(chat, bytes, '0 messages new');
    await withChat({ browser, site }, async (fresh) => {
      await importFile(fresh, oaData('export', bytes, '--form', 'threads')); // shared messages, one chat
      assert.deepEqual([(await fresh.stored('conversations')).length, (await fresh.stored('messages')).length], [2, 7]);
    });

    await chat.page.locator('.item .open', { hasText: 't says' }).click();
    await chat.waitText(chat.answers, 'says');
    const shown = (await chat.texts())[1][0]; // the branch that is open: its first answer
    await chat.button(en.goodAnswer).first().click();
    await eventually(async () => (await chat.stored('messages')).filter((m) => m.feedback).length, 1);
    const now = parse(await backup(chat)).find((line) => line.message_tree_id === 't');
    const counts = Object.fromEntries(flat(now.prompt).map((m) => [m.message_id, m.emojis]));
    const earlier = Object.fromEntries(flat(OTHERS[0].prompt).map((m) => [m.message_id, m.emojis]));
    const added = { ...earlier[shown], '+1': (earlier[shown]?.['+1'] ?? 0) + 1 };
    assert.deepEqual(counts, { ...earlier, [shown]: added });
  }),
);

test('sums of many people and of one: to the bit where nothing changes, right where something does', () => {
  const read = (rows) => {
    const reader = new ChatReader('2026-11-23T10:00:00.000Z');
    for (const row of rows) reader.add(structuredClone(row));
    return reader.chats;
  };
  const [chat] = read(OTHERS);
  const prompt = chat.messages.find((m) => m.message_id === 't');
  const write = () => JSON.parse(exportChat(chat)).prompt;
  assert.deepEqual(write().labels, OTHERS[0].prompt.labels);
  prompt.feedback = setLabel({ ...noFeedback(), emojis: ['+1', 'clap'], report: { reason: 'mine', date: '' } }, 'quality', 0.5); // prettier-ignore
  const { labels, emojis, events } = write();
  assert.deepEqual(labels.quality, { value: (0.8333333333333334 * 3 + 0.5) / 4, count: 4 });
  assert.deepEqual(
    [labels.spam, emojis],
    [
      { value: 0, count: 4 },
      { '+1': 6, _skip_reply: 2, clap: 1, red_flag: 1 },
    ],
  );
  assert.deepEqual(events, { ...OTHERS[0].prompt.events, report: [{ type: 'report', report_type: 'other', reason: 'mine' }] }); // prettier-ignore
  const [again] = read([JSON.parse(exportChat(chat))]); // the sums have the visitor's part now
  assert.deepEqual(exportChat(again), exportChat(chat));
  delete again.messages.find((m) => m.message_id === 't').feedback;
  const back = JSON.parse(exportChat(again)).prompt;
  assert.deepEqual([back.emojis, back.events], [OTHERS[0].prompt.emojis, OTHERS[0].prompt.events]);
  assert.ok(Math.abs(back.labels.quality.value - 0.8333333333333334) < 1e-12 && back.labels.quality.count === 3);
});

test('rows of the published data set, which have labels and emojis as lists, come out as the schema has them', () => {
  const row = { message_id: 'h', parent_id: null, user_id: 'u', created_date: '2023-02-05T14:23:50.983374+00:00', text: 'hi', role: 'prompter', lang: 'en', review_count: 3, review_result: true, deleted: false, rank: null, synthetic: false, model_name: null, detoxify: { toxicity: 0.00044 }, message_tree_id: 'h', tree_state: 'ready_for_export', emojis: { name: ['+1'], count: [5] }, labels: { name: ['spam', 'pii'], value: [0.5, null], count: [3, 0] } }; // prettier-ignore
  const reader = new ChatReader();
  reader.add(row);
  reader.add({ ...row, message_id: 'i', parent_id: 'h', role: 'assistant', labels: null, emojis: null });
  const { prompt } = JSON.parse(exportChat(reader.chats[0]));
  assert.deepEqual([prompt.emojis, prompt.labels], [{ '+1': 5 }, { spam: { value: 0.5, count: 3 }, pii: { value: null, count: 0 } }]); // prettier-ignore
  assert.deepEqual(prompt.replies.map((r) => [r.message_id, r.emojis, r.labels]), [['i', undefined, undefined]]); // prettier-ignore
  for (const bad of [
    { emojis: { name: ['+1'], count: [] } },
    { labels: { name: ['spam'], count: [1] } },
    { labels: { name: ['spam'], value: [2], count: [1] } },
  ])
    // prettier-ignore
    assert.throws(() => new ChatReader().add({ ...row, ...bad }), /^Error: (emojis: lists of|labels: lists of|labels\.spam: )/);
});

test('a wrong line is named with its member, and nothing of the file is stored', { timeout: 60_000 }, () =>
  withChat({ browser, site }, async (chat) => {
    await chat.ask('mine');
    const everything = async () => [await chat.stored('conversations'), await chat.stored('messages')];
    const earlier = await everything();
    const good = JSON.stringify(OTHERS[1]);
    for (const [more, said] of [
      [{ labels: { quality: { value: 2, count: 1 } } }, 'Line 2: labels.quality: {"value": 0 to 1, "count": a number} is needed.'], // prettier-ignore
      [{ emojis: ['+1'] }, 'Line 2: emojis: an object is needed.'],
      [{ emojis: { '+1': 'x' } }, 'Line 2: emojis.+1: a number from 0 on is needed.'],
      [{ events: { report: {} } }, 'Line 2: events.report: an array of at most 1000 objects is needed.'],
      [{ rank: 'first' }, 'Line 2: rank: a number is needed.'],
      [{ role: 'system' }, 'Line 2: a role is neither prompter nor assistant.'],
    ]) {
      const bad = JSON.stringify({ message_tree_id: 'x', prompt: { ...OTHERS[1].prompt, message_id: 'x', ...more } });
      await importFile(chat, `${good}\n${bad}\n`, en.importFailed(said));
      await chat.page.reload();
      await chat.page.locator('.pill[data-state=ready]').waitFor();
    }
    assert.deepEqual(await everything(), earlier);
  }),
);

/** The most memory that a process of the browser's pages ever had, in MB. */
async function peakMb() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const peaks = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1])); // prettier-ignore
  return Math.round(Math.max(...peaks) / 1024);
}

const [chats, turns] = [LONG ? 2000 : 400, 50];
const n = (count) => count.toLocaleString('en');
test(`${n(chats * turns)} messages: in, counted, out, while the page answers`, { timeout: 280_000 }, async (t) => {
  const words = 'some words that people write to one another, again and again, '.repeat(2);
  const rows = Array.from({ length: chats }, (_, c) => {
    const id = (i) => `${String(c).padStart(8, '0')}-0000-4000-8000-${String(i).padStart(12, '0')}`;
    let below = [];
    for (let i = turns - 1; i >= 0; i--)
      below = [{ message_id: id(i), ...(i ? { parent_id: id(i - 1) } : {}), text: `${c} ${i} ${words}`, role: i % 2 ? 'assistant' : 'prompter', lang: 'en', ...(i % 2 ? { emojis: { '+1': 1 } } : {}), replies: below }]; // prettier-ignore
    return { message_tree_id: id(0), tree_state: 'ready_for_export', origin: 'test', prompt: below[0] };
  });
  const file = lines(rows);
  await withChat({ browser, site, options: { serviceWorkers: 'block' } }, async (chat) => {
    await chat.page.evaluate(() => {
      globalThis.longest = 0;
      const note = (list) => list.getEntries().forEach((e) => (globalThis.longest = Math.max(globalThis.longest, e.duration)));
      new PerformanceObserver(note).observe({ type: 'longtask' });
    }); // prettier-ignore
    const longest = async () => {
      const ms = await chat.page.evaluate(() => [globalThis.longest, (globalThis.longest = 0)][0]);
      return Math.round(ms);
    };
    const timed = async (what, work) => {
      const start = performance.now();
      const result = await work();
      const ms = await longest();
      t.diagnostic(`${what}: ${Math.round(performance.now() - start)} ms, longest task of the page ${ms} ms, peak ${await peakMb()} MB`); // prettier-ignore
      return { result, ms };
    };
    t.diagnostic(`${(file.length / 1e6).toFixed(0)} MB of lines, peak before ${await peakMb()} MB`);
    await timed('import', () => importFile(chat, file));
    const counted = await timed('count', () => openTraining(chat));
    assert.match(await chat.page.locator('.training [role=status]').innerText(), new RegExp(`^${n(chats)} chats, ${n(chats * turns)} messages, ${n((chats * turns) / 2)} with`)); // prettier-ignore
    await chat.button(en.trainingSave).click();
    await chat.page.locator('.training progress').waitFor();
    assert.equal(chat.page.workers().filter((w) => w.url().endsWith('/data.js')).length, 1);
    await chat.button(en.cancel).click();
    await chat.button(en.trainingSave).waitFor();
    await eventually(() => chat.page.workers().filter((w) => w.url().endsWith('/data.js')).length, 0);
    assert.equal(await chat.page.locator('.training [role=alert]').count(), 0, 'who cancels is told of no failure');
    const written = await timed('trees', () => counted.result.save());
    const byId = (list) => list.map(pureTree).toSorted((a, b) => (a.message_tree_id < b.message_tree_id ? -1 : 1));
    const got = byId(parse(written.result.bytes));
    const want = byId(rows);
    for (const [i, tree] of want.entries()) assert.deepEqual(got[i], tree);
    await counted.result.option('packed').check();
    await counted.result.form('kto').check();
    const kto = await timed('KTO, packed', () => counted.result.save());
    assert.equal(gunzipSync(kto.result.bytes).filter((byte) => byte === 10).length, (chats * turns) / 2);
    assert.ok(written.ms < 500 && kto.ms < 500, `the page stood still for ${written.ms} and ${kto.ms} ms`);
    assert.ok((await peakMb()) < 1500, `${await peakMb()} MB`);
  });
});
