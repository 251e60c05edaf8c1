// Runs test files of node's own test runner, each under a time limit: node tests/tools/node_test.mjs [--jobs=N] [--tries=N] FILE...
// N files at a time, one unless told; what a file prints stays together. For each file it prints 'file: N passed, N failed' and
// the seconds that it took; a file that crashes, hangs or tests nothing counts as a failure.
// A file that fails is run again while it has tries, one unless told: browsers have races of their own. That it did is printed, and
// said again at the end of all tests (test.mjs): a test that fails now and then is a defect, of it or of what it tests.
import { spawn } from 'node:child_process';

const LIMIT_S = Number(process.env.TEST_LIMIT_S ?? 600);
const options = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
const files = process.argv.slice(2).filter((arg) => !options.includes(arg));
const option = (name) => Number(options.findLast((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? 1);
const [jobs, tries] = [option('jobs'), option('tries')];

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
      if (jobs === 1) process.stdout.write(text);
    });
    child.on('close', (status) => {
      if (jobs > 1) process.stdout.write(output);
      done({ output, status });
    });
  });
}

const count = (output, what) => Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);

let bad = files.length === 0;

async function runFile(file, tried = 1) {
  const began = performance.now();
  const { output, status } = await run(file);
  const seconds = Math.round((performance.now() - began) / 1000);
  const passed = count(output, 'pass');
  let failed = count(output, 'fail') + count(output, 'cancelled');
  if (status === 124 || status === 137) console.log(`${file}: no end after ${LIMIT_S} s`);
  if (!failed && (status !== 0 || !passed)) failed = 1;
  if (failed && tried < tries) {
    console.log(`${file}: try ${tried} failed, ${failed} of ${passed + failed}, ${seconds} s`);
    return runFile(file, tried + 1);
  }
  console.log(`${file}: ${passed} passed, ${failed} failed, ${seconds} s`);
  bad ||= failed > 0;
}

async function runNext() {
  for (let file = files.shift(); file; file = files.shift()) await runFile(file);
}

if (bad) console.log('no test files found');
await Promise.all(Array.from({ length: jobs }, runNext));
process.exitCode = bad ? 1 : 0;
