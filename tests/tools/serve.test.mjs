// The development server: what the page's storage and the tests rely on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { serve } from './serve.mjs';

const folder = fs.mkdtempSync(join(tmpdir(), 'serve-'));
const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
let server;

before(async () => {
  fs.writeFileSync(join(folder, 'index.html'), '<p>page</p>');
  fs.writeFileSync(join(folder, 'a.gguf'), bytes);
  fs.writeFileSync(join(folder, 'empty.gguf'), '');
  for (let i = 0; i < 3; i++)
    fs.writeFileSync(join(folder, `b.gguf.part0${i + 1}`), bytes.subarray(i * 400, (i + 1) * 400));
  fs.writeFileSync(join(folder, 'a.wasm'), Buffer.alloc(5000));
  fs.writeFileSync(join(folder, '..', 'secret-of-serve-test'), 'x');
  server = await serve(folder, { prefix: '/sub/path' });
});
after(async () => {
  await server.close();
  fs.rmSync(folder, { recursive: true });
  fs.rmSync(join(folder, '..', 'secret-of-serve-test'));
});

/** Without fetch, which normalises paths and unpacks answers. */
function ask(path, headers = {}, method = 'GET') {
  return new Promise((done, failed) => {
    http
      .request({ port: server.port, host: '127.0.0.1', path, headers, method }, (response) => {
        const pieces = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('end', () =>
          done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }),
        );
      })
      .on('error', failed)
      .end();
  });
}

test('a folder is its index.html, with the headers that isolate and protect a page', async () => {
  const { status, headers, body } = await ask('/sub/path/?x=1');
  assert.equal(status, 200);
  assert.equal(body.toString(), '<p>page</p>');
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(headers['document-isolation-policy'], 'isolate-and-credentialless');
  assert.match(headers['content-security-policy'], /require-trusted-types-for 'script'/);
});

test('ranges: first bytes, middle, last, beyond the end', async () => {
  const cases = [
    ['bytes=0-9', 206, 0, 10],
    ['bytes=990-', 206, 990, 1000],
    ['bytes=-10', 206, 990, 1000],
    ['bytes=500-9999', 206, 500, 1000],
    ['bytes=0-0', 206, 0, 1],
    ['bytes=1000-', 416, 0, 0],
    ['bytes=-0', 416, 0, 0],
    ['bytes=9-5', 200, 0, 1000],
    ['lines=1-2', 200, 0, 1000],
  ];
  for (const [range, status, start, end] of cases) {
    const got = await ask('/sub/path/a.gguf', { range });
    assert.equal(got.status, status, range);
    assert.deepEqual(got.body, bytes.subarray(start, end), range);
    if (status === 206) assert.equal(got.headers['content-range'], `bytes ${start}-${end - 1}/1000`);
    if (status === 416) assert.equal(got.headers['content-range'], 'bytes */1000');
  }
  assert.equal((await ask('/sub/path/empty.gguf')).status, 200);
});

test('a range of a file that changed meanwhile is the whole file', async () => {
  const { etag } = (await ask('/sub/path/a.gguf', {}, 'HEAD')).headers;
  assert.equal((await ask('/sub/path/a.gguf', { range: 'bytes=1-2', 'if-range': etag })).status, 206);
  assert.equal((await ask('/sub/path/a.gguf', { range: 'bytes=1-2', 'if-range': '"other"' })).status, 200);
  assert.equal((await ask('/sub/path/a.gguf', { 'if-none-match': etag })).status, 304);
});

test('HEAD has no body; weights are never compressed, code is', async () => {
  const head = await ask('/sub/path/a.gguf', { 'accept-encoding': 'br' }, 'HEAD');
  assert.equal(head.body.length, 0);
  assert.equal(head.headers['content-length'], '1000');
  assert.equal(head.headers['content-encoding'], undefined);
  const wasm = await ask('/sub/path/a.wasm', { 'accept-encoding': 'gzip, br' });
  assert.equal(wasm.headers['content-encoding'], 'br');
  assert.equal(wasm.headers['content-type'], 'application/wasm');
  assert.equal(brotliDecompressSync(wasm.body).length, 5000);
});

test('nothing outside the folder, nothing but reading', async () => {
  for (const path of [
    '/',
    '/sub/path/none',
    '/sub/path/../../secret-of-serve-test',
    '/sub/path/%2e%2e/secret-of-serve-test',
    '/sub/path/%00',
    '/sub/path/%zz',
  ])
    assert.equal((await ask(path)).status, 404, path);
  assert.equal((await ask('/sub/path')).status, 301);
  assert.equal((await ask('/sub/path/', {}, 'POST')).status, 405);
});

test('a taken port is an error that can be told', async () => {
  await assert.rejects(serve(folder, { port: server.port }), { code: 'EADDRINUSE' });
});

test('a file that lies there in pieces is served as one', async () => {
  const whole = await ask('/sub/path/b.gguf');
  assert.equal(whole.status, 200);
  assert.deepEqual(whole.body, bytes);
  for (const [range, start, end] of [
    ['bytes=0-9', 0, 10],
    ['bytes=399-400', 399, 401],
    ['bytes=350-850', 350, 851],
    ['bytes=-5', 995, 1000],
  ]) {
    const part = await ask('/sub/path/b.gguf', { Range: range, 'If-Range': whole.headers.etag });
    assert.equal(part.status, 206);
    assert.deepEqual(part.body, bytes.subarray(start, end), range);
  }
  assert.equal((await ask('/sub/path/c.gguf')).status, 404);
});
