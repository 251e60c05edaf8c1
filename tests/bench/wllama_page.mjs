// wllama in a page of its own: globalThis.measure({ model, threads, prompt, nGen }) gives {load_ms, prompt_tokens, prefill_tps, decode_tps}
// by its own clock; first() the time from the navigation to the first token of a prompt, with the weights in its cache.
import { LoggerWithoutDebug, Wllama } from './modules/@wllama/wllama/esm/index.js';

const WASM = new URL('./modules/@wllama/wllama/esm/wasm/wllama.wasm', import.meta.url).href;
const QUIET = { logger: { ...LoggerWithoutDebug, log() {}, warn() {}, error() {} }, suppressNativeLog: true };
const SETTINGS = { n_ctx: 512, n_batch: 512, n_gpu_layers: 0 };

const complete = (wllama, prompt, nGen) =>
  wllama.createCompletion({ prompt, max_tokens: nGen, temperature: 0, cache_prompt: false, ignore_eos: true });

globalThis.measure = async ({ model, threads, prompt, nGen }) => {
  const wllama = new Wllama({ default: WASM }, QUIET);
  const from = performance.now();
  await wllama.loadModelFromUrl(new URL(model, location.href).href, { ...SETTINGS, n_threads: threads });
  const load_ms = performance.now() - from;
  await complete(wllama, prompt, 2); // the first touches the weights
  const { timings } = await complete(wllama, prompt, nGen);
  await wllama.exit();
  return {
    load_ms,
    prompt_tokens: timings.prompt_n,
    prefill_tps: timings.prompt_per_second,
    decode_tps: timings.predicted_per_second,
    raw: timings,
  };
};

globalThis.first = async ({ model, threads, prompt }) => {
  const wllama = new Wllama({ default: WASM }, QUIET);
  await wllama.loadModelFromUrl(new URL(model, location.href).href, { ...SETTINGS, n_threads: threads });
  await complete(wllama, prompt, 1);
  return performance.now();
};
globalThis.ready = true;
