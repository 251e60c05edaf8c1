// The hostile corpus of tests/tools/hostile.py through the command line: every file is refused or survived, within two seconds, with one
// line that says why, under sanitizers; and what is refused is refused within 64 MiB of memory.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';

const BUILD = process.env.BUILD ?? 'build';
const CORPUS = `${BUILD}/hostile`;
const LIMIT_MS = 2000;
const MEMORY_KB = 64 * 1024;
// A sanitizer's error must not look like a refusal, whose status is 1.
const SAN = { ASAN_OPTIONS: 'exitcode=99:detect_leaks=1', UBSAN_OPTIONS: 'exitcode=99:print_stacktrace=1' };

let entries;

before(() => {
  execFileSync('python3', ['tests/tools/hostile.py', CORPUS], { stdio: 'ignore', timeout: 120_000 });
  entries = JSON.parse(fs.readFileSync(`${CORPUS}/index.json`, 'utf8'));
  assert.ok(entries.length > 400, `${entries.length} entries`);
});

/** @returns {Promise<{status: number | string, stdout: string, stderr: string, ms: number}>} */
function run(command, args, env = {}) {
  const start = performance.now();
  return new Promise((done) =>
    execFile(
      command,
      args,
      { env: { ...process.env, ...env }, timeout: 20_000, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const status = error ? (error.code ?? error.signal) : 0;
        done({ status, stdout, stderr, ms: performance.now() - start });
      },
    ),
  );
}

/** What is wrong with how a file was taken; null if nothing. */
function verdict(entry, { status, stdout, stderr, ms }, limit) {
  const lines = stderr.split('\n').filter(Boolean);
  if (status !== 0 && status !== 1) return `status ${status}: ${lines.slice(-3).join(' | ').slice(0, 300)}`;
  if (entry.expect === 'refuse' && status !== 1) return 'taken for a good model';
  if (entry.expect === 'accept' && status !== 0) return `refused: ${lines[0]}`;
  if (status === 1 && (lines.length !== 1 || stdout))
    return `${lines.length} lines of error, ${stdout.length} bytes of result`;
  return ms > limit ? `${ms.toFixed(0)} ms` : null;
}

/** Runs every entry, two or more at a time, and returns what went wrong. */
async function runAll(list, start, limit) {
  const wrong = [];
  const queue = [...list];
  const worker = async () => {
    for (let entry; (entry = queue.shift());) {
      let result = await start(path.join(CORPUS, entry.files[0]));
      if (result.ms > limit) result = await start(path.join(CORPUS, entry.files[0])); // the machine may have been busy
      const what = verdict(entry, result, limit);
      if (what) wrong.push(`${entry.files[0]}: ${what}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return wrong;
}

test('every file under sanitizers', { timeout: 400_000 }, async () => {
  const start = (file) =>
    run(`${BUILD}/native-san/oa`, ['complete', file, '-p', 'hi', '-n', '2', '-t', '1', '--json'], SAN);
  assert.deepEqual(await runAll(entries, start, 4 * LIMIT_MS), []); // sanitizers cost about that factor
});

test('what is refused costs little time and memory', { timeout: 200_000 }, async () => {
  const refused = entries.filter((entry) => entry.expect === 'refuse');
  const command = `ulimit -d ${MEMORY_KB}; exec "$0" info "$1" -t 1 --json`;
  const start = (file) => run('sh', ['-c', command, `${BUILD}/native/oa`, file]);
  assert.deepEqual(await runAll(refused, start, LIMIT_MS), []);
});

/** Bytes of a file's beginning: numbers of 32 and 64 bits (BigInt), and text. */
const head = (...parts) =>
  Buffer.concat(
    parts.map((p) => {
      const b = Buffer.alloc(typeof p === 'bigint' ? 8 : 4);
      if (typeof p === 'string') return Buffer.from(p);
      if (typeof p === 'bigint') b.writeBigUInt64LE(p);
      else b.writeUInt32LE(p);
      return b;
    }),
  );

test('metadata without end that is really there is not read to its end', { timeout: 60_000 }, async () => {
  const [STRING, ARRAY, U8] = [8, 9, 0];
  const key = ['GGUF', 3, 1n, 1n, 1n, 'k'];
  const MB = 1n << 20n;
  const values = {
    'a text': head(...key, STRING, 200n * MB),
    bytes: head(...key, ARRAY, U8, 250n * MB),
    texts: head(...key, ARRAY, STRING, 30n * MB),
    arrays: head(...key, ARRAY, ARRAY, 20n * MB),
  };
  const folder = fs.mkdtempSync(path.join(CORPUS, 'large-'));
  try {
    for (const [name, begins] of Object.entries(values)) {
      const file = path.join(folder, `${name}.gguf`);
      fs.writeFileSync(file, begins);
      fs.truncateSync(file, 400 << 20); // zeros, which take no room on the disk
      const command = `ulimit -d ${MEMORY_KB}; exec "$0" info "$1" -t 1 --json`;
      const { status, stderr, ms } = await run('sh', ['-c', command, `${BUILD}/native/oa`, file]);
      assert.equal(status, 1, name);
      assert.match(stderr, /^oa: [^\n]*(larger than 32 MiB|at most 33554432)[^\n]*\n$/, name);
      assert.ok(ms < LIMIT_MS, `${name}: ${ms} ms`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
