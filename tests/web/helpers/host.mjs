// Somebody else's site: a page on another origin that uses our script.
import { createServer } from 'node:http';

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
