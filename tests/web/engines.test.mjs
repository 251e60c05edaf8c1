// The same questions in Firefox and in WebKitGTK (Safari's engine), which has neither relaxed SIMD nor shared memory: the built page loads the
// model, answers greedily, and every engine gives the tokens that the native program gives.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { serve } from '../tools/serve.mjs';

const BUILD = process.env.BUILD ?? 'build';
const MODEL = `${BUILD}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;
const QUESTIONS = ['What is the capital of France?', 'Say something kind, with an emoji.'];
const TOKENS = 24;
const WEBKIT_PORT = 4700 + (process.pid % 200);

let server;
let profile;
const native = new Map();

before(async () => {
  server = await serve(`${BUILD}/site`);
  profile = fs.mkdtempSync(path.join(os.tmpdir(), 'engines-'));
  for (const question of QUESTIONS) {
    const args = ['chat', MODEL, '-p', question, '--temp', '0', '-n', String(TOKENS), '--json'];
    native.set(
      question,
      JSON.parse(execFileSync(`${BUILD}/native/oa`, args, { stdio: ['ignore', 'pipe', 'ignore'] })).text,
    );
  }
});

after(async () => {
  await server?.close();
  fs.rmSync(profile, { recursive: true, force: true });
});

/** Runs in the page: loads the default model with what this engine can do best, and asks. */
async function askInPage(questions, tokens) {
  const { Assistant } = await import(new URL('oa.js', document.baseURI).href);
  const assistant = await Assistant.load({ model: 'smollm2-135m-instruct' });
  const answers = [];
  for (const content of questions) {
    const messages = [{ role: 'user', content }];
    const completion = await assistant.chat.completions.create({ messages, temperature: 0, max_tokens: tokens });
    answers.push(completion.choices[0].message.content);
  }
  const { variant, threads } = assistant.info;
  await assistant.close();
  return { answers, variant, threads };
}

function check(result, variants) {
  assert.ok(variants.includes(result.variant), `variant ${result.variant}`);
  QUESTIONS.forEach((question, i) => assert.equal(result.answers[i], native.get(question), question));
}

test('Firefox answers as the native program does', { timeout: 180_000 }, async () => {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    env: { ...process.env, HOME: profile },
    protocolTimeout: 150_000,
  });
  try {
    const page = await browser.newPage();
    const problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(server.url);
    const result = await page.evaluate(`(${askInPage})(${JSON.stringify(QUESTIONS)}, ${TOKENS})`);
    check(result, ['relaxed-mt', 'simd-mt']);
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});

/** One WebDriver command; the value of its answer. */
async function webdriver(method, command, body) {
  const response = await fetch(`http://127.0.0.1:${WEBKIT_PORT}${command}`, {
    method,
    body: body && JSON.stringify(body),
  });
  const { value } = await response.json();
  if (value?.error) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

async function listening() {
  for (let i = 0; i < 100; i++) {
    const up = await webdriver('GET', '/status').catch(() => null);
    if (up) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error('WebKitWebDriver does not listen');
}

/** WebKitGTK's test browser lies in a folder named after the machine. */
function miniBrowser() {
  const folders = fs.readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/webkit2gtk-4.1/MiniBrowser`);
  return folders.find((file) => fs.existsSync(file));
}

test('WebKitGTK answers as the native program does', { timeout: 240_000 }, async () => {
  const env = {
    ...process.env,
    HOME: profile,
    XDG_RUNTIME_DIR: profile,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
  };
  const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${WEBKIT_PORT}`], {
    env,
    stdio: 'ignore',
    detached: true,
  });
  try {
    await listening();
    const options = { binary: miniBrowser(), args: ['--automation'] };
    const { sessionId } = await webdriver('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
    });
    await webdriver('POST', `/session/${sessionId}/timeouts`, { script: 200_000, pageLoad: 60_000 });
    await webdriver('POST', `/session/${sessionId}/url`, { url: server.url });
    const script = `const done = arguments[arguments.length - 1];
      (${askInPage})(${JSON.stringify(QUESTIONS)}, ${TOKENS}).then(done, (e) => done({ failed: String(e && e.message) }));`;
    const result = await webdriver('POST', `/session/${sessionId}/execute/async`, { script, args: [] });
    assert.equal(result.failed, undefined);
    check(result, ['simd']);
    await webdriver('DELETE', `/session/${sessionId}`);
  } finally {
    process.kill(-driver.pid, 'SIGTERM');
  }
});
