// oa data tasks and oa data leaderboard: what volunteers could do with trees in files, and what they have done; natively and under sanitizers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';

const BUILD = process.env.BUILD ?? 'build';
const folder = fs.mkdtempSync(join(os.tmpdir(), 'oa-board-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const run = (args, variant = 'native') =>
  spawnSync(join(process.cwd(), BUILD, variant, 'oa'), ['data', ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000 }); // prettier-ignore

/** What is printed, as a value. */
function answer(args, variant) {
  const { status, stdout, stderr } = run(args, variant);
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trimEnd().split('\n').length, 1);
  return JSON.parse(stdout);
}

let made = 0;
function file(trees, name = `f${made++}.jsonl`) {
  const text = trees.map((tree) => `${JSON.stringify(tree)}\n`).join('');
  fs.writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
  return name;
}

const NOW = new Date().toISOString();
const labels = (...people) => people.map((user_id) => ({ type: 'text_labels', user_id, mode: 'full', labels: { spam: 0 }, created_date: NOW })); // prettier-ignore
const answers = (people) => ['a', 'b'].map((id) => ({ message_id: id, role: 'assistant', text: id, lang: 'en', user_id: `writer-${id}`, created_date: NOW, events: { text_labels: labels(...people) }, replies: [] })); // prettier-ignore
const tree = (state, people, rankings = []) => ({
  message_tree_id: 't',
  tree_state: state,
  prompt: {
    message_id: 't',
    role: 'prompter',
    text: 'q',
    lang: 'en',
    user_id: 'author',
    created_date: NOW,
    review_count: 3,
    review_result: true,
    events: { ranking: rankings.map(([user_id, ...ids]) => ({ type: 'ranking', user_id, ranking_parent_id: 't', ranked_message_ids: ids, created_date: NOW })) }, // prettier-ignore
    replies: answers(people),
  },
});
const SMALL = ['--config', '{"goal_tree_size":3,"max_tree_depth":1}'];

test('what could be asked is counted by language and type, and trees by their state', () => {
  for (const variant of ['native', 'native-san']) {
    const { states, tasks } = answer(['tasks', ...SMALL, file([tree('growing', ['x'])])], variant);
    assert.equal(states.growing, 1);
    assert.equal(tasks.en.label_assistant_reply, 2);
    assert.equal(tasks.en.rank_assistant_replies, 0);
    assert.equal(tasks.en.initial_prompt, 109); // 9 more trees may grow, 100 prompts be reviewed
  }
  const source = file([tree('growing', ['x', 'y', 'z'])]);
  assert.equal(answer(['tasks', source]).states.growing, 1); // twelve messages are wanted
  const { states, tasks } = answer(['tasks', ...SMALL, source]);
  assert.equal(states.ranking, 1);
  assert.equal(tasks.en.rank_assistant_replies, 1);
  assert.equal(answer(['tasks', ...SMALL, '--user', 'writer-a', source]).tasks.en.rank_assistant_replies, 0);
  assert.equal(answer(['tasks', ...SMALL, '--user', 'somebody', source]).tasks.en.rank_assistant_replies, 1);
});

test('files of several people say the same in any order, and no vote counts twice', () => {
  const files = [
    file([tree('growing', ['x', 'y'], [['x', 'a', 'b']])]),
    file([tree('growing', ['y', 'z'], [['y', 'b', 'a']])], 'packed.jsonl.gz'),
    file([tree('ranking', ['z'], [['z', 'b', 'a']])]),
  ];
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0, 0, 1, 2, 2]]; // prettier-ignore
  const results = orders.map((order, i) => {
    const sources = order.map((at) => files[at]);
    assert.equal(run(['merge', ...sources, '-o', `merged-${i}.jsonl`]).status, 0);
    return [
      answer(['tasks', ...SMALL, ...sources]),
      answer(['leaderboard', ...SMALL, ...sources]),
      answer(['tasks', ...SMALL, `merged-${i}.jsonl`]),
      answer(['leaderboard', ...SMALL, `merged-${i}.jsonl`]),
    ];
  });
  for (const result of results) assert.deepEqual(result, results[0]);
  const [tasks, { leaderboard }, ...merged] = results[0];
  assert.deepEqual(merged, [tasks, { time_frame: 'total', leaderboard }]);
  assert.equal(tasks.states.ready_for_export, 1);
  assert.deepEqual(
    leaderboard.slice(0, 2).map(({ user_id: id, leader_score: score }) => [id, score]),
    [['writer-b', 17], ['writer-a', 11]], // prettier-ignore
  );
  assert.equal(leaderboard.find(({ user_id: id }) => id === 'y').labels_full, 2);
});

test('a leaderboard of a time frame has what happened in it', () => {
  const old = tree('ready_for_export', ['x', 'y', 'z']);
  old.prompt.created_date = '2023-02-05T14:22:51.123456+00:00';
  const source = file([old]);
  const people = (frame) => answer(['leaderboard', '--frame', frame, source]).leaderboard.map((row) => row.user_id);
  for (const frame of ['day', 'week', 'month']) assert.ok(!people(frame).includes('author'), frame);
  assert.ok(people('total').includes('author'));
  assert.ok(people('day').includes('x'));
});

test('what is wrong is said in one line', () => {
  const source = file([tree('growing', [])]);
  fs.writeFileSync(join(folder, 'bad.jsonl'), `${JSON.stringify(tree('growing', []))}\n{"message_tree_id":"x"}\n`);
  for (const [args, status, said] of [
    [['tasks'], 2, /a FILE is needed/],
    [['tasks', '--config', '{"goal_tree_size":0}', source], 2, /goal_tree_size is a number from 1 to 1000/],
    [['tasks', '--config', '{"goal":1}', source], 2, /goal is no parameter/],
    [['tasks', '--config', '{', source], 2, /./],
    [['tasks', '--memory', '0', source], 2, /memory/],
    [['leaderboard', '--frame', 'year', source], 1, /day, week, month, total/],
    [['tasks', 'none.jsonl'], 1, /none\.jsonl/],
    [['tasks', 'bad.jsonl'], 1, /bad\.jsonl: line 2/],
  ]) {
    const result = run(args);
    assert.equal(result.status, status, args.join(' '));
    assert.match(result.stderr, said);
    assert.equal(result.stderr.trimEnd().split('\n').length, 1);
    assert.equal(result.stdout, '');
  }
});
