// The Assistant: shapes, streams, cancelling, queueing, bad arguments. With the echo model, so that each answer is known.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withAssistant } from './helpers/assistant.mjs';
import { launch, openPage, withContext, workersAlive } from './helpers/browser.mjs';
import { echoModel, echoPrompt } from './helpers/echo-model.mjs';
import { until } from './helpers/load.mjs';
import { startSite } from './helpers/site.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both', slow: true });
  site.addModel('m', echoModel({ size: 3 << 20 }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const check = (name, work, { expect } = {}) =>
  test(name, { timeout: 60_000 }, () => withAssistant({ browser, site, expect }, work));

check('info says what is loaded and how', async (page) => {
  const info = await page.evaluate(() => globalThis.assistant.info);
  assert.equal(info.id, 'm');
  assert.equal(info.architecture, 'llama');
  assert.equal(info.variant, 'relaxed-mt');
  assert.ok(info.threads >= 1 && info.load_ms > 0);
});

check('the default model, and the list', async (page) => {
  const { id, models, storage } = await page.evaluate(async () => {
    const assistant = await globalThis.oa.Assistant.load();
    const { Assistant } = globalThis.oa;
    return { id: assistant.info.id, models: await Assistant.models(), storage: await Assistant.storage() };
  });
  assert.equal(id, 'm');
  assert.deepEqual(
    models.map((m) => [m.id, m.cached, m.cachedBytes]),
    [['m', true, 3 << 20]],
  );
  // Chromium packs what it stores, and the vocabulary can be packed
  assert.ok(storage.usage > 2 << 20 && storage.quota > storage.usage && storage.persisted === false);
});

check('a chat completion', async (page) => {
  const c = await page.evaluate(() =>
    globalThis.assistant.chat.completions.create({ messages: globalThis.say('one two three'), temperature: 0 }),
  );
  assert.match(c.id, /^chatcmpl-/);
  assert.equal(c.object, 'chat.completion');
  assert.equal(c.model, 'm');
  assert.deepEqual(c.choices, [
    {
      index: 0,
      message: { role: 'assistant', content: 'one two three', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ]);
  assert.deepEqual(c.usage, { prompt_tokens: 15, completion_tokens: 13, total_tokens: 28 }); // ⟦end⟧ and ⟦14⟧ are of the prompt
  assert.deepEqual(c.oa.token_ids, [...Buffer.from('one two three')]);
  assert.deepEqual(c.oa.prefill, { done: 15, total: 15 });
  assert.equal(c.oa.phase, 'done');
  assert.equal(c.oa.context_used, 28);
  assert.equal(c.oa.context, 4096);
  assert.ok(c.oa.timings.decode_tps > 0 && c.oa.timings.prefill_tps > 0);
});

check('a stream of chunks', async (page) => {
  const chunks = await page.evaluate(async () => {
    const stream = await globalThis.assistant.chat.completions.create({
      messages: globalThis.say('one two three'),
      stream: true,
    });
    const list = [];
    for await (const chunk of stream) list.push(chunk);
    return list;
  });
  assert.ok(
    chunks.every((c) => c.object === 'chat.completion.chunk' && c.id === chunks[0].id && c.choices[0].index === 0),
  );
  assert.deepEqual(chunks[0].choices[0].delta, { role: 'assistant', content: '' });
  assert.deepEqual(
    chunks.map((c) => c.oa.phase),
    ['prefill', 'prefill', ...Array(13).fill('decode'), 'done'],
  );
  assert.equal(chunks.map((c) => c.choices[0].delta.content ?? '').join(''), 'one two three');
  assert.deepEqual(
    chunks.map((c) => c.choices[0].finish_reason),
    [...Array(15).fill(null), 'stop'],
  );
  assert.deepEqual(
    chunks.flatMap((c) => (c.oa.phase === 'decode' ? c.oa.token_ids : [])),
    [...Buffer.from('one two three')],
  );
  assert.deepEqual(
    chunks.map((c) => c.usage !== undefined),
    [...Array(15).fill(false), true],
  );
});

check('a stream where ReadableStream cannot be iterated (Safari)', async (page) => {
  const text = await page.evaluate(async () => {
    delete ReadableStream.prototype[Symbol.asyncIterator];
    const stream = await globalThis.assistant.chat.completions.create({
      messages: globalThis.say('one two three'),
      stream: true,
    });
    let said = '';
    for await (const chunk of stream) said += chunk.choices[0].delta.content ?? '';
    const endless = await globalThis.assistant.chat.completions.create({
      messages: globalThis.say('SLOW'),
      stream: true,
    });
    for await (const chunk of endless) if (chunk.oa.phase === 'decode') break;
    return said;
  });
  assert.equal(text, 'one two three');
});

check('a text completion, whole and streamed', async (page) => {
  const { whole, chunks } = await page.evaluate(async (prompt) => {
    const { completions } = globalThis.assistant;
    const list = [];
    for await (const chunk of await completions.create({ prompt, stream: true, logprobs: 1 })) list.push(chunk);
    return { whole: await completions.create({ prompt, max_tokens: 3 }), chunks: list };
  }, echoPrompt('one two'));
  assert.equal(whole.object, 'text_completion');
  assert.deepEqual(whole.choices, [{ index: 0, text: 'one', logprobs: null, finish_reason: 'length' }]);
  assert.deepEqual(
    chunks.map((c) => c.choices[0].text),
    ['', '', ...'one two', ''],
  );
  assert.deepEqual(chunks[6].choices[0].logprobs.text_offset, [4]);
});

check(
  'several answers, several prompts, the prompt before its answer, and the usage at the end of a stream',
  async (page) => {
    const { chat, chunks, texts, streamed } = await page.evaluate(
      async ([one, two]) => {
        const { chat: c, completions } = globalThis.assistant;
        const read = async (stream) => {
          const list = [];
          for await (const chunk of await stream) list.push(chunk);
          return list;
        };
        const ask = { messages: globalThis.say('one'), n: 3, seed: 5 };
        return {
          chat: await c.completions.create(ask),
          chunks: await read(c.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } })),
          texts: await completions.create({ prompt: [one, two], n: 2, echo: true }),
          streamed: await read(completions.create({ prompt: [one, two], echo: true, stream: true })),
        };
      },
      [echoPrompt('one'), echoPrompt('two')],
    );
    const said = (index, list) => list.filter((c) => c.choices[0]?.index === index);
    assert.deepEqual(
      chat.choices.map((c) => [c.index, c.message.content, c.finish_reason]),
      [0, 1, 2].map((i) => [i, 'one', 'stop']),
    );
    assert.deepEqual(chat.usage, { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 }); // the prompt is read once
    for (const i of [0, 1, 2]) {
      const mine = said(i, chunks);
      assert.equal(mine[0].choices[0].delta.role, 'assistant');
      assert.equal(mine.map((c) => c.choices[0].delta.content ?? '').join(''), 'one');
      assert.ok(mine.every((c) => c.usage === null));
    }
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.deepEqual(chunks.at(-1).usage, chat.usage);
    const want = [echoPrompt('one'), echoPrompt('two')].map((prompt, i) => prompt + ['one', 'two'][i]);
    assert.deepEqual(
      texts.choices.map((c) => [c.index, c.text]),
      [0, 1, 2, 3].map((i) => [i, want[i >> 1]]),
    );
    assert.deepEqual(texts.usage, { prompt_tokens: 10, completion_tokens: 12, total_tokens: 22 });
    for (const i of [0, 1]) assert.equal(said(i, streamed).map((c) => c.choices[0].text).join(''), want[i]); // prettier-ignore
  },
);

check("errors have the fields of OpenAI's", async (page) => {
  const failures = await page.evaluate(async (prompt) => {
    const { chat, completions } = globalThis.assistant;
    const fields = (promise) =>
      promise.then(
        () => null,
        (e) => ({ code: e.code, status: e.status, type: e.type, param: e.param }),
      );
    const messages = globalThis.say('x');
    return {
      temperature: await fields(chat.completions.create({ messages, temperature: 200 })),
      bias: await fields(chat.completions.create({ messages, logit_bias: { 5: 'x' } })),
      name: await fields(chat.completions.create({ messages, tools: [{ type: 'function', function: { name: '' } }] })),
      long: await fields(chat.completions.create({ messages: globalThis.say('x'.repeat(5000)) })),
      suffix: await fields(completions.create({ prompt, suffix: 'x' })),
      best: await fields(completions.create({ prompt, best_of: 2 })),
      echo: await fields(completions.create({ prompt, echo: true, logprobs: 1 })),
      core: await fields(chat.completions.create({ messages, stop: 'x'.repeat(300) })),
    };
  }, 'x');
  const bad = (code, param) => ({ code, status: 400, type: 'invalid_request_error', param });
  assert.deepEqual(failures, {
    temperature: bad('ERR_ARGUMENT', 'temperature'),
    bias: bad('ERR_ARGUMENT', 'logit_bias'),
    name: bad('ERR_ARGUMENT', 'tools[0].function.name'),
    long: bad('ERR_TOO_LONG', null),
    suffix: bad('ERR_UNSUPPORTED', 'suffix'),
    best: bad('ERR_UNSUPPORTED', 'best_of'),
    echo: bad('ERR_UNSUPPORTED', 'echo'),
    core: bad('ERR_ARGUMENT', 'stop'),
  });
});

check('log-probabilities in both shapes', async (page) => {
  const { chat, none, text } = await page.evaluate(async (prompt) => {
    const { chat: c, completions } = globalThis.assistant;
    return {
      chat: await c.completions.create({ messages: globalThis.say('one'), logprobs: true, top_logprobs: 2 }),
      none: await c.completions.create({ messages: globalThis.say('one'), logprobs: true }),
      text: await completions.create({ prompt, logprobs: 2 }),
    };
  }, echoPrompt('one'));
  const { content } = chat.choices[0].logprobs;
  assert.deepEqual(
    content.map((t) => [t.token, t.logprob, t.bytes]),
    [...'one'].map((t) => [t, 0, [t.charCodeAt(0)]]),
  );
  for (const { top_logprobs: top, ...token } of content) {
    assert.equal(top.length, 2);
    assert.deepEqual(top[0], token);
    assert.ok(top[1].token !== token.token && top[1].logprob < -100);
  }
  assert.deepEqual(none.choices[0].logprobs.content[0].top_logprobs, []);
  assert.deepEqual(text.choices[0].logprobs.tokens, ['o', 'n', 'e']);
  assert.deepEqual(
    text.choices[0].logprobs.top_logprobs,
    content.map(({ top_logprobs: top }) => Object.fromEntries(top.map((t) => [t.token, t.logprob]))),
  );
});

check('what is asked reaches the core', async (page) => {
  const seen = await page.evaluate(async () => {
    const { postMessage } = Worker.prototype;
    const sent = [];
    Worker.prototype.postMessage = function (m, ...rest) {
      if (m.type === 'generate') sent.push(m.request);
      return postMessage.call(this, m, ...rest);
    };
    const { completions } = globalThis.assistant.chat;
    const messages = [
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b\0\uD800' },
        ],
      },
      ...globalThis.say('x'),
    ];
    await completions.create({
      messages,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      min_p: 0.1,
      typical_p: 0.9,
      repetition_penalty: 1.2,
      presence_penalty: -1,
      frequency_penalty: 1,
      max_tokens: 7,
      stop: 'END',
      seed: 5,
      logit_bias: { 12: -100 },
      overflow: 'error',
    });
    await completions.create({ messages: globalThis.say('x') });
    return sent;
  });
  assert.deepEqual(seen[0], {
    ...{
      messages: [
        { role: 'system', content: 'ab\0\uFFFD' },
        { role: 'user', content: 'x' },
      ],
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      min_p: 0.1,
      typical_p: 0.9,
    },
    ...{
      repeat_penalty: 1.2,
      presence_penalty: -1,
      frequency_penalty: 1,
      max_tokens: 7,
      stop: ['END'],
      seed: 5,
      logit_bias: { 12: -100 },
      overflow: 'error',
    },
  });
  const { seed, ...rest } = seen[1];
  assert.ok(Number.isInteger(seed));
  assert.deepEqual(rest, { messages: [{ role: 'user', content: 'x' }], temperature: 0.7, top_p: 0.95 });
});

check('drafts have sampling of their own, and what it would be alone', async (page) => {
  const seen = await page.evaluate(async () => {
    const { completions } = globalThis.assistant.chat;
    const base = { messages: globalThis.say('SLOW'), temperature: 30, max_tokens: 20, seed: 5 };
    const drafts = [{ temperature: 0 }, { seed: 9 }, {}, { temperature: 60, typical_p: 0.99 }];
    const text = ({ choices }) => choices.map((c) => c.message.content);
    const alone = [];
    for (const [i, draft] of drafts.entries())
      alone.push(...text(await completions.create({ ...base, seed: 5 + i, ...draft })));
    const bad = {};
    for (const [name, value] of Object.entries({
      none: [],
      nine: Array(9).fill({}),
      text: 'x',
      item: [1],
      other: [{ stop: 'x' }],
      range: [{ top_p: 2 }],
    }))
      // prettier-ignore
      bad[name] = (await globalThis.failure(completions.create({ ...base, drafts: value })))?.message;
    bad.n = (await globalThis.failure(completions.create({ ...base, drafts, n: 2 })))?.message;
    return { together: text(await completions.create({ ...base, drafts })), alone, one: text(await completions.create({ ...base, drafts: drafts.slice(0, 1) })), bad }; // prettier-ignore
  });
  assert.deepEqual(seen.together, seen.alone);
  assert.deepEqual(seen.one, [seen.alone[0]]);
  assert.equal(new Set(seen.alone).size, 4);
  for (const [name, message] of Object.entries(seen.bad)) assert.match(message ?? '', name === 'range' ? /^top_p: / : /^drafts: /, name); // prettier-ignore
});

check(
  'several answers are computed together: each is what it would be alone, and they stream in turn',
  async (page) => {
    const seen = await page.evaluate(async () => {
      const { completions } = globalThis.assistant.chat;
      const base = { messages: globalThis.say('SLOW'), temperature: 30, max_tokens: 20, seed: 5 };
      const text = ({ choices }) => choices.map((c) => c.message.content);
      const alone = [];
      for (let i = 0; i < 10; i++) alone.push(...text(await completions.create({ ...base, seed: 5 + i })));
      const chunks = [];
      for await (const chunk of await completions.create({ ...base, n: 4, stream: true, stream_options: { include_usage: true } })) chunks.push(chunk); // prettier-ignore
      const stop = new AbortController();
      const cut = [];
      const failed = await globalThis.failure((async () => {
      for await (const { choices: [{ index }] } of await completions.create({ ...base, max_tokens: 2000, n: 4, stream: true }, { signal: stop.signal })) // prettier-ignore
        if (cut.push(index) === 30) stop.abort();
    })()); // prettier-ignore
      return { alone, together: text(await completions.create({ ...base, n: 10 })), chunks, cut, failed, next: text(await completions.create({ ...base })) }; // prettier-ignore
    });
    assert.deepEqual(seen.together, seen.alone);
    assert.ok(new Set(seen.alone).size > 5, 'they differ');
    const streamed = [0, 1, 2, 3].map((i) => seen.chunks.filter((c) => c.choices[0]?.index === i));
    assert.deepEqual(
      streamed.map((list) => list.map((c) => c.choices[0].delta.content ?? '').join('')),
      seen.alone.slice(0, 4),
    );
    for (const list of streamed) {
      assert.equal(list[0].choices[0].delta.role, 'assistant');
      assert.equal(list.at(-1).choices[0].finish_reason, 'length');
    }
    const order = seen.chunks.filter((c) => c.oa?.phase === 'decode').map((c) => c.choices[0].index);
    assert.deepEqual(order.slice(0, 8), [0, 1, 2, 3, 0, 1, 2, 3]);
    assert.equal(seen.chunks.at(-1).usage.completion_tokens, 80);
    assert.equal(seen.failed.name, 'AbortError');
    assert.deepEqual([seen.cut.length, seen.next[0]], [30, seen.alone[0]]);
  },
);

check('bad arguments are refused with a line that names them', async (page) => {
  const wrong = [
    [{}, /messages/], [{ messages: [] }, /messages/], [{ messages: 'hi' }, /messages/], [{ messages: [null] }, /messages\[0\]/],
    [{ messages: [{ role: 'robot', content: 'x' }] }, /role: one of/], [{ messages: [{ role: 'user' }] }, /content/],
    [{ messages: [{ role: 'tool', content: 'x' }] }, /messages\[0\]\.tool_call_id/], [{ temperature: '1' }, /temperature/], [{ temperature: null, top_p: 0 }, /top_p/],
    [{ temperature: -1 }, /temperature/], [{ temperature: 'NaN' }, /temperature/], [{ temperature: 'Infinity' }, /temperature/], [{ top_p: 1.5 }, /top_p/], [{ top_k: 1.5 }, /top_k/],
    [{ max_tokens: 0 }, /max_tokens/], [{ max_tokens: -5 }, /max_tokens/], [{ stop: [1] }, /stop/], [{ stop: '' }, /stop/],
    [{ seed: -1 }, /seed/], [{ logit_bias: { x: 1 } }, /logit_bias/], [{ logit_bias: { 1: 'y' } }, /logit_bias of 1/], [{ logit_bias: [] }, /logit_bias/],
    [{ logprobs: 5 }, /logprobs/], [{ top_logprobs: 3 }, /top_logprobs/], [{ logprobs: true, top_logprobs: 21 }, /top_logprobs/],
    [{ overflow: 'x' }, /overflow/], [{ stream: 'yes' }, /stream/], [{ n: 0 }, /n: /], [{ n: 129 }, /n: /],
    [{ stream_options: { include_usage: true } }, /stream_options/], [{ stream: true, stream_options: 5 }, /stream_options/],
    [{ tools: 'x' }, /tools/], [{ tools: [{}] }, /tools\[0\]/], [{ tool_choice: 'required' }, /tool_choice/], [{ tool_choice: 'x' }, /tool_choice/],
    [{ tools: [{ type: 'function', function: { name: 'a b' } }] }, /tools\[0\]\.function\.name/], [{ parallel_tool_calls: 1 }, /parallel_tool_calls/],
    [{ continue_final_message: true }, /continue_final_message/],
  ]; // prettier-ignore
  for (const [params, says] of wrong) {
    const e = await page.evaluate((p) => {
      if (p.temperature === 'NaN' || p.temperature === 'Infinity') p.temperature = Number(p.temperature);
      const messages = 'messages' in p || Object.keys(p).length === 0 ? p.messages : globalThis.say('x');
      return globalThis.failure(globalThis.assistant.chat.completions.create({ ...p, messages }));
    }, params);
    assert.equal(e?.code, 'ERR_ARGUMENT', JSON.stringify(params));
    assert.match(e.message, says);
  }
  const unsupported = [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }];
  for (const params of unsupported) {
    const e = await page.evaluate(
      (p) => globalThis.failure(globalThis.assistant.chat.completions.create({ messages: globalThis.say('x'), ...p })),
      params,
    );
    assert.equal(e?.code, 'ERR_UNSUPPORTED', JSON.stringify(params));
  }
  for (const params of [
    {},
    { prompt: '' },
    { prompt: 5 },
    { prompt: [] },
    { prompt: ['x', ''] },
    { prompt: 'x', logprobs: true },
  ]) {
    const e = await page.evaluate((p) => globalThis.failure(globalThis.assistant.completions.create(p)), params);
    assert.equal(e?.code, 'ERR_ARGUMENT', JSON.stringify(params));
  }
  for (const options of [
    { model: 5 },
    { model: [] },
    { threads: 0 },
    { threads: 'all' },
    { variant: 'fast' },
    { context: -1 },
  ]) {
    const e = await page.evaluate(
      (o) => globalThis.failure(globalThis.oa.Assistant.load({ model: 'm', ...o })),
      options,
    );
    assert.equal(e?.code, 'ERR_ARGUMENT', JSON.stringify(options));
  }
});

check("the core's refusals arrive with their code, and the engine works on", async (page) => {
  const result = await page.evaluate(async () => {
    const { create } = globalThis.assistant.chat.completions;
    const ask = (text, more) =>
      create.call(globalThis.assistant.chat.completions, { messages: globalThis.say(text), ...more });
    const stream = await ask('FAIL', { stream: true });
    return {
      long: await globalThis.failure(ask('x '.repeat(2048))),
      fail: await globalThis.failure(ask('FAIL')),
      streamed: await globalThis.failure(stream.getReader().read()),
      good: (await ask('good')).choices[0].message.content,
    };
  });
  assert.equal(result.long.code, 'ERR_TOO_LONG');
  assert.match(result.long.message, /4107 tokens.* leaves room for 3072/); // the number that the template writes is no token then
  assert.equal(result.fail.code, 'ERR_ARGUMENT');
  assert.equal(result.fail.message, 'it was asked to fail');
  assert.equal(result.streamed.code, 'ERR_ARGUMENT');
  assert.equal(result.good, 'good');
});

check('abort stops an answer within a token', async (page) => {
  const {
    said,
    reason,
    after: more,
    wait,
  } = await page.evaluate(async () => {
    const stop = new AbortController();
    const { completions } = globalThis.assistant.chat;
    const stream = await completions.create(
      { messages: globalThis.say('SLOW'), stream: true },
      { signal: stop.signal },
    );
    let text = '';
    let why = null;
    try {
      for await (const chunk of stream) {
        text += chunk.choices[0].delta.content ?? '';
        if (text.length > 20) stop.abort('enough');
      }
    } catch (e) {
      why = e;
    }
    const start = performance.now();
    const next = await completions.create({ messages: globalThis.say('next') });
    return { said: text, reason: why, after: next.choices[0].message.content, wait: performance.now() - start };
  });
  assert.equal(reason, 'enough');
  assert.match(said, /^0 1 2 /);
  assert.equal(more, 'next');
  assert.ok(wait < 1000, `${wait} ms until the next answer`);
});

check('abort of what waits, before and between', async (page) => {
  const result = await page.evaluate(async () => {
    const { completions } = globalThis.assistant.chat;
    const aborted = AbortSignal.abort('before');
    const first = await completions.create({ messages: globalThis.say('SLOW'), stream: true });
    const stop = new AbortController();
    const waiting = completions.create({ messages: globalThis.say('two') }, { signal: stop.signal }).catch((e) => e);
    const third = completions.create({ messages: globalThis.say('three') });
    stop.abort('while waiting');
    const early = await completions.create({ messages: globalThis.say('x') }, { signal: aborted }).catch((e) => e);
    const why = await waiting;
    await first.cancel();
    return { early, why, third: (await third).choices[0].message.content };
  });
  assert.deepEqual(result, { early: 'before', why: 'while waiting', third: 'three' });
});

check('what is counted is what an answer reads, also where a message has the text of a control token', async (page) => {
  const counts = await page.evaluate(async () => {
    const { assistant, say } = globalThis;
    const seen = [];
    for (const text of ['x', 'the end: ⟦end⟧', 'x'.repeat(5000)]) {
      const n = await assistant.count(say(text));
      const read = assistant.chat.completions.create({ messages: say(text), max_tokens: 1 });
      seen.push([n, await read.then((c) => c.usage.prompt_tokens, (e) => Number(/has (\d+) tokens/.exec(e.message)[1]))]); // prettier-ignore
    }
    return seen;
  });
  for (const [counted, read] of counts) assert.equal(counted, read);
  assert.equal(counts[1][0], Buffer.byteLength('the end: ⟦end⟧') + 2);
});

check('answers come one after the other, and counting comes between', async (page) => {
  const result = await page.evaluate(async () => {
    const { completions } = globalThis.assistant.chat;
    const order = [];
    const ask = (name, text, max_tokens) =>
      completions.create({ messages: globalThis.say(text), max_tokens }).then(() => order.push(name));
    const all = [ask('slow', 'SLOW', 40), ask('quick', 'x', 1)];
    const n = await globalThis.assistant.count([{ role: 'user', content: 'hé' }]);
    order.push('count');
    await Promise.all(all);
    return { order, n, ids: await globalThis.assistant.tokenize('hi') };
  });
  assert.deepEqual(result.order, ['count', 'slow', 'quick']);
  assert.equal(result.n, Buffer.byteLength('hé') + 2);
  assert.deepEqual(result.ids, [104, 105]);
});

test('close() rejects what waits and what comes, and leaves no thread', { timeout: 60_000 }, async () => {
  const own = await launch(); // pages of other tests are not counted
  await withAssistant({ browser: own, site }, async (page) => {
    assert.ok((await workersAlive(own)) > 0);
    const result = await page.evaluate(async () => {
      const { assistant } = globalThis;
      const waiting = globalThis.failure(assistant.chat.completions.create({ messages: globalThis.say('SLOW') }));
      await new Promise((go) => setTimeout(go, 50));
      await assistant.close();
      await assistant.close();
      return { waiting: await waiting, after: await globalThis.failure(assistant.tokenize('x')) };
    });
    assert.equal(result.waiting.code, 'ERR_CANCELLED');
    assert.equal(result.after.code, 'ERR_STATE');
    await until(async () => (await workersAlive(own)) === 0);
  });
  await own.close();
});

check('the page stays smooth while a model loads and answers', async (page) => {
  const longest = await page.evaluate(async () => {
    let worst = 0;
    let last = performance.now();
    const timer = setInterval(
      () => ((worst = Math.max(worst, performance.now() - last)), (last = performance.now())),
      5,
    );
    await globalThis.assistant.close(); // which would share its engine
    const assistant = await globalThis.oa.Assistant.load({ model: 'm' });
    await assistant.chat.completions.create({ messages: globalThis.say('SLOW'), max_tokens: 60 });
    clearInterval(timer);
    await assistant.close();
    return worst;
  });
  assert.ok(longest < 400, `${longest} ms without the page's thread`);
});

check(
  'the worker script is missing',
  async (page) => {
    site.files.set('/worker.js', { bytes: Buffer.from(''), etag: null, fault: () => ({ status: 404 }), n: 0 });
    const e = await page.evaluate(() => globalThis.failure(globalThis.oa.Assistant.load({ model: 'm', threads: 1 })));
    site.files.delete('/worker.js');
    assert.equal(e.code, 'ERR_STATE');
    assert.match(e.message, /script cannot be loaded/);
  },
  { expect: /404/ },
);

test('variants: the best one is picked, others on demand, impossible ones refused', { timeout: 60_000 }, async () => {
  const plain = await startSite({ isolation: 'plain', prefix: '/some/where' });
  plain.addModel('m', echoModel());
  try {
    for (const [where, options, variant, threads] of [
      [site, {}, 'relaxed-mt', null],
      [site, { variant: 'simd' }, 'simd', 1],
      [site, { threads: 1 }, 'relaxed', 1],
      [site, { variant: 'simd-mt', threads: 2 }, 'simd-mt', 2],
      [plain, {}, 'relaxed', 1],
      [plain, { variant: 'simd-mt' }, null, null],
    ]) {
      await withContext(browser, {}, async (context) => {
        const page = await openPage(context, `${where.url}test.html`);
        const result = await page.evaluate(
          (o) =>
            globalThis.oa.Assistant.load({ model: 'm', ...o }).then(
              (a) => a.info,
              (e) => ({ code: e.code, message: e.message }),
            ),
          options,
        );
        if (variant === null) {
          assert.equal(result.code, 'ERR_UNSUPPORTED');
          assert.match(result.message, /not cross-origin isolated/);
        } else assert.equal(result.variant, variant, result.message);
        if (threads) assert.equal(result.threads, threads);
      });
    }
  } finally {
    await plain.close();
  }
});
