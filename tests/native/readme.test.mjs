// The README's blocks for a shell: each line runs as it stands, in a folder with the files that it names. (The package's is that of
// tests/web/dist.test.mjs; scripts and HTML are run by tests/web/docs.test.mjs.)
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

const blocks = [...fs.readFileSync('README.md', 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((m) => m[1].trimEnd().split('\n')); // prettier-ignore
const linesOf = (word) => blocks.find((lines) => lines.some((line) => line.includes(word))) ?? [];

const node = (id, role, more, replies = []) => ({ message_id: id, text: `${id} says`, role, lang: 'en', ...more, replies }); // prettier-ignore
const tree = (id) => ({
  message_tree_id: id,
  tree_state: 'ready_for_export',
  prompt: node(id, 'prompter', {}, [
    node(`${id}a`, 'assistant', { rank: 0 }),
    node(`${id}b`, 'assistant', { rank: 1 }),
  ]),
});
const rows = (...list) => list.map((row) => `${JSON.stringify(row)}\n`).join('');
const FILES = {
  'text.txt': 'It was a dark and stormy night; the rain fell in torrents.\n',
  'chats.jsonl': rows(tree('one')),
  'mine.jsonl': rows(tree('one')),
  'theirs.jsonl.gz': gzipSync(rows(tree('one'), tree('two'))),
  'alpaca.json': JSON.stringify([{ instruction: 'Name a colour.', input: '', output: 'Blue.' }]),
  'hh-rlhf.jsonl.gz': gzipSync(
    rows({ chosen: '\n\nHuman: Hi\n\nAssistant: Hello!', rejected: '\n\nHuman: Hi\n\nAssistant: No.' }),
  ),
};

let folder;
before(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'oa-readme-'));
  fs.symlinkSync(resolve(process.env.BUILD ?? 'build'), join(folder, 'build'));
  for (const [name, content] of Object.entries(FILES)) fs.writeFileSync(join(folder, name), content);
  // node runs what wasmtime would
  const wasi = `exec ${process.execPath} --no-warnings ${resolve('tests/tools/wasi.mjs')}`;
  fs.writeFileSync(join(folder, 'wasmtime'), `#!/bin/sh\n[ "$1 $2 $3" = 'run --dir .' ] && shift 3 && ${wasi} "$@"\n`, { mode: 0o755 }); // prettier-ignore
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** The lines before the first program are what all of them need. */
const shell = (assignment, line) => ['-c', `${assignment}\n${line}`];
const options = () => ({ cwd: folder, env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });

function runs(assignment, line) {
  const { status, stderr, stdout } = spawnSync('sh', shell(assignment, line), { ...options(), input: '', encoding: 'utf8', timeout: 300_000 }); // prettier-ignore
  assert.equal(status, 0, `${line}\n${stderr}`);
  return stdout;
}

/** A server runs until it is told to end. */
async function serves(assignment, line) {
  const child = spawn('sh', shell(assignment, `exec ${line}`), { ...options(), stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  child.kill();
  assert.match(String(said), /^http:\/\/127\.0\.0\.1:8081\/v1\n$/);
  assert.equal((await once(child, 'exit'))[0], 0);
}

for (const [what, word] of [
  ['the command line', 'oa chat'],
  ['conversations as data', 'data validate'],
])
  // prettier-ignore
  test(`the README's lines run: ${what}`, { timeout: 600_000 }, async () => {
    const [assignment, ...lines] = linesOf(word);
    assert.match(assignment ?? '', /^\w+=\S+/);
    assert.ok(lines.length >= 5);
    for (const line of lines) await (/ serve /.test(line) ? serves : runs)(assignment, line);
  });

test('every block is one of those, or the package', () => {
  const known = [linesOf('oa chat'), linesOf('data validate'), linesOf('npm install')];
  assert.deepEqual(blocks.filter((lines) => !known.includes(lines)), []); // prettier-ignore
});
