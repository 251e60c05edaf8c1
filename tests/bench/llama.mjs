// llama.cpp natively, as the npm package node-llama-cpp ships it, on the CPU: node llama.mjs MODULES MODEL THREADS PROMPT-FILE N_GEN
// Prints one line of JSON: {load_ms, prompt_tokens, prefill_tps, decode_tps}. The sampler is greedy; an end token does not end it.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, modelPath, threads, promptFile, nGen] = process.argv.slice(2);
const entry = createRequire(pathToFileURL(`${modules}/`)).resolve('node-llama-cpp');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry).href);

const start = performance.now();
const llama = await getLlama({
  gpu: false,
  build: 'never',
  maxThreads: Number(threads),
  logLevel: LlamaLogLevel.error,
});
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ contextSize: 512, batchSize: 512, threads: Number(threads) });
const load_ms = performance.now() - start;

/** One prompt and its continuation on a fresh cache. */
async function run() {
  const sequence = context.getSequence();
  const tokens = model.tokenize(fs.readFileSync(promptFile, 'utf8'));
  let [first, n] = [0, 0];
  const from = performance.now();
  for await (const token of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    if (n++ === 0) first = performance.now();
    if (n > Number(nGen) || token === undefined) break;
  }
  const end = performance.now();
  sequence.dispose();
  return {
    prompt_tokens: tokens.length,
    prefill_tps: (tokens.length * 1000) / (first - from),
    decode_tps: (Number(nGen) * 1000) / (end - first),
  };
}

await run(); // the first touches the weights
console.log(JSON.stringify({ load_ms, ...(await run()) }));
process.exit(0);
