// The WASI program, compiled once, for many runs: see tests/tools/wasi-run.mjs.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const BUILD = process.env.BUILD ?? 'build';

/** @returns {{run: (args: string[], input?: string) => Promise<object>, close: () => void}} */
export function openWasi() {
  const child = spawn(process.execPath, ['--no-warnings', 'tests/tools/wasi-run.mjs', `${BUILD}/wasi/oa.wasm`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift().resolve(JSON.parse(line)));
  child.on('close', (status) => waiting.forEach((w) => w.reject(new Error(`wasi-run ended with status ${status}`))));
  return {
    run: (args, input) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ args, input })}\n`);
      }),
    close: () => child.kill(),
  };
}
