// Builds the examples of oa.js into a site: node tests/tools/examples.mjs SITE-FOLDER
// Each is a page of its own, SITE-FOLDER/examples/<name>/, with its packages in it and oa.js beside them. Some need no build.
import fs from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const BUILT = ['react-hook/main', 'react-host/main', 'ai-sdk/main', 'openai/main', 'worker/main', 'worker/worker'];
const PLAIN = ['module/main.js', 'style.css'];
const site = process.argv[2];
const target = join(site, 'examples');

await build({
  entryPoints: Object.fromEntries(BUILT.map((name) => [name, `examples/${name}.js`])),
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  alias: { 'open-assistant': '../../oa.js' },
  external: ['../../oa.js'],
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
});
const pages = fs.readdirSync('examples', { recursive: true }).filter((name) => name.endsWith('index.html'));
for (const name of [...pages, ...PLAIN]) fs.cpSync(join('examples', name), join(target, name));
