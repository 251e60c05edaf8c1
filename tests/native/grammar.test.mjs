// Grammars against other programs: schemas of JSON-Schema-Test-Suite against ajv, regular expressions against JavaScript's
// own. Texts are drawn at random from what the masks allow (grammar_sample.c), without a model.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const BUILD = process.env.BUILD ?? 'build';
const SUITE = `${BUILD}/json-schema/json/tests/draft2020-12`;
const MODEL = `${BUILD}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;

/** The answers to jobs, with single bytes as tokens or a model's vocabulary. */
function sample(jobs, ...args) {
  const input = jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
  const run = spawnSync(`${BUILD}/native/grammar_sample`, args, {
    input,
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 1 << 28,
  });
  assert.equal(run.status, 0, run.stderr || String(run.signal));
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const ofSchema = (schema) => ({ type: 'json_schema', json_schema: { name: 'x', schema } });

// multipleOfPrecision: what is a multiple is decided by decimals here, by binary fractions there. ownProperties: "toString" is
// no member of every object.
function validator(schema) {
  const options = { strict: false, validateSchema: false, multipleOfPrecision: 6, ownProperties: true, logger: false };
  const ajv = new Ajv2020(options);
  formats.default(ajv);
  return ajv.compile(schema);
}

/** Right schemas that ajv cannot read: there the suite's own instances must do. */
const AJV_FAILS = /^Maximum call stack size exceeded|resolves to more than one schema$/;

/** Every schema of the suite's draft 2020-12, with its invalid instances as texts. */
function suite() {
  const folders = [SUITE, `${SUITE}/optional`, `${SUITE}/optional/format`];
  const files = folders.flatMap((folder) =>
    fs
      .readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => `${folder}/${name}`),
  );
  return files.flatMap((file) =>
    JSON.parse(fs.readFileSync(file, 'utf8')).map(({ description, schema, tests }) => ({
      name: `${file.slice(SUITE.length + 1)}: ${description}`,
      schema,
      tests,
    })),
  );
}

function checkSuite(groups, n, ...args) {
  const answers = sample(
    groups.map(({ schema, tests }, i) => ({
      format: ofSchema(schema),
      n,
      seed: i,
      check: tests.map(({ data }) => JSON.stringify(data)),
    })),
    ...args,
  );
  const wrong = [];
  const count = { supported: 0, refused: 0, empty: 0, texts: 0, unfinished: 0, valid: 0, written: 0 };
  groups.forEach(({ name, schema, tests }, i) => {
    const { error, texts, ended, allowed } = answers[i];
    if (error) {
      const empty = error.startsWith('no text fits');
      count[empty ? 'empty' : 'refused']++;
      if (empty ? tests.some(({ valid }) => valid) : !/^json_schema: #[^:]*: \S/.test(error)) wrong.push([name, error]);
      return;
    }
    count.supported++;
    let valid = () => true;
    try {
      valid = validator(schema);
    } catch (e) {
      if (!AJV_FAILS.test(e.message)) wrong.push([name, `ajv: ${e.message}`]);
    }
    texts.forEach((text, k) => {
      if (!ended[k]) count.unfinished++;
      else if (valid(JSON.parse(text))) count.texts++;
      else wrong.push([name, text, valid.errors[0].message]);
    });
    tests.forEach((t, k) => {
      if (t.valid) count.valid++;
      if (t.valid && allowed[k]) count.written++;
      if (!t.valid && allowed[k]) wrong.push([name, 'invalid, but allowed', JSON.stringify(t.data)]);
    });
  });
  return { wrong, count };
}

test('every supported schema of the suite: 20 texts each are valid', { timeout: 400_000 }, () => {
  const groups = suite();
  const { wrong, count } = checkSuite(groups, 20);
  console.log(`${groups.length} schemas: ${JSON.stringify(count)}`);
  assert.deepEqual(wrong, []);
  assert.ok(count.supported >= 300, `${count.supported} schemas are supported`);
  assert.ok(count.texts > count.supported * 19);
});

test('the same with a real vocabulary', { timeout: 400_000 }, () => {
  const { wrong, count } = checkSuite(suite(), 3, MODEL);
  assert.deepEqual(wrong, []);
  assert.ok(count.texts > count.supported * 2);
});

/** Random regular expressions, of a few characters so that texts meet in many ways. Groups are repeated few times, since JavaScript tries all
 * ways to read a text. */
function randomRegex(random, depth = 0) {
  const pick = (...list) => list[Math.floor(random() * list.length)];
  const group = () => `(${pick('', '?:')}${randomRegex(random, depth + 1)})${pick('', '', '?', '{2}')}`;
  const atom = () =>
    pick('a', 'b', 'é', '.', '\\d', '\\w', '\\s', '[ab]', '[^a]', '[0-4x]', '[^\\dé]', '\\.', '\\u0061', '"', '\\\\') +
    pick('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?');
  const mark = () => pick('\\b', '\\B', '^', '$');
  const term = () => (depth < 2 && random() < 0.25 ? group() : random() < 0.12 ? mark() : atom());
  const terms = () => Array.from({ length: 1 + Math.floor(random() * 3) }, term).join('');
  return Array.from({ length: 1 + Math.floor(random() * 2.2) }, terms).join('|');
}

/** A sequence of numbers from 0 to 1 that is the same every time. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("regular expressions match what JavaScript's own match", { timeout: 300_000 }, () => {
  const random = randomOf(7);
  const letters = ['a', 'b', 'é', '0', '5', 'x', ' ', '\n', '.', '"', '\\', '_', 'Z', '☺'];
  const words = Array.from({ length: 60 }, () =>
    Array.from({ length: Math.floor(random() * 6) }, () => letters[Math.floor(random() * letters.length)]).join(''),
  );
  const flags = Array.from({ length: 400 }, () => (random() < 0.5 ? '' : ['i', 's', 'm', 'im', 'ims'][Math.floor(random() * 5)])); // prettier-ignore
  const list = flags.map(() => randomRegex(random));
  const flagged = list.map((source, i) => (flags[i] ? `(?${flags[i]}:${source})` : source));
  const jobs = flagged.map((regex, i) => ({ format: { type: 'regex', regex }, n: 10, seed: i, check: words }));
  // as JSON Schema's pattern: anywhere in the value of a string
  const patterns = flagged.map((pattern, i) => ({
    format: ofSchema({ type: 'string', pattern }),
    n: 10,
    seed: i,
    check: words.map((word) => JSON.stringify(word)),
  }));
  let n = 0;
  sample([...jobs, ...patterns]).forEach(({ error, texts, ended, allowed }, i) => {
    const source = list[i % list.length];
    const whole = i < list.length;
    const regex = new RegExp(whole ? `(?<![^])(?:${source})(?![^])` : source, `u${flags[i % list.length]}`);
    if (/no text fits/.test(error)) {
      assert.ok(!words.some((word) => word && regex.test(word)), `${regex}`); // but for the empty one
      return;
    }
    assert.equal(error, undefined, source);
    texts.forEach((text, k) => {
      if (!ended[k] || text.length > 200) return;
      assert.match(whole ? text : JSON.parse(text), regex);
      n++;
    });
    words.forEach((word, k) => assert.equal(allowed[k], regex.test(word), `${regex} and ${JSON.stringify(word)}`));
  });
  assert.ok(n > 4000, `${n} texts came to an end`);
});

test("general categories are JavaScript's", { timeout: 120_000 }, () => {
  const list = ['\\p{L}', '\\P{L}', '\\p{Lu}', '\\p{Lowercase_Letter}', '[\\p{Lt}\\p{Lm}]', '\\p{gc=Lo}', '\\p{LC}', '\\p{M}', '\\p{N}', '\\p{P}', '\\p{S}', '[^\\p{L}\\p{N}]', '\\p{ASCII}']; // prettier-ignore
  // where nothing was added or changed for years
  const codes = [[0, 0x250], [0x2b0, 0x870], [0x1e00, 0x20c0], [0x2c00, 0x2e50], [0x3041, 0x30ff]]; // prettier-ignore
  const words = codes.flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, i) => String.fromCodePoint(from + i)),
  );
  sample(list.map((regex) => ({ format: { type: 'regex', regex }, n: 20, seed: 1, check: words }))).forEach(
    ({ texts, allowed }, i) => {
      const regex = new RegExp(`^${list[i]}$`, 'u');
      texts.forEach((text) => assert.match(text, regex));
      words.forEach((word, k) => assert.equal(allowed[k], regex.test(word), `${regex} and ${word.codePointAt(0)}`));
    },
  );
});

test('a grammar of JSON in GBNF makes JSON', () => {
  const grammar = String.raw`
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws
object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\"" ws # quotes and escapes
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
ws     ::= | " " | "\n" [ \t]{0,20}
`;
  const check = ['{"a": [1, -2.5e3, "x\\u00e9\\n", {}], "b": null}', '{"a": 01}', '{"a": "\n"}', '{}x'];
  const [{ texts, ended, allowed }] = sample([{ format: { type: 'grammar', grammar }, n: 60, seed: 1, check }]);
  assert.deepEqual(allowed, [true, false, false, false]);
  assert.ok(ended.filter(Boolean).length >= 55);
  texts.forEach((text, k) => ended[k] && JSON.parse(text));
});
