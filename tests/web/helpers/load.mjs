// Loading a model on a test page, and what came of it.
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';

/** Failures are told soon. */
export const PATIENCE = { retries: 4, backoffMs: 10, stallMs: 10_000, maxWaitMs: 2000 };

/** Of a load that fails in the network: the browser reports it on the console, too. */
export const NETWORK = /Failed to load resource/;

/**
 * Loads a model and closes it again.
 * @param {import('playwright-core').Page} page
 * @param {object} options of Assistant.load
 * @returns {Promise<{ info?: object, error?: { name: string, code: string, message: string, detail?: object }, progress: object[], notices: object[] }>}
 */
export function load(page, options) {
  return page.evaluate(
    async (o) => {
      const seen = { progress: [], notices: [] };
      const on = { onProgress: (p) => seen.progress.push(p), onNotice: (n) => seen.notices.push(n) };
      try {
        const assistant = await globalThis.oa.Assistant.load({ ...o, ...on });
        await assistant.close();
        return { info: assistant.info, ...seen };
      } catch (e) {
        return { error: { name: e.name, code: e.code, message: e.message, detail: e.detail }, ...seen };
      }
    },
    { patience: PATIENCE, ...options },
  );
}

/** Checks that all bytes arrived in the core, in order. */
export function assertLoaded(result, bytes) {
  assert.equal(result.error?.message, undefined);
  assert.equal(result.info.bytes, bytes.length);
  assert.equal(result.info.checksum, crc32(bytes));
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
