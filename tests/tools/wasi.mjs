// Runs a WASI program with the current folder as its root: node tests/tools/wasi.mjs FILE.wasm [ARGUMENT...]
// Its exit status is the program's.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

// Node 20 knows relaxed SIMD behind a flag; its baseline compiler, liftoff, computes the relaxed dot wrongly; and its fast calls into
// node:wasi crash once memory has grown.
if (parseInt(process.versions.node) < 22) {
  for (const flag of ['--experimental-wasm-relaxed-simd', '--no-liftoff', '--no-turbo-fast-api-calls'])
    setFlagsFromString(flag);
}
process.removeAllListeners('warning'); // node:wasi announces that it is experimental

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({
  version: 'preview1',
  args: [file, ...args],
  env: process.env,
  preopens: { '/': '.' },
  returnOnExit: true,
});
const { instance } = await WebAssembly.instantiate(readFileSync(file), wasi.getImportObject());
process.exitCode = wasi.start(instance);
