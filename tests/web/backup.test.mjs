// Everything as one file and back: what is whole comes back the same, to the byte, and what is not is refused with its line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readBackup, writeBackup } from '../../web/store/backup.js';
import { DEFAULTS, asSettings } from '../../web/store/defaults.js';

const DATE = '2026-11-23T10:00:00.000Z';
const later = (seconds) => new Date(Date.parse(DATE) + seconds * 1000).toISOString();
const chat = (id, messages, more = {}) => ({
  conversation: {
    id,
    title: `Chat ${id}`,
    titled: false,
    created_date: DATE,
    updated_date: DATE,
    active_thread_tail_message_id: messages.at(-1).message_id,
    system_prompt: null,
    sampling: null,
    deleted_date: null,
    ...more,
  },
  messages: messages.map((m) => ({ ...m, conversation_id: id })),
});
const message = (id, parent, role, more = {}) => ({
  message_id: id,
  parent_id: parent,
  conversation_id: '',
  role,
  text: `text of ${id}, ünïcode \u2028 and\nlines`,
  created_date: later(Number(id.replace(/\D/g, ''))),
  state: role === 'prompter' ? 'manual' : 'complete',
  lang: 'de',
  ...(role === 'assistant' ? { synthetic: true } : {}),
  ...more,
});
const BETTER = message('a7', 'a4', 'assistant', { state: 'manual', text: 'whole', improves: 'a5' });
delete BETTER.synthetic;
const CHATS = [
  chat(
    'a',
    [
      message('a1', null, 'prompter'),
      message('a2', 'a1', 'assistant', {
        model_name: 'M',
        sampling: { temperature: 0.5, top_p: 0.9 },
        seed: 7,
        finish_reason: 'stop',
        usage: { prompt_tokens: 3, completion_tokens: 4 },
        feedback: {
          emojis: ['+1', 'clap'],
          labels: { quality: 0.75, politeness: 1, spam: 0, pii: 1 },
          report: { reason: 'it has my name', date: DATE },
        },
      }),
      message('a3', 'a1', 'assistant', { state: 'aborted_by_worker', error: { code: 'ERR_MEMORY', message: 'full' } }),
      message('a4', 'a2', 'prompter'),
      message('a5', 'a4', 'assistant', { state: 'cancelled', text: 'half' }),
      message('a6', null, 'prompter'),
      BETTER,
    ],
    { system_prompt: 'Be kind.', sampling: { preset: 'own', values: { top_k: 3 }, seed: 9 }, titled: true },
  ),
  chat(
    'long',
    Array.from({ length: 900 }, (_, i) =>
      message(`l${i}`, i ? `l${i - 1}` : null, i % 2 ? 'assistant' : 'prompter', i % 2 ? { model_name: 'M' } : {}),
    ),
  ),
];
const SETTINGS = {
  ...DEFAULTS,
  theme: 'dark',
  system_prompt: 'Answer in rhymes.',
  presets: [{ id: 'own', name: 'Mine', values: { temperature: 1.5 } }],
  model: 'm',
  threads: 2,
};

const text = await (await writeBackup(CHATS, SETTINGS)).text();
const lines = text.split('\n');
const refused = (bytes, why) => assert.rejects(readBackup(new Blob([bytes])), { message: why });

test('what goes out comes back, and goes out again byte for byte; packed with gzip as well', async () => {
  for (const bytes of [text, gzipSync(text), text.replaceAll('\n', '\n\n').trimEnd()]) {
    const { chats, settings } = await readBackup(new Blob([bytes]));
    for (const { messages } of chats) messages.sort((a, b) => (a.created_date < b.created_date ? -1 : 1));
    assert.deepEqual(chats, CHATS);
    assert.deepEqual(settings, SETTINGS);
    assert.equal(await (await writeBackup(chats, settings)).text(), text);
  }
});

test('an answer that is being written goes out as one that was stopped', async () => {
  const messages = [message('p1', null, 'prompter'), message('p2', 'p1', 'assistant', { state: 'in_progress' })];
  const { chats } = await readBackup(await writeBackup([chat('p', messages)], DEFAULTS));
  assert.equal(chats[0].messages[1].state, 'cancelled');
});

test('the threads of tasks come along, apart from the chats', async () => {
  const trees = ['t1', 't2'].map((id) => ({ message_tree_id: id, tree_state: 'growing', prompt: { message_id: id, role: 'prompter', text: 'q' } })); // prettier-ignore
  const tasks = { user: 'me', rules: { goal_tree_size: 3 }, trees };
  const blob = await writeBackup(CHATS, SETTINGS, tasks);
  const back = await readBackup(blob);
  assert.deepEqual(back.tasks, tasks);
  assert.equal(back.chats.length, CHATS.length);
  assert.deepEqual(await (await writeBackup(back.chats, SETTINGS, back.tasks)).text(), await blob.text());
  const all = (await blob.text()).trimEnd().split('\n');
  await refused(all.slice(0, -1).join('\n'), /^Line 1 announces 2 trees, and there are 1: .* Export it again\.$/);
  await refused(all.toSpliced(-1, 1, '{"tasks":true,"x":1}').join('\n'), /a tree has no message_tree_id\.$/);
  assert.deepEqual((await readBackup(new Blob([all.slice(1).join('\n')]))).tasks?.trees, trees); // without the first line
});

test('a file without the first line has chats alone', async () => {
  const { chats, settings } = await readBackup(new Blob([lines.slice(1).join('\n')]));
  assert.deepEqual([chats.length, settings], [2, null]);
});

test('a file that is cut off anywhere is refused', async () => {
  const whole = Buffer.from(text);
  const ends = lines.slice(0, -2).map((_, i) => Buffer.byteLength(lines.slice(0, i + 1).join('\n')));
  for (const end of [100, ...ends.slice(0, 3), ends[1] + 1, ends[2] + 50, whole.length - 3, whole.length - 400]) {
    await refused(
      whole.subarray(0, end),
      /^Line \d+(: this is not JSON\..*all of it\?| announces .*: the file is not whole\. Export it again)\.$/,
    );
  }
  await refused(gzipSync(text).subarray(0, 2000), 'The file is damaged: it cannot be unpacked.');
});

test('files of others are refused with the line and what to do', async () => {
  await refused('[{"title":"from elsewhere","mapping":{}}]', 'Line 1: this is not a JSON object.');
  await refused('{"a":1}', /^Line 1: this is neither a tree, a thread nor a message\.$/);
  await refused('GGUF\u0003\0\0\0', /^Line 1: this is not JSON/);
  await refused(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe]), /^Line 1 .*is not text: choose a \.jsonl file/);
  await refused(`${lines[0]}\n${lines[1]}\n{"message_id":1}\n`, /^Line 3: /);
  await refused(
    text.replace('"backup":1', '"backup":3'),
    /^Line 1: a newer version of this page wrote this\. Update the page/,
  );
  assert.deepEqual(await readBackup(new Blob([''])), { chats: [], settings: null, tasks: null });
});

test('gigantic files end in an error, not in the memory', async () => {
  await refused(Buffer.alloc(65 << 20, 'x'), /^Line 1 is longer than 64 MB/);
  const bomb = gzipSync(Buffer.alloc(257 << 20, `${' '.repeat(999)}\n`), { level: 1 });
  await refused(bomb, /^The file has more than 256 MB/);
});

test('settings of any origin: right ones are taken, wrong and unknown ones are not', () => {
  assert.deepEqual(asSettings(undefined), DEFAULTS);
  assert.deepEqual(asSettings(JSON.parse(JSON.stringify(SETTINGS))), SETTINGS);
  const wrong = {
    theme: 'pink',
    system_prompt: 3,
    sampling: [],
    presets: [{ id: 1 }],
    model: {},
    threads: -1,
    sidebar: 'x',
    other: 1,
  };
  assert.deepEqual(asSettings(wrong), DEFAULTS);
  assert.deepEqual(asSettings(JSON.parse('{"__proto__":{"theme":"dark"}}')), DEFAULTS);
});
