// What the documentation says is so: the table of errors is complete and right, and every example of the README runs.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CoreError } from '../../web/lib/errors.js';
import { launch, withContext } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startHost } from './helpers/host.mjs';
import { startSite } from './helpers/site.mjs';

const errors = readFileSync('docs/errors.md', 'utf8');
const rows = (heading) =>
  [
    ...errors
      .split(heading)[1]
      .split('\n## ')[0]
      .matchAll(/^\| `(\w+)` \|(.*)\|$/gm),
  ].map(([, name, rest]) => [name, ...rest.split(' | ').map((cell) => cell.trim())]);

/** Every match in the modules of a folder of web/. */
const named = (folder, pattern) =>
  new Set(
    readdirSync(folder, { recursive: true })
      .filter((file) => String(file).endsWith('.js'))
      .flatMap((file) => [...readFileSync(join(folder, String(file)), 'utf8').matchAll(pattern)].map((m) => m[1])),
  );

test('the table of errors has every code that there is, with its status, and a cause and a cure for each', () => {
  const table = rows('# Errors');
  const codes = new Set(['lib', 'store', 'core', 'api'].flatMap((f) => [...named(`web/${f}`, /'(ERR_[A-Z_]+)'/g)]));
  codes.delete('ERR_UNKNOWN'); // a core of another version
  assert.deepEqual(table.map(([code]) => code).sort(), [...codes].sort());
  for (const [code, status, cause, cure] of table) {
    assert.equal(new CoreError(code, 'x').status, Number(status), code);
    assert.ok(cause && cure, code);
  }
});

test('the table of exceptions has every one that LanguageModel names', () => {
  const listed = rows('## LanguageModel').map(([name]) => name);
  const used = new Set([
    ...named('web/api/prompt', /'([A-Z]\w+Error)'/g),
    ...named('web/api/prompt', /new (TypeError)\(/g),
    'RangeError', // of Intl
    'InvalidStateError', // of prompt-api.js
    'NotSupportedError',
  ]);
  assert.deepEqual([...used].sort(), [...listed].sort());
});

// ---- The README's examples: each ```js block is a module of a page beside oa.js ----
const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((m) => m[1]);

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both' });
  site.addModel('m', echoModel());
});
after(async () => {
  await browser?.close();
  await site?.close();
});

test('there are examples in the README', () => assert.ok(blocks.length >= 4, `${blocks.length}`));

for (const [i, block] of blocks.entries()) {
  test(`example ${i + 1} of the README runs: ${block.split('\n', 1)[0]}`, { timeout: 60_000 }, async () => {
    const code = block.replace("from 'openai'", "from './openai.js'");
    if (code !== block) await addPackage();
    site.overrides.set('/test.js', 'document.addEventListener("click", () => import("./example.js").then(() => (globalThis.oa = "ran"), (e) => (globalThis.oa = String(e))), { once: true });'); // prettier-ignore
    site.overrides.set('/example.js', code);
    await withContext(browser, {}, async (context) => {
      const page = await context.newPage();
      await page.goto(`${site.url}test.html`);
      await page.locator('html').click(); // LanguageModel wants a click before a download
      const result = await page.waitForFunction(() => globalThis.oa);
      assert.equal(await result.jsonValue(), 'ran');
    });
  });
}

for (const [, tag] of readFileSync('README.md', 'utf8').matchAll(/^```html\n([\s\S]*?)^```$/gm))
  test(`the tag of the README puts a chat on another page: ${tag.trim()}`, { timeout: 60_000 }, async () => {
    const host = await startHost(tag.replace('https://HOST/', site.url));
    try {
      await withContext(browser, {}, async (context) => {
        const page = await context.newPage();
        await page.goto(host.url);
        await page.getByRole('button', { name: 'Open the assistant' }).click();
        const frame = page.frameLocator('.panel iframe');
        await frame.getByText('Ask about our shop').waitFor();
      });
    } finally {
      await host.close();
    }
  });

async function addPackage() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents: "export { default } from 'openai';", resolveDir: process.cwd() },
    ...{ bundle: true, format: 'esm', platform: 'browser', write: false, minify: true },
  });
  site.overrides.set('/openai.js', outputFiles[0].text);
}

test(
  'the reference: every export has a page, under the policy of the site, without a link that leads nowhere',
  { timeout: 60_000 },
  async () => {
    const exported = [...readFileSync('web/app/package.js', 'utf8').matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) => list.match(/\w+/g)); // prettier-ignore
    assert.ok(exported.includes('LanguageModel') && exported.includes('Assistant'));
    await withContext(browser, {}, async (context) => {
      const page = await context.newPage();
      const links = () => page.evaluate(() => [...document.querySelectorAll('main a[href], .container a[href]')].map((a) => a.href.split('#')[0])); // prettier-ignore
      const seen = new Set();
      const waiting = [`${site.url}docs/index.html`];
      const titles = [];
      for (let url = waiting.pop(); url; url = waiting.pop()) {
        if (seen.has(url) || !url.startsWith(`${site.url}docs/`)) continue;
        seen.add(url);
        const response = await page.goto(url);
        assert.equal(response.status(), 200, url);
        titles.push(await page.title());
        waiting.push(...(await links()));
      }
      for (const name of exported) assert.ok(titles.some((title) => title.split(' ')[0] === name), `${name} in ${titles}`); // prettier-ignore
      await page.goto(`${site.url}docs/documents/errors.html`);
      assert.match(await page.locator('body').innerText(), /ERR_TOO_LONG/);
    });
  },
);
