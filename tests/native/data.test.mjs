// oa data: conversations and ratings from file to file, natively, under sanitizers and under WASI. The forms are those of Open Assistant's files
// (oasst-data/oasst_data/schemas.py) and of TRL's trainers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeBackup } from '../../web/store/backup.js';
import { ChatReader, exportChat } from '../../web/store/oasst.js';
import { DEFAULTS } from '../../web/store/defaults.js';

const BUILD = process.env.BUILD ?? 'build';
const folder = fs.mkdtempSync(join(os.tmpdir(), 'oa-data-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const run = (args, { input = '', program = `${process.cwd()}/${BUILD}/native/oa`, limit } = {}) =>
  spawnSync(limit ? 'prlimit' : program, [...(limit ? [`--as=${limit}`, program] : []), 'data', ...args], { input, cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120_000 }); // prettier-ignore

let made = 0;
/** A file of lines; a string is a line as it stands. */
function file(rows, name = `f${made++}.jsonl`) {
  const text = rows.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  fs.writeFileSync(join(folder, name), text);
  return name;
}
const parse = (text) => text.trimEnd().split('\n').filter(Boolean).map((line) => JSON.parse(line)); // prettier-ignore

/** What comes out, as values. */
function lines(args, options) {
  const { status, stdout, stderr } = run(args, options);
  assert.equal(status, 0, stderr);
  return parse(stdout);
}

const node = (id, role, more = {}, replies = []) => ({ message_id: id, text: `${id} says`, role, lang: 'en', ...more, replies }); // prettier-ignore
const tree = (id, replies, more = {}) => ({ message_tree_id: id, tree_state: 'ready_for_export', origin: 'test', prompt: node(id, 'prompter', more, replies) }); // prettier-ignore
const TREE = tree('t', [
  node('a', 'assistant', { rank: 1 }, [node('a1', 'prompter', {}, [node('a2', 'assistant', { model_name: 'M' })])]),
  node('b', 'assistant', { rank: 0, emojis: { '+1': 2, '-1': 1 }, labels: { quality: { value: 0.5, count: 2 }, pii: { value: null, count: 0 } } }),
  node('c', 'assistant', { emojis: { '-1': 3 }, synthetic: true }),
]); // prettier-ignore
/** The same as the program writes it: replies by rank, null last, each with its parent. */
const WRITTEN = structuredClone(TREE);
WRITTEN.prompt.replies = [1, 0, 2].map((i) => WRITTEN.prompt.replies[i]);
const withParents = (message, parent) => {
  if (parent) message.parent_id = parent;
  for (const reply of message.replies) withParents(reply, message.message_id);
};
withParents(WRITTEN.prompt, null);

const flat = (message) => [message, ...message.replies.flatMap(flat)];

test('trees, messages and threads are told apart, and are turned into one another', () => {
  const source = file([TREE]);
  assert.deepEqual(lines(['export', source]), [WRITTEN]);
  const messages = lines(['export', '--form', 'messages', source]);
  assert.deepEqual(
    messages.map((m) => [m.message_id, m.parent_id, m.message_tree_id, m.tree_state]),
    [['t', undefined], ['b', 't'], ['a', 't'], ['a1', 'a'], ['a2', 'a1'], ['c', 't']].map(([id, parent]) => [id, parent, 't', 'ready_for_export']), // prettier-ignore
  );
  const threads = lines(['export', '--form', 'threads', source]);
  assert.deepEqual(threads.map((t) => [t.thread_id, t.thread.map((m) => m.message_id).join(' ')]), [['b', 't b'], ['a2', 't a a1 a2'], ['c', 't c']]); // prettier-ignore
  const shuffled = file(messages.toReversed());
  assert.deepEqual(new Set(lines(['export', '--form', 'messages', shuffled]).map((m) => JSON.stringify(m))), new Set(messages.map((m) => JSON.stringify(m)))); // prettier-ignore
  const [again] = lines(['export', file(threads)]);
  assert.deepEqual(again.prompt, WRITTEN.prompt);
});

test('what the published schema of Open Assistant writes comes out as it went in, here and through the page', () => {
  const golden = 'tests/golden/oasst/trees.jsonl';
  const want = parse(fs.readFileSync(golden, 'utf8'));
  const path = join(process.cwd(), golden);
  const byId = (trees) => trees.toSorted((a, b) => (a.message_tree_id < b.message_tree_id ? -1 : 1));
  assert.deepEqual(lines(['export', path]), want);
  assert.deepEqual(lines(['merge', path, path]).length, want.length);
  const messages = lines(['export', '--form', 'messages', path]);
  const { stdout } = run(['export', file(messages.toReversed())]); // without the origin, which messages have no place for
  assert.deepEqual(byId(parse(stdout)), byId(want.map(({ origin, ...rest }) => rest))); // eslint-disable-line no-unused-vars
  const reader = new ChatReader();
  for (const each of want) reader.add(structuredClone(each));
  const members = new Set(want.flatMap((each) => flat(each.prompt)).flatMap((m) => Object.keys(m)));
  const pure = (message) => Object.fromEntries(Object.entries(message).filter(([key]) => members.has(key)).map(([key, value]) => [key, key === 'replies' ? value.map(pure) : value])); // prettier-ignore
  const out = reader.chats.flatMap((chat) => parse(exportChat(chat)));
  assert.deepEqual(out.map(({ prompt }) => pure(prompt)), want.map(({ prompt }) => prompt)); // prettier-ignore
  assert.deepEqual(out.map(({ origin, tree_state: state }) => [origin, state]), want.map(({ origin, tree_state: state }) => [origin, state])); // prettier-ignore
});

/** A row of the published data set (OpenAssistant/oasst1), which has labels and emojis as lists side by side. */
const LISTED = {
  message_id: 'h', parent_id: null, user_id: 'u', created_date: '2023-02-05T14:23:50.983374+00:00', text: 'hi', role: 'prompter', lang: 'en', review_count: 3, review_result: true, deleted: false, rank: null, synthetic: false, model_name: null, detoxify: { toxicity: 0.00044 }, message_tree_id: 'h', tree_state: 'ready_for_export',
  emojis: { name: ['+1', '_skip_reply'], count: [5, 2] }, labels: { name: ['spam', 'quality'], value: [0, null], count: [3, 0] },
}; // prettier-ignore

test('rows of the published data set have their labels and emojis as lists', () => {
  const answer = { ...LISTED, message_id: 'i', parent_id: 'h', role: 'assistant', emojis: null, labels: null };
  const out = lines(['import', '--form', 'messages', file([LISTED, answer])]);
  const kept = Object.fromEntries(Object.entries(LISTED).filter(([, value]) => value !== null));
  assert.deepEqual(out[0], { ...kept, emojis: { '+1': 5, _skip_reply: 2 }, labels: { spam: { value: 0, count: 3 }, quality: { value: null, count: 0 } } }); // prettier-ignore
  assert.deepEqual([out[1].message_id, out[1].emojis, out[1].labels], ['i', undefined, undefined]);
});

test('a second round trip changes no byte, packed or not', () => {
  const source = file([TREE, tree('ü "\\ \u0000 😀', [])]);
  assert.equal(run(['export', source, '-o', 'one.jsonl']).status, 0);
  assert.equal(run(['export', 'one.jsonl', '-o', 'two.jsonl.gz']).status, 0);
  const [one, two] = ['one.jsonl', 'two.jsonl.gz'].map((name) => fs.readFileSync(join(folder, name)));
  assert.deepEqual(gunzipSync(two), one);
  assert.equal(run(['export', 'two.jsonl.gz', '-o', 'three.jsonl']).status, 0);
  assert.deepEqual(fs.readFileSync(join(folder, 'three.jsonl')), one);
});

test('what the page exports is read, also when it is longer than JSON can be nested', async () => {
  const messages = Array.from({ length: 700 }, (_, i) => ({
    message_id: `m${i}`,
    parent_id: i ? `m${i - 1}` : null,
    conversation_id: 'c',
    role: i % 2 ? 'assistant' : 'prompter',
    text: `${i}`,
    created_date: '2026-11-23T10:00:00.000Z',
    state: i % 2 ? 'complete' : 'manual',
    ...(i === 1 ? { feedback: { emojis: ['+1'], labels: { quality: 0.25 }, report: null } } : {}),
  }));
  const conversation = { id: 'c', title: 'C', titled: false, created_date: '2026-11-23T10:00:00.000Z', updated_date: '2026-11-23T10:00:00.000Z', active_thread_tail_message_id: 'm699', system_prompt: null, sampling: null, deleted_date: null }; // prettier-ignore
  for (const n of [5, 390, 700]) {
    const chat = { conversation, messages: messages.slice(0, n) };
    fs.writeFileSync(join(folder, 'page.jsonl'), await (await writeBackup([chat], DEFAULTS)).text());
    const out = lines(['export', '--form', 'messages', 'page.jsonl']);
    assert.deepEqual(out.map((m) => m.message_id), chat.messages.map((m) => m.message_id)); // prettier-ignore
    assert.deepEqual([out[1].emojis, out[1].labels], [{ '+1': 1 }, { quality: { value: 0.25, count: 1 } }]);
  }
});
test('rows for trainers: answers, pairs by rank, thumbs', () => {
  const source = file([TREE]);
  const says = (...ids) => ids.map((id) => ({ role: /^[abc]$|2/.test(id) ? 'assistant' : 'user', content: `${id} says` })); // prettier-ignore
  assert.deepEqual(lines(['export', '--form', 'sft', source]), [
    { messages: says('t', 'b') },
    { messages: says('t', 'a', 'a1', 'a2') },
    { messages: says('t', 'c') },
  ]);
  assert.deepEqual(lines(['export', '--form', 'preference', source]), [
    { prompt: says('t'), chosen: says('b'), rejected: says('a') },
  ]);
  assert.deepEqual(lines(['export', '--form', 'kto', source]), [
    { prompt: says('t'), completion: says('b'), label: true },
    { prompt: says('t'), completion: says('c'), label: false },
  ]);
  const open = file([tree('o', [node('x', 'assistant', {}, [node('x1', 'prompter'), node('x2', 'prompter')])])]);
  assert.deepEqual(
    lines(['export', '--form', 'sft', open]).length,
    1,
    'an answer before open questions is written once',
  );
  const gone = file([tree('g', [node('y', 'assistant', { deleted: true }, [node('y1', 'prompter', {}, [node('y2', 'assistant')])])])]); // prettier-ignore
  assert.deepEqual(lines(['export', '--form', 'sft', gone]), []);
  assert.equal(lines(['export', '--form', 'sft', '--deleted', gone]).length, 1);
  assert.equal(lines(['export', '--form', 'messages', gone]).length, 4, 'data is not thrown away');
});

test('files of several people are put together: ids decide, adding one twice changes nothing', () => {
  const mine = file([TREE]);
  const theirs = structuredClone(TREE);
  theirs.prompt.replies[1].emojis = { '+1': 5, clap: 1 };
  theirs.prompt.replies[1].labels = { quality: { value: 1, count: 9 }, humor: { value: 0, count: 1 } };
  theirs.prompt.replies.push(node('d', 'assistant'));
  const both = lines(['merge', mine, file([theirs])]);
  assert.equal(both.length, 1);
  const replies = Object.fromEntries(both[0].prompt.replies.map((r) => [r.message_id, r]));
  assert.deepEqual(Object.keys(replies), ['b', 'a', 'c', 'd']);
  assert.deepEqual(replies.b.emojis, { '+1': 5, '-1': 1, clap: 1 });
  assert.deepEqual(replies.b.labels.quality, { value: 1, count: 9 });
  assert.deepEqual(replies.b.labels.humor, { value: 0, count: 1 });
  const merged = file(both);
  assert.deepEqual(lines(['merge', merged, mine, merged]), both);
  const other = structuredClone(TREE);
  other.prompt.replies[0].text = 'changed';
  const { status, stderr } = run(['merge', mine, file([other], 'other.jsonl')]);
  assert.deepEqual([status, stderr], [1, 'oa: other.jsonl, line 1: text: message a is there with another one\n']);
});

test('rankings of several people become ranks, as in Open Assistant', () => {
  const cases = fs.readFileSync('tests/golden/rank/open_assistant.txt', 'utf8').trim().split('\n').map((line) => line.split(' ')); // prettier-ignore
  const trees = cases.map(([n, ...words], at) => {
    const rankings = words.slice(0, -2);
    const ids = Array.from({ length: n }, (_, i) => `c${at}-${i}`);
    const event = (order, user) => ({ type: 'ranking', user_id: `u${user}`, ranked_message_ids: [...order].map((i) => ids[i]), ranking_parent_id: `c${at}`, not_rankable: false }); // prettier-ignore
    return tree(`c${at}`, ids.map((id) => node(id, 'assistant')), { events: { ranking: rankings.map(event) } }); // prettier-ignore
  });
  const out = lines(['merge', file(trees)]);
  assert.equal(out.length, cases.length);
  for (const [i, { prompt }] of out.entries()) {
    assert.deepEqual(prompt.replies.map((r) => r.rank), prompt.replies.map((_, k) => k)); // prettier-ignore
    assert.equal(prompt.replies.map((r) => r.message_id.split('-')[1]).join(''), cases[i].at(-1));
  }
  const events = { ranking: [['r1', 'r2'], ['r2', 'r1', 'r3'], ['r2', 'r1']].map((order) => ({ type: 'ranking', user_id: 'u', ranked_message_ids: order, ranking_parent_id: 'r' })) }; // prettier-ignore
  const [partial] = lines(['merge', file([tree('r', ['r1', 'r2', 'r3'].map((id) => node(id, 'assistant', { rank: 7 })), { events })])]); // prettier-ignore
  assert.deepEqual(partial.prompt.replies.map((r) => [r.message_id, r.rank]), [['r2', 0], ['r1', 1], ['r3', undefined]]); // prettier-ignore
  const stats = lines(['stats', file([tree('r', [], { events })])])[0];
  assert.equal(stats.rankings, 3);
  assert.ok(Math.abs(stats.agreement - (-1 - 1 + 1) / 3) < 1e-12);
});

test('equal majorities are decided by the ids, whatever the order in the files', () => {
  const event = (order) => ({ type: 'ranking', user_id: order[0], ranked_message_ids: order, ranking_parent_id: 'r', not_rankable: false }); // prettier-ignore
  const events = { ranking: [event(['c', 'b', 'a']), event(['a', 'c', 'b'])] }; // c before b twice; a and the others once each way
  for (const ids of [
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
    ['b', 'c', 'a'],
  ]) {
    const replies = ids.map((id, rank) => node(id, 'assistant', { rank }));
    const [{ prompt }] = lines(['merge', file([tree('r', replies, { events })])]);
    assert.deepEqual(prompt.replies.map((r) => r.message_id), ['a', 'c', 'b']); // prettier-ignore
  }
});

test('ties: equally good answers share a rank and make no pair; a written one is better than that in whose place it stands', () => {
  const event = (order, places) => ({ type: 'ranking', user_id: 'u', ranked_message_ids: order, places, ranking_parent_id: 'r', not_rankable: false }); // prettier-ignore
  const replies = [...['a', 'b', 'c'].map((id) => node(id, 'assistant')), node('better', 'assistant', { improves: 'c' })]; // prettier-ignore
  const of = (...ranking) => file([tree('r', replies, { events: { ranking } })]);
  const ranks = (rows) => Object.fromEntries(rows[0].prompt.replies.map((r) => [r.message_id, r.rank]));
  const tied = of(event(['b', 'a', 'c'], [0, 1, 1]));
  assert.deepEqual(ranks(lines(['merge', tied])), { b: 0, a: 1, c: 1, better: undefined });
  const pairs = lines(['export', '--form', 'preference', file(lines(['merge', tied]))]);
  assert.deepEqual(pairs.map((p) => [p.chosen, p.rejected].map(([{ content }]) => content[0])), [['b', 'a'], ['b', 'c'], ['b', 'c']]); // prettier-ignore
  assert.deepEqual(pairs.map((p) => p.chosen[0].content), ['b says', 'b says', 'better says']); // prettier-ignore
  const untied = of(event(['b', 'a', 'c'], [0, 1, 1]), event(['b', 'c', 'a'], [0, 1, 2]));
  assert.deepEqual(ranks(lines(['merge', untied])), { b: 0, c: 1, a: 2, better: undefined });
  assert.ok(Math.abs(lines(['stats', untied])[0].agreement - Math.sqrt(2 / 3)) < 1e-12); // of 3 pairs one is a tie for one of both: 2 / sqrt(2 * 3)
});

test('how far a visitor agrees with the others about a label', () => {
  const said = [
    [0, 0],
    [0.25, 0.5],
    [0.5, 0.25],
    [1, 1],
  ]; // own, the others
  const answer = ([own, others], i) => node(`a${i}`, 'assistant', { feedback: { labels: { quality: own, humor: 1 } }, labels: { quality: { value: (own + 2 * others) / 3, count: 3 }, humor: { value: 1, count: 1 } } }); // prettier-ignore
  const { labels } = lines(['stats', file([tree('t', said.map(answer))])])[0];
  // Krippendorff 2011: 1 - (n - 1) / n * sum of squares within units / sum of squares of all pairs, n = 8 values
  const all = said.flat();
  const within = said.reduce((sum, [a, b]) => sum + 2 * (a - b) ** 2, 0) / 8;
  const between = all.flatMap((a) => all.map((b) => (a - b) ** 2)).reduce((a, b) => a + b) / (8 * 7);
  assert.ok(Math.abs(labels.quality.alpha - (1 - within / between)) < 1e-12);
  assert.equal(labels.humor.alpha, undefined);
});

test('anonymised as Open Assistant does it', () => {
  const digest = (text) => createHash('sha256').update(text).digest('hex');
  const events = { emoji: [{ type: 'emoji', user_id: 'ann', emoji: '+1' }] };
  const [out] = lines(['export', '--anonymize', '--seed', '42', file([tree('t', [node('a', 'assistant', { user_id: 'ann', events })])])]); // prettier-ignore
  assert.equal(out.message_tree_id, digest('message:t42'));
  assert.equal(out.prompt.message_id, digest('message:t42'));
  const [answer] = out.prompt.replies;
  assert.deepEqual([answer.message_id, answer.parent_id, answer.user_id, answer.events.emoji[0].user_id], ['message:a42', 'message:t42', 'user:ann42', 'user:ann42'].map(digest)); // prettier-ignore
  assert.equal(answer.text, 'a says');
  const better = tree('t', [
    node('first-id', 'assistant', { text: 'one' }),
    node('b', 'assistant', { improves: 'first-id' }),
  ]);
  assert.ok(!run(['export', '--anonymize', file([better])]).stdout.includes('first-id'), 'nor in members of ours');
});

test('pseudo-data: rows of known data sets become trees that say where they are from', () => {
  const says = (rows, from = []) => lines(['import', ...from, file(rows)]).map((t) => [t.origin, ...path(t.prompt)]);
  const path = ({ text, synthetic, replies }) => {
    assert.equal(synthetic, true);
    return [text, ...replies.flatMap((r) => path(r))];
  };
  assert.deepEqual(says([{ instruction: 'Add', input: '1 2', output: '3' }, { instruction: 'Say hi', input: '', output: 'Hi' }]), [['alpaca', 'Add\n\n1 2', '3'], ['alpaca', 'Say hi', 'Hi']]); // prettier-ignore
  assert.deepEqual(says([{ instruction: 'Why', context: 'C', response: 'So', category: 'qa' }]), [['dolly', 'Why\n\nC', 'So']]); // prettier-ignore
  const squad = { id: '1', title: 'T', context: 'Ice is cold.', question: 'What is cold?', answers: { text: ['Ice', 'ice'], answer_start: [0, 0] } }; // prettier-ignore
  assert.deepEqual(says([squad, { ...squad, answers: { text: [], answer_start: [] } }]), [['squad', 'What is cold?\n\nIce is cold.', 'Ice']]); // prettier-ignore
  const original = { version: '2', data: [{ title: 'T', paragraphs: [{ context: 'Ice is cold.', qas: [{ id: '1', question: 'What is cold?', answers: [{ text: 'Ice', answer_start: 0 }] }, { id: '2', question: 'And?', answers: [], is_impossible: true }] }] }] }; // prettier-ignore
  assert.deepEqual(says([original]), [['squad', 'What is cold?\n\nIce is cold.', 'Ice']]);
  const nq = { example_id: 1, question_text: 'who wrote it', document_text: '<P> It was written by Jane Doe . </P>', annotations: [{ yes_no_answer: 'NONE', short_answers: [{ start_token: 5, end_token: 7 }], long_answer: { start_token: 0, end_token: 9 } }] }; // prettier-ignore
  assert.deepEqual(says([nq]), [['nq', 'who wrote it', 'Jane Doe']]);
  nq.annotations[0].short_answers = [];
  assert.deepEqual(says([nq]), [['nq', 'who wrote it', 'It was written by Jane Doe .']]);
  const chat = { id: 'x', conversations: [{ from: 'system', value: 's' }, { from: 'human', value: 'q1' }, { from: 'gpt', value: 'a1' }, { from: 'human', value: 'q2' }] }; // prettier-ignore
  assert.deepEqual(says([chat]), [['sharegpt', 'q1', 'a1']]);
  const [hh] = lines(['import', file([{ chosen: '\n\nHuman: q\n\nAssistant: good', rejected: '\n\nHuman: q\n\nAssistant: bad' }])]); // prettier-ignore
  assert.deepEqual([hh.origin, hh.prompt.text, hh.prompt.replies.map((r) => [r.text, r.rank])], ['hh-rlhf', 'q', [['good', 0], ['bad', 1]]]); // prettier-ignore
  nq.annotations.unshift({ yes_no_answer: 'NONE', short_answers: [], long_answer: { start_token: -1, end_token: -1 } });
  nq.annotations[1].short_answers = [
    { start_token: 1, end_token: 2 },
    { start_token: 5, end_token: 7 },
  ];
  assert.deepEqual(says([nq]), [['nq', 'who wrote it', 'It, Jane Doe']]);
  const turns = (...values) => ({ conversations: values.map((content) => ({ role: content[0] === 'q' ? 'user' : 'assistant', content: content.slice(1) })) }); // prettier-ignore
  assert.deepEqual(
    says([turns('qone', 'atwo', 'qthree', 'a ')]),
    [['sharegpt', 'one', 'two']],
    'an answer that is empty',
  );
  assert.deepEqual(
    says([turns('qone', 'atwo', 'athree', 'qfour', 'afive')]),
    [['sharegpt', 'one', 'two']],
    'two answers',
  );
  const worse = ['bad', 'worse'].map((text) => ({ chosen: '\n\nHuman: q\n\nAssistant: good', rejected: `\n\nHuman: q\n\nAssistant: ${text}` })); // prettier-ignore
  assert.deepEqual(lines(['import', file(worse)]).map((t) => t.prompt.replies.map((r) => r.text)), worse.map((_, i) => ['good', ['bad', 'worse'][i]])); // prettier-ignore
  const array = file([JSON.stringify([{ instruction: 'Add', input: '', output: '3' }], null, 2)], 'array.json');
  assert.deepEqual(lines(['import', array]).length, 1, 'a file that is one array');
  assert.deepEqual(lines(['import', array, array]).length, 1, 'the same row has the same ids');
  const { status, stderr } = run(['import', file([{ a: 1 }], 'odd.jsonl')]);
  assert.deepEqual([status, stderr], [1, 'oa: odd.jsonl, line 1: it is not clear what this row is of; say so with --from\n']); // prettier-ignore
});

/** What becomes of scraped prompts: those that pass, and the report. */
function screened(prompts) {
  const { status, stdout, stderr } = run(['import', '--from', 'prompts', '--json', file(prompts.map((text) => ({ text, lang: 'xx', source: 'forum' })))]); // prettier-ignore
  assert.equal(status, 0, stderr);
  const trees = parse(stdout);
  for (const t of trees) assert.deepEqual([t.tree_state, t.origin, t.prompt.lang, t.prompt.synthetic], ['initial_prompt_review', 'forum', 'xx', true]); // prettier-ignore
  return { texts: trees.map((t) => t.prompt.text), report: JSON.parse(stderr) };
}

test('scraped prompts pass a filter, and each rejection has its reason', () => {
  const fine = 'How do I bake a good sourdough bread at home, without a machine?';
  for (const [text, reason] of [
    ['Hi there', 'too_short'],
    [`What is ${'a very '.repeat(400)}long text?`, 'too_long'],
    ['12 34 -- ## 56 78 == ++ what', 'no_words'],
    ['Привет, как дела, hello, how are you today my friend друзья', 'mixed_scripts'],
    [`what is ${'a'.repeat(30)} and why`, 'repetition'],
    ['buy now '.repeat(10), 'repetition'],
    ['Please tell me how to make a BOMB!', 'unsafe'],
    ['Explain why all foreigners are criminals.', 'biased'],
    ['Explain why every single young man is dumb, please.', 'biased'],
    ['How do I bake a good sourdough bread at home, without a machine??', 'near_duplicate'],
  ]) {
    const { texts, report } = screened([fine, text]);
    assert.deepEqual(texts, [fine], text);
    assert.deepEqual(Object.entries(report.rejected).filter(([, n]) => n), [[reason, 1]], text); // prettier-ignore
  }
  const rows = [fine, 'Hi there', 'Как испечь хороший хлеб дома без машины?'].map((text, i) => ({ text, lang: i < 2 ? 'en' : 'en-GB' })); // prettier-ignore
  const source = file([...rows, { ...rows[2], lang: 'ru' }]);
  const { stdout, stderr } = run(['import', '--from', 'prompts', '--json', source]);
  assert.deepEqual(parse(stdout).map((t) => t.prompt.lang), ['en', 'ru']); // prettier-ignore
  assert.deepEqual(JSON.parse(stderr).rejections, [[2, 'too_short'], [3, 'lang_mismatch']].map(([line, reason]) => ({ file: source, line, reason }))); // prettier-ignore
  const others = ['Why does the bomb calorimeter measure heat?', 'Are all cats lazy, or is mine special?', 'パンの焼き方を教えてください。家で作りたいです。', 'Wie backe ich ein gutes Brot ohne Maschine?']; // prettier-ignore
  assert.deepEqual(screened(others).texts, others);
});

test('personal data of prompts are masked where a check says that they are such', () => {
  for (const [text, want, kind] of [
    ['jane.doe+x@mail.example.co.uk', '[EMAIL]', 'email'],
    ['DE89 3704 0044 0532 0130 00', '[IBAN]', 'iban'],
    ['GB82WEST12345698765432', '[IBAN]', 'iban'],
    ['4111 1111 1111 1111', '[CARD]', 'card'],
    ['5500-0000-0000-0004', '[CARD]', 'card'],
    ['+49 30 901820', '[PHONE]', 'phone'],
    ['(555) 123-4567', '[PHONE]', 'phone'],
    ['030 12345678', '[PHONE]', 'phone'],
    ['sk-abcd1234efgh5678ijkl', '[KEY]', 'key'],
    ['AKIAIOSFODNN7EXAMPLE', '[KEY]', 'key'],
    ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b', '[KEY]', 'key'],
    ['“jane@example.com”', '“[EMAIL]”', 'email'],
    ['rené@exemple.fr', '[EMAIL]', 'email'],
    ['DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX', '[IBAN] BIC COBADEFFXXX', 'iban'],
    ['de89-3704-0044-0532-0130-00', '[IBAN]', 'iban'],
    ['4111 1111 1111 1111 12/25 123', '[CARD] 12/25 123', 'card'],
    ['12/25 3782 822463 10005', '12/25 [CARD]', 'card'],
    ['+1 555 123 4567 2024 12 12', '[PHONE] 12 12', 'phone'],
    ['1-800-555-1234', '[PHONE]', 'phone'],
    ['07700900123', '[PHONE]', 'phone'],
    ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '[KEY]', 'key'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.SflKxwRJSMeKKF2QT4fwpMeJf36', '[KEY]', 'key'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nMIIEow/IBAAK+CAQEA0Z\n-----END RSA PRIVATE KEY-----\nhere',
      '[KEY]\nhere',
      'key',
    ],
  ]) {
    const { texts, report } = screened([`Please write a letter about ${text}, and be kind.`]);
    assert.deepEqual(texts, [`Please write a letter about ${want}, and be kind.`]);
    assert.deepEqual(Object.entries(report.masked).filter(([, n]) => n), [[kind, 1]], text); // prettier-ignore
  }
  const chinese = screened([
    '请写一封信给我的朋友jane@example.com，谢谢你，非常感谢',
    '请打电话给我的朋友+8613812345678，谢谢你，非常感谢',
  ]);
  assert.deepEqual(chinese.texts, ['请写一封信给我的朋友[EMAIL]，谢谢你，非常感谢', '请打电话给我的朋友[PHONE]，谢谢你，非常感谢']); // prettier-ignore
  const plain = ['Is AbstractSingletonProxyFactoryBean2 in Users/JohnSmith/Documents/Project2023/FinalReport?', 'Was the year from 01/02/2023 to 05/06/2024 better than the years before?', 'What happened in 1914 and 1939, and on 2020-01-15?', 'Is 4111 1111 1111 1112 a prime number of some kind?', 'Does the number DE89 3704 0044 0532 0130 02 look like a valid IBAN to you, and why not?', 'See https://example.org/a/very/long/address/that/goes/on for more about it', 'Is 3.14159265358979 exact, or @home a word, or supercalifragilisticexpialidocious?']; // prettier-ignore
  assert.deepEqual(screened(plain).texts, plain);
});

const BAD = [
  ['{"message_id": "x", "role": "assistant"', /JSON, byte \d+/],
  ['nonsense', /JSON, byte/],
  ['[]5', /JSON, byte/],
  ['5', /the line is no JSON object/],
  ['{}', /neither a tree/],
  [{ message_id: 'x', role: 'system', text: '' }, /role: prompter or assistant is needed/],
  [{ message_id: 'x', role: 'prompter' }, /text: a text is needed/],
  [{ message_id: '', role: 'prompter', text: '' }, /message_id: a text is needed/],
  [{ message_id: 'x'.repeat(201), role: 'prompter', text: '' }, /message_id: longer than 200 bytes/],
  [{ message_id: 'x', role: 'prompter', text: '', labels: { quality: { value: 2, count: 1 } } }, /labels\.quality: /],
  [{ message_id: 'x', role: 'prompter', text: '', emojis: [] }, /emojis: an object is needed/],
  [{ message_id: 'x', role: 'prompter', text: '', events: { emoji: Array(1001).fill(0) } }, /events\.emoji: an array of at most 1000/],
  [{ message_id: 'x', role: 'prompter', text: '', emojis: { '+1': 'x' } }, /emojis\.\+1: a number from 0 on is needed/],
  [{ message_id: 'x', role: 'prompter', text: '', labels: { quality: { value: 1, count: '1' } } }, /labels\.quality: /],
  [{ message_id: 'x', role: 'prompter', text: '', labels: { name: ['spam'], value: [2], count: [1] } }, /labels: lists of the same length/],
  [{ message_id: 'x', role: 'prompter', text: '', emojis: { name: ['+1', '-1'], count: [1] } }, /emojis: lists of the same length/],
  [{ message_id: 'x', role: 'prompter', text: '', events: { emoji: ['+1'] } }, /events\.emoji: an array of at most 1000 objects/],
  [{ message_id: 'x', role: 'prompter', text: '', rank: 0.5 }, /rank: a whole number from 0 on is needed/],
  [{ message_id: 'x', role: 'prompter', text: '', user_id: 5 }, /user_id: a text is needed/],
  [{ message_tree_id: 't', tree_state: 1, prompt: { message_id: 'x', role: 'prompter', text: '' } }, /tree_state: a text is needed/],
  [{ message_tree_id: 't' }, /a message is no object/],
  [{ message_tree_id: 't', prompt: { message_id: 'x', role: 'prompter', text: '', replies: [5] } }, /a message is no object/],
  [{ thread_id: 't', thread: [] }, /thread: an array of messages is needed/],
  [`${'['.repeat(100_000)}`, /nested too deep|JSON, byte/],
  [`{"message_tree_id":"t","prompt":${'{"replies":['.repeat(5000)}`, /nested too deep/],
  ['{"message_id":"\xff","role":"prompter","text":""}', null],
]; // prettier-ignore

test('bad input names file, line and field, and nothing is written', () => {
  fs.writeFileSync(join(folder, 'there.jsonl'), 'as it was');
  for (const [line, said] of BAD.filter(([, s]) => s)) {
    const name = file([TREE, line]);
    const where =
      typeof line === 'string' && line.startsWith('[') && !said.source.includes('byte') ? name : `${name}, line 2`;
    for (const program of [undefined, `${process.cwd()}/${BUILD}/native-san/oa`]) {
      const { status, stderr, stdout } = run(['export', name, '-o', 'there.jsonl'], { program });
      assert.equal(status, 1, `${line}`.slice(0, 80));
      assert.ok(stderr.startsWith(`oa: ${where}: `) && said.test(stderr), stderr.slice(0, 300));
      assert.equal(stdout, '');
    }
    const skipped = run(['export', '--skip-bad', name]);
    assert.equal(skipped.status, 0, skipped.stderr);
    assert.equal(parse(skipped.stdout).length, 1);
    const checked = run(['validate', '--json', name]);
    const report = JSON.parse(checked.stdout);
    assert.ok(checked.stderr.startsWith(`oa: ${where}: `) && said.test(checked.stderr), checked.stderr.slice(0, 300));
    assert.deepEqual([checked.status, report.bad, report.problems[0].line, report.problems[0].file], [1, 1, 2, name]);
  }
  assert.equal(fs.readFileSync(join(folder, 'there.jsonl'), 'utf8'), 'as it was');
  assert.deepEqual(fs.readdirSync(folder).filter((name) => name.endsWith('.part')), []); // prettier-ignore
});

test('missing parents and circles are named, or left out', () => {
  const orphan = file([TREE, { ...node('o', 'assistant'), parent_id: 'nobody' }, { ...node('p', 'prompter'), parent_id: 'o' }]); // prettier-ignore
  const { status, stderr } = run(['export', orphan]);
  assert.deepEqual(
    [status, stderr],
    [1, `oa: ${orphan}, line 2: parent_id: message o replies to nobody, which is not there\n`],
  );
  const left = run(['export', '--skip-bad', '--json', orphan]);
  assert.deepEqual([parse(left.stdout).length, JSON.parse(left.stderr).dropped], [1, 2]);
  const source = file([TREE]);
  const circle = file([
    { ...node('w', 'prompter') },
    { ...node('x', 'prompter'), parent_id: 'y' },
    { ...node('y', 'assistant'), parent_id: 'x' },
  ]);
  assert.equal(run(['export', source, circle]).stderr, `oa: ${circle}, line 2: parent_id: replies to itself, or in a circle: 2 messages do\n`); // prettier-ignore
  assert.equal(parse(run(['export', '--skip-bad', circle]).stdout).length, 1);
});

test('files that are cut off, packed, empty, huge, or not there', () => {
  const packed = gzipSync(`${JSON.stringify(TREE)}\n`.repeat(50));
  fs.writeFileSync(join(folder, 'cut.jsonl.gz'), packed.subarray(0, packed.length - 20));
  assert.match(run(['export', 'cut.jsonl.gz']).stderr, /cut\.jsonl\.gz: cannot be read to its end; is it cut off\?/);
  assert.match(run(['export', 'none.jsonl']).stderr, /none\.jsonl: No such file/);
  assert.deepEqual(lines(['export', file([])]), []);
  assert.deepEqual(lines(['export', file(['', '  ', TREE, ''])]).length, 1);
  assert.deepEqual(lines(['export', '-'], { input: `\ufeff${JSON.stringify(TREE)}` }).length, 1);
  fs.writeFileSync(join(folder, 'long.jsonl'), `{"text":"${'x'.repeat(65 << 20)}`);
  assert.match(run(['export', 'long.jsonl']).stderr, /^oa: long\.jsonl: line 1 has more than 64 MB/);
  fs.rmSync(join(folder, 'long.jsonl'));
  assert.match(run(['export', '--memory', '1', file(Array.from({ length: 3000 }, (_, i) => tree(`t${i}`, [], { more: 'x'.repeat(400) })))]).stderr, /need more than 1 MB; raise --memory/); // prettier-ignore
});

test('misuse is status 2', () => {
  for (const args of [
    [],
    ['stats'],
    ['dance', 'x'],
    ['export', '--form', 'poem', 'x'],
    ['import', '--from', 'x', 'y'],
    ['export', '--nope', 'x'],
    ['export', '--memory', '0', 'x'],
  ]) {
    // prettier-ignore
    const { status, stderr } = run(args);
    assert.equal(status, 2, `${args}: ${stderr}`);
    assert.match(stderr, /^oa data/);
  }
});

test('hostile lines take no longer than their size allows', () => {
  const many = (what, at) => Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`${what}${i}`, at]));
  const x = (more) => ({ message_id: 'x', role: 'prompter', text: '', ...more });
  for (const [more, said] of [
    [{ labels: many('l', { value: 1, count: 1 }) }, /labels: more than 1000 names/],
    [{ emojis: many('l', 1) }, /emojis: more than 1000 names/],
    [{ events: many('l', []) }, /events: more than 1000 names/],
    [many('l', 1), /a message has more than 1000 members/],
  ])
    assert.match(run(['merge', file([x(more)])]).stderr, said);
  const event = (user, i) => ({ type: 'ranking', user_id: `${user}${i}`, ranked_message_ids: Array.from({ length: 60 }, (_, k) => `r${k}`), ranking_parent_id: 'x' }); // prettier-ignore
  const events = (user) => Array.from({ length: 1000 }, (_, i) => event(user, i));
  const begun = Date.now();
  const [{ prompt }] = lines(['merge', file([x({ events: { ranking: events('a') } }), x({ events: { ranking: [...events('b'), event('a', 7)] .slice(1) } })])]); // prettier-ignore
  assert.equal(prompt.events.ranking.length, 1999);
  const kinds = Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`k${k}`, events('a')]));
  assert.equal(lines(['stats', file([x({ events: kinds })])])[0].rankings, 10_000);
  assert.ok(Date.now() - begun < 20_000);
});

test('a conversation too deep for a tree is written as messages, which are read again', () => {
  const deep = Array.from({ length: 500 }, (_, i) => ({ ...node(`d${i}`, i % 2 ? 'assistant' : 'prompter'), ...(i ? { parent_id: `d${i - 1}` } : {}) })); // prettier-ignore
  const out = lines(['export', file([...deep, TREE])]);
  assert.deepEqual([out.length, out[0].message_tree_id, out[500].message_id], [501, 't', 'd499']);
  assert.deepEqual(lines(['export', file(out)]), out);
});

test('statistics', () => {
  const [stats] = lines(['stats', file([TREE, tree('u', [], { lang: 'de', deleted: true })])]);
  assert.deepEqual(stats, {
    trees: 2, messages: 7, prompter: 3, assistant: 4, synthetic: 1, deleted: 1, depth_max: 4,
    tree_states: { ready_for_export: 2 }, langs: { en: 6, de: 1 }, models: { M: 1 }, emojis: { '+1': 2, '-1': 4 },
    labels: { quality: { value: 0.5, count: 2 }, pii: { value: null, count: 0 } }, rankings: 0, agreement: null,
  }); // prettier-ignore
});

test('one message with a hundred thousand ranked replies', () => {
  const wide = tree(
    'w',
    Array.from({ length: 100_000 }, (_, i) => node(`w${i}`, 'assistant', { rank: 100_000 - i })),
  );
  const [out] = lines(['export', file([wide])]);
  assert.deepEqual(out.prompt.replies.slice(0, 2).map((r) => r.message_id), ['w99999', 'w99998']); // prettier-ignore
});

test('100,000 messages in bounded memory', () => {
  const many = Array.from(
    { length: 10_000 },
    (_, t) =>
    tree(`t${t}`, [0, 1, 2].map((a) => node(`t${t}a${a}`, 'assistant', { rank: 2 - a }, [node(`t${t}a${a}p`, 'prompter', {}, [node(`t${t}a${a}x`, 'assistant')])]))), // prettier-ignore
  );
  const source = file(many);
  const bytes = fs.statSync(join(folder, source)).size;
  const limit = 2 * bytes + (160 << 20); // of address space: the messages, an index over them, and the program itself
  const { status, stderr } = run(['export', '--form', 'messages', source, '-o', 'many.jsonl'], { limit });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /100000 messages/);
});

test('under WASI', () => {
  const args = ['export', '--form', 'sft', '-'];
  const input = JSON.stringify(TREE);
  const program = ['--no-warnings', 'tests/tools/wasi.mjs', `${BUILD}/wasi/oa.wasm`, 'data'];
  const wasi = spawnSync(process.execPath, [...program, ...args], { input, encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual([wasi.status, wasi.stdout], [0, run(args, { input }).stdout], wasi.stderr);
  const packed = spawnSync(process.execPath, [...program, 'export', 'a.jsonl.gz'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([packed.status, packed.stderr], [1, 'oa: a.jsonl.gz: this build unpacks no files; unpack it first\n']); // prettier-ignore
});
