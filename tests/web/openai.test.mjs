// The npm package openai against assistant.fetch: in the page, and in node with a fetch() that hands each request to the page. Every shape
// that the package gives to programs; and fetch by itself, as a server would answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import OpenAI from 'openai';
import { withAssistant } from './helpers/assistant.mjs';
import { launch } from './helpers/browser.mjs';
import { echoModel, echoPrompt } from './helpers/echo-model.mjs';
import { startSite } from './helpers/site.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both', slow: true });
  site.addModel('m', echoModel());
  const { outputFiles } = await build({
    stdin: { contents: "export { default as OpenAI } from 'openai';", resolveDir: process.cwd() },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    minify: true,
  });
  site.overrides.set('/openai.js', outputFiles[0].text);
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const BASE = 'http://assistant.invalid/v1';

const check = (title, body) =>
  test(title, { timeout: 60_000 }, () =>
    withAssistant({ browser, site }, async (page) => {
      await page.evaluate(async (baseURL) => {
        const { OpenAI: Client } = await import(new URL('openai.js', location.href).href);
        const { fetch } = globalThis.assistant;
        globalThis.client = new Client({ apiKey: 'none', baseURL, fetch, dangerouslyAllowBrowser: true, maxRetries: 0 });
        globalThis.call = '<tool_call>{"name":"now","arguments":{"zone":"UTC"}}</tool_call>';
        globalThis.tools = [{ type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } }];
        globalThis.fails = (promise) =>
          promise.then(
            () => null,
            (e) => ({ class: e.constructor.name, status: e.status, code: e.code, type: e.type, param: e.param, message: e.message }),
          );
      }, BASE); // prettier-ignore
      await body(page);
    }),
  );

/** The package in node, with what it sends answered by the page. */
function nodeClient(page) {
  const fetch = async (url, init) => {
    const { status, headers, text } = await page.evaluate(
      async ([address, { method, body, headers: sent }]) => {
        const response = await globalThis.assistant.fetch(address, { method, body, headers: sent });
        return { status: response.status, headers: [...response.headers], text: await response.text() };
      },
      [String(url), { method: init.method, body: init.body, headers: [...new Headers(init.headers)] }],
    );
    return new Response(text, { status, headers });
  };
  return new OpenAI({ apiKey: 'none', baseURL: BASE, fetch, maxRetries: 0 });
}

/** What a program does with the package; runs in node and in the page. */
async function shapes({ client, tools, call, prompts, ids: ids1 }) {
  const messages = [{ role: 'user', content: 'one two three' }];
  const [one, two] = prompts;
  const ask = { model: 'any', messages };
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({
    ...ask,
    stream: true,
    stream_options: { include_usage: true },
  }))
    chunks.push(chunk);
  const pieces = [];
  for await (const chunk of await client.completions.create({ model: 'any', prompt: one, stream: true }))
    pieces.push(chunk.choices[0].text);
  const ids = [];
  for await (const model of await client.models.list()) ids.push(model.id);
  const { data, response } = await client.chat.completions.create(ask).withResponse();
  const streamed = client.chat.completions.stream({
    model: 'any',
    messages: [{ role: 'user', content: `ok ${call}` }],
    tools,
  });
  const runner = (await streamed.finalChatCompletion()).choices[0];
  return {
    whole: data.choices[0].message.content,
    model: data.model,
    type: response.headers.get('content-type'),
    three: (await client.chat.completions.create({ ...ask, n: 3, seed: 1 })).choices.map((c) => c.message.content),
    logprobs: (
      await client.chat.completions.create({ ...ask, logprobs: true, top_logprobs: 2, max_completion_tokens: 2 })
    ).choices[0],
    stopped: (
      await client.chat.completions.create({
        ...ask,
        stop: ['two'],
        presence_penalty: 0.1,
        frequency_penalty: 0.1,
        logit_bias: { 5: -1 },
        seed: 3,
      })
    ).choices[0].message.content,
    streamed: [chunks.map((c) => c.choices[0]?.delta.content ?? '').join(''), chunks.at(-1).usage, chunks.at(-2).usage],
    called: (await client.chat.completions.create({ model: 'any', messages: [{ role: 'user', content: call }], tools }))
      .choices[0].message.tool_calls[0].function,
    runner: [runner.finish_reason, runner.message.content, runner.message.tool_calls[0].function.name],
    texts: (await client.completions.create({ model: 'any', prompt: [one, two], echo: true })).choices.map(
      (c) => c.text,
    ),
    byIds: (
      await client.completions.create({ model: 'any', prompt: [ids1, ids1], max_tokens: 2, logprobs: 0 })
    ).choices.map((c) => [c.index, c.text, c.logprobs.top_logprobs]),
    pieces: pieces.join(''),
    ids,
    retrieved: (await client.models.retrieve('m')).object,
  };
}

function checkShapes(seen) {
  assert.equal(seen.whole, 'one two three');
  assert.equal(seen.model, 'm');
  assert.equal(seen.type, 'application/json');
  assert.deepEqual(seen.three, Array(3).fill('one two three'));
  assert.equal(seen.logprobs.finish_reason, 'length');
  assert.deepEqual(
    seen.logprobs.logprobs.content.map((t) => [t.token, t.top_logprobs.length]),
    [['o', 2], ['n', 2]], // prettier-ignore
  );
  assert.equal(seen.stopped, 'one ');
  assert.deepEqual(seen.streamed, [
    'one two three',
    { prompt_tokens: 15, completion_tokens: 13, total_tokens: 28 },
    null,
  ]);
  assert.equal(seen.called.name, 'now');
  assert.deepEqual(JSON.parse(seen.called.arguments), { zone: 'UTC' });
  assert.deepEqual(seen.runner, ['tool_calls', 'ok', 'now']);
  assert.deepEqual(seen.texts, [`${echoPrompt('one')}one`, `${echoPrompt('two')}two`]);
  assert.deepEqual(seen.byIds, [0, 1].map((i) => [i, 'on', [{}, {}]])); // prettier-ignore
  assert.equal(seen.pieces, 'one');
  assert.deepEqual([seen.ids, seen.retrieved], [['m'], 'model']);
}

const PROMPTS = [echoPrompt('one'), echoPrompt('two')];

check('the package in the page: every shape', async (page) => {
  await page.evaluate(`globalThis.shapes = ${shapes}`);
  const seen = await page.evaluate(async (prompts) => {
    const { client, tools, call, assistant } = globalThis;
    return globalThis.shapes({ client, tools, call, prompts, ids: await assistant.tokenize(prompts[0], { specials: true }) });
  }, PROMPTS); // prettier-ignore
  checkShapes(seen);
});

check('the package in node: every shape', async (page) => {
  const { tools, call, ids } = await page.evaluate(
    async (prompt) => ({
      tools: globalThis.tools,
      call: globalThis.call,
      ids: await globalThis.assistant.tokenize(prompt, { specials: true }),
    }),
    PROMPTS[0],
  );
  checkShapes(await shapes({ client: nodeClient(page), tools, call, prompts: PROMPTS, ids }));
});

check('errors become those of the package, with all fields', async (page) => {
  const seen = await page.evaluate(async () => {
    const { client, fails } = globalThis;
    const messages = [{ role: 'user', content: 'x' }];
    const create = (more) => fails(client.chat.completions.create({ model: 'any', messages, ...more }));
    return {
      bad: await create({ temperature: 200 }),
      streamed: await create({ messages: [{ role: 'user', content: 'FAIL' }], stream: true }),
      long: await create({ messages: [{ role: 'user', content: 'x'.repeat(5000) }] }),
      suffix: await fails(client.completions.create({ model: 'any', prompt: 'x', suffix: 'y' })),
      format: await create({ response_format: { type: 'regex', regex: '(?=x)' } }),
      strict: await create({ tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: { pattern: '(?=x)' } } }] }), // prettier-ignore
      missing: await fails(client.models.retrieve('none')),
      unknown: await fails(client.images.generate({ prompt: 'x' })),
    };
  });
  const is = (e, name, status, code, param) => assert.deepEqual([e.class, e.status, e.code, e.param], [name, status, code, param], JSON.stringify(e)); // prettier-ignore
  const names = new Set(Object.values(seen).map((e) => e.class));
  assert.ok(!names.has('TypeError') && names.size >= 2);
  is(seen.bad, seen.long.class, 400, 'ERR_ARGUMENT', 'temperature');
  assert.equal(seen.bad.type, 'invalid_request_error');
  assert.match(seen.bad.message, /temperature: a number, 0 to 100/);
  is(seen.streamed, seen.bad.class, 400, 'ERR_ARGUMENT', null);
  is(seen.long, seen.bad.class, 400, 'ERR_TOO_LONG', null);
  is(seen.suffix, seen.bad.class, 400, 'ERR_UNSUPPORTED', 'suffix');
  is(seen.format, seen.bad.class, 400, 'ERR_UNSUPPORTED', 'response_format');
  is(seen.strict, seen.bad.class, 400, 'ERR_UNSUPPORTED', 'tools');
  is(seen.missing, seen.unknown.class, 404, 'ERR_NOT_FOUND', null);
  assert.equal(seen.unknown.status, 404);
});

check('abort: of an answer and of a stream, within a token', async (page) => {
  const seen = await page.evaluate(async () => {
    const { client } = globalThis;
    const messages = [{ role: 'user', content: 'SLOW' }];
    const stop = new AbortController();
    const waiting = client.chat.completions.create({ model: 'any', messages }, { signal: stop.signal }).catch((e) => e.constructor.name === client.constructor.APIUserAbortError.name); // prettier-ignore
    setTimeout(() => stop.abort(), 50);
    const aborted = await waiting;
    const stream = await client.chat.completions.create({ model: 'any', messages, stream: true });
    let text = '';
    for await (const chunk of stream) if ((text += chunk.choices[0].delta.content ?? '').length > 20) break;
    const start = performance.now();
    const next = await client.chat.completions.create({ model: 'any', messages: [{ role: 'user', content: 'next' }] });
    return { aborted, text, next: next.choices[0].message.content, ms: performance.now() - start };
  });
  assert.equal(seen.aborted, true);
  assert.match(seen.text, /^0 1 2 /);
  assert.equal(seen.next, 'next');
  assert.ok(seen.ms < 1000, `${seen.ms} ms until the next answer`);
});

check('embeddings: floats and base64, one and many, ids, and what cannot be', async (page) => {
  const seen = await page.evaluate(async () => {
    const { assistant, client } = globalThis;
    const texts = ['one two', 'three'];
    const create = (params) => client.embeddings.create({ model: 'any', ...params });
    const fails = async (params) => {
      const e = await create(params).catch((error) => error);
      return [e.status, e.code, e.param];
    };
    const stop = new AbortController();
    const cut = globalThis.failure(assistant.embeddings.create({ input: Array.from({ length: 500 }, () => 'word '.repeat(150)) }, { signal: stop.signal })); // prettier-ignore
    setTimeout(() => stop.abort(), 30);
    return {
      many: await create({ input: texts }), // the package asks for base64
      floats: await create({ input: texts, encoding_format: 'float' }),
      one: await create({ input: 'three', encoding_format: 'float' }),
      ids: await create({ input: await assistant.tokenize('three'), encoding_format: 'float' }),
      cut: await cut,
      own: assistant.info.embedding,
      bad: [await fails({ input: '' }), await fails({ input: ['x', 5] }), await fails({ input: 'x', dimensions: 7 }), await fails({ input: 'word '.repeat(5000) })], // prettier-ignore
      after: (await assistant.chat.completions.create({ messages: globalThis.say('on') })).choices[0].message.content,
    };
  });
  const unit = (v) => Math.abs(v.reduce((sum, x) => sum + x * x, 0) - 1) < 1e-5;
  assert.deepEqual(seen.floats.data.map((d) => [d.object, d.index, d.embedding.length]), [['embedding', 0, seen.own], ['embedding', 1, seen.own]]); // prettier-ignore
  assert.ok(seen.floats.data.every((d) => unit(d.embedding)));
  for (const [i, { embedding }] of seen.many.data.entries())
    assert.deepEqual(embedding, Array.from(Float32Array.from(seen.floats.data[i].embedding)));
  assert.deepEqual(seen.one.data[0].embedding, seen.floats.data[1].embedding);
  assert.deepEqual(seen.ids.data, seen.one.data);
  assert.deepEqual(seen.floats.usage, { prompt_tokens: 12, total_tokens: 12 });
  assert.equal(seen.cut.name, 'AbortError');
  assert.deepEqual(seen.bad, [[400, 'ERR_ARGUMENT', 'input'], [400, 'ERR_ARGUMENT', 'input[1]'], [400, 'ERR_UNSUPPORTED', 'dimensions'], [400, 'ERR_TOO_LONG', null]]); // prettier-ignore
  assert.equal(seen.after, 'on');
});

check('fetch by itself: methods, bodies, events, an error in the middle of a stream', async (page) => {
  const seen = await page.evaluate(async (base) => {
    const { assistant } = globalThis;
    const { fetch } = assistant;
    const post = (path, body) => fetch(`${base}${path}`, { method: 'POST', body });
    const status = async (promise) => {
      const response = await promise;
      return [response.status, (await response.json()).error?.code];
    };
    const messages = [{ role: 'user', content: 'hi' }];
    const events = await post('/chat/completions', JSON.stringify({ messages, stream: true }));
    const slow = await post('/chat/completions', JSON.stringify({ messages: [{ role: 'user', content: 'SLOW' }], stream: true })); // prettier-ignore
    const reader = slow.body.getReader();
    await reader.read();
    const statuses = [await status(fetch(`${base}/chat/completions`)), await status(post('/models', '{}')), await status(post('/chat/completions', 'x')), await status(post('/chat/completions', '[]')), await status(post('/images', '{}')), await status(fetch(new Request(`${base}/models`)))]; // prettier-ignore
    const aborted = await fetch(`${base}/models`, { signal: AbortSignal.abort('why') }).catch((e) => e);
    const lines = (await events.text()).split('\n\n').filter(Boolean);
    const closing = assistant.close();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += new TextDecoder().decode(part.value); // prettier-ignore
    await closing;
    return { type: events.headers.get('content-type'), lines, statuses, aborted, error: JSON.parse(rest.trim().split('data: ').at(-1)) }; // prettier-ignore
  }, BASE);
  assert.equal(seen.type, 'text/event-stream');
  assert.ok(seen.lines.every((line) => line.startsWith('data: ')));
  assert.equal(seen.lines.at(-1), 'data: [DONE]');
  const said = seen.lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)).choices[0].delta.content ?? '');
  assert.equal(said.join(''), 'hi');
  assert.deepEqual(seen.statuses, [[405, 'ERR_ARGUMENT'], [405, 'ERR_ARGUMENT'], [400, 'ERR_ARGUMENT'], [400, 'ERR_ARGUMENT'], [404, 'ERR_NOT_FOUND'], [200, undefined]].map(([s, c]) => [s, c ?? undefined])); // prettier-ignore
  assert.equal(seen.aborted, 'why');
  assert.equal(seen.error.error.code, 'ERR_CANCELLED');
});
