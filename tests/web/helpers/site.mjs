// The built site with files whose delivery a test can spoil: broken connections, wrong headers, wrong bytes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CSP, ISOLATION, TYPES, parseRange, serve } from '../../tools/serve.mjs';

const ROOT = process.env.SITE ?? 'build/site';
const PIECE = 65_536; // written at a time
const FLIPPED = 16;

/** A page with the engine and nothing else: globalThis.oa is the module oa.js. */
const PAGE =
  '<!doctype html><html lang="en"><title>test</title><link rel="icon" href="data:,"><script type="module" src="test.js"></script>';
const SCRIPT = "import * as oa from './oa.js'; globalThis.oa = oa;";

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** An entry of models.json. */
export function modelEntry(id, url, bytes, chunkSize = 1 << 20) {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(sha256(bytes.subarray(at, at + chunkSize)));
  const file = { url, size: bytes.length, sha256: sha256(bytes), chunk_size: chunkSize, chunks };
  return { id, name: id, license: 'none', context: 4096, size: bytes.length, default: true, files: [file] };
}

/**
 * How one answer is spoilt; positions are the file's. All optional.
 * @typedef {object} Fault
 * @property {number} status   another status, with no body but `body`
 * @property {Buffer | string} body
 * @property {Record<string, string | undefined>} headers  more, or others; undefined leaves one out
 * @property {Buffer} bytes    another file's bytes
 * @property {boolean} ignoreRange   200 and the whole
 * @property {number} cutAt    the connection is destroyed before this byte
 * @property {number} stallAt  nothing more comes from this byte on
 * @property {number[]} flip   from each of these the next FLIPPED bytes are wrong
 * @property {number} rate     bytes per second
 * @property {boolean} hangUp  no answer at all
 */

/**
 * Before the worker's own script: a device that, however fast it is, takes 5 ms and more for each number that the echo model counts (SLOW), and 25
 * for each part of a long prompt, so that a test can do something meanwhile.
 */
const SLOW_DEVICE = `{
  const { postMessage } = globalThis;
  globalThis.postMessage = (message, ...rest) => {
    postMessage(message, ...rest);
    const { type, text, total } = message.event ?? {};
    const ms = type === 'prefill' && total > 1000 ? 25 : type === 'text' && /^\\d+ $/.test(text) ? 5 : 0;
    for (const end = performance.now() + ms; performance.now() < end;);
  };
}
`;

class Site {
  files = new Map();
  models = [];
  requests = []; // { path, range, status, sent }
  overrides = new Map(); // path -> text

  /** Offers bytes at a path. fault(n, request) says how the n-th answer (from 1) is spoilt, or nothing. */
  add(
    path,
    bytes,
    {
      etag = `"${sha256(bytes).slice(0, 12)}"`,
      modified = 'Tue, 01 Sep 2026 10:00:00 GMT',
      fault = () => null,
      cors = false,
    } = {},
  ) {
    this.files.set(path, { bytes, etag, modified, fault, cors, n: 0 });
    return this;
  }

  /** The same, and an entry of models.json with its digests. */
  addModel(id, bytes, options = {}) {
    this.models = this.models.filter((m) => m.id !== id);
    this.models.push(modelEntry(id, `models/${id}.gguf`, bytes, options.chunkSize));
    return this.add(`/models/${id}.gguf`, bytes, options);
  }

  /** Requests of a file since the last call of this. */
  take(path) {
    const taken = this.requests.filter((r) => r.path === path);
    this.requests = this.requests.filter((r) => r.path !== path);
    return taken;
  }

  /** The built one, with the digests of the files as this site has them. */
  serviceWorker() {
    const changed = new Map(this.overrides);
    if (this.slow) changed.set('/worker.js', SLOW_DEVICE + builtText('/worker.js'));
    let text = builtText('/sw.js');
    for (const [path, now] of changed) {
      if (typeof now !== 'string' || !text.includes(`"${path.slice(1)}"`)) continue;
      const [old, new_] = [builtText(path), now].map((x) => createHash('sha256').update(x).digest());
      text = text.replace(old.toString('hex').slice(0, 16), new_.toString('hex').slice(0, 16));
      text = text.replace(old.toString('base64'), new_.toString('base64'));
    }
    return text;
  }

  async send(request, response, path, headers) {
    const file = this.files.get(path);
    const log = {
      path,
      range: request.headers.range ?? null,
      ifRange: request.headers['if-range'] ?? null,
      status: 0,
      sent: 0,
    };
    this.requests.push(log);
    const fault = (await file.fault(++file.n, request)) ?? {};
    if (fault.hangUp) return request.socket.destroy();
    const bytes = fault.bytes ?? file.bytes;
    const etag = fault.headers && 'ETag' in fault.headers ? fault.headers.ETag : file.etag;
    const all = {
      ...headers,
      'Content-Type': 'application/octet-stream',
      ETag: etag,
      'Last-Modified': file.modified ?? undefined,
    };
    if (file.cors) Object.assign(all, { 'Access-Control-Allow-Origin': '*' });
    const guard = request.headers['if-range'];
    const fresh = !guard || guard === etag || guard === file.modified;
    const range = fault.ignoreRange || !fresh ? 'whole' : parseRange(request.headers.range, bytes.length);
    let [start, end] = [0, bytes.length];
    if (fault.status !== undefined)
      [all['Content-Length'], log.status] = [Buffer.byteLength(fault.body ?? ''), fault.status];
    else if (range === 'bad') [all['Content-Range'], log.status] = [`bytes */${bytes.length}`, 416];
    else if (range === 'whole') [all['Content-Length'], log.status] = [bytes.length, 200];
    else {
      [start, end] = [range.start, range.end + 1];
      Object.assign(all, {
        'Content-Length': end - start,
        'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}`,
      });
      log.status = 206;
    }
    Object.assign(all, fault.headers);
    response.writeHead(
      log.status,
      Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined && v !== null)),
    );
    if (fault.status !== undefined || range === 'bad' || request.method === 'HEAD') return response.end(fault.body);
    return this.write(response, bytes, [start, end], fault, log);
  }

  async write(response, bytes, [start, end], fault, log) {
    const closed = new Promise((go) => response.once('close', go));
    for (let at = start; at < end;) {
      const limits = [at + PIECE, end, fault.cutAt ?? Infinity, fault.stallAt ?? Infinity].filter((x) => x > at);
      const stop = Math.min(...limits);
      if (at === fault.cutAt) return response.socket?.destroySoon(); // what was written arrives
      if (at === fault.stallAt) return undefined;
      let piece = bytes.subarray(at, stop);
      for (const p of fault.flip ?? []) {
        if (p + FLIPPED <= at || p >= stop) continue;
        piece = Buffer.from(piece);
        for (let i = Math.max(p, at); i < Math.min(p + FLIPPED, stop); i++) piece[i - at] ^= 255;
      }
      if (response.destroyed) return undefined;
      if (!response.write(piece)) await Promise.race([new Promise((go) => response.once('drain', go)), closed]);
      log.sent += piece.length;
      if (fault.rate) await delay((piece.length * 1000) / fault.rate);
      at = stop;
    }
    return fault.cutAt === end ? response.socket?.destroySoon() : response.end();
  }

  intercept(request, response, prefix, headers) {
    const path = (request.url ?? '/').split(/[?#]/, 1)[0].slice(prefix.length);
    const answer = (type, body) =>
      void response.writeHead(200, { ...headers, 'Content-Type': type, 'Cache-Control': 'no-cache' }).end(body);
    if (this.files.has(path)) this.send(request, response, path, headers).catch(() => response.destroy());
    else if (this.overrides.has(path)) {
      const text = this.overrides.get(path);
      if (text === null) request.socket.destroy();
      else answer(TYPES[extname(path)] ?? 'text/javascript', text);
    } else if (path === '/sw.js') answer('text/javascript', this.serviceWorker());
    else if (path === '/test.html') answer('text/html', PAGE);
    else if (path === '/test.js') answer('text/javascript', SCRIPT);
    else if (this.slow && path === '/worker.js') answer('text/javascript', SLOW_DEVICE + builtText(path));
    else if (path === '/models.json' && this.models.length > 0)
      answer('application/json', JSON.stringify({ models: this.models }));
    else return false;
    return true;
  }
}

/**
 * @param {{ isolation?: 'plain' | 'coop' | 'dip' | 'both', prefix?: string, slow?: boolean }} [options] slow: to a device that counts slowly
 * @returns {Promise<Site & { url: string, close: () => Promise<void> }>} url: of the folder, with / at its end
 */
export async function startSite({ isolation = 'plain', prefix = '', slow = false } = {}) {
  const site = new Site();
  site.slow = slow;
  const headers = {
    'Content-Security-Policy': CSP,
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ...ISOLATION[isolation],
  };
  const server = await serve(ROOT, {
    isolation,
    prefix,
    intercept: (req, res) => site.intercept(req, res, prefix, headers),
  });
  return Object.assign(site, { url: server.url, close: server.close });
}

/** What serves the built file at `path`, to be changed: site.overrides.set(path, change(builtText(path))). */
export const builtText = (path) => readFileSync(ROOT + path, 'utf8');
