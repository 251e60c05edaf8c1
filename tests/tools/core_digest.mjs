// What saved sessions depend on: another core may compute other bits, or lay them out in another way.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

export function coreDigest() {
  const hash = createHash('sha256');
  const files = fs.readdirSync('src', { recursive: true }).filter((file) => /\.[ch]$/.test(file));
  for (const file of [...files.sort().map((name) => join('src', name)), 'make/core.mk'])
    hash.update(fs.readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
