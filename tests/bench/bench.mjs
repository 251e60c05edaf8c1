// The page beside wllama in the same Chromium and llama.cpp natively, in turns: node tests/bench/bench.mjs MODULES [ROUNDS] [ONLY]
// Prints medians with their spread and the ratios that count, and writes build/bench.json. MODULES: where the rivals' packages are; ONLY: a
// regular expression, which contenders run ('visit': the second visits).
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { Field, N_GEN, N_PROMPT } from './contenders.mjs';

const BUILD = process.env.BUILD ?? 'build';
const [modules, rounds = '5', pattern = ''] = process.argv.slice(2);
const only = new RegExp(pattern);
const MODEL = {
  id: 'smollm2-135m-instruct',
  file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  q4_0: 'SmolLM2-135M-Instruct.Q4_0.gguf',
};
const QUESTION = // 30 tokens
  'Write a short letter to a friend who has moved to another town, and tell her what the garden, the river and the bridge look like this autumn';

/** What the project wants (1 thread, 2 threads), and against whom. */
const WANTED = [
  { ours: 'tab, relaxed SIMD', theirs: 'llama.cpp', prefill_tps: [1.4, 1.4], decode_tps: [1.3, 1.3] },
  { ours: 'tab, relaxed SIMD', theirs: 'wllama', prefill_tps: [16, 16], decode_tps: [12, 10] },
  { ours: 'tab, simd128', theirs: 'wllama', prefill_tps: [5, 5], decode_tps: [5, 5] },
  { ours: 'tab, no AVX-VNNI', theirs: 'wllama', prefill_tps: [6, 6], decode_tps: [6, 6] },
  { ours: 'oa, native', theirs: 'llama.cpp', prefill_tps: [1, 1], decode_tps: [1, 1] },
  { ours: 'tab, Q4_0', theirs: 'llama.cpp, Q4_0', prefill_tps: [0.5, 0.5], decode_tps: [1, 1] }, // its best type, and all its processor has
];
const FIGURES = { prefill_tps: 'prefill tokens/s', decode_tps: 'decode tokens/s' };

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const digits = (x) => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));

function spread(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return { median: median(values), least, most, text: `${digits(median(values))} (${digits(least)}-${digits(most)})` };
}

function printTable(head, rows) {
  if (rows.length === 0) return;
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (row) => row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ');
  console.log([``, line(head), widths.map((w) => '-'.repeat(w)).join('  '), ...rows.map(line)].join('\n'));
}

/** Each contender once a round, so that a slow moment of the machine meets all of them. */
async function race(contenders) {
  const results = contenders.map((c) => ({ name: c.name, threads: c.threads, runs: [] }));
  for (let round = 1; round <= Number(rounds); round++) {
    for (const [i, contender] of contenders.entries()) {
      process.stderr.write(`\rround ${round} of ${rounds}: ${`${contender.name} ${contender.threads}`.padEnd(24)}`);
      results[i].runs.push(await contender.measure());
    }
  }
  process.stderr.write('\r'.padEnd(50) + '\r');
  return results;
}

/** Paired: the median of the ratios of each round. Of pairs that both ran. */
function ratios(results) {
  const find = (name, threads) => results.find((r) => r.name === name && r.threads === threads)?.runs;
  return WANTED.flatMap(({ ours, theirs, ...figures }) =>
    Object.entries(figures).flatMap(([figure, wanted]) =>
      wanted.flatMap((least, i) => {
        const [a, b] = [find(ours, i + 1), find(theirs, i + 1)];
        if (!a || !b) return [];
        const ratio = median(a.map((run, round) => run[figure] / b[round][figure]));
        return { figure, ours, theirs, threads: i + 1, ratio, wanted: least };
      }),
    ),
  );
}

function scaling(results) {
  const ours = (threads) => results.find((r) => r.name === 'tab, relaxed SIMD' && r.threads === threads)?.runs;
  if (!ours(1) || !ours(2)) return [];
  return Object.keys(FIGURES).map((figure) => ({
    figure,
    ratio: median(ours(2).map((run, i) => run[figure] / ours(1)[i][figure])),
  }));
}

const folder = fs.mkdtempSync(join(os.tmpdir(), 'bench-'));
const field = new Field({ build: BUILD, modules, model: MODEL });
await field.open();
try {
  const prompt = fs.readFileSync(join(import.meta.dirname, 'prompt.txt'), 'utf8');
  const results = await race(field.contenders({ prompt, only }));
  if (results.length === 0 && !only.test('visit')) throw new Error(`ONLY=${pattern}: no contender is called so`);
  const visits = [];
  for (let i = 0; only.test('visit') && i < Number(rounds); i++)
    visits.push({ ours: await field.visit('ours', QUESTION), wllama: await field.visit('wllama', QUESTION) });

  const machine = `${os.cpus()[0].model.trim()}, ${os.cpus().length} processors`;
  console.log(
    `${machine}; ${MODEL.file}, ${N_PROMPT} tokens of prompt, ${N_GEN} generated; medians of ${rounds} rounds`,
  );
  const cell = (runs, figure) => spread(runs.map((run) => run[figure])).text;
  printTable(
    ['', 'threads', ...Object.values(FIGURES), 'load ms'],
    results.map((r) => [
      r.name,
      String(r.threads),
      ...Object.keys(FIGURES).map((f) => cell(r.runs, f)),
      cell(r.runs, 'load_ms'),
    ]),
  );
  const compared = ratios(results);
  printTable(
    ['ratio', 'against', 'figure', 'threads', 'is', 'wanted'],
    compared.map((r) => [r.ours, r.theirs, FIGURES[r.figure], String(r.threads), digits(r.ratio), `>= ${r.wanted}`]),
  );
  const scaled = scaling(results);
  printTable(
    ['2 threads against 1', 'is'],
    scaled.map((s) => [FIGURES[s.figure], digits(s.ratio)]),
  );
  const visit = (who, figure) => spread(visits.map((v) => v[who][figure])).text;
  printTable(
    ['a second visit', 'to the first token, ms', 'peak memory, MB'],
    (visits.length ? ['ours', 'wllama'] : []).map((who) => [who, visit(who, 'first_token_ms'), visit(who, 'peak_mb')]),
  );
  const report = {
    machine,
    only: pattern,
    model: MODEL.file,
    n_prompt: N_PROMPT,
    n_gen: N_GEN,
    results,
    ratios: compared,
    scaled,
    visits,
  };
  fs.writeFileSync(join(BUILD, 'bench.json'), `${JSON.stringify(report, null, 1)}\n`);
} finally {
  await field.close();
  fs.rmSync(folder, { recursive: true });
}
