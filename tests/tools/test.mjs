// Runs parts of the tests, each a target of the Makefile: node tests/tools/test.mjs PART...
// Goes on after a failure. Ends with the total, alone on a line: 'N passed, N failed'.
import { spawn } from 'node:child_process';

const RESULT = /^\S.*: (\d+) passed, (\d+) failed$/gm;

/** @returns {Promise<{output: string, status: number | null}>} */
function make(part) {
  return new Promise((done) => {
    const child = spawn('make', ['--no-print-directory', '-s', part], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('close', (status) => done({ output, status }));
  });
}

const summary = [];
let [allPassed, allFailed] = [0, 0];
for (const part of process.argv.slice(2)) {
  console.log(`\n---- ${part}`);
  const start = Date.now();
  const { output, status } = await make(part);
  let [passed, failed] = [0, 0];
  for (const match of output.matchAll(RESULT)) {
    passed += Number(match[1]);
    failed += Number(match[2]);
  }
  if (!failed && (status !== 0 || !passed)) failed = 1; // it did not build, or tested nothing
  summary.push(
    `${part.padEnd(14)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${((Date.now() - start) / 1000).toFixed(0).padStart(5)} s`,
  );
  allPassed += passed;
  allFailed += failed;
}
console.log(`\n${summary.join('\n')}\n\n${allPassed} passed, ${allFailed} failed`);
process.exitCode = allFailed || !allPassed ? 1 : 0;
