// Writes web/core/status.js from the enumeration in src/base/status.h: node tests/tools/status.mjs [--check]
// With --check it writes nothing and fails where the two differ.
import { readFileSync, writeFileSync } from 'node:fs';

const HEADER = 'src/base/status.h';
const TARGET = 'web/core/status.js';

const body = /enum status \{([^}]*)\}/.exec(readFileSync(HEADER, 'utf8'))?.[1] ?? '';
const names = [...body.replace(/\/\*.*?\*\//gs, '').matchAll(/\b(OK|ERR_\w+)\b/g)].map((m) => m[1]);
if (names[0] !== 'OK' || names.length < 2) {
  console.error(`status: no "enum status" that begins with OK in ${HEADER}`);
  process.exit(1);
}

const text = `// Made from ${HEADER} by tests/tools/status.mjs; change that header instead.

/** The names of the core's status codes, by number. */
export const STATUS = Object.freeze([
${names.map((name) => `  '${name}',`).join('\n')}
]);
`;

if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error(`status: ${TARGET} is not what ${HEADER} says; run: node tests/tools/status.mjs`);
  process.exit(1);
}
