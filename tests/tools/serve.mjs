// Serves build/site for development and tests: node tests/tools/serve.mjs FOLDER [PORT]
// Listens on 127.0.0.1 only. As a module: serve(folder, options) -> { url, port, close }.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

export const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.gguf': 'application/octet-stream',
};
const PACKED = new Set(['.html', '.js', '.mjs', '.css', '.json', '.map', '.webmanifest', '.svg', '.wasm']);

/** The policy of our pages; index.html carries the same as a meta element for hosts that send no headers. */
export const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self' https: http://127.0.0.1:* http://localhost:* blob:",
  "manifest-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html oa',
].join('; ');

const POLICY = 'Content-Security-Policy';

/** What makes a page cross-origin isolated, so that it may use threads: both ways, and then each by itself, and none. */
export const ISOLATION = {
  coop: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  dip: { 'Document-Isolation-Policy': 'isolate-and-credentialless' },
  plain: {},
  get both() {
    return { ...this.coop, ...this.dip };
  },
};

/** @returns {{start: number, end: number} | 'whole' | 'bad'} the bytes that a Range header asks for; several ranges: the whole */
export function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (!match[1] && !match[2])) return 'whole';
  const start = match[1] ? Number(match[1]) : Math.max(0, size - Number(match[2]));
  const end = match[1] && match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  if (match[1] && match[2] && Number(match[2]) < Number(match[1])) return 'whole';
  return start >= size || (!match[1] && match[2] === '0') ? 'bad' : { start, end };
}

/** The file that a request names, or null; never one outside the folder. */
function findFile(root, requestUrl) {
  let path;
  try {
    path = decodeURIComponent(requestUrl.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  if (path.endsWith('/')) path += 'index.html';
  const file = join(root, normalize(`/${path}`));
  if (!file.startsWith(root + sep)) return null;
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile()) return { file, stat, parts: [{ path: file, size: stat.size }] };
  return stat ? null : findPieces(file);
}

/** A file that lies there in pieces (models_json.mjs), as the one that it is: for programs that load weights by their address. */
function findPieces(file) {
  const parts = [];
  let last = null;
  for (;;) {
    const path = `${file}.part${String(parts.length + 1).padStart(2, '0')}`;
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) break;
    parts.push({ path, size: stat.size });
    if (!last || stat.mtimeMs > last.mtimeMs) last = stat;
  }
  if (!last) return null;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  return { file, stat: { size, mtime: last.mtime, mtimeMs: last.mtimeMs }, parts };
}

/** The bytes from `start` to `end`, both included. */
async function* read(parts, start, end) {
  let at = 0; // where the part begins
  for (const { path, size } of parts) {
    const [from, to] = [Math.max(0, start - at), Math.min(size - 1, end - at)];
    if (from <= to) yield* fs.createReadStream(path, { start: from, end: to });
    at += size;
  }
}

/** Compressed copies of what was asked for before, by file, time and method. */
function packer() {
  const packed = new Map();
  return (file, stat, accepted) => {
    const method = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
    if (!method || !PACKED.has(extname(file)) || stat.size > 32 << 20) return null;
    const key = `${method} ${stat.mtimeMs} ${stat.size} ${file}`;
    if (!packed.has(key)) {
      const bytes = fs.readFileSync(file);
      const best = file.endsWith(`${sep}oa.js`); // what other sites load is as small as with any good host
      const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: best ? 11 : 5 } };
      packed.set(key, method === 'br' ? zlib.brotliCompressSync(bytes, quality) : zlib.gzipSync(bytes));
    }
    return { method, bytes: packed.get(key) };
  };
}

/** One answer. Ranges and If-Range are about the uncompressed file; what is compressed is sent whole. */
function answer(request, response, found, headers, pack) {
  const { file, stat, parts } = found;
  const tag = createHash('sha1').update(`${stat.size} ${stat.mtimeMs}`).digest('base64url').slice(0, 16);
  const common = {
    ...headers,
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    ETag: `"${tag}"`,
    'Last-Modified': stat.mtime.toUTCString(),
    'Cache-Control': 'no-cache',
    ...(file.endsWith(`${sep}oa.js`) ? { 'Access-Control-Allow-Origin': '*' } : {}), // others check or import it
    'Accept-Ranges': 'bytes',
    Vary: 'Accept-Encoding',
  };
  if (request.headers['if-none-match']?.includes(`"${tag}"`)) return response.writeHead(304, common).end();

  const fresh = !request.headers['if-range'] || request.headers['if-range'] === `"${tag}"`;
  const range = fresh ? parseRange(request.headers.range, stat.size) : 'whole';
  if (range === 'bad') return response.writeHead(416, { ...common, 'Content-Range': `bytes */${stat.size}` }).end();

  const small = range === 'whole' ? pack(file, stat, request.headers['accept-encoding'] ?? '') : null;
  if (small) {
    response.writeHead(200, { ...common, 'Content-Encoding': small.method, 'Content-Length': small.bytes.length });
    return response.end(request.method === 'HEAD' ? undefined : small.bytes);
  }
  const { start, end } = range === 'whole' ? { start: 0, end: stat.size - 1 } : range;
  if (range !== 'whole') common['Content-Range'] = `bytes ${start}-${end}/${stat.size}`;
  response.writeHead(range === 'whole' ? 200 : 206, { ...common, 'Content-Length': end - start + 1 });
  if (request.method === 'HEAD' || stat.size === 0) return response.end();
  return pipeline(read(parts, start, end), response, () => {}); // the other side may leave at any time
}

/**
 * @param {string} folder
 * @param {object} [options]
 * @param {number} [options.port] 0: any that is free
 * @param {keyof typeof ISOLATION} [options.isolation]
 * @param {string} [options.prefix] serve under this path, as '/sub/path'
 * @param {Record<string, string | undefined>} [options.headers] more headers, or others; undefined leaves one out
 * @param {(request: object, response: object) => boolean} [options.intercept] true: it has answered (tests of bad networks)
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>} rejects with code EADDRINUSE where the port is taken
 */
export async function serve(folder, { port = 0, isolation = 'both', prefix = '', headers = {}, intercept } = {}) {
  const root = resolve(folder);
  const pack = packer();
  const all = {
    [POLICY]: CSP,
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    ...ISOLATION[isolation],
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));

  const server = createServer((request, response) => {
    if (intercept?.(request, response)) return;
    const url = request.url ?? '/';
    const refuse = (status, text, more = {}) =>
      response.writeHead(status, { ...sent, 'Content-Type': 'text/plain; charset=utf-8', ...more }).end(`${text}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void refuse(405, 'only GET and HEAD', { Allow: 'GET, HEAD' });
    if (prefix && url.split('?')[0] === prefix) return void refuse(301, 'moved', { Location: `${prefix}/` });
    const found = url.startsWith(`${prefix}/`) ? findFile(root, url.slice(prefix.length)) : null;
    if (!found) return void refuse(404, 'not found');
    const isExample = url.startsWith(`${prefix}/examples/`); // programs of others, with a policy of their own
    const policy = isExample && sent[POLICY] && { [POLICY]: `${sent[POLICY]} example` };
    answer(request, response, found, { ...sent, ...policy }, pack);
  });
  await new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => done(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () =>
    new Promise((done) => {
      server.close(() => done(undefined));
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}${prefix}/`, port: address.port, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = 'build/site', port = '8080'] = process.argv.slice(2);
  if (!/^\d+$/.test(port) || Number(port) > 65535) {
    console.error(`serve: PORT=${port} is not a port; use one from 1024 to 65535`);
    process.exit(2);
  }
  try {
    const server = await serve(folder, { port: Number(port) });
    console.log(`\n  ${server.url}\n\nCtrl-C ends it.`);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close().then(() => process.exit(0)));
  } catch (e) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (e);
    console.error(
      code === 'EADDRINUSE'
        ? `serve: port ${port} is taken; try: make run PORT=${Number(port) + 1}`
        : `serve: ${message}`,
    );
    process.exit(1);
  }
}
