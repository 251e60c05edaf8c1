// Tools through the page: OpenAI's shapes and the Prompt API's open loop. The echo model repeats the calls that it is asked for, so that every
// answer is known; its template writes the tools and the whole conversation. At the end the real model makes one of its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withAssistant } from './helpers/assistant.mjs';
import { launch, openPage, withContext } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startSite } from './helpers/site.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both', slow: true });
  site.addModel('m', echoModel({ history: true }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const check = (title, body) =>
  test(title, { timeout: 60_000 }, () =>
    withAssistant({ browser, site }, async (page) => {
      await page.evaluate(() => {
        const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
        const named = (name) => ({ type: 'function', function: { name, description: `${name}.`, parameters } });
        globalThis.tools = ['get_weather', 'get_traffic'].map(named);
        globalThis.call = (name, city) => `<tool_call>\n${JSON.stringify({ name, arguments: { city } })}\n</tool_call>`;
        globalThis.ask = (content, more) =>
          globalThis.assistant.chat.completions.create({ messages: globalThis.say(content), tools: globalThis.tools, ...more }); // prettier-ignore
        globalThis.LM = globalThis.oa.LanguageModel;
        globalThis.oa.useModel({ assistant: globalThis.assistant });
        const tool = (name) => ({ name, description: `${name}.`, inputSchema: { type: 'object', properties: {} } });
        globalThis.open = {
          expectedInputs: [{ type: 'tool-response' }],
          expectedOutputs: [{ type: 'tool-call' }],
          tools: ['get_weather', 'get_traffic'].map(tool),
        };
        globalThis.named = async (work) => {
          try {
            await (typeof work === 'function' ? work() : work);
            return 'no failure';
          } catch (e) {
            return e.name;
          }
        };
      });
      await body(page);
    }),
  );

check('a completion with calls: text, calls with ids, finish_reason', async (page) => {
  const { one, two, alone, llama, plain } = await page.evaluate(async () => {
    const { ask, call } = globalThis;
    return {
      one: await ask(`Let me see.\n${call('get_weather', 'Rome')}`),
      two: await ask(`${call('get_weather', 'Rome')}\n${call('get_traffic', 'Paris')}`),
      alone: await ask(`${call('get_weather', 'Rome')}\n${call('get_traffic', 'Paris')}`, { parallel_tool_calls: false }), // prettier-ignore
      llama: await ask('{"name": "get_weather", "parameters": {"city": "Rome"}}'),
      plain: await ask('no call'),
    };
  });
  const called = ({ choices: [{ message, finish_reason: why }] }) => [message.content, (message.tool_calls ?? []).map((c) => [c.type, c.function.name, JSON.parse(c.function.arguments)]), why]; // prettier-ignore
  const rome = ['function', 'get_weather', { city: 'Rome' }];
  const paris = ['function', 'get_traffic', { city: 'Paris' }];
  assert.deepEqual(called(one), ['Let me see.', [rome], 'tool_calls']);
  assert.deepEqual(called(two), [null, [rome, paris], 'tool_calls']);
  assert.deepEqual(called(alone), [null, [rome], 'tool_calls']);
  assert.deepEqual(called(llama), [null, [rome], 'tool_calls']);
  assert.deepEqual(called(plain), ['no call', [], 'stop']);
  assert.equal(plain.choices[0].message.tool_calls, undefined);
  const ids = two.choices[0].message.tool_calls.map((c) => c.id);
  assert.match(ids[0], /^call_[0-9a-f]{24}$/);
  assert.notEqual(ids[0], ids[1]);
});

check('a stream: the text before a call comes at once, a call when it is complete', async (page) => {
  const chunks = await page.evaluate(async () => {
    const { ask, call } = globalThis;
    const list = [];
    const text = `One moment. ${call('get_weather', 'Rome')}${call('get_traffic', 'Paris')}`;
    for await (const chunk of await ask(text, { stream: true })) list.push(chunk.choices[0]);
    return list;
  });
  const text = chunks.map((c) => c.delta.content ?? '');
  assert.equal(text.join(''), 'One moment.');
  assert.ok(text.filter(Boolean).length > 5, 'in pieces');
  const calls = chunks.flatMap((c, i) => (c.delta.tool_calls ?? []).map((call) => [i, call.index, call.function.name]));
  assert.deepEqual(
    calls.map(([, ...rest]) => rest),
    [
      [0, 'get_weather'],
      [1, 'get_traffic'],
    ],
  );
  assert.ok(calls[0][0] < calls[1][0] && text.findLastIndex(Boolean) < calls[0][0]);
  assert.equal(chunks.at(-1).finish_reason, 'tool_calls');
});

check(
  'a call that was begun is one that fits: the name of a tool, and arguments that its schema allows',
  async (page) => {
    const seen = await page.evaluate(async () => {
      const parameters = { type: 'object', properties: { city: { enum: ['Rome', 'Paris'] } }, required: ['city'], additionalProperties: false }; // prettier-ignore
      const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
      const content = async (text) => {
        const { message } = (await globalThis.ask(text, { tools, max_tokens: 100, temperature: 0 })).choices[0];
        return (message.tool_calls ?? []).map((c) => [c.function.name, JSON.parse(c.function.arguments)]);
      };
      return [
        await content(globalThis.call('get_weather', 'Berlin')),
        await content(globalThis.call('unknown', 'Rome')),
        await content('<tool_call>{"name": get_weather}</tool_call>'),
        await content('{"name": "get_weather", "parameters": {"town": "Rome"}}'),
      ];
    });
    for (const [first] of seen) {
      assert.equal(first[0], 'get_weather');
      assert.ok(['Rome', 'Paris'].includes(first[1].city), JSON.stringify(seen));
    }
  },
);

check('what is no call stays text; tool_choice none looks for none; a call cut off by max_tokens', async (page) => {
  const seen = await page.evaluate(async () => {
    const { ask, call } = globalThis;
    const content = async (text, more) => {
      const { message, finish_reason: why } = (await ask(text, more)).choices[0];
      return [message.content, message.tool_calls ?? null, why];
    };
    return {
      unknown: await content('{"name": "unknown", "parameters": {"city": "Rome"}}'),
      other: await content('{"name": "Ann", "age": 30}'),
      broken: await content('<tool_call>get_weather</tool_call>'),
      none: await content(call('get_weather', 'Rome'), { tool_choice: 'none' }),
      cut: await content(call('get_weather', 'Rome'), { max_tokens: 20 }),
      text: call('get_weather', 'Rome'),
    };
  });
  assert.deepEqual(seen.unknown, ['{"name": "unknown", "parameters": {"city": "Rome"}}', null, 'stop']);
  assert.deepEqual(seen.other, ['{"name": "Ann", "age": 30}', null, 'stop']);
  assert.deepEqual(seen.broken, ['<tool_call>get_weather</tool_call>', null, 'stop']);
  assert.deepEqual(seen.none, [seen.text, null, 'stop']);
  assert.deepEqual(seen.cut, [seen.text.slice(0, 20), null, 'length']);
});

check('tools and answers of tools reach the template', async (page) => {
  const seen = await page.evaluate(async () => {
    const { assistant, tools, say } = globalThis;
    const id = 'call_1';
    const called = { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } }] }; // prettier-ignore
    const messages = [...say('hi'), called, { role: 'tool', tool_call_id: id, content: 'sunny' }];
    const bad = (message) =>
      globalThis.failure(assistant.chat.completions.create({ messages: [...say('x'), message] }));
    return {
      counts: [await assistant.count(say('hi')), await assistant.count(say('hi'), { tools })],
      answer: (await assistant.chat.completions.create({ messages, tools })).choices[0].message.content,
      bad: [await bad({ role: 'tool', content: 'x' }), await bad({ role: 'assistant', tool_calls: [{}] }), await bad({ role: 'assistant', content: null })], // prettier-ignore
    };
  });
  assert.ok(seen.counts[1] > seen.counts[0] + 200, seen.counts.join(' '));
  assert.equal(seen.answer, 'sunny');
  for (const e of seen.bad) assert.equal(e.code, 'ERR_ARGUMENT');
  assert.deepEqual(
    seen.bad.map((e) => e.message.split(':')[0]),
    ['messages[1].tool_call_id', 'messages[1].tool_calls[0]', 'messages[1].content'],
  );
});

check('LanguageModel: tools that make no sense', async (page) => {
  const seen = await page.evaluate(async () => {
    const { LM, named } = globalThis;
    const good = { name: 'a', description: 'b', inputSchema: { type: 'object', properties: {} } };
    const create = (tools, expectedOutputs = [{ type: 'tool-call' }]) => named(LM.create({ tools, expectedOutputs }));
    const schema = (inputSchema) => create([{ ...good, inputSchema }]);
    const circular = { type: 'object' };
    circular.self = circular;
    const type = new Proxy({ type: 'object' }, { get(target, prop) { if (prop === 'properties') throw new RangeError('trap'); return target[prop]; } }); // prettier-ignore
    const throwing = { type: 'object', get x() { throw new RangeError('getter'); } }; // prettier-ignore
    const json = { type: 'object', toJSON() { throw new RangeError('toJSON'); } }; // prettier-ignore
    const typeErrors = [
      await schema(null), await schema({}), await schema('x'), await schema({ properties: {} }), await schema({ type: 'string' }),
      await schema({ type: 'object', properties: 'x' }), await schema({ type: 'object', required: 'x' }), await schema(undefined), await schema(circular),
      await create([{ ...good, name: '' }]), await create([{ ...good, description: '' }]), await create([good, good]), await create([good, { ...good, name: 'c', inputSchema: circular }]),
      await create([good], undefined), await named(LM.create({ tools: [good] })), await create([good], [{ type: 'text' }]),
    ]; // prettier-ignore
    return {
      typeErrors,
      through: [await schema(throwing), await schema(json), await schema(type)],
      made: [await create([good]), await create([], [{ type: 'tool-call' }]), await create([], []), await schema({ type: 'object', properties: { a: { description: '{"a": 10,}' } } })], // prettier-ignore
    };
  });
  const none = 'no failure';
  const expected = Array(16).fill('TypeError');
  expected[13] = none; // undefined is the default there, which has tool-call
  assert.deepEqual(seen.typeErrors, expected);
  assert.deepEqual(seen.through, ['RangeError', 'RangeError', 'RangeError']);
  assert.deepEqual(seen.made, Array(4).fill(none));
});

check('LanguageModel: the open loop', async (page) => {
  const seen = await page.evaluate(async () => {
    const { LM, open, call, oa } = globalThis;
    const plainCall = (part) => (part.type === 'tool-call' ? { ...part, value: { ...part.value, is: part.value instanceof oa.LanguageModelToolCall } } : part); // prettier-ignore
    const s = await LM.create(open);
    const first = await s.prompt(`Let me see. ${call('get_weather', 'Rome')}${call('get_traffic', 'Paris')}`);
    const { callID, name } = first[1].value;
    const answer = (value) => [{ role: 'user', content: [{ type: 'tool-response', value }] }];
    const success = new oa.LanguageModelToolSuccess({ callID, name, result: [{ type: 'text', value: 'sunny' }, { type: 'text', value: { degrees: [20] } }] }); // prettier-ignore
    const second = await s.prompt(answer(success));
    const failed = await s.prompt(answer(new oa.LanguageModelToolError({ callID, name, errorMessage: 'no network' })));
    const copy = await s.clone();
    const cloned = await copy.prompt(call('get_traffic', 'Oslo'));
    const parts = [];
    for await (const part of s.promptStreaming(`One. ${call('get_weather', 'Rome')}`)) parts.push(part);
    const history = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [{ type: 'text', value: 'ok' }, { type: 'tool-call', value: new oa.LanguageModelToolCall({ callID: 'c', name, arguments: { city: 'Rome' } }) }] },
      ...answer(success),
    ]; // prettier-ignore
    const t = await LM.create({ ...open, initialPrompts: history });
    const no = await LM.create({ expectedOutputs: [{ type: 'tool-call' }] });
    return { first: first.map(plainCall), second, failed, cloned: cloned.map((p) => p.type), parts: parts.map((p) => (typeof p === 'string' ? 'text' : p.value.name)), usage: t.contextUsage, after: await t.prompt('after'), text: typeof (await no.prompt(call('get_weather', 'Rome'))) }; // prettier-ignore
  });
  assert.deepEqual(
    seen.first.map(({ type, value }) => (type === 'text' ? value : [typeof value.callID, value.name, value.arguments, value.is])), // prettier-ignore
    ['Let me see.', ['string', 'get_weather', { city: 'Rome' }, true], ['string', 'get_traffic', { city: 'Paris' }, true]], // prettier-ignore
  );
  assert.equal(seen.second, 'sunny\n{"degrees":[20]}');
  assert.equal(seen.failed, '{"error":"no network"}');
  assert.deepEqual(seen.cloned, ['tool-call']);
  assert.ok(seen.parts.length > 2 && seen.parts.slice(0, -1).every((p) => p === 'text') && seen.parts.at(-1) === 'get_weather'); // prettier-ignore
  assert.ok(seen.usage > 0);
  assert.deepEqual([seen.after, seen.text], ['after', 'string']);
});

check('LanguageModel: answers of tools that make no sense', async (page) => {
  const seen = await page.evaluate(async () => {
    const { LM, open, named, oa } = globalThis;
    const { LanguageModelToolSuccess: Success, LanguageModelToolCall: Call, LanguageModelToolError: Failure } = oa;
    const s = await LM.create(open);
    const prompt = (role, type, value, session = s) => named(session.prompt([{ role, content: [{ type, value }] }]));
    const result = (value, type = 'text') =>
      new Success({ callID: 'c', name: 'get_weather', result: [{ type, value }] });
    const circular = {};
    circular.self = circular;
    const bitmap = await createImageBitmap(new ImageData(1, 1));
    const other = await LM.create();
    const call = (args) => new Call({ callID: 'c', name: 'get_weather', arguments: args });
    return {
      data: [await prompt('user', 'tool-response', result(circular)), await prompt('user', 'tool-response', result(() => {})), await prompt('user', 'tool-response', result(5n)), await prompt('user', 'tool-response', result(bitmap, 'object')), await prompt('assistant', 'tool-call', call(['x'])), await prompt('assistant', 'tool-call', call(circular))], // prettier-ignore
      unsupported: [await prompt('user', 'tool-response', result(bitmap, 'image')), await prompt('user', 'tool-response', result(bitmap, 'audio')), await prompt('user', 'tool-response', result('x'), other)], // prettier-ignore
      type: [await prompt('user', 'tool-call', call({})), await prompt('assistant', 'tool-response', result('x')), await prompt('user', 'tool-response', { callID: 'c' }), await prompt('assistant', 'tool-call', {}), await named(() => new Success({ callID: 'c' })), await named(() => new Failure({})), await named(() => new Call({}))], // prettier-ignore
      works: await s.prompt('works'),
    };
  });
  assert.deepEqual(seen.data, Array(6).fill('DataError'));
  assert.deepEqual(seen.unsupported, Array(3).fill('NotSupportedError'));
  assert.deepEqual(seen.type, Array(7).fill('TypeError'));
  assert.equal(seen.works, 'works');
});

test(
  'the real model: a call that is demanded, its answer, and no call where none is wanted',
  { timeout: 300_000 },
  async () => {
    const real = await startSite({ isolation: 'both' });
    try {
      await withContext(browser, {}, async (context) => {
        const page = await openPage(context, `${real.url}test.html`);
        const seen = await page.evaluate(async () => {
          const assistant = await globalThis.oa.Assistant.load();
          const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
          const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Get the current weather in a city', parameters } }]; // prettier-ignore
          const messages = [{ role: 'user', content: 'Call the tool get_weather for the city Paris.' }];
          const { completions } = assistant.chat;
          const ask = { messages, tools, temperature: 0, max_tokens: 60 };
          const name = { type: 'function', function: { name: 'get_weather' } };
          const one = await completions.create({ ...ask, tool_choice: name, parallel_tool_calls: false });
          const { message, finish_reason: why } = one.choices[0];
          const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '{"weather": "sunny", "degrees": 20}' }; // prettier-ignore
          const two = await completions.create({ ...ask, messages: [...messages, message, result] });
          return { call: message.tool_calls[0].function, why, said: two.choices[0].message.content };
        });
        assert.equal(seen.call.name, 'get_weather');
        assert.match(JSON.parse(seen.call.arguments).city, /Paris/);
        assert.equal(seen.why, 'tool_calls');
        assert.match(seen.said, /sunny|20/);
      });
    } finally {
      await real.close();
    }
  },
);
