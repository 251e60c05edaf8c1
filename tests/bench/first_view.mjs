// How soon the first view of a first visit can be used on a slow device, before any model is there: node tests/bench/first_view.mjs SITE-FOLDER [rounds]
// In Chromium with the processor slowed down and a slow network, each round in a fresh profile. Prints medians in milliseconds from the navigation on:
// paint (something is seen), usable (the field takes what is typed), offer (the button that fetches the model can be pressed); and bytes up to then.
import { launch } from '../web/helpers/browser.mjs';
import { serve } from '../tools/serve.mjs';

const [site, rounds = '5'] = process.argv.slice(2);
const NETWORKS = {
  'Fast 3G, 1.6 Mbit/s, 150 ms': { latency: 150, mbit: 1.6 },
  '4G, 9 Mbit/s, 60 ms': { latency: 60, mbit: 9 },
};
const SLOWDOWNS = [1, 4, 6];

const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];

/** Marks in the page what is to be measured as soon as it is so. */
function watch() {
  const seen = {};
  globalThis.seen = seen;
  const look = () => {
    const root = document.querySelector('oa-app')?.shadowRoot;
    if (root?.querySelector('oa-composer textarea')) seen.usable ??= performance.now();
    if (root?.querySelector('.load .button.primary:not(:disabled)')) seen.offer ??= performance.now();
    if (!seen.offer) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function visit(browser, url, { latency, mbit }, slowdown) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  let bytes = 0;
  let open = true;
  client.on('Network.loadingFinished', (e) => (bytes += open ? e.encodedDataLength : 0));
  await client.send('Network.enable');
  const throughput = (mbit * 1e6) / 8;
  await client.send('Network.emulateNetworkConditions', {
    offline: false,
    latency,
    downloadThroughput: throughput,
    uploadThroughput: throughput,
  });
  await client.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await page.addInitScript(watch);
  await page.goto(url);
  await page.waitForFunction(() => globalThis.seen.offer);
  open = false;
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    ...globalThis.seen,
  }));
  await context.close();
  return { ...times, bytes };
}

const server = await serve(site, { isolation: 'coop' });
const browser = await launch();
await visit(browser, server.url, NETWORKS['4G, 9 Mbit/s, 60 ms'], 1); // the server compresses each file once
console.log('network                        CPU     paint   usable    offer       KB');
for (const [name, network] of Object.entries(NETWORKS))
  for (const slowdown of SLOWDOWNS) {
    const all = [];
    for (let i = 0; i < Number(rounds); i++) all.push(await visit(browser, server.url, network, slowdown));
    const of = (key) => Math.round(median(all.map((run) => run[key])));
    const cells = [of('paint'), of('usable'), of('offer')].map((ms) => String(ms).padStart(9)).join('');
    console.log(`${name.padEnd(30)} 1/${slowdown}${cells}${(of('bytes') / 1024).toFixed(0).padStart(9)}`);
  }
await browser.close();
await server.close();
