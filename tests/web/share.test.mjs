// What would be sent to a collector, and how it answers, without a page: the lines of a chat, the difference to what was sent, batches, requests.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { test } from 'node:test';
import {
  BATCH_MESSAGES,
  backOff,
  batchOf,
  collectorUrl,
  outcomeOf,
  post,
  tombstone,
} from '../../web/store/collector.js';
import { ChatReader, exportChat } from '../../web/store/oasst.js';
import { planOf } from '../../web/store/plan.js';
import { sharedLines } from '../../web/store/share.js';
import { withCollector } from '../tools/collector.mjs';
import { startCollector } from './helpers/collector.mjs';

const OA = `${process.env.BUILD ?? 'build'}/native/oa`;
const MEMBERS = 'message_id parent_id user_id created_date text role lang synthetic model_name rank emojis labels events message_tree_id tree_state'; // prettier-ignore

/** A chat: two questions below each other, the first with three answers; q2 and a2 go on below a1. */
function chat(change = {}) {
  const date = (s) => `2026-11-01T10:00:0${s}.000Z`;
  const message = (id, parent, s, more = {}) => ({
    message_id: id,
    parent_id: parent,
    conversation_id: 'c',
    role: id[0] === 'q' ? 'prompter' : 'assistant',
    text: `text of ${id} 😀`,
    created_date: date(s),
    state: id[0] === 'q' ? 'manual' : 'complete',
    lang: 'en',
    ...(id[0] === 'a' ? { model_name: 'Tiny', system: 'SECRET', seed: 5, token_ids: [1], sampling: { temperature: 1 } } : {}),
    ...more,
    ...change[id],
  }); // prettier-ignore
  return {
    conversation: {
      id: 'c',
      title: 'SECRET title',
      titled: true,
      created_date: date(0),
      updated_date: date(9),
      active_thread_tail_message_id: 'a2',
      system_prompt: 'SECRET',
      sampling: null,
      deleted_date: null,
    },
    messages: [
      message('q1', null, 1),
      message('a1', 'q1', 2),
      message('a1b', 'q1', 3),
      message('a1c', 'q1', 4),
      message('q2', 'a1', 5),
      message('a2', 'q2', 6),
    ],
  };
}
const thumb = { feedback: { emojis: ['+1'], labels: { quality: 0.75 }, report: { reason: 'why', date: '' } } };
const ids = (lines) => lines.map(({ id }) => id);
const parsed = (lines) => lines.map(({ line }) => JSON.parse(line));

test('of a chat without a rating nothing is shared', () => {
  assert.deepEqual(sharedLines(chat(), 'u'), []);
  const open = { message_ids: ['a1', 'a1b'], places: null, not_rankable: false, date: null };
  assert.deepEqual(sharedLines(chat({ q1: { comparisons: [open] } }), 'u'), []);
});

test('a rated answer is shared with the path that leads to it, and with nothing else', () => {
  const lines = sharedLines(chat({ a2: thumb }), 'u');
  assert.deepEqual(ids(lines), ['q1', 'a1', 'q2', 'a2']);
  assert.doesNotMatch(JSON.stringify(lines), /SECRET|token_ids|sampling|seed/);
  assert.equal(
    lines.at(-1).line,
    '{"message_id":"a2","parent_id":"q2","user_id":"u","created_date":"2026-11-01T10:00:06.000Z","text":"text of a2 😀","role":"assistant",' +
      '"lang":"en","synthetic":true,"model_name":"Tiny","emojis":{"+1":1,"red_flag":1},"labels":{"quality":{"value":0.75,"count":1}},' +
      '"events":{"report":[{"type":"report","report_type":"other","reason":"why"}]},"message_tree_id":"q1","tree_state":"not_applicable"}',
  );
});

test('compared answers are shared with their ranks, a better answer with the one it replaces', () => {
  const compared = {
    message_ids: ['a1b', 'a1'],
    places: [0, 1],
    not_rankable: false,
    date: '2026-11-02T10:00:00.000Z',
  };
  const [question, ...answers] = parsed(sharedLines(chat({ q1: { comparisons: [compared] } }), 'u'));
  assert.deepEqual(answers.map((m) => [m.message_id, m.rank]), [['a1', 1], ['a1b', 0]]); // prettier-ignore
  assert.deepEqual(question.events.ranking[0].ranked_message_ids, ['a1b', 'a1']);
  assert.equal(question.events.ranking[0].message_tree_id, 'q1');
  const better = parsed(sharedLines(chat({ a1c: { improves: 'a1b', synthetic: undefined } }), 'u'));
  assert.deepEqual(better.map((m) => [m.message_id, m.rank, m.synthetic]), [['q1', undefined, false], ['a1b', 1, true], ['a1c', 0, false]]); // prettier-ignore
});

test('an answer keeps its tree when another version of the first message is rated too', () => {
  const two = chat({ a1: thumb });
  const before = sharedLines(two, 'u');
  two.messages.push(
    { ...two.messages[0], message_id: 'q9' },
    { ...two.messages[1], message_id: 'a9', parent_id: 'q9' },
  );
  assert.deepEqual(sharedLines(two, 'u').slice(0, 2), before);
  assert.deepEqual(parsed(sharedLines(two, 'u')).map((m) => m.message_tree_id), ['q1', 'q1', 'q9', 'q9']); // prettier-ignore
});

test('what others said in an imported file stays here', () => {
  const reader = new ChatReader();
  const prompt = { message_id: 'q', text: 'q', role: 'prompter', lang: 'de', user_id: 'somebody', replies: [
    { message_id: 'a', text: 'a', role: 'assistant', lang: 'de', emojis: { '+1': 7 }, labels: { spam: { value: 0, count: 3 } }, user_id: 'else' },
  ] }; // prettier-ignore
  reader.add({ message_tree_id: 'q', tree_state: 'ready_for_export', prompt });
  const [imported] = reader.chats;
  assert.deepEqual(sharedLines(imported, 'u'), []);
  imported.messages[1].feedback = { emojis: ['clap'], labels: {}, report: null };
  const [, answer] = parsed(sharedLines(imported, 'u'));
  assert.deepEqual([answer.emojis, answer.labels, answer.user_id, answer.tree_state], [{ clap: 1 }, undefined, 'u', 'not_applicable']); // prettier-ignore
});

test('a chat longer than trees are nested is shared as well', () => {
  const long = chat({ a2: thumb });
  for (let i = 0, parent = 'a2'; i < 500; i++) {
    const id = `${i % 2 ? 'a' : 'q'}x${i}`;
    long.messages.push({
      ...long.messages[i % 2 ? 1 : 0],
      message_id: id,
      parent_id: parent,
      ...(i === 499 ? thumb : {}),
    });
    parent = id;
  }
  const lines = sharedLines(long, 'u');
  assert.equal(lines.length, 504);
  assert.equal(new Set(parsed(lines).map((m) => m.message_tree_id)).size, 1);
  assert.doesNotMatch(JSON.stringify(lines), /SECRET/);
});

test('the lines are those of `oa data export --form messages`, but for what is left out of them', () => {
  const rated = chat({ a1: thumb, a1b: thumb, a1c: { improves: 'a1' }, a2: thumb });
  const theirs = execFileSync(OA, ['data', 'export', '--form', 'messages', '-'], { input: exportChat(rated) });
  const shared = MEMBERS.split(' ');
  const want = theirs.toString().split('\n').filter(Boolean).map((line) => {
    const all = { ...JSON.parse(line), user_id: 'u', message_tree_id: 'q1' }; // an export has the chat's id there
    return shared.filter((key) => key in all).map((key) => [key, all[key]]);
  }); // prettier-ignore
  const byId = (a, b) => (a[0][1] < b[0][1] ? -1 : 1);
  const ours = parsed(sharedLines(rated, 'u')).map((m) => Object.entries(m));
  assert.deepEqual(ours.toSorted(byId), want.toSorted(byId));
});

test('that a chat is never shared goes out with it and comes back', () => {
  const left = chat();
  left.conversation.unshared = true;
  const reader = new ChatReader();
  reader.add(JSON.parse(exportChat(left)));
  assert.equal(reader.chats[0].conversation.unshared, true);
});

const LINE = { id: 'm', line: '{}', digest: 'd' };
const row = (more) => ({
  message_id: 'm',
  chat: 'c',
  sent: null,
  there: 'no',
  approved: null,
  refused: null,
  ...more,
});
const plan = (shared, rows, auto = false) => {
  const { send, ask, refused, gone, unknown } = planOf(shared, new Map(rows.map((r) => [r.message_id, r])), auto);
  return { send: ids(send), ask: ids(ask), refused: ids(refused), gone, unknown };
};
const only = (more) => ({ send: [], ask: [], refused: [], gone: [], unknown: [], ...more });

test('what is to be sent is what differs from what was sent', () => {
  const shared = [{ chat: 'c', title: '', lines: [LINE] }];
  assert.deepEqual(plan(shared, []), only({ ask: ['m'] }));
  assert.deepEqual(plan(shared, [], true), only({ send: ['m'] }));
  assert.deepEqual(plan(shared, [row({ approved: 'd' })]), only({ send: ['m'] }));
  assert.deepEqual(
    plan(shared, [row({ approved: 'other' })]),
    only({ ask: ['m'] }),
    'it has changed since it was seen',
  );
  assert.deepEqual(plan(shared, [row({ sent: 'd', there: 'yes' })], true), only());
  assert.deepEqual(plan(shared, [row({ sent: 'other', there: 'yes' })], true), only({ send: ['m'] }));
  assert.deepEqual(plan(shared, [row({ refused: { digest: 'd', reason: '' } })], true), only({ refused: ['m'] }));
  assert.deepEqual(plan(shared, [row({ refused: { digest: 'other', reason: '' } })], true), only({ send: ['m'] }));
});

test('what is shared no longer is deleted where it may be, once that cannot be undone', () => {
  assert.deepEqual(plan([{ chat: 'c', title: '', lines: [] }], [row({ there: 'yes' })]), only({ gone: ['m'] }));
  assert.deepEqual(plan([], [row({ there: 'yes' })]), only({ gone: ['m'] }));
  assert.deepEqual(plan([], [row({ there: 'maybe' })]), only({ gone: ['m'] }));
  assert.deepEqual(plan([], [row({ approved: 'd' })]), only({ unknown: ['m'] }));
  assert.deepEqual(plan([{ chat: 'c', title: '', lines: null }], [row({ there: 'yes' })]), only());
});

test('a collector is https, or on this machine', () => {
  for (const good of ['https://a.example/v1/messages', 'http://127.0.0.1:9/x', 'http://localhost/x?y=1'])
    assert.equal(collectorUrl(good)?.href, good);
  for (const bad of ['', 'http://a.example/', 'ftp://a.example', '/v1', 'https://u:p@a.example/', 'https://a.example/#x', 'javascript:0'])
    assert.equal(collectorUrl(bad), null, bad); // prettier-ignore
});

test('the page names the collector that COLLECTOR= says, and none where it says none', () => {
  const html = '<meta name="referrer" content="no-referrer" />';
  assert.equal(withCollector(html, ''), html);
  assert.match(withCollector(html, 'https://a.example/x?a=1&b="'), /<meta name="oa-collector" content="https:\/\/a\.example\/x\?a=1&amp;b=%22" \/>/); // prettier-ignore
  assert.throws(() => withCollector(html, 'http://a.example/'), /COLLECTOR=http:\/\/a\.example\/ is no address/);
});

test('batches have a bounded number of messages and of bytes, and one message at least', () => {
  const line = (n) => ({ id: '', line: 'ä'.repeat(n) });
  const lines = Array.from({ length: 250 }, () => line(10));
  assert.equal(batchOf(lines).lines.length, BATCH_MESSAGES);
  assert.equal(batchOf(lines, 7).lines.length, 7);
  const { lines: few, body } = batchOf([line(60_000), line(60_000), line(60_000)]);
  assert.deepEqual([few.length, body.length], [2, 2 * (2 * 60_000 + 1)]);
  assert.equal(batchOf([line(1_000_000), line(1)]).lines.length, 1);
  assert.equal(new TextDecoder().decode(batchOf([{ line: '{"a":1}' }, { line: '{}' }]).body), '{"a":1}\n{}\n');
  assert.equal(tombstone('m', 'u'), '{"message_id":"m","user_id":"u","deleted":true}');
});

test('what an answer means', () => {
  const done = outcomeOf(
    200,
    null,
    '{"accepted":["a"],"rejected":[{"message_id":"b","reason":"too long"},{"message_id":1},null]}',
  );
  assert.deepEqual([done.is, [...done.rejected]], ['done', [['b', 'too long']]]);
  for (const text of ['', 'ok', '[]', '{"rejected":"x"}', 'null'])
    assert.equal(outcomeOf(204, null, text).rejected.size, 0);
  for (const status of [408, 429, 500, 503, 599])
    assert.deepEqual(outcomeOf(status, null, ''), { is: 'later', wait: null });
  for (const [status, each] of [[400, true], [413, true], [422, true], [401, false], [403, false], [404, false], [304, false]])
    assert.deepEqual(outcomeOf(status, null, ''), { is: 'refused', reason: `${status}`, each }); // prettier-ignore
  assert.equal(outcomeOf(403, null, '{"error":"closed"}').reason, '403 closed');
  assert.equal(outcomeOf(403, null, JSON.stringify({ error: 'x'.repeat(999) })).reason.length, 200);
});

test('Retry-After is seconds or a date, and at most a day', () => {
  const now = Date.parse('2026-11-01T10:00:00Z');
  const wait = (after) => outcomeOf(503, after, '', now).wait;
  assert.deepEqual(['7', ' 0 ', 'Sun, 01 Nov 2026 10:01:00 GMT', 'Sun, 01 Nov 2026 09:00:00 GMT', '9999999'].map(wait), [7000, 0, 60_000, 0, 86_400_000]); // prettier-ignore
  assert.deepEqual(['', 'soon', '-1x'].map(wait), [null, null, null]);
});

test('failures in a row wait from 5 s, twice as long each time, to an hour, and up to half less', () => {
  assert.deepEqual([1, 2, 3, 10, 11, 99].map((n) => backOff(n, 0)), [5, 10, 20, 2560, 3600, 3600].map((s) => s * 1000)); // prettier-ignore
  assert.equal(backOff(1, 1), 2500);
});

test('a request, its answer, and what is no answer', async (t) => {
  const collector = await startCollector();
  t.after(() => collector.close());
  const { signal } = new AbortController();
  const { body } = batchOf([{ line: '{"text":"😀"}' }]);
  assert.equal((await post(collector.url, body, signal)).is, 'done');
  const [{ method, headers, body: came }] = collector.posts;
  assert.deepEqual([method, headers['content-type'], came], ['POST', 'application/jsonl', '{"text":"😀"}\n']);
  assert.match(headers['idempotency-key'], /^[0-9a-f]{64}$/);
  await post(collector.url, body, signal);
  assert.equal(collector.posts[1].headers['idempotency-key'], headers['idempotency-key']);
  collector.answer = () => ({ hang: true });
  assert.deepEqual(await post(collector.url, body, signal, 50), { is: 'later', wait: null });
  collector.answer = () => ({ drop: true });
  assert.deepEqual(await post(collector.url, body, signal), { is: 'later', wait: null });
  collector.answer = () => ({ status: 307, headers: { Location: 'http://127.0.0.1:1/elsewhere' } });
  assert.deepEqual(await post(collector.url, body, signal), { is: 'later', wait: null });
  collector.answer = () => ({ hang: true });
  const stop = new AbortController();
  const before = collector.posts.length + 1;
  const stopped = post(collector.url, body, stop.signal);
  while (collector.posts.length < before) await new Promise((go) => setTimeout(go, 5)); // it is on its way
  stop.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
  await assert.rejects(post(collector.url, body, stop.signal), { name: 'AbortError' });
  assert.equal(collector.posts.length, before);
});

test('nobody there is no answer either', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((go) => server.once('listening', go));
  const { port } = server.address();
  await new Promise((go) => server.close(go));
  const { body } = batchOf([{ line: '{}' }]);
  assert.deepEqual(await post(`http://127.0.0.1:${port}/`, body, new AbortController().signal), { is: 'later', wait: null }); // prettier-ignore
});
