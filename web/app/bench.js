// The page's speed: window.bench() for programs, a form for people.

import { Assistant } from '../api/index.js';
import { isolate } from './isolate.js';

/**
 * @typedef {object} BenchOptions
 * @property {string} [model] id or address; default: the page's
 * @property {number} [threads]
 * @property {import('../api/index.js').Variant} [variant]
 * @property {number} [nPrompt] tokens of prompt
 * @property {number} [nGen] tokens to generate
 * @property {number} [reps] how often
 */

/**
 * @typedef {{ load_ms: number, variant: string, threads: number, runs: import('../api/index.js').BenchRun[] }} BenchResult
 */

const isolation = isolate();

/**
 * @param {BenchOptions} [options]
 * @returns {Promise<BenchResult>}
 */
async function bench({ model, threads, variant, nPrompt = 256, nGen = 64, reps = 3 } = {}) {
  await isolation;
  const start = performance.now();
  const assistant = await Assistant.load({ model, threads, variant });
  try {
    const load_ms = performance.now() - start;
    const runs = [];
    for (let i = 0; i < reps; i++) runs.push(await assistant.bench({ nPrompt, nGen }));
    return { load_ms, variant: assistant.info.variant, threads: assistant.info.threads, runs };
  } finally {
    assistant.close();
  }
}

Object.assign(globalThis, { bench });

const form = document.querySelector('form');
const out = document.querySelector('output');
form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!out) return;
  const fields = new FormData(form);
  const number = (/** @type {string} */ name) => Number(fields.get(name)) || undefined;
  out.textContent = 'Measuring …';
  try {
    const result = await bench({
      threads: number('threads'),
      nPrompt: number('nPrompt'),
      nGen: number('nGen'),
      reps: number('reps'),
    });
    out.textContent = JSON.stringify(result, null, 2);
  } catch (e) {
    out.textContent = e instanceof Error ? e.message : String(e);
  }
});
