// Who is measured, and how: each contender is { name, threads, measure() } with {load_ms, prefill_tps, decode_tps} as its result.
import { execFile } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { CHROMIUM } from '../tools/chromium.mjs';
import { serve } from '../tools/serve.mjs';

const run = promisify(execFile);
const HERE = import.meta.dirname;
export const N_PROMPT = 261; // what speed is measured with, as in the figures of others (README)
export const N_GEN = 64;

/** What V8 does on most processors from before AVX-VNNI. */
const NO_VNNI = ['--js-flags=--no-enable-avx-vnni'];

/** The rival's page, beside its modules and the models. */
const PAGE = '<!doctype html><html lang="en"><title>wllama</title><script type="module" src="wllama.js"></script>';

/** Answers what our site does not have: the rival's page and modules, and models that are made for this comparison. */
function rival(modules, weights) {
  const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
  return (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = path === '/wllama.js' ? join(HERE, 'wllama_page.mjs') : join(modules, path.replace('/modules/', ''));
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    const whole = weights.find((each) => path === `/${basename(each)}`);
    if (whole) {
      response.writeHead(200, { ...headers, 'Content-Length': statSync(whole).size });
      createReadStream(whole).pipe(response);
    } else if (path === '/wllama.html') response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end(PAGE);
    else if (path === '/wllama.js' || path.startsWith('/modules/')) {
      if (!existsSync(file)) return response.writeHead(404).end();
      response.writeHead(200, { ...headers, 'Content-Type': types[extname(file)] ?? 'text/plain' });
      createReadStream(file).pipe(response);
    } else return false;
    return true;
  };
}

/** The most memory that a renderer of this browser had, in MB. */
function peakMb(pid) {
  const peaks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('--type=renderer')) return 0;
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        if (!descends(Number(name), pid)) return 0;
        return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000;
      } catch {
        return 0; // it has ended
      }
    });
  return Math.max(0, ...peaks);
}

function descends(pid, from) {
  while (pid > 1 && pid !== from) pid = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  return pid === from;
}

export class Field {
  /**
   * @param {{ build: string, modules: string, model: { id: string, file: string, q4_0: string } }} options modules: where the rivals are
   *     installed; q4_0: the same model in that type, a file of build/bench
   */
  constructor({ build, modules, model }) {
    Object.assign(this, { build, modules, model, browsers: new Map() });
    this.file = resolve(build, 'models', model.file);
    this.q4_0 = resolve(build, 'bench', model.q4_0);
  }

  async open() {
    this.site = await serve(join(this.build, 'site'), { intercept: rival(this.modules, [this.q4_0, this.file]) });
  }

  async close() {
    for (const browser of this.browsers.values()) await browser.close();
    await this.site.close();
  }

  async browser(flags = []) {
    const key = flags.join(' ');
    if (!this.browsers.has(key))
      this.browsers.set(key, await chromium.launch({ ...CHROMIUM, args: [...CHROMIUM.args, ...flags] }));
    return this.browsers.get(key);
  }

  /** Our page, in Chromium. model: an id, or an address. */
  async tab({ variant, threads, flags, model = this.model.id }) {
    const context = await (await this.browser(flags)).newContext();
    const page = await context.newPage();
    await page.goto(`${this.site.url}bench.html`);
    await page.waitForFunction(() => globalThis.bench);
    const options = {
      model,
      variant: threads > 1 ? `${variant}-mt` : variant,
      threads,
      nPrompt: N_PROMPT,
      nGen: N_GEN,
      reps: 2,
    };
    const { load_ms, runs } = await page.evaluate((o) => globalThis.bench(o), options);
    await context.close();
    return { load_ms, ...runs.at(-1) };
  }

  async wllama({ threads, prompt }) {
    const context = await (await this.browser()).newContext();
    const page = await context.newPage();
    await page.goto(`${this.site.url}wllama.html`);
    await page.waitForFunction(() => globalThis.ready);
    const options = { model: this.modelPath(), threads, prompt, nGen: N_GEN };
    const result = await page.evaluate((o) => globalThis.measure(o), options);
    await context.close();
    return result;
  }

  /** llama.cpp in a process of its own. */
  async llama({ threads, file = this.file }) {
    const args = [join(HERE, 'llama.mjs'), resolve(this.modules), file, threads, join(HERE, 'prompt.txt'), N_GEN];
    return JSON.parse(
      (await run(process.execPath, args.map(String), { timeout: 300_000 })).stdout.trim().split('\n').at(-1),
    );
  }

  /** Our command line. */
  async native({ threads, file = this.file }) {
    const args = ['bench', file, '-t', threads, '-p', N_PROMPT, '-n', N_GEN, '--json'].map(String);
    return JSON.parse((await run(join(this.build, 'native/oa'), args, { timeout: 300_000 })).stdout);
  }

  /** Where the rivals find the model as one file: the site may have it in pieces. */
  modelPath() {
    return `/${basename(this.file)}`;
  }

  /**
   * From the navigation to the first token of a short prompt, with the weights in the browser's storage; and the renderer's peak memory
   * over the first and the second visit.
   * @param {'ours' | 'wllama'} who
   */
  async visit(who, prompt, threads = 1) {
    const browser = await chromium.launchServer(CHROMIUM);
    const connected = await chromium.connect(browser.wsEndpoint());
    const context = await connected.newContext();
    let first_token_ms = 0;
    for (const visit of ['first', 'second']) {
      const page = await context.newPage();
      await page.goto(`${this.site.url}${who === 'ours' ? 'bench' : 'wllama'}.html`, { waitUntil: 'commit' });
      const options = { model: who === 'ours' ? this.model.id : this.modelPath(), threads, prompt };
      await page.waitForFunction((ours) => ours || globalThis.ready, who === 'ours');
      first_token_ms = await page.evaluate(who === 'ours' ? firstToken : (o) => globalThis.first(o), options);
      if (visit === 'first') await page.close();
    }
    const peak_mb = peakMb(browser.process().pid);
    await connected.close();
    await browser.close();
    return { first_token_ms, peak_mb };
  }

  /** Every contender for speed whose name and threads, as 'wllama 2', `only` finds, in the order in which a round asks them. */
  contenders({ prompt, only }) {
    const kinds = {
      'tab, relaxed SIMD': (threads) => this.tab({ threads, variant: 'relaxed' }),
      'llama.cpp': (threads) => this.llama({ threads }),
      wllama: (threads) => this.wllama({ threads, prompt }),
      'tab, simd128': (threads) => this.tab({ threads, variant: 'simd' }),
      'tab, no AVX-VNNI': (threads) => this.tab({ threads, variant: 'relaxed', flags: NO_VNNI }),
      'oa, native': (threads) => this.native({ threads }),
      'tab, Q4_0': (threads) => this.tab({ threads, variant: 'relaxed', model: basename(this.q4_0) }),
      'llama.cpp, Q4_0': (threads) => this.llama({ threads, file: this.q4_0 }),
    };
    return Object.entries(kinds)
      .flatMap(([name, measure]) => [1, 2].map((threads) => ({ name, threads, measure: () => measure(threads) })))
      .filter(({ name, threads }) => only.test(`${name} ${threads}`));
  }
}

/** Runs in our page. */
async function firstToken({ model, threads, prompt }) {
  const { Assistant } = await import(new URL('oa.js', document.baseURI).href);
  const assistant = await Assistant.load({ model, threads });
  const stream = await assistant.completions.create({ prompt, max_tokens: 1, temperature: 0, stream: true });
  for await (const chunk of stream) if (chunk.oa?.token_ids?.length) break;
  return performance.now();
}
