// Somebody else's site: a page on another origin that uses our script.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { watchErrors } from './browser.mjs';

/** What the README asks of a page with a strict policy, and its own icon. */
export const strictCsp = (origin) =>
  `default-src 'none'; script-src 'self' ${origin} 'nonce-host'; frame-src ${origin}; img-src data:; require-trusted-types-for 'script'`;

/**
 * Serves `body` under a policy; the page's own scripts carry nonce="host", or are in `scripts` by path.
 * @param {string} body
 * @param {{ csp?: string, head?: string, headers?: Record<string, string>, scripts?: Record<string, string>, name?: string }} [options] name: of the
 *   host, where it must be another site than 127.0.0.1
 */
export async function startHost(body, { csp, head = '', headers = {}, scripts = {}, name = '127.0.0.1' } = {}) {
  const server = createServer((request, response) => {
    const script = scripts[request.url];
    if (script !== undefined)
      return void response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript; charset=utf-8' }).end(script);
    if (request.url !== '/') return void response.writeHead(404).end();
    const all = {
      ...headers,
      'Content-Type': 'text/html; charset=utf-8',
      ...(csp ? { 'Content-Security-Policy': csp } : {}),
    };
    response
      .writeHead(200, all)
      .end(`<!doctype html><html lang="en"><title>a shop</title><link rel="icon" href="data:,">${head}<body>${body}`);
  });
  await new Promise((go) => server.listen(0, '127.0.0.1', go));
  const close = () =>
    new Promise((go) => {
      server.close(go);
      server.closeAllConnections();
    });
  return { url: `http://${name}:${server.address().port}/`, close };
}

/**
 * Runs `work` with such a page opened, its requests, and the frame of the chat that is on it.
 * @param {import('playwright-core').Browser} browser
 * @param {string} body
 * @param {(at: { page: object, requests: string[], frame: object, context: object }) => Promise<void>} work
 * @param {{ csp?: string, head?: string, expect?: RegExp, options?: object }} [more] expect: errors that belong to the test; options of the context
 */
export async function withHost(browser, body, work, { csp, head, expect, options } = {}) {
  const host = await startHost(body, { csp, head });
  const context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  const errors = watchErrors(context);
  const requests = [];
  context.on('request', (r) => requests.push(r.url()));
  try {
    const page = await context.newPage();
    await page.goto(host.url);
    await work({ page, requests, frame: page.frameLocator('iframe'), context });
  } finally {
    await context.close();
    await host.close();
  }
  assert.deepEqual(
    errors.filter((e) => !expect?.test(e)),
    [],
  );
}

/** Asks the echo model in a frame. */
export async function ask(frame, words) {
  const field = frame.getByRole('textbox', { name: 'Message' });
  await field.fill(words);
  await field.press('Enter');
  await frame.locator('.answer[aria-busy=false]', { hasText: words }).last().waitFor();
}
