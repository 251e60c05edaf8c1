// Formatting, eslint and types, each a check of its own: node tests/tools/lint.mjs
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

const c = ['src', 'tests'].flatMap((root) =>
  fs
    .readdirSync(root, { recursive: true })
    .filter((name) => /\.[ch]$/.test(String(name)))
    .map((name) => `${root}/${name}`),
);

const CHECKS = {
  'clang-format': ['clang-format-19', '--dry-run', '-Werror', ...c],
  prettier: ['prettier', '--log-level=warn', '--check', '.'],
  eslint: ['eslint', '--max-warnings=0', '.'],
  tsc: ['tsc', '--pretty', 'false', '-p', '.'],
};

/** clang-format shows every line at fault, and the file's name is enough. */
const files = (said) => [...new Set(said.match(/^[^:\s]+(?=:\d+:\d+: error)/gm) ?? [said])].join('\n');

let failed = 0;
for (const [name, [command, ...args]] of Object.entries(CHECKS)) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 });
  const said = error ? `${command}: ${error.message}` : `${stdout}${stderr}`.trim();
  if (status !== 0) console.log(name === 'clang-format' ? files(said) : said);
  if (status !== 0) failed++;
  console.log(status === 0 ? `${name}: 1 passed, 0 failed` : `${name}: 0 passed, 1 failed`);
}
if (failed) console.log('most of this is put right by: make format');
process.exitCode = failed ? 1 : 0;
