// Runs test files of node's own test runner, one at a time, each under a time limit: node tests/tools/node_test.mjs FILE...
// For each file it prints 'file: N passed, N failed'; a file that crashes, hangs or tests nothing counts as a failure.
import { spawn } from 'node:child_process';

const LIMIT_S = Number(process.env.TEST_LIMIT_S ?? 420);

/** @returns {Promise<{output: string, status: number | null}>} */
function run(file) {
  return new Promise((done) => {
    const args = [
      '-k',
      '10',
      String(LIMIT_S),
      process.execPath,
      '--no-warnings',
      '--test',
      '--test-reporter=spec',
      file,
    ];
    const child = spawn('timeout', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('close', (status) => done({ output, status }));
  });
}

const count = (output, what) => Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);

let bad = process.argv.length < 3;
for (const file of process.argv.slice(2)) {
  const { output, status } = await run(file);
  const passed = count(output, 'pass');
  let failed = count(output, 'fail') + count(output, 'cancelled');
  if (status === 124 || status === 137) console.log(`${file}: no end after ${LIMIT_S} s`);
  if (!failed && (status !== 0 || !passed)) failed = 1;
  console.log(`${file}: ${passed} passed, ${failed} failed`);
  bad ||= failed > 0;
}
if (process.argv.length < 3) console.log('no test files found');
process.exitCode = bad ? 1 : 0;
