// The npm package that `make dist` makes, as a program uses it: installed, bundled, in a page, a worker, React, and TypeScript.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { CSP, serve } from '../tools/serve.mjs';
import { launch, withContext } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { modelEntry } from './helpers/site.mjs';

const DIST = `${process.env.BUILD ?? 'build'}/dist`;
const MODULES = join(process.cwd(), 'node_modules');
const EXPORTS = ['Assistant', 'CoreError', 'LanguageModel', 'LanguageModelToolCall', 'LanguageModelToolError', 'LanguageModelToolSuccess', 'launch', 'useModel', 'useSite']; // prettier-ignore

/** Another program's sources, by what bundles them: the page, its worker, a React page, and a classic script. */
const SOURCES = {
  'page.js': {
    format: 'esm',
    text: `
      import { Assistant, launch, useSite } from 'open-assistant';
      useSite('/static/open-assistant');
      globalThis.ask = async (content) => {
        const assistant = await Assistant.load();
        const { choices } = await assistant.chat.completions.create({ messages: [{ role: 'user', content }] });
        const { data } = await assistant.models.list();
        await assistant.close();
        return [choices[0].message.content, data.map((m) => m.id), typeof globalThis.LanguageModel];
      };
      globalThis.show = () => launch({ title: 'Shop help' });
      globalThis.askWorker = (content) => new Promise((resolve) => {
        const url = globalThis.trustedTypes.createPolicy('example', { createScriptURL: (u) => u }).createScriptURL('worker.js');
        const worker = new Worker(url, { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage(content);
      });`,
  },
  'worker.js': {
    format: 'esm',
    text: `
      import { Assistant, useSite } from 'open-assistant';
      useSite('/static/open-assistant/');
      onmessage = async ({ data }) => {
        try {
          const assistant = await Assistant.load({ model: '/static/open-assistant/models/m.gguf' }); // an address
          const { choices } = await assistant.chat.completions.create({ messages: [{ role: 'user', content: data }] });
          postMessage(choices[0].message.content);
        } catch (e) {
          postMessage(String(e));
        }
      };`,
  },
  'react.js': {
    format: 'esm',
    text: `
      import { createElement as h, useState } from 'react';
      import { createRoot } from 'react-dom/client';
      import { Assistant, useSite } from 'open-assistant';
      useSite('/static/open-assistant/');
      function App() {
        const [text, setText] = useState('');
        const ask = async () => {
          const assistant = await Assistant.load();
          const stream = await assistant.chat.completions.create({ messages: [{ role: 'user', content: 'in React' }], stream: true });
          for await (const { choices } of stream) setText((said) => said + (choices[0].delta.content ?? ''));
        };
        return h('div', null, h('button', { onClick: ask }, 'Ask'), h('output', null, text), h('oa-chat', { greeting: 'Inline' }));
      }
      createRoot(document.body.appendChild(document.createElement('main'))).render(h(App));`,
  },
  'classic.js': {
    format: 'iife', // in which a script has no address
    text: `
      import { Assistant, useSite } from 'open-assistant';
      useSite(new URL('/static/open-assistant/', location.href));
      globalThis.ask = async (content) => {
        const assistant = await Assistant.load();
        return (await assistant.chat.completions.create({ messages: [{ role: 'user', content }] })).choices[0].message.content;
      };`,
  },
};

const TYPED = `
import { Assistant, CoreError, LanguageModel, launch, useSite } from 'open-assistant';
import type { ChatChunk, EmbedOptions, InputMessage, LoadOptions, OaChatElement } from 'open-assistant';

useSite('/static/');
const options: LoadOptions = { context: 2048, onProgress: ({ loaded, total }) => console.log(loaded / total) };
const messages: InputMessage[] = [{ role: 'user', content: 'Hello' }];
const assistant = await Assistant.load(options);
const answer = await assistant.chat.completions.create({ messages });
export const text: string | null = answer.choices[0].message.content;
const stream = await assistant.chat.completions.create({ messages, stream: true });
for await (const chunk of stream) handle(chunk);
function handle({ choices }: ChatChunk): string | undefined {
  return choices[0].delta.content;
}
const vectors = await assistant.embeddings.create({ input: 'x' });
export const first: number | undefined = vectors.data.length;
const session = await LanguageModel.create({ initialPrompts: [{ role: 'system', content: 'Be brief.' }] });
export const reply: unknown = await session.prompt('Hello');
const embed: EmbedOptions = { title: 'Help', suggestions: ['Where are you?'], position: 'left' };
launch(embed).open();
export const element = (e: OaChatElement) => e.write('Hello');
export const code = (e: CoreError): string => e.code;
// @ts-expect-error no number is a model
await Assistant.load({ model: 5 });
// @ts-expect-error a role is needed
await assistant.chat.completions.create({ messages: [{ content: 'Hello' }] });
// @ts-expect-error no such option
launch({ titel: 'Help' });
`;

const JSX = `/// <reference types="open-assistant/react" />
import 'open-assistant';
export const chat = <oa-chat greeting="Hello" suggestions="a|b" onmessage={({ detail }) => console.log(detail.role, detail.text)} />;
// @ts-expect-error an attribute is a text
export const wrong = <oa-chat greeting={5} />;
`;

let folder; // the other program
let installed; // the package in it
let browser;
let server;
before(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'oa-dist-'));
  installed = join(folder, 'node_modules/open-assistant');
  const [tarball] = fs.readdirSync(DIST).filter((name) => name.endsWith('.tgz'));
  fs.writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const install = ['install', '--offline', '--no-audit', '--no-fund', '--silent', join(process.cwd(), DIST, tarball)];
  execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of ['react', 'react-dom', 'scheduler', '@types', 'csstype'])
    if (fs.existsSync(join(MODULES, name))) fs.symlinkSync(join(MODULES, name), join(folder, 'node_modules', name));

  // As the package's README says: the files are copied, the weights put where models.json names them.
  const site = join(folder, 'public/static/open-assistant');
  fs.cpSync(join(installed, 'site'), site, { recursive: true });
  const model = echoModel({ size: 800_000 });
  fs.mkdirSync(join(site, 'models'));
  fs.writeFileSync(join(site, 'models/m.gguf'), model);
  fs.writeFileSync(join(site, 'models.json'), JSON.stringify({ models: [modelEntry('m', 'models/m.gguf', model)] }));
  for (const [name, { format, text }] of Object.entries(SOURCES)) {
    await build({
      stdin: { contents: text, resolveDir: folder },
      outfile: join(folder, 'public', name),
      ...{ bundle: true, minify: true, format, define: { 'process.env.NODE_ENV': '"production"' } },
      logLevel: 'error',
      logOverride: { 'empty-import-meta': 'silent' },
    });
    const page = `<!doctype html><html lang="en"><title>x</title><link rel="icon" href="data:,"><body><script type="${format === 'esm' ? 'module' : ''}" src="${name}"></script>`; // prettier-ignore
    fs.writeFileSync(join(folder, 'public', name.replace('.js', '.html')), page);
  }
  browser = await launch();
  server = await serve(join(folder, 'public'), { headers: { 'Content-Security-Policy': `${CSP} example` } }); // the last: its own worker
});
after(async () => {
  await browser?.close();
  await server?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A page of the other program; tells what of the package's files it asked for. */
const withPage = (name, work) =>
  withContext(browser, {}, async (context) => {
    await context.addInitScript(() => void delete globalThis.LanguageModel); // as in browsers that have none
    const page = await context.newPage();
    const asked = [];
    context.on('request', (r) => asked.push(new URL(r.url()).pathname));
    await page.goto(`${server.url}${name}.html`);
    await work(page, asked);
  });

test('the package: what it needs and no weights, every export there', () => {
  const description = JSON.parse(fs.readFileSync(join(installed, 'package.json'), 'utf8'));
  const { version, license } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  assert.deepEqual([description.version, description.license], [version, license]);
  for (const file of [
    'README.md',
    'LICENSE',
    'site/worker.js',
    'site/embed.html',
    'site/core/simd/core.wasm',
    'site/core/data.wasm',
  ])
    assert.ok(fs.existsSync(join(installed, file)), file);
  for (const target of Object.values(description.exports).flatMap((e) =>
    typeof e === 'string' ? [e] : Object.values(e),
  ))
    if (!target.includes('*')) assert.ok(fs.existsSync(join(installed, target)), target);
  const names = fs.readdirSync(installed, { recursive: true }).map(String);
  assert.deepEqual(
    names.filter((name) => /\.gguf$|^site\/(models|examples|docs)\/|bench/.test(name)),
    [],
  );
});

test('a server imports it and nothing happens', () => {
  const code = "import * as oa from 'open-assistant'; console.log(JSON.stringify([Object.keys(oa).sort(), 'LanguageModel' in globalThis]))"; // prettier-ignore
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(said), [EXPORTS, false]);
});

test('bundled into a page: an answer, with all files from the folder that it names', { timeout: 60_000 }, () =>
  withPage('page', async (page, asked) => {
    assert.deepEqual(await page.evaluate(() => globalThis.ask('one two')), ['one two', ['m'], 'undefined']);
    assert.ok(asked.includes('/static/open-assistant/worker.js'));
    assert.deepEqual(
      asked.filter((path) => !/^\/(page\.(html|js)|static\/open-assistant\/.+)$/.test(path)),
      [],
    );
  }),
);

test('bundled: the launcher shows the chat of that folder', { timeout: 60_000 }, () =>
  withPage('page', async (page) => {
    await page.evaluate(() => void globalThis.show());
    await page.getByRole('button', { name: 'Open the assistant' }).click();
    const frame = page.frameLocator('.panel iframe');
    await frame.getByRole('heading', { name: 'Shop help' }).waitFor();
    await frame.getByRole('button', { name: /^Download/ }).waitFor();
  }),
);

test('bundled into a worker: an answer there', { timeout: 60_000 }, () =>
  withPage('page', async (page) => {
    assert.equal(await page.evaluate(() => globalThis.askWorker('three four')), 'three four');
  }),
);

test('bundled with React: an answer in its state, <oa-chat> beside it', { timeout: 60_000 }, () =>
  withPage('react', async (page) => {
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.locator('output', { hasText: /^in React$/ }).waitFor();
    await page.frameLocator('oa-chat iframe').getByText('Inline').waitFor();
  }),
);

test('bundled as a classic script: an answer', { timeout: 60_000 }, () =>
  withPage('classic', async (page) => {
    assert.equal(await page.evaluate(() => globalThis.ask('five')), 'five');
  }),
);

test('what is no address is refused', { timeout: 60_000 }, async () => {
  const code = "import { useSite } from 'open-assistant'; try { useSite('http://') } catch (e) { console.log(e.code, e.message) }"; // prettier-ignore
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' });
  assert.match(said, /^ERR_ARGUMENT useSite: .* is no address/);
});

test('its types hold a program to them, JSX too, in all their files', { timeout: 120_000 }, () => {
  fs.writeFileSync(join(folder, 'typed.ts'), TYPED);
  fs.writeFileSync(join(folder, 'chat.tsx'), JSX);
  const lib = 'es2023,dom,dom.iterable,dom.asynciterable';
  for (const resolution of [
    ['--module', 'nodenext'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ])
    // prettier-ignore
    execFileSync(
      join(MODULES, '.bin/tsc'),
      ['--noEmit', '--strict', '--target', 'es2022', ...resolution, '--jsx', 'react-jsx', '--lib', lib, '--types', 'react', 'typed.ts', 'chat.tsx'], // prettier-ignore
      { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
    );
});
