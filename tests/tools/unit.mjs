// Runs unit-test programs one after the other: node tests/tools/unit.mjs PROGRAM...
// *.wasm runs under node:wasi. A program says 'module: N passed, N failed' itself; one that crashes or hangs counts as a failure.
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

const LIMIT_MS = 180_000;
const RESULT = /^.+: \d+ passed, \d+ failed$/m;

let failed = 0;
for (const program of process.argv.slice(2)) {
  const [command, args] = program.endsWith('.wasm')
    ? [process.execPath, ['tests/tools/wasi.mjs', program]]
    : [program, []];
  const run = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 26,
  });
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}`.trimEnd();
  if (output) console.log(output);
  if (run.status !== 0) failed++;
  if (!RESULT.test(output) || (run.status !== 0 && /\b0 failed$/.test(output))) {
    const how = run.error ? run.error.message : run.signal ? `killed by ${run.signal}` : `status ${run.status}`;
    console.log(`${program} ended without a result: ${how}\n${basename(program)}: 0 passed, 1 failed`);
    failed = failed || 1;
  }
}
if (process.argv.length < 3) console.log('no unit tests found');
process.exitCode = failed || process.argv.length < 3 ? 1 : 0;
