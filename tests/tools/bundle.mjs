// Builds the page: node tests/tools/bundle.mjs SITE-FOLDER
// esbuild makes one minified ES module of each entry, with a source map beside it; what is not JavaScript is copied.
// An entry that does not exist yet is left out, and said so.
import fs from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ENTRIES = {
  app: 'web/app/main.js',
  oa: 'web/api/index.js',
  worker: 'web/core/worker.js',
  sw: 'web/app/sw.js',
  bench: 'web/app/bench.js',
};

const site = process.argv[2];
const entries = Object.entries(ENTRIES).filter(([, file]) => {
  if (!fs.existsSync(file)) console.error(`bundle: no ${file} yet`);
  return fs.existsSync(file);
});

fs.mkdirSync(site, { recursive: true });
const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
await build({
  entryPoints: Object.fromEntries(entries),
  outdir: site,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome111', 'firefox114', 'safari16.4'], // the first with everything the page needs
  sourcemap: 'linked',
  legalComments: 'external',
  define: { 'globalThis.OA_VERSION': JSON.stringify(version) },
  logLevel: 'warning',
});

/** Everything of web/app that is no module: pages, style, manifest, icons. */
fs.cpSync('web/app', site, { recursive: true, filter: (path) => !path.endsWith('.js') });
fs.copyFileSync('LICENSE', join(site, 'LICENSE'));
