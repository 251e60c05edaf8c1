// Builds the page: node tests/tools/bundle.mjs SITE-FOLDER; with COLLECTOR in the environment the page names it.
// esbuild makes one minified ES module of each entry, with a source map beside it; what is not JavaScript is copied. The service worker, which lists
// these files, is made by bundle_sw.mjs. What the page seldom needs it import()s: those modules, and what they share with app.js, are the files part-*.js.
// An entry that does not exist yet is left out, and said so.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { withCollector } from './collector.mjs';
import { coreDigest } from './core_digest.mjs';

const ENTRIES = {
  prompt: 'web/api/prompt/prompt.js',
  fetch: 'web/api/fetch.js',
  worker: 'web/core/worker.js',
  reader: 'web/store/reader.js',
  data: 'web/core/data-worker.js',
  shelf: 'web/store/weights.js',
  bench: 'web/app/bench.js',
  blocks: 'web/lib/blocks.js',
};

/** The page's words, and those of the tasks: each language but English, which is part of them, is fetched by itself. */
for (const name of fs.readdirSync('web/ui/text'))
  if (name.endsWith('.js') && !/\ben\.js$/.test(name)) ENTRIES[`text/${name.slice(0, -3)}`] = `web/ui/text/${name}`;

const site = process.argv[2];
const entries = Object.entries(ENTRIES).filter(([, file]) => {
  if (!fs.existsSync(file)) console.error(`bundle: no ${file} yet`);
  return fs.existsSync(file);
});

fs.mkdirSync(site, { recursive: true });
for (const name of fs.readdirSync(site)) if (name.startsWith('part-')) fs.rmSync(join(site, name)); // of another version
const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
const common = {
  outdir: site,
  bundle: true,
  minify: true,
  target: ['chrome111', 'firefox114', 'safari16.4'], // the first with everything the page needs
  sourcemap: 'linked',
  legalComments: 'external',
  define: {
    'globalThis.OA_VERSION': JSON.stringify(version),
    'globalThis.OA_CORE': JSON.stringify(coreDigest()),
  },
  logLevel: 'warning',
};
const modules = { ...common, format: 'esm', charset: 'utf8' };
await build({ ...modules, entryPoints: Object.fromEntries(entries) });
const { metafile } = await build({
  ...modules,
  entryPoints: { app: 'web/app/main.js' },
  splitting: true,
  chunkNames: 'part-[name]-[hash]',
  metafile: true,
});

/* oa.js is a module and a classic script. In a module `await` is an operator and /[/*]/ after it a regular expression; in a classic script it is a
 * name and what follows a division by an array, in which a comment begins. So the exports, and the address that only a module knows, are there for
 * modules alone. */
const inModule = (code) => `typeof await/[/*]/;${code};[/**/]/1;`;
const EXPORTS =
  'Assistant,CoreError,LanguageModel,LanguageModelToolCall,LanguageModelToolError,LanguageModelToolSuccess,useModel,useSite,launch';
await build({
  ...common,
  entryPoints: { oa: 'web/app/oa.js' },
  format: 'iife',
  globalName: 'OpenAssistant',
  define: { ...common.define, 'import.meta.url': 'openAssistantUrl' },
  banner: {
    js: `var openAssistantUrl=globalThis.document?.currentScript?.src;${inModule('openAssistantUrl=import.meta.url')}`,
  },
  footer: { js: inModule(`export const{${EXPORTS}}=OpenAssistant`) },
});

/** Everything of web/app that is no module: pages, style, manifest, icons. */
fs.cpSync('web/app', site, { recursive: true, filter: (path) => !/\.(js|css|d\.ts)$/.test(path) });
await build({ ...common, sourcemap: false, entryPoints: { style: 'web/app/style.css' } });
fs.copyFileSync('LICENSE', join(site, 'LICENSE'));

/** What app.js imports is fetched along with it, not after it. */
const APP = '<script type="module" src="app.js"></script>';
const preloads = metafile.outputs[join(site, 'app.js')].imports
  .filter(({ kind }) => kind === 'import-statement')
  .map(({ path }) => `<link rel="modulepreload" href="${path.slice(join(site, '/').length)}" />`);
for (const page of ['index.html', 'embed.html']) {
  const path = join(site, page);
  const html = fs.readFileSync(path, 'utf8');
  if (!html.includes(APP)) throw new Error(`bundle: ${page} has no ${APP}`);
  const whole = html.replace(APP, [APP, ...preloads].join('\n    '));
  fs.writeFileSync(path, page === 'index.html' ? withCollector(whole, process.env.COLLECTOR ?? '') : whole);
}

/** For pages that check what they load from here: <script integrity="…" crossorigin="anonymous">. */
const integrity = createHash('sha384')
  .update(fs.readFileSync(join(site, 'oa.js')))
  .digest('base64');
fs.writeFileSync(
  join(site, 'integrity.json'),
  `${JSON.stringify({ integrity: { 'oa.js': `sha384-${integrity}` } }, null, 1)}\n`,
);
