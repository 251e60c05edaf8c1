// What a model answers when node itself hands its bytes to the core: no network, no database, no worker.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Core } from '../../../web/core/wasm.js';

const ROOT = process.env.SITE ?? 'build/site';

/** A question whose answer depends on all random weights of an echo model: each of its tokens sees the others' share of them. */
export const QUESTION = { messages: [{ role: 'user', content: 'Echo' }], temperature: 0, max_tokens: 4 };
export const TOP = 20;

let core = null;

async function open() {
  const folder = resolve(ROOT, 'core/simd');
  const { default: create } = await import(pathToFileURL(`${folder}/core.mjs`).href);
  // emscripten's glue takes a module in node for a script, and node for a browser
  Object.assign(globalThis, { __dirname: folder, require: createRequire(`${folder}/`) });
  const instantiateWasm = (imports, done) => {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(`${folder}/core.wasm`)), imports);
    done(instance);
    return instance.exports;
  };
  return new Core(await create({ instantiateWasm }), 1);
}

/**
 * The log-probabilities of the TOP likeliest tokens, for each token of the answer to QUESTION. Every build computes the same bits.
 * @param {Buffer[]} files
 * @returns {Promise<number[][]>}
 */
export async function reference(files) {
  core ??= await open();
  core.loadBegin({ files: files.map((f) => f.length) });
  for (const file of files) core.loadPush(file);
  core.loadEnd();
  core.begin({ ...QUESTION, logprobs: TOP });
  const seen = [];
  for (let step; (step = core.step()).type !== 'done';) {
    if (step.type === 'text') seen.push(step.top.map(([, logprob]) => logprob));
  }
  core.unload();
  return seen;
}
