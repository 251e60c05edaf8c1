// Runs fuzzers, one after the other: node tests/tools/fuzz.mjs FOLDER SECONDS PROGRAM...
// FOLDER/<name>/ holds the inputs found so far, and FOLDER/<name>-crash-* an input that broke something.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { basename, join } from 'node:path';

const [folder, seconds, ...programs] = process.argv.slice(2);
let failed = 0;
for (const program of programs) {
  const name = basename(program);
  const corpus = join(folder, name);
  fs.mkdirSync(corpus, { recursive: true });
  const limits = ['-rss_limit_mb=1024', '-timeout=10', '-max_len=65536', '-verbosity=0', '-print_final_stats=1'];
  const args = [`-max_total_time=${seconds}`, `-artifact_prefix=${corpus}-`, ...limits, corpus];
  const timeout = (Number(seconds) + 60) * 1000;
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout, maxBuffer: 1 << 26 });
  const runs = /number_of_executed_units:\s*(\d+)/.exec(stderr ?? '')?.[1] ?? 0;
  if (status !== 0) console.log(`${stderr ?? ''}\n${name}: see ${corpus}-*`);
  else console.log(`${name}: ${runs} inputs`);
  if (status !== 0) failed++;
  console.log(status === 0 ? `${name}: 1 passed, 0 failed` : `${name}: 0 passed, 1 failed`);
}
process.exitCode = failed || !programs.length ? 1 : 0;
