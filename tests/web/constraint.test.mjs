// response_format: what the echo model would say is kept where it fits, and made to fit where it does not, at any temperature.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { withAssistant } from './helpers/assistant.mjs';
import { launch } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startSite } from './helpers/site.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both' });
  site.addModel('m', echoModel({ size: 1 << 20 }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const check = (name, work) => test(name, { timeout: 120_000 }, () => withAssistant({ browser, site }, work));

/** What each request answers: text and finish_reason, or how it failed. */
const ask = (page, requests) =>
  page.evaluate(async (list) => {
    const answers = [];
    for (const { say, ...request } of list) {
      const params = { messages: globalThis.say(say), temperature: 0, ...request };
      const answer = await globalThis.assistant.chat.completions.create(params).then(
        ({ choices: [{ message, finish_reason }], usage }) => ({
          text: message.content,
          finish_reason,
          tokens: usage.completion_tokens,
        }),
        (e) => ({ code: e.code, message: e.message }),
      );
      answers.push(answer);
    }
    return answers;
  }, requests);

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 12 },
    age: { type: 'integer', minimum: 0, maximum: 130 },
    tags: { type: 'array', items: { enum: ['new', 'old'] }, maxItems: 4 },
  },
  required: ['name', 'age'],
  additionalProperties: false,
};
const ofSchema = (s) => ({ type: 'json_schema', json_schema: { name: 'x', strict: true, schema: s } });

check('an answer that fits is kept as it is', async (page) => {
  const said = '{"name": "Ann", "age": 30, "tags": ["new"]}';
  const answers = await ask(page, [
    { say: said, response_format: ofSchema(schema) },
    { say: said, response_format: { type: 'json_object' } },
    { say: 'red 7', response_format: { type: 'regex', regex: '(red|blue) [0-9]{1,3}' } },
    { say: '1+2', response_format: { type: 'grammar', grammar: 'root ::= [0-9] ("+" [0-9])*' } },
    { say: 'any', response_format: { type: 'text' } },
  ]);
  assert.deepEqual(
    answers.map(({ text, finish_reason }) => [text, finish_reason]),
    [said, said, 'red 7', '1+2', 'any'].map((text) => [text, 'stop']),
  );
});

check('whatever is said, and however hot, the answer is valid', async (page) => {
  const valid = new Ajv2020().compile(schema);
  const requests = [0, 1, 5, 50].flatMap((temperature) =>
    [1, 2, 3, 4].map((seed) => ({
      say: 'no JSON at all',
      temperature,
      seed,
      max_tokens: 1000,
      response_format: ofSchema(schema),
    })),
  );
  for (const { text, finish_reason } of await ask(page, requests)) {
    assert.equal(finish_reason, 'stop');
    assert.ok(valid(JSON.parse(text)), text);
  }
});

check('the end of max_tokens is "length", and a stream says the same', async (page) => {
  const request = { say: '{"name": "Ann", "age": 30}', response_format: ofSchema(schema) };
  const [cut, whole] = await ask(page, [{ ...request, max_tokens: 9 }, request]);
  assert.deepEqual([cut.finish_reason, cut.tokens, whole.finish_reason], ['length', 9, 'stop']);
  assert.ok(whole.text.startsWith(cut.text));
  const streamed = await page.evaluate(async ({ say, response_format }) => {
    const params = { messages: globalThis.say(say), temperature: 0, stream: true, response_format };
    let text = '';
    for await (const chunk of await globalThis.assistant.chat.completions.create(params))
      text += chunk.choices[0].delta.content ?? '';
    return text;
  }, request);
  assert.equal(streamed, whole.text);
});

check('with log-probabilities and without guesses nothing changes', async (page) => {
  const request = { say: '{"name": "AnnAnnAnnAnn", "age": 30}', response_format: ofSchema(schema) };
  const [plain, logged] = await ask(page, [request, { ...request, logprobs: true, top_logprobs: 2 }]);
  assert.deepEqual(logged, plain);
});

check('a RegExp is its source and its flags', async (page) => {
  const texts = await page.evaluate(async () => {
    const answer = async (say, regex) => {
      const params = { messages: globalThis.say(say), temperature: 0, response_format: { type: 'regex', regex } };
      return (await globalThis.assistant.chat.completions.create(params)).choices[0].message.content;
    };
    return [await answer('no', /yes|yet/u), await answer('YES b', /yes\b.b/gi), await answer('a\nb', /^a$.^b$/ms)];
  });
  assert.match(texts[0], /^(yes|yet)$/);
  assert.deepEqual(texts.slice(1), ['YES b', 'a\nb']);
});

check('what is not supported is named, and the engine works on', async (page) => {
  const of = (response_format) => ({ say: 'x', response_format });
  const wrong = [
    [of({ type: 'xml' }), 'ERR_ARGUMENT', /type/],
    [of('json'), 'ERR_ARGUMENT', /object/],
    [of({ type: 'json_schema' }), 'ERR_ARGUMENT', /schema/],
    [of(ofSchema([1])), 'ERR_ARGUMENT', /schema/],
    [of({ type: 'regex', regex: '' }), 'ERR_ARGUMENT', /regex/],
    [of({ type: 'regex', regex: '(' }), 'ERR_ARGUMENT', /\)/],
    [of({ type: 'regex', regex: '(a)\\1' }), 'ERR_UNSUPPORTED', /back-references/],
    [of({ type: 'regex', regex: '(?!a)b' }), 'ERR_UNSUPPORTED', /look-around/],
    [of({ type: 'grammar', grammar: 'x ::= "a"' }), 'ERR_ARGUMENT', /root/],
    [of({ type: 'grammar', grammar: 'root ::= root' }), 'ERR_UNSUPPORTED|ERR_ARGUMENT', /left|fits/],
    [of(ofSchema({ properties: { a: { uniqueItems: true } } })), 'ERR_UNSUPPORTED', /#\/properties\/a: uniqueItems/],
    [of(ofSchema({ type: 'integer', minimum: 2, maximum: 1 })), 'ERR_ARGUMENT', /no text fits/],
    [of(ofSchema({ pattern: '(a|b)*a(a|b){50}' })), 'ERR_TOO_LONG', /states/],
  ];
  const answers = await ask(page, [...wrong.map(([request]) => request), { say: 'hi' }]);
  wrong.forEach(([request, code, says], i) => {
    assert.match(answers[i].code ?? '', new RegExp(code), JSON.stringify(request));
    assert.match(answers[i].message, says);
  });
  assert.equal(answers.at(-1).text, 'hi');
});
