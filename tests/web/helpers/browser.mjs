// Chromium for tests. Any error on a page's console, or thrown on a page, fails the test that does not expect it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { CHROMIUM } from '../../tools/chromium.mjs';

/** Whether what takes minutes is wanted, too: `make check`. */
export const LONG = Boolean(process.env.LONG);

const OPTIONS = {
  ...CHROMIUM,
  args: [
    ...CHROMIUM.args,
    '--disable-quic',
    '--disable-component-update',
    '--disable-sync',
    '--host-resolver-rules=MAP insecure.test 127.0.0.1', // an origin that is not secure
  ],
};

export const launch = () => chromium.launch(OPTIONS);

/** A browser with a profile on disk, which survives its end: { context, profile }. */
export async function launchProfile(profile = mkdtempSync(join(tmpdir(), 'oa-profile-'))) {
  const context = await chromium.launchPersistentContext(profile, OPTIONS);
  return { context, profile, remove: () => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Options of a context: nothing slides or fades, which a click would wait for. What moves is looked at where views are (views.mjs). */
export const STILL = { reducedMotion: 'reduce' };

/** Collects what goes wrong on the pages of a context. */
export function watchErrors(context) {
  const errors = [];
  context.on('weberror', (e) => errors.push(String(e.error().stack ?? e.error())));
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  return errors;
}

/**
 * Runs `work` with a context of its own (storage, service workers).
 * @param {import('playwright-core').Browser} browser
 * @param {{ expect?: RegExp }} options expect: errors that belong to the test
 * @param {(context: import('playwright-core').BrowserContext) => Promise<void>} work
 */
export async function withContext(browser, { expect }, work) {
  const context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  const errors = watchErrors(context);
  try {
    await work(context);
  } finally {
    await context.close();
  }
  assert.deepEqual(
    errors.filter((e) => !expect?.test(e)),
    [],
  );
}

/** A new page that has the engine: globalThis.oa. */
export async function openPage(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => globalThis.oa);
  return page;
}

const SAME_TIMES = 8; // times, 100 ms apart: a worker that was ended takes a moment to be gone

/** How many workers run in the browser's pages, once that does not change any more. */
export async function workersAlive(browser) {
  const seen = [];
  while (seen.length < SAME_TIMES || new Set(seen.slice(-SAME_TIMES)).size > 1) {
    seen.push(await workersNow(browser));
    assert.ok(seen.length < 300, `workers come and go: ${seen}`);
    await setTimeout(100);
  }
  return seen.at(-1);
}

/** Threads by their name, since page.workers() may never hear of the end of a worker's workers. */
async function workersNow(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const threads = processInfo.flatMap(({ id }) =>
    attempt(() => readdirSync(`/proc/${id}/task`), []).map((task) => `/proc/${id}/task/${task}`),
  );
  return threads.filter((task) => attempt(() => readFileSync(`${task}/comm`, 'utf8'), '').startsWith('DedicatedWorker'))
    .length;
}

/** What `read` returns; `otherwise` where the process or thread has ended meanwhile. */
function attempt(read, otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
