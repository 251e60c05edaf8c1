// Runs a WASI program many times in one process, so that it is compiled once: node tests/tools/wasi-run.mjs FILE.wasm
// Standard input: a run on each line, {"args": [...], "input": text (none)}. The current folder is the program's root. Standard output: a line for each,
// {"status": number, or text where it trapped, "stdout", "stderr", "ms", "bytes": its memory at the end}.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

if (parseInt(process.versions.node) < 22) setFlagsFromString('--no-turbo-fast-api-calls'); // as in wasi.mjs
process.removeAllListeners('warning');

const file = process.argv[2];
const module = await WebAssembly.compile(fs.readFileSync(file));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wasi-run-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

async function run({ args, input = '' }) {
  const at = (name) => path.join(folder, name);
  fs.writeFileSync(at('in'), input);
  const [stdin, stdout, stderr] = [
    fs.openSync(at('in'), 'r'),
    fs.openSync(at('out'), 'w'),
    fs.openSync(at('err'), 'w'),
  ];
  const options = { version: 'preview1', args: [file, ...args], preopens: { '/': '.' }, returnOnExit: true };
  const wasi = new WASI({ ...options, stdin, stdout, stderr });
  const start = performance.now();
  let status;
  let bytes = 0;
  try {
    const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
    try {
      status = wasi.start(instance);
    } finally {
      bytes = instance.exports.memory.buffer.byteLength;
    }
  } catch (error) {
    status = String(error);
  }
  const ms = performance.now() - start;
  for (const fd of [stdin, stdout, stderr]) fs.closeSync(fd);
  const [out, err] = ['out', 'err'].map((name) => fs.readFileSync(at(name), 'utf8'));
  return { status, stdout: out, stderr: err, ms, bytes };
}

for await (const line of createInterface({ input: process.stdin }))
  fs.writeSync(1, `${JSON.stringify(await run(JSON.parse(line)))}\n`);
