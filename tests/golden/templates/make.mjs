// Renders every template of bundled/ and fetched/ with every context by @huggingface/jinja and writes expected/<family>.json:
// {"<context>": "text"} or {"<context>": {"error": "message"}}. Run `npm install` here first (package.json pins the version),
// `python3 fetch.py` where fetched/ is empty, and `python3 crosscheck.py` afterwards.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Template } from '@huggingface/jinja';

export const NOW = 1785924000; // what strftime_now() shows, here, in crosscheck.py and in test_template.c
process.env.TZ = 'UTC';
const Clock = Date;
globalThis.Date = class extends Clock {
  constructor(...args) {
    super(...(args.length ? args : [NOW * 1000]));
  }
};

/** @param {string} source @param {object} context */
function render(source, context) {
  try {
    return new Template(source).render(context);
  } catch (e) {
    return { error: String(e instanceof Error ? e.message : e).split('\n')[0].slice(0, 120) };
  }
}

const here = new URL('.', import.meta.url);
const contexts = JSON.parse(readFileSync(new URL('contexts.json', here), 'utf8'));
const { families } = JSON.parse(readFileSync(new URL('families.json', here), 'utf8'));
mkdirSync(new URL('expected/', here), { recursive: true });
for (const [name, , licence] of families) {
  const file = new URL(`${licence ? 'bundled' : 'fetched'}/${name}.jinja`, here);
  if (!existsSync(file)) continue;
  const source = readFileSync(file, 'utf8');
  const lines = Object.entries(contexts)
    .filter(([key]) => source.includes('tool') || !key.startsWith('tool'))
    .map(([key, context]) => `${JSON.stringify(key)}: ${JSON.stringify(render(source, context))}`);
  writeFileSync(new URL(`expected/${name}.json`, here), `{\n${lines.join(',\n')}\n}\n`);
}
