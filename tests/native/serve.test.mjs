// oa serve: OpenAI's own client against it, clients that go away or send nonsense, and its end. Under sanitizers, too.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import OpenAI from 'openai';

const BUILD = process.env.BUILD ?? 'build';
const MODEL = `${BUILD}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;

/** Runs `work` with a server on a port that is free; it must end by SIGTERM with status 0. */
async function withServer(work, { program = 'native', args = [] } = {}) {
  const child = spawn(`${BUILD}/${program}/oa`, ['serve', MODEL, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  const errors = [];
  child.stderr.on('data', (data) => errors.push(data));
  try {
    const [line] = await once(child.stdout, 'data');
    const url = String(line).trim();
    const client = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0, timeout: 60_000 });
    await work({ client, url, port: Number(new URL(url).port) });
  } finally {
    child.kill('SIGTERM');
    const [status] = await once(child, 'exit');
    assert.equal(status, 0, Buffer.concat(errors).toString());
  }
}

const check = (name, work, options) => test(name, { timeout: 180_000 }, () => withServer(work, options));
const say = (content) => [{ role: 'user', content }];
const FRANCE = { model: 'any', messages: say('What is the capital of France?'), temperature: 0 };

check('the package openai: chat, streams, completions, embeddings, models', async ({ client }) => {
  const { choices, usage, model } = await client.chat.completions.create(FRANCE);
  assert.equal(choices[0].message.content, 'The capital of France is Paris.');
  assert.deepEqual([choices[0].finish_reason, usage.completion_tokens, model], ['stop', 7, 'SmolLM2-135M-Instruct.Q4_1']); // prettier-ignore

  const stream = await client.chat.completions.create({ ...FRANCE, stream: true, n: 2, stream_options: { include_usage: true } }); // prettier-ignore
  const texts = ['', ''];
  let last;
  for await (const chunk of stream) {
    for (const { index, delta } of chunk.choices) texts[index] += delta.content ?? '';
    last = chunk;
  }
  assert.deepEqual(texts, ['The capital of France is Paris.', 'The capital of France is Paris.']);
  assert.equal(last.usage.completion_tokens, 14);

  const drawn = { model: 'any', messages: say('Tell me a story.'), max_tokens: 12, temperature: 1, seed: 3 };
  const [a, b] = [await client.chat.completions.create(drawn), await client.chat.completions.create(drawn)];
  assert.equal(a.choices[0].message.content, b.choices[0].message.content);
  const other = await client.chat.completions.create({ ...drawn, seed: 4 });
  assert.notEqual(a.choices[0].message.content, other.choices[0].message.content);

  const text = await client.completions.create({ model: 'any', prompt: ['The capital of France is', [504, 3575]], max_tokens: 2, temperature: 0 }); // prettier-ignore
  assert.deepEqual(
    text.choices.map((c) => c.index),
    [0, 1],
  );
  assert.equal(text.choices[0].text, ' Paris.');
  const echo = await client.completions.create({ model: 'any', prompt: 'The capital of France is', max_tokens: 2, temperature: 0, echo: true }); // prettier-ignore
  assert.equal(echo.choices[0].text, 'The capital of France is Paris.');

  const { data } = await client.embeddings.create({ model: 'any', input: ['one', 'two'] }); // the package asks for base64
  const floats = await client.embeddings.create({ model: 'any', input: 'two', encoding_format: 'float' });
  assert.equal(data.length, 2);
  assert.deepEqual(Array.from(data[1].embedding), Array.from(Float32Array.from(floats.data[0].embedding)));

  const models = await client.models.list();
  assert.deepEqual(models.data, [await client.models.retrieve('SmolLM2-135M-Instruct.Q4_1')]);
});

check('log-probabilities, tools, a JSON Schema', async ({ client }) => {
  const { choices } = await client.chat.completions.create({ ...FRANCE, logprobs: true, top_logprobs: 3, max_tokens: 2 }); // prettier-ignore
  const [first] = choices[0].logprobs.content;
  assert.equal(first.token, 'The');
  assert.equal(first.top_logprobs.length, 3);
  assert.equal(first.top_logprobs[0].logprob, first.logprob);
  const old = await client.completions.create({ model: 'any', prompt: 'The capital of France is', max_tokens: 2, temperature: 0, logprobs: 2 }); // prettier-ignore
  assert.deepEqual(old.choices[0].logprobs.tokens, [' Paris', '.']);
  assert.deepEqual(old.choices[0].logprobs.text_offset, [0, 6]);
  const bare = await client.completions.create({ model: 'any', prompt: 'é ☺', max_tokens: 2, temperature: 0, logprobs: 0, logit_bias: { 2: -100, 0: -100 } }); // prettier-ignore
  assert.deepEqual([bare.choices[0].logprobs.tokens.length, bare.choices[0].logprobs.top_logprobs], [2, [{}, {}]]);

  const parameters = { type: 'object', properties: { city: { type: 'string', maxLength: 20 } }, required: ['city'], additionalProperties: false }; // prettier-ignore
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
  const asked = { ...FRANCE, tools, tool_choice: 'required', max_tokens: 100 };
  const called = await client.chat.completions.create(asked);
  const [call] = called.choices[0].message.tool_calls;
  assert.equal(called.choices[0].finish_reason, 'tool_calls');
  assert.equal(call.function.name, 'get_weather');
  assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
  const messages = [...say('The weather?'), { role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: call.id, content: 'sunny' }]; // prettier-ignore
  const after = await client.chat.completions.create({ ...asked, messages, tool_choice: 'none', max_tokens: 5 });
  assert.ok(after.choices[0].message.content.length > 0);
  const streamed = [];
  for await (const chunk of await client.chat.completions.create({ ...asked, stream: true }))
    streamed.push(...(chunk.choices[0].delta.tool_calls ?? []));
  assert.deepEqual(
    streamed.map((c) => [c.index, c.function]),
    [[0, call.function]],
  );

  const schema = { type: 'object', properties: { capital: { type: 'string', maxLength: 20 } }, required: ['capital'], additionalProperties: false }; // prettier-ignore
  const json = await client.chat.completions.create({ ...FRANCE, response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }); // prettier-ignore
  assert.equal(typeof JSON.parse(json.choices[0].message.content).capital, 'string');
});

check('errors have status, type, param and code', async ({ client, url }) => {
  const fails = async (promise) => {
    const e = await promise.catch((error) => error);
    return [e.status, e.type, e.param, e.code];
  };
  const bad = 'invalid_request_error';
  const create = (more) => client.chat.completions.create({ ...FRANCE, ...more });
  assert.deepEqual(await fails(create({ messages: [] })), [400, bad, 'messages', 'ERR_ARGUMENT']);
  assert.deepEqual(await fails(create({ temperature: -1 })), [400, bad, 'temperature', 'ERR_ARGUMENT']);
  assert.deepEqual(await fails(create({ n: 9 })), [400, bad, 'n', 'ERR_ARGUMENT']);
  assert.deepEqual(await fails(create({ presence_penalty: 3 })), [400, bad, 'presence_penalty', 'ERR_ARGUMENT']);
  assert.deepEqual(await fails(create({ logit_bias: { 5: 101 } })), [400, bad, 'logit_bias', 'ERR_ARGUMENT']);
  assert.deepEqual(await fails(create({ messages: [{ role: 'robot', content: 'x' }] })), [400, bad, 'messages[0].role', 'ERR_ARGUMENT']); // prettier-ignore
  assert.deepEqual(await fails(create({ messages: [...say('x'), { role: 'tool', content: 'x' }] })), [400, bad, 'messages[1].tool_call_id', 'ERR_ARGUMENT']); // prettier-ignore
  assert.deepEqual(await fails(create({ response_format: { type: 'regex', regex: '(?=x)' } })), [400, bad, 'response_format', 'ERR_UNSUPPORTED']); // prettier-ignore
  const strict = [{ type: 'function', function: { name: 'f', strict: true, parameters: { pattern: '(?=x)' } } }];
  assert.deepEqual(await fails(create({ tools: strict })), [400, bad, 'tools', 'ERR_UNSUPPORTED']);
  assert.deepEqual(await fails(client.completions.create({ model: 'any', prompt: [504], echo: true })), [400, bad, 'echo', 'ERR_UNSUPPORTED']); // prettier-ignore
  assert.deepEqual(await fails(create({ messages: say('word '.repeat(9000)), overflow: 'error', stream: true })), [400, bad, null, 'ERR_TOO_LONG']); // prettier-ignore
  assert.deepEqual(await fails(client.embeddings.create({ model: 'any', input: '' })), [400, bad, 'input', 'ERR_ARGUMENT']); // prettier-ignore
  assert.deepEqual(await fails(client.models.retrieve('none')), [404, bad, null, 'ERR_NOT_FOUND']);
  const post = (body, headers = { 'Content-Type': 'application/json' }) =>
    fetch(`${url}/chat/completions`, { method: 'POST', body, headers }).then((r) => r.status);
  assert.deepEqual([await post('{'), await post('[]'), await post('{}', { 'Content-Type': 'text/plain' })], [400, 400, 415]); // prettier-ignore
  assert.equal((await fetch(`${url}/chat/completions`)).status, 405);
  assert.equal((await fetch(`${url}/elsewhere`)).status, 404);
  assert.equal((await create()).choices[0].finish_reason, 'stop');
});

check('who hangs up is not answered any more, and the next one at once', async ({ client }) => {
  const long = { model: 'any', messages: say('Count as far as you can.'), temperature: 0, max_tokens: 3000, logit_bias: { 2: -100, 0: -100 } }; // prettier-ignore
  for (const stream of [false, true]) {
    const stop = new AbortController();
    const asked = client.chat.completions.create({ ...long, stream }, { signal: stop.signal });
    if (stream) for await (const chunk of await asked) if (chunk) break;
    setTimeout(() => stop.abort(), 100);
    await asked.catch(() => {});
    const start = performance.now();
    assert.equal((await client.chat.completions.create(FRANCE)).choices[0].finish_reason, 'stop');
    assert.ok(performance.now() - start < 5000, 'the long answer went on');
  }
  const many = await Promise.all(Array.from({ length: 6 }, (_, i) => client.chat.completions.create({ ...FRANCE, max_tokens: 2 + i }))); // prettier-ignore
  assert.deepEqual(
    many.map((answer) => answer.usage.completion_tokens),
    [2, 3, 4, 5, 6, 7],
  );
});

/** Sends bytes and waits for the other side to close, or a moment. */
function sendRaw(port, bytes) {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    const seen = [];
    socket.on('data', (data) => seen.push(data));
    socket.on('error', () => {});
    socket.on('close', () => done(Buffer.concat(seen).toString('latin1')));
    setTimeout(() => socket.destroy(), 150);
  });
}

const nonsense = async ({ client, port }) => {
  const body = JSON.stringify({ ...FRANCE, max_tokens: 2 });
  const head = (more) =>
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;
  const whole = head(`Content-Length: ${body.length}`) + body;
  const pieces = [
    'GARBAGE\r\n\r\n', '\0\0\0\0', 'GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n',
    head('Content-Length: 99999999999999999999'), head('Content-Length: -1'), head('Transfer-Encoding: chunked') + 'ZZZ\r\n',
    head('Content-Length: 1000') + '{"mess', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    `${head(`X: ${'y'.repeat(200_000)}`)}`, whole + whole + whole, `${'['.repeat(100_000)}`,
    head('Content-Length: 200000') + '['.repeat(200_000),
  ]; // prettier-ignore
  let seed = 7;
  const random = (n) => ((seed = (seed * 1103515245 + 12345) % 2 ** 31), seed % n);
  for (let i = 0; i < 60; i++) {
    const bytes = Buffer.from(whole);
    for (let k = 0; k <= random(4); k++) bytes[random(bytes.length)] = random(256);
    pieces.push(bytes.subarray(0, random(3) ? bytes.length : random(bytes.length)));
  }
  for (let i = 0; i < pieces.length; i += 8)
    await Promise.all(pieces.slice(i, i + 8).map((bytes) => sendRaw(port, bytes)));
  assert.equal((await client.chat.completions.create({ ...FRANCE, max_tokens: 3 })).usage.completion_tokens, 3);
};
check('nonsense harms nobody', nonsense);
check('nor under sanitizers', nonsense, { program: 'native-san' });

check('a page elsewhere gets nothing, unless it is named', async ({ url, port }) => {
  const other = await sendRaw(port, 'GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n');
  assert.match(other, /^HTTP\/1\.1 403 /);
  const own = await fetch(`${url}/models`, { headers: { Origin: 'https://evil.example' } });
  assert.equal(own.headers.get('access-control-allow-origin'), null);
});
check('--cors names it', async ({ url }) => {
  const asked = await fetch(`${url}/chat/completions`, { method: 'OPTIONS' });
  assert.deepEqual([asked.status, asked.headers.get('access-control-allow-origin')], [204, 'https://page.example']);
}, { args: ['--cors', 'https://page.example'] }); // prettier-ignore

test('a port that is taken, and one that is none', { timeout: 60_000 }, async () => {
  await withServer(async ({ port }) => {
    const second = spawn(`${BUILD}/native/oa`, ['serve', MODEL, '--port', String(port)]);
    const [line] = await once(second.stderr, 'data');
    assert.match(String(line), /cannot be listened on; is it taken\? --port chooses another/);
    assert.equal((await once(second, 'exit'))[0], 1);
  });
  const none = spawn(`${BUILD}/native/oa`, ['serve', MODEL, '--port', '70000']);
  assert.equal((await once(none, 'exit'))[0], 2);
});

test('it ends while it answers, and says so', { timeout: 60_000 }, async () => {
  let said;
  await withServer(async ({ client }) => {
    said = client.chat.completions.create({ ...FRANCE, max_tokens: 3000, logit_bias: { 2: -100, 0: -100 } }).catch((e) => e); // prettier-ignore
    await new Promise((done) => setTimeout(done, 300));
  });
  assert.equal((await said).status, 503);
});
