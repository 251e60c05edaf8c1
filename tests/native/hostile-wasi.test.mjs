// The hostile corpus of tests/tools/hostile.py through the WASI program: no trap, no hang, one line for what is refused, and little memory.
// (Natively, under sanitizers: hostile.test.mjs.)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { openWasi } from './wasi.mjs';

const BUILD = process.env.BUILD ?? 'build';
const CORPUS = `${BUILD}/hostile`;
const LIMIT_MS = 2000;
const MEMORY_BYTES = 64 << 20;

function verdict({ expect }, { status, stdout, stderr, ms, bytes }) {
  if (status !== 0 && status !== 1) return `status ${status} ${stderr.slice(0, 200)}`;
  if (expect === 'refuse' && status !== 1) return 'taken for a good model';
  if (expect === 'accept' && status !== 0) return `refused: ${stderr}`;
  if (status === 1 && (stdout || !/^oa: [^\n]+\n$/.test(stderr))) return `not one line: ${JSON.stringify(stderr)}`;
  if (status === 0 && stderr) return `done, but said ${stderr}`;
  if (status === 1 && bytes > MEMORY_BYTES) return `${bytes} bytes of memory`;
  return ms > LIMIT_MS ? `${ms.toFixed(0)} ms` : null;
}

test('every file', { timeout: 400_000 }, async (t) => {
  execFileSync('python3', ['tests/tools/hostile.py', CORPUS], { stdio: 'ignore', timeout: 120_000 });
  const entries = JSON.parse(fs.readFileSync(`${CORPUS}/index.json`, 'utf8'));
  assert.ok(entries.length > 400, `${entries.length} entries`);
  const wasi = openWasi();
  const wrong = [];
  let slowest = 0;
  try {
    for (const entry of entries) {
      const args = ['complete', `${CORPUS}/${entry.files[0]}`, '-p', 'hi', '-n', '1', '--json'];
      let result = await wasi.run(args);
      if (result.ms > LIMIT_MS) result = await wasi.run(args); // the machine may have been busy
      slowest = Math.max(slowest, result.ms);
      const what = verdict(entry, result);
      if (what) wrong.push(`${entry.files[0]}: ${what}`);
    }
  } finally {
    wasi.close();
  }
  t.diagnostic(`${entries.length} entries, the slowest ${slowest.toFixed(0)} ms`);
  assert.deepEqual(wrong, []);
});
