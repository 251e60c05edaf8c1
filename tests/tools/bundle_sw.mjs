// Builds the service worker: node tests/tools/bundle_sw.mjs SITE-FOLDER
// Its lists of files, with their digests, are what it keeps of the site, so it changes whenever one of them does.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What the page needs to open and to chat. */
const SHELL =
  /^((index|embed)\.html|(app|blocks|oa|shelf|prompt|fetch|worker|reader|data|text\/[a-z]+|part-[^/]+)\.js|style\.css|core\/data\.(mjs|wasm)|manifest\.webmanifest|icons\/.+)$/;
const CORE = /^core\/[^/]+\/core\.(mjs|wasm|worker\.js)$/;

const site = process.argv[2];
const names = fs
  .readdirSync(site, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(join(site, '/').length))
  .sort();

function listed(pattern) {
  return names
    .filter((name) => pattern.test(name))
    .map((url) => {
      const digest = createHash('sha256')
        .update(fs.readFileSync(join(site, url)))
        .digest();
      return { url, revision: digest.toString('hex').slice(0, 16), integrity: `sha256-${digest.toString('base64')}` };
    });
}

await build({
  entryPoints: { sw: 'web/app/sw.js' },
  outdir: site,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome111', 'firefox114', 'safari16.4'],
  sourcemap: 'linked',
  legalComments: 'external',
  define: {
    'globalThis.OA_SHELL': JSON.stringify(listed(SHELL)),
    'globalThis.OA_CORES': JSON.stringify(listed(CORE)),
    'process.env.NODE_ENV': '"production"',
  },
  logLevel: 'warning',
});
