// A collector as docs/collector.md describes it: an HTTP server on a port of its own, which keeps what it is sent and answers what a test wants.
import { createServer } from 'node:http';
import { withCollector } from '../../tools/collector.mjs';
import { startChatSite } from './chat.mjs';
import { builtText } from './site.mjs';

/**
 * @typedef {{ status?: number, headers?: Record<string, string>, body?: string, hang?: boolean, drop?: boolean }} Answer  hang: none at all; drop: the
 *   connection is cut
 */

/** @returns {Promise<{ url: string, posts: object[], preflights: object[], answer: (n: number, post: object) => Answer, lines: () => object[], close: () => Promise<void> }>} */
export async function startCollector() {
  const collector = { posts: [], preflights: [], answer: () => ({}) };
  const server = createServer((request, response) => {
    const cors = { 'Access-Control-Allow-Origin': request.headers.origin ?? '*' };
    if (request.method === 'OPTIONS') {
      collector.preflights.push(request.headers);
      const allowed = { 'Access-Control-Allow-Methods': 'POST', 'Access-Control-Allow-Headers': 'content-type, idempotency-key' }; // prettier-ignore
      return void response.writeHead(204, { ...cors, ...allowed }).end();
    }
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const post = { method, url, headers, body: Buffer.concat(chunks).toString(), at: Date.now(), cut: false };
      const n = collector.posts.push(post);
      response.on('close', () => (post.cut = !response.writableFinished));
      const { status = 200, headers: more, body = '', hang, drop } = collector.answer(n, post);
      if (drop) return void request.socket.destroy();
      if (hang) return;
      response.writeHead(status, { ...cors, 'Access-Control-Expose-Headers': 'Retry-After', ...more }).end(body);
    });
  });
  await new Promise((go) => server.listen(0, '127.0.0.1', () => go(undefined)));
  const close = () =>
    new Promise((go) => {
      server.close(() => go(undefined));
      server.closeAllConnections();
    });
  const url = `http://127.0.0.1:${server.address().port}/v1/messages`;
  return Object.assign(collector, { url, close, lines: () => collector.posts.flatMap((post) => linesOf(post)) });
}

/** The messages of a request. */
export const linesOf = ({ body }) => body.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []));

/** A chat site that names a collector; to be opened as index.html. */
export async function startSharingSite(url) {
  const site = await startChatSite();
  name(site, url);
  return site;
}

/** The site names another collector. */
export const name = (site, url) => site.overrides.set('/index.html', withCollector(builtText('/index.html'), url));
