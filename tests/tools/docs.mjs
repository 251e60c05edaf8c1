// Writes the reference of oa.js from its types: node tests/tools/docs.mjs NODE-MODULES SITE-FOLDER
// Its pages keep no script: they work under the site's policy, and are all there without.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"/>`; // prettier-ignore

const [modules, site] = process.argv.slice(2);
const target = join(site, 'docs');

fs.rmSync(target, { recursive: true, force: true });
const args = [join(modules, 'typedoc/bin/typedoc'), '--options', 'tests/docs/typedoc.json', '--out', target];
const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
if (status !== 0) process.exit(1);

for (const name of fs.readdirSync(target, { recursive: true }).map(String)) {
  const file = join(target, name);
  if (/\.js$/.test(name)) fs.rmSync(file);
  if (!/\.html$/.test(name)) continue;
  const page = fs
    .readFileSync(file, 'utf8')
    .replace(/<script\b[^>]*>.*?<\/script>/gs, '')
    .replace(/ style="[^"]*"/g, '')
    .replace('</head>', `<link rel="icon" href="data:,"/>${POLICY}</head>`);
  fs.writeFileSync(file, page);
}
