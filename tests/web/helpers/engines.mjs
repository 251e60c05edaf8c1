// Firefox and WebKitGTK (Safari's engine) for tests: go(url), run(function, argument) in the page, inFrame(), close().
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import puppeteer from 'puppeteer-core';

const WEBKIT_PORT = 4700 + (process.pid % 200);
const LIMIT_MS = 200_000;

/** A home of its own for a browser. */
function makeHome() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'engines-'));
  return { home, remove: () => fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 }) };
}

/** problems: what went wrong on its pages, which the driver of WebKitGTK cannot tell. */
export async function startFirefox() {
  const { home, remove } = makeHome();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    env: { ...process.env, HOME: home },
    protocolTimeout: LIMIT_MS,
  });
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  let where = page;
  return {
    problems,
    go: async (url) => {
      where = page;
      await page.goto(url);
    },
    run: (work, argument) => where.evaluate(`(${work})(${JSON.stringify(argument ?? null)})`),
    /** From now on run() is in the frame of the chat. @param {string} url */
    inFrame: async (url) => {
      where = await page.waitForFrame((frame) => frame.url().startsWith(url));
    },
    close: async () => {
      await browser.close();
      remove();
    },
  };
}

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

export async function startWebKit() {
  const { home, remove } = makeHome();
  const env = {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: home,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
  };
  const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${WEBKIT_PORT}`], {
    env,
    stdio: 'ignore',
    detached: true,
  });
  let session = '';
  const close = async () => {
    if (session) await webdriver('DELETE', session).catch(() => {});
    process.kill(-driver.pid, 'SIGTERM');
    remove();
  };
  const run = async (work, argument) => {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve((${work})(${JSON.stringify(argument ?? null)})).then((value) => done({ value }), (e) => done({ failed: String(e && e.message) }));`;
    const { value, failed } = await webdriver('POST', `${session}/execute/async`, { script, args: [] });
    if (failed !== undefined) throw new Error(failed);
    return value;
  };
  try {
    await listening();
    const options = { binary: miniBrowser(), args: ['--automation'] };
    const { sessionId } = await webdriver('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
    });
    session = `/session/${sessionId}`;
    await webdriver('POST', `${session}/timeouts`, { script: LIMIT_MS, pageLoad: 60_000 });
  } catch (e) {
    await close();
    throw e;
  }
  return {
    problems: [],
    go: async (url) => {
      await webdriver('POST', `${session}/frame`, { id: null }).catch(() => {}); // the frame may be gone
      await webdriver('POST', `${session}/url`, { url });
    },
    run,
    inFrame: async () => {
      const script = 'return document.querySelector("body > :last-child").shadowRoot.querySelector("iframe")';
      const id = await webdriver('POST', `${session}/execute/sync`, { script, args: [] });
      await webdriver('POST', `${session}/frame`, { id });
    },
    close,
  };
}
