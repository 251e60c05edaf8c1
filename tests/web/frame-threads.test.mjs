// Threads in the chat's frame on another site: by the host's header, by the frame's own service worker, with the page around it, and not where it is
// switched off. Driven by puppeteer, whose Chromium keeps storage apart by site, as everybody's does; playwright's does not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { eventually } from './helpers/chat.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startHost } from './helpers/host.mjs';
import { useChat } from './helpers/person.mjs';
import { ISOLATION } from '../tools/serve.mjs';
import { builtText, startSite } from './helpers/site.mjs';

const THREAD = '/core/relaxed-mt/core.worker.js';
const SITE = process.env.SITE ?? 'build/site';

/** A site that sends these headers, in a page that sends those. open() shows the chat anew and tells how it is there. */
async function inFrame({ isolation, around = 'plain', setUp = () => {} }, work) {
  const site = await startSite({ isolation });
  site.addModel('m', echoModel({ size: 800_000 }));
  const headers = {
    'Content-Type': 'text/javascript',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ...ISOLATION[isolation],
  };
  site.add(THREAD, readFileSync(SITE + THREAD), { fault: () => ({ headers }) });
  setUp(site);
  const body = `<script src="${site.url}oa.js" async></script>`;
  const host = await startHost(body, { name: 'localhost', headers: ISOLATION[around] });
  const browser = await puppeteer.launch({
    browser: 'chrome',
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    const problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await work(async (words, download) => {
      await page.goto(host.url);
      await page.waitForFunction(() => globalThis.openAssistantLauncher);
      await page.evaluate(() => globalThis.openAssistantLauncher.open());
      const frame = await page.waitForFrame((f) => f.url().startsWith(site.url));
      await frame.waitForSelector('oa-panel');
      const said = await frame.evaluate(useChat, { words, download });
      const isolated = await frame.evaluate(() => globalThis.crossOriginIsolated);
      const workers = () => frame.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
      const active = () =>
        frame.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.active?.state === 'activated')); // prettier-ignore
      return { isolated, threads: site.take(THREAD).length > 0, said, workers, active };
    });
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    await host.close();
    await site.close();
  }
}

const facts = ({ isolated, threads }) => ({ isolated, threads });
const WITH = { isolated: true, threads: true };
const WITHOUT = { isolated: false, threads: false };

test('a host that sends Document-Isolation-Policy: threads at once', { timeout: 120_000 }, () =>
  inFrame({ isolation: 'dip' }, async (open) => {
    const first = await open('one', true);
    assert.deepEqual(facts(first), WITH);
    assert.equal(await first.workers(), 0, 'no service worker is needed');
  }),
);

test('a host that sends no headers: threads from the second load on, with the conversation', { timeout: 120_000 }, () =>
  inFrame({ isolation: 'plain' }, async (open) => {
    const first = await open('one', true);
    assert.deepEqual(facts(first), WITHOUT);
    await eventually(() => first.active(), true, 30_000);
    const second = await open('two', false);
    assert.deepEqual(facts(second), WITH);
    assert.deepEqual(second.said, ['one', 'one', 'two', 'two']);
  }),
);

test('a page that is isolated by COOP and COEP: threads with it', { timeout: 120_000 }, () =>
  inFrame({ isolation: 'coop', around: 'coop' }, async (open) => {
    assert.deepEqual(facts(await open('one', true)), WITH);
  }),
);

test('switched off in embed.html: no service worker, no threads, an answer', { timeout: 120_000 }, () => {
  const off = (site) => site.overrides.set('/embed.html', builtText('/embed.html').replace('<html ', '<html data-isolate="off" ')); // prettier-ignore
  return inFrame({ isolation: 'plain', setUp: off }, async (open) => {
    assert.deepEqual(facts(await open('one', true)), WITHOUT);
    const second = await open('two', false);
    assert.deepEqual(facts(second), WITHOUT);
    assert.equal(await second.workers(), 0);
  });
});
