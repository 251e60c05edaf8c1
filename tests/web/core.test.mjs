// The whole way with the real core and the default model: from the server to IndexedDB to an answer, in all variants; what is said is the same
// everywhere, a follow-up computes only what is new, a stop is heard within a token, and hard requests get clear errors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, openPage, withContext } from './helpers/browser.mjs';
import { startSite } from './helpers/site.mjs';

const ROOT = process.env.SITE ?? 'build/site';
const MODEL = 'smollm2-135m-instruct';
const FILE = `${process.env.BUILD ?? 'build'}/models/SmolLM2-135M-Instruct.Q4_1.gguf`;

let browser;
let site;
let paths; // of the model's file, or of its pieces
before(async () => {
  const { models } = JSON.parse(readFileSync(`${ROOT}/models.json`, 'utf8'));
  const file = models.find((m) => m.id === MODEL)?.files[0];
  assert.ok(file, `no ${MODEL} in ${ROOT}: run make site`);
  paths = (file.pieces ?? [file.url]).map((url) => `/${url}`);
  browser = await launch();
  site = await startSite({ isolation: 'both' });
  for (const path of paths) site.add(path, readFileSync(ROOT + path)); // so that their requests are counted
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Loads the model as globalThis.assistant. */
const open = (page, options = {}) =>
  page.evaluate(async (o) => {
    globalThis.assistant = await globalThis.oa.Assistant.load(o);
    return globalThis.assistant.info;
  }, options);

/** Asks and returns the chat.completion. */
const ask = (page, messages, more = {}) =>
  page.evaluate(
    ([m, o]) => globalThis.assistant.chat.completions.create({ messages: m, temperature: 0, ...o }),
    [messages, more],
  );

const user = (content) => ({ role: 'user', content });
const QUESTION = [user('Name three animals that live in the sea.')];

// What the native program says; tests/native holds it and the WASI program to the same.
const GOLDEN = JSON.parse(readFileSync('tests/golden/logits/greedy-fast.json', 'utf8'));

test('one download, four variants, the tokens of the native program', { timeout: 240_000 }, () =>
  withContext(browser, {}, async (context) => {
    const page = await openPage(context, `${site.url}test.html`);
    for (const path of paths) site.take(path);
    for (const variant of ['simd', 'relaxed', 'simd-mt', 'relaxed-mt']) {
      const info = await open(page, { variant });
      assert.equal(info.variant, variant);
      assert.equal(
        info.threads > 1,
        variant.endsWith('-mt') && (await page.evaluate(() => navigator.hardwareConcurrency)) > 1,
      );
      for (const { prompt, ids, text, finish_reason } of GOLDEN.chats) {
        const { choices, usage, oa } = await ask(page, [user(prompt)], { max_tokens: GOLDEN.max_tokens });
        assert.ok(usage.completion_tokens > 0 && usage.completion_tokens <= GOLDEN.max_tokens);
        assert.ok(oa.timings.decode_tps > 0 && oa.tokens_per_second > 0);
        assert.deepEqual(
          { ids: oa.token_ids, text: choices[0].message.content, finish_reason: choices[0].finish_reason },
          { ids, text, finish_reason },
          `${variant}: ${prompt}`,
        );
      }
      await page.evaluate(() => globalThis.assistant.close());
    }
    for (const path of paths) assert.equal(site.take(path).length, 1, path);
    const [model] = await page.evaluate(() => globalThis.oa.Assistant.models());
    assert.deepEqual([model.id, model.cached, model.cachedBytes], [MODEL, true, model.size]);
  }),
);

test('a conversation: streams, follow-ups, stops, seeds, log-probabilities, errors', { timeout: 240_000 }, () =>
  withContext(browser, {}, async (context) => {
    const page = await openPage(context, `${site.url}test.html`);
    const info = await open(page, { context: 768 });
    assert.equal(info.architecture, 'llama');
    assert.equal(info.context, 768);

    // A follow-up finds the conversation so far in the cache.
    const first = await ask(page, QUESTION, { max_tokens: 24 });
    const turn = [...QUESTION, first.choices[0].message, user('And in the desert?')];
    const second = await ask(page, turn, { max_tokens: 8 });
    assert.ok(
      second.oa.cached_tokens >= first.usage.total_tokens - 2,
      `${second.oa.cached_tokens} of ${first.usage.total_tokens}`,
    );
    assert.equal(await page.evaluate((m) => globalThis.assistant.count(m), turn), second.usage.prompt_tokens);

    // What is streamed is what is answered at once.
    const streamed = await page.evaluate(async (messages) => {
      const stream = await globalThis.assistant.chat.completions.create({
        messages,
        temperature: 0,
        max_tokens: 24,
        stream: true,
      });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      return chunks;
    }, QUESTION);
    assert.equal(streamed.map((c) => c.choices[0].delta.content ?? '').join(''), first.choices[0].message.content);
    assert.deepEqual(streamed.at(-1).oa.token_ids, first.oa.token_ids);
    assert.equal(streamed.at(-1).usage.prompt_tokens, first.usage.prompt_tokens);

    // A stop is heard within a token, and what follows finds the cache in order.
    const stopped = await page.evaluate(async (messages) => {
      const stop = new AbortController();
      const stream = await globalThis.assistant.chat.completions.create(
        { messages, temperature: 0, max_tokens: 500, stream: true },
        { signal: stop.signal },
      );
      const ids = [];
      let at = 0;
      const why = await (async () => {
        for await (const chunk of stream) {
          if (chunk.oa.phase === 'decode') ids.push(...chunk.oa.token_ids);
          if (ids.length === 10) ((at = performance.now()), stop.abort('stop'));
        }
      })().catch((e) => e);
      const next = await globalThis.assistant.chat.completions.create({ messages, temperature: 0, max_tokens: 1 });
      return { ids, why, wait: performance.now() - at, cached: next.oa.cached_tokens };
    }, QUESTION);
    assert.equal(stopped.why, 'stop');
    assert.deepEqual(stopped.ids, first.oa.token_ids.slice(0, 10));
    assert.ok(stopped.wait < 2000, `${stopped.wait} ms`);
    assert.ok(stopped.cached >= first.usage.prompt_tokens - 1);

    // Chance is repeatable.
    const dice = { temperature: 1.2, top_p: 0.9, seed: 7, max_tokens: 16 };
    const [one, two] = [await ask(page, QUESTION, dice), await ask(page, QUESTION, dice)];
    assert.deepEqual(one.oa.token_ids, two.oa.token_ids);
    const others = await ask(page, QUESTION, { ...dice, seed: 8 });
    assert.notDeepEqual(others.oa.token_ids, one.oa.token_ids);

    const logprobs = await ask(page, QUESTION, { logprobs: true, top_logprobs: 5, max_tokens: 4 });
    for (const token of logprobs.choices[0].logprobs.content) {
      assert.equal(token.top_logprobs.length, 5);
      assert.ok(token.logprob <= 0 && token.logprob === token.top_logprobs[0].logprob);
      assert.deepEqual(Buffer.from(token.bytes).toString(), token.token);
    }
    const text = first.choices[0].message.content;
    const stop = text.slice(10, 14);
    const cut = await ask(page, QUESTION, { max_tokens: 24, stop });
    assert.equal(cut.choices[0].message.content, text.slice(0, text.indexOf(stop)));
    assert.equal(cut.choices[0].finish_reason, 'stop');

    // What is odd, but allowed: NUL, half surrogates, a great many equal characters.
    for (const content of ['a\0b', '\uD800 x', 'a'.repeat(400), '\n'.repeat(200)]) {
      const odd = await ask(page, [user(content)], { max_tokens: 2 });
      assert.ok(odd.usage.prompt_tokens > 0);
    }
    const round = await page.evaluate(() => globalThis.assistant.tokenize('<|im_start|>'));
    assert.ok(round.length > 1, 'the text of a control token is text');

    const long = 'word '.repeat(1500);
    const failure = (messages, more) =>
      page.evaluate(
        ([m, o]) =>
          globalThis.assistant.chat.completions.create({ messages: m, ...o }).then(
            () => null,
            (e) => ({ code: e.code, message: e.message }),
          ),
        [messages, more],
      );
    const tooLong = await failure([user(long)]);
    assert.equal(tooLong.code, 'ERR_TOO_LONG');
    assert.match(tooLong.message, /15\d\d tokens.* \d{3};/); // what it has, and what there is room for
    assert.equal((await failure([user(long)], { overflow: 'error' })).code, 'ERR_TOO_LONG');
    const turns = Array.from({ length: 12 }, (_, i) => [
      user('word '.repeat(100)),
      { role: 'assistant', content: `ok ${i}` },
    ]).flat();
    const dropped = await ask(page, [{ role: 'system', content: 'Be brief.' }, ...turns, user('Hello')], {
      max_tokens: 2,
    });
    assert.ok(dropped.oa.dropped_messages > 0 && dropped.usage.prompt_tokens < 768);
    assert.equal(
      (await ask(page, QUESTION, { max_tokens: 24 })).choices[0].message.content,
      text,
      'nothing of it lingers',
    );

    const run = await page.evaluate(() => globalThis.assistant.bench({ nPrompt: 16, nGen: 4 }));
    assert.ok(run.prefill_tps > 0 && run.decode_tps > 0 && run.ttft_ms > 0);
  }),
);

test('the same model as a file from disk; a context of its own; cut short', { timeout: 120_000 }, () =>
  withContext(browser, {}, async (context) => {
    const page = await openPage(context, `${site.url}test.html`);
    await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file' })));
    await page.setInputFiles('input', FILE);
    const result = await page.evaluate(async () => {
      const [file] = document.querySelector('input').files;
      const { Assistant } = globalThis.oa;
      const failure = (p) =>
        p.then(
          () => null,
          (e) => ({ code: e.code, message: e.message }),
        );
      const assistant = await Assistant.load({ model: file, context: 128 });
      const said = await assistant.completions.create({ prompt: 'The sea is', max_tokens: 500, temperature: 0 });
      await assistant.close();
      return {
        info: assistant.info,
        said,
        cut: await failure(Assistant.load({ model: new File([file.slice(0, 50 << 20)], 'cut.gguf') })),
      };
    });
    assert.equal(result.info.context, 128);
    assert.equal(result.said.choices[0].finish_reason === 'length' ? result.said.oa.context_used : 128, 128);
    assert.equal(result.cut.code, 'ERR_CORRUPT');
  }),
);
