// Sizes of the built page's files, plain and as a good host sends them (brotli): node tests/tools/sizes.mjs SITE-FOLDER
import fs from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const site = process.argv[2];
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(12);

const names = fs
  .readdirSync(site, { recursive: true })
  .map(String)
  .filter((name) => fs.statSync(join(site, name)).isFile() && !/^models\/|\.map$|LEGAL\.txt$|^LICENSE$/.test(name))
  .sort();
for (const name of names) {
  const bytes = fs.readFileSync(join(site, name));
  console.log(`${name.padEnd(32)}${kb(bytes.length)}${kb(brotliCompressSync(bytes).length)} brotli`);
}
