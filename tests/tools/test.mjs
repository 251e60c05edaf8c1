// Runs parts of the tests, each a target of the Makefile: node tests/tools/test.mjs PART...
// Goes on after a failure, and says again at the end what failed, and what passed only when it was tried again. Last comes the
// total, alone on a line: 'N passed, N failed'.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

// Of what node_test.mjs and its like print: a result, or that a file failed and is tried again.
const RESULT = /^\S.*: (?:(\d+) passed, (\d+) failed(?:, \d+ s)?|try \d+ failed, .*)$/gm;
const EXCERPT = 12; // lines of a failure that are said again

/** @returns {Promise<{output: string, status: number | null}>} */
function make(part) {
  return new Promise((done) => {
    // The outer make's job server does not reach through this program; a part builds in parallel and tests in sequence.
    const env = {
      ...process.env,
      MAKEFLAGS: (process.env.MAKEFLAGS ?? '').replace(/(^| )(-j\d*|--jobserver\S+)/g, ''),
    };
    const args = ['--no-print-directory', '-s', '-k', `-j${availableParallelism()}`, part];
    const child = spawn('make', args, { stdio: ['ignore', 'pipe', 'inherit'], env });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('close', (status) => done({ output, status }));
  });
}

/** What the test that ended with `text` has to say: what node's reporter repeats, or else its last lines. */
function excerpt(text) {
  const lines = text.trimEnd().split('\n');
  const repeated = lines.findLastIndex((line) => line.startsWith('✖ failing tests:'));
  const kept = repeated < 0 ? lines.slice(-EXCERPT) : lines.slice(repeated + 1).filter((line) => line.trim());
  return kept.slice(0, EXCERPT).join('\n');
}

const summary = [];
const failures = [];
const retried = [];
let [allPassed, allFailed] = [0, 0];
for (const part of process.argv.slice(2)) {
  console.log(`\n---- ${part}`);
  const start = Date.now();
  const { output, status } = await make(part);
  let [passed, failed, from] = [0, 0, 0];
  for (const match of output.matchAll(RESULT)) {
    const [line, good, bad] = match;
    passed += Number(good ?? 0);
    failed += Number(bad ?? 0);
    if (bad !== '0') (bad ? failures : retried).push(`${line}\n${excerpt(output.slice(from, match.index))}`);
    from = match.index + line.length;
  }
  if (!failed && (status !== 0 || !passed)) {
    failed = 1; // it did not build, or tested nothing
    failures.push(`${part}: make ended with status ${status}\n${excerpt(output.slice(from))}`);
  }
  summary.push(
    `${part.padEnd(14)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${((Date.now() - start) / 1000).toFixed(0).padStart(5)} s`,
  );
  allPassed += passed;
  allFailed += failed;
}
for (const again of retried) console.log(`\n---- ${again}`);
for (const failure of failures) console.log(`\n---- ${failure}`);
console.log(`\n${summary.join('\n')}\n\n${allPassed} passed, ${allFailed} failed`);
process.exitCode = allFailed || !allPassed ? 1 : 0;
