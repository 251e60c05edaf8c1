// Loading a model on a test page, and what came of it.
import assert from 'node:assert/strict';
import { echoModel } from './echo-model.mjs';
import { QUESTION, TOP, reference } from './reference.mjs';

/** Failures are told soon. */
export const PATIENCE = { retries: 4, backoffMs: 10, stallMs: 10_000, maxWaitMs: 2000 };

/** Of a load that fails in the network: the browser reports it on the console, too. */
export const NETWORK = /Failed to load resource/;

let made = 0;

/** A model of `size` bytes that nobody has seen before. */
export const newModel = (size) => echoModel({ size, seed: `new ${made++}` });

/**
 * Loads a model, asks it QUESTION, and closes it again.
 * @param {import('playwright-core').Page} page
 * @param {object} options of Assistant.load; picked: the model is what was picked with the page's <input>
 * @returns {Promise<{ info?: object, seen?: number[][], error?: { name: string, code: string, message: string, detail?: object }, progress: object[], notices: object[] }>}
 *   seen: as reference() returns it
 */
export function load(page, options) {
  return page.evaluate(
    async ({ picked, question, top, ...o }) => {
      const heard = { progress: [], notices: [] };
      const on = { onProgress: (p) => heard.progress.push(p), onNotice: (n) => heard.notices.push(n) };
      const files = picked ? [...document.querySelector('input').files] : [];
      if (picked) o.model = files.length === 1 ? files[0] : files;
      try {
        const assistant = await globalThis.oa.Assistant.load({ ...o, ...on });
        const more = { logprobs: true, top_logprobs: top };
        const { choices } = await assistant.chat.completions.create({ ...question, ...more });
        const seen = choices[0].logprobs.content.map((token) => token.top_logprobs.map((t) => t.logprob));
        await assistant.close();
        return { info: assistant.info, seen, ...heard };
      } catch (e) {
        return { error: { name: e.name, code: e.code, message: e.message, detail: e.detail }, ...heard };
      }
    },
    { patience: PATIENCE, question: QUESTION, top: TOP, ...options },
  );
}

/**
 * Checks that all bytes arrived in the core, in order: it answers as it does when it is given them directly.
 * @param {Awaited<ReturnType<load>>} result
 * @param {Buffer | Buffer[]} model its file or files
 */
export async function assertLoaded(result, model) {
  assert.equal(result.error?.message, undefined);
  assert.deepEqual(result.seen, await reference([model].flat()));
}

/** What models.json's model has stored: { cached, cachedBytes }. */
export async function stored(page, id) {
  const models = await page.evaluate(() => globalThis.oa.Assistant.models());
  const { cached, cachedBytes } = models.find((m) => m.id === id);
  return { cached, cachedBytes };
}

/** Waits for a condition outside the page. */
export async function until(condition, ms = 10_000) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((go) => setTimeout(go, 20))) {
    if (await condition()) return;
  }
  throw new Error(`not within ${ms} ms: ${condition}`);
}
