// The pure parts below the page: trees of messages, numbers and dates as people read them, OASST lines in and out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateGroup, firstWords, formatBytes, formatDuration, formatRate } from '../../web/lib/format.js';
import { ChatReader, exportChat } from '../../web/store/oasst.js';
import { childrenOf, newestLeaf, pathTo, siblingsOf } from '../../web/lib/tree.js';
import { Turns } from '../../web/lib/turns.js';

/** The chats of JSONL, and what is wrong with which line. */
function readChats(jsonl, now) {
  const reader = new ChatReader(now);
  const problems = [];
  for (const [i, line] of jsonl.split('\n').filter(Boolean).entries()) {
    try {
      reader.add(JSON.parse(line));
    } catch (e) {
      problems.push(`Line ${i + 1}: ${e.message}`);
    }
  }
  return { chats: reader.chats, problems };
}

const treeOf = (...pairs) => new Map(pairs.map(([id, parent]) => [id, { message_id: id, parent_id: parent }]));
const ids = (nodes) => nodes.map((n) => n.message_id).join(' ');

test('paths, siblings and the newest leaf of a tree', () => {
  const tree = treeOf(['a', null], ['b', 'a'], ['c', 'b'], ['d', 'a'], ['e', 'd'], ['f', null]);
  assert.equal(ids(pathTo(tree, 'c')), 'a b c');
  assert.equal(ids(pathTo(tree, null)), '');
  assert.equal(ids(pathTo(tree, 'gone')), '');
  assert.equal(ids(childrenOf(tree, 'a')), 'b d');
  assert.equal(ids(siblingsOf(tree, tree.get('b'))), 'b d');
  assert.equal(ids(siblingsOf(tree, tree.get('a'))), 'a f');
  assert.equal(newestLeaf(tree, 'a'), 'e');
  assert.equal(newestLeaf(tree, null), 'f');
  assert.equal(newestLeaf(new Map(), null), null);
});

test('a broken tree hangs nothing', () => {
  const circle = treeOf(['a', 'b'], ['b', 'a']);
  assert.equal(pathTo(circle, 'a').length, 2);
  assert.ok(newestLeaf(circle, 'a'));
  const orphan = treeOf(['a', 'missing'], ['b', 'a']);
  assert.equal(ids(siblingsOf(orphan, orphan.get('a'))), 'a');
  assert.equal(ids(pathTo(orphan, 'b')), 'a b');
});

test('sizes, rates and times', () => {
  assert.deepEqual([0, 999, 1000, 98_362_432, 999_999, 3.2e9].map(formatBytes), [
    '0 kB',
    '1 kB',
    '1 kB',
    '98.4 MB',
    '1 MB',
    '3.2 GB',
  ]);
  assert.deepEqual([9.87, 99.99, 123.4].map(formatRate), ['9.9', '100', '123']);
  assert.deepEqual([0.2, 59, 75, 600, 3700].map(formatDuration), [
    '1 sec',
    '59 sec',
    '1 min 15 sec',
    '10 min',
    '1 hr 2 min',
  ]);
});

test('dates are grouped by the calendar, not by hours', () => {
  const names = { today: 'T', yesterday: 'Y', week: 'W', month: 'M' };
  const now = new Date(2026, 10, 23, 0, 30);
  const group = (...date) => dateGroup(new Date(...date).toISOString(), names, now);
  assert.equal(group(2026, 10, 23, 0, 10), 'T');
  assert.equal(group(2026, 10, 22, 23, 50), 'Y');
  assert.equal(group(2026, 10, 16, 12), 'W');
  assert.equal(group(2026, 9, 30, 12), 'M');
  assert.equal(group(2026, 2, 3), 'March 2026');
  assert.equal(group(2027, 0, 1), 'T');
});

test('the first words make a title', () => {
  assert.equal(firstWords('Hello'), 'Hello');
  assert.equal(firstWords('## **Bold** start `x`\nsecond line'), 'Bold start x');
  assert.equal(firstWords('hi\nthere everybody'), 'there everybody');
  assert.equal(firstWords('one two three four', 9), 'one two…');
  assert.equal(firstWords('x'.repeat(100), 10), `${'x'.repeat(10)}…`);
  assert.equal(firstWords('🙂'.repeat(40), 11).isWellFormed?.() ?? true, true);
  assert.equal(firstWords('\0\n '), '');
});

const DATE = '2026-11-23T10:00:00.000Z';
const message = (id, parent, role, more = {}) => ({
  message_id: id,
  parent_id: parent,
  conversation_id: 'c',
  role,
  text: `text of ${id}`,
  created_date: DATE,
  state: role === 'prompter' ? 'manual' : 'complete',
  lang: 'en',
  ...(role === 'assistant' ? { synthetic: true } : {}),
  ...more,
});

test('a chat goes out and comes back the same, with two first messages as well', () => {
  const conversation = {
    id: 'c',
    title: 'Title',
    titled: true,
    created_date: DATE,
    updated_date: DATE,
    active_thread_tail_message_id: 'm4',
    system_prompt: 'Be kind.',
    sampling: null,
    deleted_date: null,
  };
  const messages = [
    message('m1', null, 'prompter'),
    message('m2', 'm1', 'assistant', {
      model_name: 'M',
      seed: 7,
      sampling: { temperature: 0.5 },
      usage: { completion_tokens: 3 },
      finish_reason: 'stop',
    }),
    message('m3', 'm1', 'assistant', { state: 'cancelled' }),
    message('m4', null, 'prompter'),
  ];
  const lines = exportChat({ conversation, messages });
  assert.equal(lines.trim().split('\n').length, 2);
  const { chats, problems } = readChats(lines);
  assert.deepEqual(problems, []);
  assert.equal(chats.length, 1);
  assert.deepEqual(chats[0].messages, messages);
  assert.deepEqual(chats[0].conversation, { ...conversation, active_thread_tail_message_id: 'm4' });
});

test('a chat that is very long goes out flat and comes back', () => {
  const messages = Array.from({ length: 5000 }, (_, i) =>
    message(`m${i}`, i ? `m${i - 1}` : null, i % 2 ? 'assistant' : 'prompter'),
  );
  const conversation = {
    id: 'c',
    title: 'Long',
    titled: true,
    created_date: DATE,
    updated_date: DATE,
    active_thread_tail_message_id: 'm4999',
    system_prompt: null,
    sampling: null,
    deleted_date: null,
  };
  const { chats, problems } = readChats(exportChat({ conversation, messages }));
  assert.deepEqual(problems, []);
  assert.deepEqual(chats, [{ conversation, messages }]);
});

test('trees, threads and messages of the schema are read', () => {
  const node = (id, role, replies) => ({ message_id: id, text: id, role, lang: 'de', ...(replies ? { replies } : {}) });
  const lines = [
    {
      message_tree_id: 't',
      tree_state: 'ready_for_export',
      prompt: node('t', 'prompter', [node('u', 'assistant', [node('v', 'prompter')]), node('w', 'assistant')]),
    },
    { thread_id: 'h', thread: [node('h1', 'prompter'), node('h2', 'assistant')] },
    { message_id: 'x', message_tree_id: 'flat', text: 'x', role: 'prompter', lang: 'en' },
    { message_id: 'y', parent_id: 'x', message_tree_id: 'flat', text: 'y', role: 'assistant', lang: 'en' },
  ];
  const { chats, problems } = readChats(lines.map((l) => JSON.stringify(l)).join('\n'), DATE);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    chats.map((c) => [c.conversation.id, c.messages.map((m) => `${m.message_id}<${m.parent_id}`).join(' ')]),
    [
      ['t', 't<null u<t v<u w<t'],
      ['h1', 'h1<null h2<h1'], // a thread belongs to the tree of its first message
      ['flat', 'x<null y<x'],
    ],
  );
});

test('hostile lines are refused by number, the others taken', () => {
  let deep = { message_id: 'n0', text: 'x', role: 'prompter' };
  for (let i = 1; i < 900; i++) deep = { message_id: `n${i}`, text: 'x', role: 'prompter', replies: [deep] };
  const good = { message_id: 'ok', text: 'fine', role: 'prompter', __proto__: null };
  const bad = [
    '{',
    '[]',
    'null',
    '1',
    '{"a":1}',
    '{"message_id":"a","text":1,"role":"prompter"}',
    '{"message_id":"a","text":"x","role":"admin"}',
    '{"message_tree_id":"t","prompt":{}}',
    `{"message_id":"${'a'.repeat(500)}","text":"x","role":"prompter"}`,
    '{"thread_id":"t"}',
  ];
  const { chats, problems } = readChats(
    [...bad, JSON.stringify(good), JSON.stringify({ message_tree_id: 'deep', prompt: deep })].join('\n'),
  );
  assert.equal(problems.length, bad.length);
  assert.deepEqual(
    chats.map((c) => c.messages.length),
    [1, 900],
  );
  const polluted = readChats(
    '{"message_id":"p","text":"x","role":"assistant","sampling":{"__proto__":{"a":1},"temperature":"hot","top_p":0.5},"state":"in_progress","seed":"x"}',
  );
  assert.deepEqual(polluted.chats[0].messages[0].sampling, { top_p: 0.5 });
  assert.equal(polluted.chats[0].messages[0].state, 'complete');
  assert.equal({}.a, undefined);
});

test('turns go round among those who ask, in order of arrival', async () => {
  const turns = new Turns();
  const { signal } = new AbortController();
  const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
  const order = [];
  const stop = new AbortController();
  const asked = [a, a, a, b, b, c].map(async (owner, i) => {
    const end = await turns.take(owner, signal);
    order.push(`${owner.name}${i}`);
    await null;
    end();
  });
  const given = assert.rejects(turns.take(b, stop.signal), /no more/);
  assert.deepEqual(
    [a, b, {}].map((owner) => turns.mustWait(owner)),
    [true, true, true],
  );
  stop.abort(new Error('no more'));
  await Promise.all([given, ...asked]);
  assert.deepEqual(order, ['a0', 'b3', 'c5', 'a1', 'b4', 'a2']);
  assert.equal(turns.mustWait(a), false);
  const end = await turns.take(a, signal);
  assert.deepEqual([turns.mustWait(a), turns.mustWait(b)], [false, true]);
  end();
  await assert.rejects(turns.take(a, AbortSignal.abort(new Error('before'))), /before/);
});
