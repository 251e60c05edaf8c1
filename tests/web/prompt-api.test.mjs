// The W3C Prompt API: what the platform's own tests assert of LanguageModel, area by area. With the echo model whose template writes the
// whole conversation, so that answers and sizes are known; at the end with the real one. Its tools are in tools.test.mjs.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, openPage, withContext } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startSite } from './helpers/site.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both', slow: true });
  site.addModel('m', echoModel({ size: 3 << 20, history: true }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** In the page: LM is LanguageModel, failure(promise or function) names the exception that it ends with. */
const prepare = () => {
  globalThis.LM = globalThis.oa.LanguageModel;
  const named = (e) => ({ name: e?.name ?? String(e), message: e?.message });
  globalThis.failure = async (work) => {
    try {
      await (typeof work === 'function' ? work() : work);
      return 'no failure';
    } catch (e) {
      return globalThis.exact !== undefined && e === globalThis.exact ? 'exact' : named(e);
    }
  };
  globalThis.read = async (stream) => {
    const parts = [];
    for await (const part of stream) parts.push(part);
    return parts;
  };
};

const check = (name, work, { expect } = {}) =>
  test(name, { timeout: 60_000 }, () =>
    withContext(browser, { expect }, async (context) => {
      const page = await openPage(context, `${site.url}test.html`);
      await page.evaluate(prepare);
      await work(page, context);
    }),
  );

check('create: methods and attributes, no constructor, nothing of the extensions', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create();
    const types = {};
    for (const name of ['prompt', 'promptStreaming', 'append', 'measureContextUsage', 'clone', 'destroy', 'contextUsage', 'contextWindow', 'samplingMode', 'oncontextoverflow', 'topK', 'temperature']) types[name] = typeof s[name]; // prettier-ignore
    const constructed = await globalThis.failure(() => new globalThis.LM());
    const target = s instanceof globalThis.LM && s instanceof EventTarget;
    return {
      types,
      constructed,
      target,
      params: 'params' in globalThis.LM,
      session: [s.contextUsage, s.contextWindow],
    };
  });
  const f = 'function';
  assert.deepEqual(seen.types, { prompt: f, promptStreaming: f, append: f, measureContextUsage: f, clone: f, destroy: f, contextUsage: 'number', contextWindow: 'number', samplingMode: 'string', oncontextoverflow: 'object', topK: 'undefined', temperature: 'undefined' }); // prettier-ignore
  assert.equal(seen.constructed.name, 'TypeError');
  assert.ok(seen.target && !seen.params);
  assert.deepEqual(seen.session, [0, 4096]);
});

check('create tells its monitor of the download: 0 first, 1 last, in steps, none after it', async (page) => {
  site.addModel('m', echoModel({ size: 3 << 20, history: true }), { fault: () => ({ rate: 6 << 20 }) });
  const { first, events, later, again } = await page.evaluate(async () => {
    const watch = (list) => (monitor) => {
      monitor.addEventListener('downloadprogress', (e) =>
        list.push({ loaded: e.loaded, total: e.total, known: e.lengthComputable, at: performance.now() }),
      );
      monitor.ondownloadprogress = () => (list.handler = true);
    };
    const list = [];
    const at = await globalThis.LM.availability();
    const making = globalThis.LM.create({ monitor: watch(list) });
    const during = await globalThis.LM.availability();
    await making;
    const n = list.length;
    await new Promise((go) => setTimeout(go, 200));
    const second = [];
    await globalThis.LM.create({ monitor: watch(second) });
    return {
      first: [at, during, await globalThis.LM.availability(), list.handler],
      events: list.slice(0, n),
      later: list.length - n,
      again: second.map((e) => e.loaded),
    };
  });
  site.addModel('m', echoModel({ size: 3 << 20, history: true }));
  assert.deepEqual(first, ['downloadable', 'downloading', 'available', true]);
  assert.equal(events[0].loaded, 0);
  assert.equal(events.at(-1).loaded, 1);
  assert.ok(events.length > 2 && events.every((e) => e.total === 1 && e.known));
  for (const [i, e] of events.entries()) {
    assert.equal(e.loaded, Math.floor(e.loaded * 65_536) / 65_536);
    if (i > 0) assert.ok(e.loaded > events[i - 1].loaded);
    if (i > 0 && e.loaded < 1) assert.ok(e.at - events[i - 1].at >= 49, 'at most one in 50 ms');
  }
  assert.equal(later, 0);
  assert.deepEqual(again, [0, 1]);
});

check(
  'abort of create: the exact reason, from the first event on or before, and nothing is told after it',
  async (page) => {
    const seen = await page.evaluate(async () => {
      const stop = new AbortController();
      globalThis.exact = { why: 'enough' };
      const events = [];
      const making = globalThis.LM.create({
        signal: stop.signal,
        monitor(m) {
          m.ondownloadprogress = (e) => {
            events.push(e.loaded);
            stop.abort(globalThis.exact);
          };
        },
      });
      const during = await globalThis.failure(making);
      const early = await globalThis.failure(globalThis.LM.create({ signal: AbortSignal.abort(globalThis.exact) }));
      const plain = await globalThis.failure(globalThis.LM.create({ signal: AbortSignal.abort() }));
      const error = (globalThis.exact = new Error('of the monitor'));
      const thrown = await globalThis.failure(globalThis.LM.create({ monitor() { throw error; } })); // prettier-ignore
      const s = await globalThis.LM.create();
      return { during, early, plain: plain.name, thrown, events, works: await s.prompt('works') };
    });
    assert.deepEqual(seen, { during: 'exact', early: 'exact', plain: 'AbortError', thrown: 'exact', events: [0], works: 'works' }); // prettier-ignore
  },
);

check('a signal of create ends the session after it; one create can be aborted while another goes on', async (page) => {
  const seen = await page.evaluate(async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const first = globalThis.LM.create({ signal: one.signal });
    const second = globalThis.LM.create({ signal: other.signal });
    one.abort();
    const aborted = (await globalThis.failure(first)).name;
    const s = await second;
    const said = await s.prompt('still here');
    other.abort((globalThis.exact = 'bye'));
    return { aborted, said, ended: await globalThis.failure(s.prompt('x')) };
  });
  assert.deepEqual(seen, { aborted: 'AbortError', said: 'still here', ended: 'exact' });
});

check('system message: first and single, in initialPrompts and in prompts', async (page) => {
  const seen = await page.evaluate(async () => {
    const system = { role: 'system', content: 'be brief' };
    const user = { role: 'user', content: 'hi' };
    const assistant = { role: 'assistant', content: 'hello' };
    const create = (initialPrompts) => globalThis.LM.create({ initialPrompts });
    const bad = [];
    for (const list of [[user, system], [system, system], [system, user, system], [{ role: 'robot', content: 'x' }], [{ role: 'user' }], ['x']])
      bad.push((await globalThis.failure(create(list))).name); // prettier-ignore
    const s = await create([system, user, assistant]);
    const pending = s.prompt('first');
    const late = (await globalThis.failure(s.prompt([system, user]))).name; // while an earlier call waits
    const appended = (await globalThis.failure(s.append([system]))).name;
    const fresh = await globalThis.LM.create();
    const allowed = await fresh.prompt([system, { role: 'user', content: 'allowed' }]);
    return { bad, late, appended, pending: await pending, allowed };
  });
  assert.deepEqual(seen.bad, Array(6).fill('TypeError'));
  assert.deepEqual([seen.late, seen.appended], ['TypeError', 'TypeError']);
  assert.deepEqual([seen.pending, seen.allowed], ['first', 'allowed']);
});

check('sampling: balanced unless said, kept by clones; topK and temperature are not read', async (page) => {
  const seen = await page.evaluate(async () => {
    const { postMessage } = Worker.prototype;
    const sent = [];
    Worker.prototype.postMessage = function (m, ...rest) {
      if (m.type === 'generate') sent.push(m.request.temperature);
      return postMessage.call(this, m, ...rest);
    };
    const mode = async (options) => {
      const s = await globalThis.LM.create(options);
      await s.prompt('x');
      return [s.samplingMode, (await s.clone()).samplingMode, s.topK, s.temperature];
    };
    const modes = [];
    for (const samplingMode of [undefined, 'default', 'most-predictable', 'most-creative'])
      modes.push(await mode({ samplingMode }));
    modes.push(await mode({ topK: 3, temperature: 0.6 }));
    return { modes, sent, bad: (await globalThis.failure(mode({ samplingMode: 'wild' }))).name };
  });
  const of = (mode) => [mode, mode, null, null];
  assert.deepEqual(
    JSON.parse(JSON.stringify(seen.modes)),
    ['balanced', 'balanced', 'most-predictable', 'most-creative', 'balanced'].map(of),
  );
  assert.deepEqual(seen.sent, [0.7, 0.7, 0, 1.2, 0.7]);
  assert.equal(seen.bad, 'TypeError');
});

check('availability: types and languages', async (page) => {
  const seen = await page.evaluate(async () => {
    const ask = (options) => globalThis.LM.availability(options).catch((e) => e.constructor.name);
    const text = (...languages) => ({ expectedInputs: [{ type: 'text', languages }] });
    const out = (type, ...languages) => ({ expectedOutputs: [{ type, languages }] });
    const both = async (options) => [
      await ask(options),
      await globalThis.LM.create(options).then(() => 'made', (e) => e.name), // prettier-ignore
    ];
    return {
      plain: await ask(),
      good: [await ask(text('en')), await ask(text('EN', 'en-us')), await ask(out('text', 'en')), await ask({ expectedInputs: [], expectedOutputs: [] })], // prettier-ignore
      none: [await both(text('unk')), await both(out('text', 'unk')), await both(out('image')), await both(out('audio')), await both({ expectedInputs: [{ type: 'image' }] })], // prettier-ignore
      soup: [await both({ expectedInputs: [{ type: 'soup' }] }), await both({ expectedOutputs: [{ type: 'soup' }] })],
      tag: await both(text('en-abc-invalid')),
    };
  });
  assert.equal(seen.plain, 'downloadable');
  assert.deepEqual(seen.good, Array(4).fill('downloadable'));
  assert.deepEqual(seen.none, Array(5).fill(['unavailable', 'NotSupportedError']));
  assert.deepEqual(seen.soup, Array(2).fill(['TypeError', 'TypeError']));
  assert.deepEqual(seen.tag, ['RangeError', 'RangeError']);
});

check('availability: the languages of a model that says which it has', async (page) => {
  site.models[0].languages = ['en'];
  const ask = (tag) => page.evaluate((l) => globalThis.LM.availability({ expectedInputs: [{ type: 'text', languages: [l] }] }), tag); // prettier-ignore
  try {
    assert.deepEqual([await ask('en-GB'), await ask('fr')], ['downloadable', 'unavailable']);
  } finally {
    delete site.models[0].languages;
  }
});

/** A script that asks as soon as it runs, and says so on the console: to look at it from outside would be a click. */
const ASKS = `import { LanguageModel } from './oa.js';
const made = LanguageModel.create().then(() => 'made', (e) => e.name);
console.log('asked: ' + await LanguageModel.availability() + ', ' + await made);`;

/** What the script says on the page at `url`, or in a frame of it. */
async function asked(context, url, work = async () => {}) {
  const page = await context.newPage();
  const said = page.waitForEvent('console', (m) => m.text().startsWith('asked: '));
  await page.goto(url);
  const result = (await said).text();
  await work(page);
  await page.close();
  return result;
}

test('no click and a download: NotAllowedError; with a click it works', { timeout: 60_000 }, async () => {
  site.overrides.set('/test.js', ASKS);
  try {
    await withContext(browser, {}, async (context) => {
      const result = await asked(context, `${site.url}test.html`, async (page) => {
        const made = await page.evaluate(async () => {
          const { LanguageModel } = await import('./oa.js');
          return LanguageModel.create().then((s) => s.prompt('after a click'));
        });
        assert.equal(made, 'after a click');
      });
      assert.equal(result, 'asked: downloadable, NotAllowedError');
      assert.equal(await asked(context, `${site.url}test.html`), 'asked: available, made'); // it is stored now
    });
  } finally {
    site.overrides.delete('/test.js');
  }
});

test('a frame of another origin may not, unless it is allowed to', { timeout: 60_000 }, async () => {
  const other = await startSite();
  other.addModel('m', echoModel());
  other.overrides.set('/test.js', ASKS);
  const host = createServer((request, response) => {
    const allow = request.url === '/allowed' ? 'language-model' : '';
    const frame = `<iframe src="${other.url}test.html" allow="${allow}"></iframe>`;
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<link rel="icon" href="data:,">${frame}`);
  });
  await new Promise((go) => host.listen(0, '127.0.0.1', go));
  try {
    await withContext(browser, {}, async (context) => {
      const url = `http://localhost:${host.address().port}/`;
      assert.equal(await asked(context, url), 'asked: unavailable, NotAllowedError');
      assert.equal(await asked(context, `${url}allowed`), 'asked: downloadable, NotAllowedError'); // no click
    });
  } finally {
    host.close();
    await other.close();
  }
});

check('append and usage: exactly what is measured; nothing for nothing', async (page) => {
  const seen = await page.evaluate(async () => {
    const words = 'Please write a sentence in English.';
    const s = await globalThis.LM.create();
    const start = s.contextUsage;
    const nothing = await s.append([]);
    const still = s.contextUsage;
    const measured = await s.measureContextUsage(words);
    const result = await s.append(words);
    const appended = s.contextUsage;
    const initialPrompts = [
      { role: 'system', content: 'The word of the day is banana.' },
      { role: 'user', content: 'hi' },
    ];
    const t = await globalThis.LM.create({ initialPrompts });
    const usage = [t.contextUsage, await t.measureContextUsage(initialPrompts), await t.measureContextUsage([])];
    const u = await globalThis.LM.create();
    const answer = await u.prompt(words);
    return { start, nothing, still, measured, result, appended, usage, prompted: [u.contextUsage, await u.measureContextUsage(words), await u.measureContextUsage(answer)] }; // prettier-ignore
  });
  assert.deepEqual([seen.start, seen.nothing, seen.still, seen.result], [0, undefined, 0, undefined]);
  assert.ok(seen.measured > 35);
  assert.equal(seen.appended, seen.measured);
  assert.equal(seen.usage[0], seen.usage[1]);
  assert.equal(seen.usage[2], 0);
  const [after2, prompt, answer] = seen.prompted;
  assert.ok(Math.abs(after2 - prompt - answer) <= 5, seen.prompted.join(' '));
});

check('too long: QuotaExceededError with both numbers, and the session is as it was', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create();
    await s.append('before');
    const usage = s.contextUsage;
    const long = 'x'.repeat(s.contextWindow * 2);
    const measured = await s.measureContextUsage(long);
    const describe = (e) => [e.name, e instanceof QuotaExceededError, e.requested, e.quota, s.contextUsage];
    const failures = [];
    for (const work of [() => s.append(long), () => s.prompt(long), () => globalThis.read(s.promptStreaming(long)), () => globalThis.LM.create({ initialPrompts: [{ role: 'system', content: long }] })]) // prettier-ignore
      failures.push(await work().then(() => 'no failure', describe)); // prettier-ignore
    return { failures, measured, usage, window: s.contextWindow, works: await s.prompt('works') };
  });
  for (const [i, [name, native, requested, quota, usage]] of seen.failures.entries()) {
    assert.deepEqual([name, native, quota], ['QuotaExceededError', true, seen.window]);
    assert.ok(Math.abs(requested - seen.measured) <= 50, `${requested} of ${seen.measured}`);
    assert.equal(usage, seen.usage, `${i}: nothing was left out for it`);
  }
  assert.equal(seen.works, 'works');
});

check('overflow: the event is fired, the oldest pairs go, initialPrompts stay, the prompt succeeds', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create({ initialPrompts: [{ role: 'system', content: 'stays' }] });
    const first = s.contextUsage;
    let events = 0;
    let handled = 0;
    s.addEventListener('contextoverflow', () => events++);
    s.oncontextoverflow = () => handled++;
    const text = 'word '.repeat(180);
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await s.prompt(`${i} ${text}`));
    const usage = s.contextUsage;
    for (let i = 3; i < 6; i++) answers.push(await s.prompt(`${i} ${text}`));
    return {
      first,
      events,
      handled,
      usage,
      now: s.contextUsage,
      window: s.contextWindow,
      right: answers.every((a, i) => a === `${i} ${text}`),
    };
  });
  assert.ok(seen.events >= 1 && seen.handled === seen.events);
  assert.ok(seen.right, 'each prompt is answered');
  assert.ok(seen.now <= seen.window && seen.now > seen.first && seen.usage > seen.first);
});

check('inputs: anything that is no list is a text; parts are joined', async (page) => {
  const seen = await page.evaluate(async () => {
    const ask = async (input) => (await globalThis.LM.create()).prompt(input);
    const user = (content) => [{ role: 'user', content }];
    const texts = (...values) => values.map((value) => ({ type: 'text', value }));
    return [
      await ask('text'),
      await ask(null),
      await ask(undefined),
      await ask({}),
      await ask(''),
      await ask([]),
      await ask(user([])),
      await ask(user(texts('a', 'b'))),
      await ask(user(5)), // prettier-ignore
    ];
  });
  assert.deepEqual(seen, ['text', 'null', 'undefined', '[object Object]', '', '', '', 'ab', '5']);
});

check('content that makes no sense, or is not read here', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create();
    const fail = async (role, ...content) => (await globalThis.failure(s.prompt([{ role, content }]))).name;
    const names = [
      await fail('user', { type: 'text', value: 5 }), await fail('user', { type: 'soup', value: 'x' }), await fail('user', { type: 'image', value: new ImageData(1, 1) }), // prettier-ignore
      await fail('assistant', { type: 'image', value: new ImageData(1, 1) }), await fail('user', { type: 'audio', value: new ArrayBuffer(1) }),
    ]; // prettier-ignore
    return { names, works: await s.prompt('works') };
  });
  const n = 'NotSupportedError';
  assert.deepEqual(seen, { names: ['TypeError', 'TypeError', n, n, n], works: 'works' });
});

check('streams give separate pieces', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create();
    const stream = s.promptStreaming('one two three');
    return { native: stream instanceof ReadableStream, parts: await globalThis.read(stream), usage: s.contextUsage };
  });
  assert.ok(seen.native && seen.parts.length > 3 && seen.usage > 0);
  assert.equal(seen.parts.join(''), 'one two three');
});

check(
  'abort: of what runs and what waits, with the exact reason; the pair is gone and the session works',
  async (page) => {
    const seen = await page.evaluate(async () => {
      const { failure } = globalThis;
      const s = await globalThis.LM.create();
      await s.prompt('kept');
      const usage = s.contextUsage;
      const why = (globalThis.exact = new Error('why'));
      const aborted = { signal: AbortSignal.abort(why) };
      const result = {};
      result.early = [await failure(s.prompt('x', aborted)), await failure(s.append('x', aborted)), await failure(s.clone(aborted)), await failure(s.measureContextUsage('x', aborted))]; // prettier-ignore
      try {
        s.promptStreaming('x', aborted);
      } catch (e) {
        result.sync = e === why;
      }
      const stop = new AbortController();
      const running = failure(s.prompt('SLOW', { signal: stop.signal }));
      const waiting = failure(s.prompt('waits', { signal: stop.signal }));
      const cloning = failure(s.clone({ signal: stop.signal }));
      const third = s.prompt('third');
      await new Promise((go) => setTimeout(go, 100));
      stop.abort(why);
      result.during = [await running, await waiting, await cloning];
      result.third = await third;
      const streamStop = new AbortController();
      const stream = s.promptStreaming('SLOW', { signal: streamStop.signal });
      let read = 0;
      result.stream = await failure(async () => {
        for await (const part of stream) if ((read += part.length) > 20) streamStop.abort(why);
      });
      const reader = s.promptStreaming('SLOW').getReader();
      await reader.read();
      await reader.cancel();
      result.plain = (await failure(s.prompt('x', { signal: AbortSignal.abort() }))).name;
      const t = performance.now();
      result.works = await s.prompt('works');
      result.ms = performance.now() - t;
      const copy = await globalThis.LM.create();
      for (const text of ['kept', 'third', 'works']) await copy.prompt(text);
      return { ...result, grew: s.contextUsage > usage, same: s.contextUsage === copy.contextUsage };
    });
    assert.deepEqual(seen.early, Array(4).fill('exact'));
    assert.deepEqual(seen.during, Array(3).fill('exact'));
    assert.deepEqual(
      [seen.sync, seen.third, seen.stream, seen.plain, seen.works],
      [true, 'third', 'exact', 'AbortError', 'works'],
    );
    assert.ok(seen.ms < 1000, `${seen.ms} ms until the next answer`);
    assert.ok(seen.grew && seen.same, 'nothing of what was aborted is left');
  },
);

check('prompts at once all resolve, in order; clones go their own way; destroy ends everything', async (page) => {
  const seen = await page.evaluate(async () => {
    const { failure } = globalThis;
    const s = await globalThis.LM.create({ initialPrompts: [{ role: 'system', content: 'start' }] });
    const order = [];
    const answers = await Promise.all(['a', 'b', 'c'].map((t) => s.prompt(t).then((x) => (order.push(x), x))));
    const usage = s.contextUsage;
    const copy = await s.clone();
    const cloned = [copy instanceof globalThis.LM, copy !== s, copy.contextUsage === usage];
    await copy.prompt('more');
    cloned.push(copy.contextUsage > usage, s.contextUsage === usage);
    const running = failure(s.prompt('SLOW'));
    const stream = s.promptStreaming('waits');
    await new Promise((go) => setTimeout(go, 50));
    s.destroy();
    s.destroy();
    const ended = [await running, await failure(globalThis.read(stream)), await failure(s.prompt('x')), await failure(s.append('x')), await failure(s.clone()), await failure(s.measureContextUsage('x')), await failure(globalThis.read(s.promptStreaming('x')))]; // prettier-ignore
    return { answers, order, cloned, ended: ended.map((e) => e.name), copy: await copy.prompt('lives') };
  });
  assert.deepEqual(seen.answers, ['a', 'b', 'c']);
  assert.deepEqual(seen.order, ['a', 'b', 'c']);
  assert.deepEqual(seen.cloned, Array(5).fill(true));
  assert.deepEqual(seen.ended, Array(7).fill('AbortError'));
  assert.equal(seen.copy, 'lives');
});

check('constraints: what cannot be one is refused, and what the engine does not know', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create();
    const circular = { type: 'object' };
    circular.self = circular;
    const name = async (options) => (await globalThis.failure(s.prompt('x', options))).name;
    return [
      await name({ responseConstraint: circular }),
      await name({ responseConstraint: 'text' }),
      await name({ omitResponseConstraintInput: true }),
      await name({ responseConstraint: /x/v }),
    ];
  });
  assert.deepEqual(seen, ['NotSupportedError', 'TypeError', 'TypeError', 'NotSupportedError']);
});

check('constraints: the answer fits them, with what it continues too', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create();
    const rating = { type: 'object', required: ['rating'], additionalProperties: false, properties: { rating: { type: 'number', minimum: 0, maximum: 5 } } }; // prettier-ignore
    const answer = (begun, options) =>
      s.prompt(
        begun
          ? [
              { role: 'user', content: 'How good is it?' },
              { role: 'assistant', content: begun, prefix: true },
            ]
          : 'How good is it?',
        options,
      );
    return {
      plain: await answer('', { responseConstraint: rating }),
      untold: await answer('', { responseConstraint: rating, omitResponseConstraintInput: true }),
      begun: await answer('{"rating":', { responseConstraint: rating }),
      regex: await answer('', { responseConstraint: /(good|bad): [0-9]{2}/ }),
      flags: await answer('', { responseConstraint: /^g(oo)d\.\bNo$/is }),
      regexBegun: await answer('bad:', { responseConstraint: /(good|bad): [0-9]{2}/ }),
      deviates: (await globalThis.failure(answer('so so', { responseConstraint: /(good|bad): [0-9]{2}/ }))).name,
    };
  });
  for (const text of [seen.plain, seen.untold, `{"rating":${seen.begun}`]) {
    const { rating } = JSON.parse(text);
    assert.ok(rating >= 0 && rating <= 5, text);
  }
  assert.match(seen.regex, /^(good|bad): [0-9]{2}$/);
  assert.match(seen.flags, /^good\.no$/i);
  assert.match(seen.regexBegun, /^ [0-9]{2}$/);
  assert.equal(seen.deviates, 'NotSupportedError');
});

check('constraints: an answer that the context cuts off is none', async (page) => {
  const seen = await page.evaluate(async () => {
    globalThis.oa.useModel({ model: 'm', context: 256 });
    const s = await globalThis.LM.create();
    const responseConstraint = /a{1000}/;
    const options = { responseConstraint, omitResponseConstraintInput: true };
    const names = [
      (await globalThis.failure(s.prompt('x', options))).name,
      (await globalThis.failure(globalThis.read(s.promptStreaming('x', options)))).name,
    ];
    return { names, usage: s.contextUsage, works: await s.prompt('works') };
  });
  assert.deepEqual(seen, { names: ['SyntaxError', 'SyntaxError'], usage: 0, works: 'works' });
});

check('null is no option; a document that is gone has no models', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create(null);
    const said = [await globalThis.LM.availability(null), await s.prompt('one', null), (await globalThis.read(s.promptStreaming('two', null))).join('')]; // prettier-ignore
    said.push(await s.append('x', null), (await s.clone(null)).contextUsage === s.contextUsage, await s.measureContextUsage([], null)); // prettier-ignore
    const frame = document.body.appendChild(Object.assign(document.createElement('iframe'), { src: location.href }));
    await new Promise((go) => (frame.onload = go));
    while (!frame.contentWindow.oa) await new Promise((go) => setTimeout(go, 20));
    const { LanguageModel: inside } = frame.contentWindow.oa;
    frame.remove();
    return { said, gone: [(await globalThis.failure(inside.create())).name, (await globalThis.failure(inside.availability())).name] }; // prettier-ignore
  });
  assert.deepEqual(seen.said, ['available', 'one', 'two', undefined, true, 0]);
  assert.deepEqual(seen.gone, ['InvalidStateError', 'InvalidStateError']);
});

check('prefix: only the last message, and an assistant', async (page) => {
  const seen = await page.evaluate(async () => {
    const s = await globalThis.LM.create();
    const user = { role: 'user', content: 'hi' };
    const name = async (list) => (await globalThis.failure(s.prompt(list))).name;
    return [
      await name([{ ...user, prefix: true }]),
      await name([{ role: 'assistant', content: 'x', prefix: true }, user]),
      (await globalThis.failure(globalThis.LM.create({ initialPrompts: [user, { role: 'assistant', content: 'x', prefix: true }] }))).name, // prettier-ignore
    ];
  });
  assert.deepEqual(seen, ['SyntaxError', 'SyntaxError', 'SyntaxError']);
});

test(
  'the global: where the browser has none, on secure pages, unless the page says no',
  { timeout: 60_000 },
  async () => {
    const names = ['LanguageModel', 'LanguageModelToolCall', 'LanguageModelToolSuccess', 'LanguageModelToolError'];
    const look = async (url, meta) => {
      let seen;
      await withContext(browser, { expect: /header has been ignored/ }, async (context) => {
        await context.addInitScript((list) => list.forEach((name) => delete globalThis[name]), names);
        if (meta)
        site.overrides.set('/test.js', `document.head.insertAdjacentElement('beforeend', Object.assign(document.createElement('meta'), { name: 'oa-language-model', content: 'off' })); const oa = await import('./oa.js'); globalThis.oa = oa;`); // prettier-ignore
        const page = await openPage(context, url);
        seen = await page.evaluate((list) => list.map((name) => globalThis[name] === globalThis.oa[name]), names);
      });
      site.overrides.delete('/test.js');
      return seen;
    };
    assert.deepEqual(await look(`${site.url}test.html`), Array(4).fill(true));
    assert.deepEqual(await look(`${site.url}test.html`, true), Array(4).fill(false));
    assert.deepEqual(await look(`${site.url.replace('127.0.0.1', 'insecure.test')}test.html`), Array(4).fill(false));
  },
);

check('useModel: an assistant that is there, or what load() takes', async (page) => {
  const seen = await page.evaluate(async () => {
    const { Assistant, useModel } = globalThis.oa;
    const assistant = await Assistant.load({ model: 'm', context: 512 });
    useModel({ assistant });
    const one = await globalThis.LM.create();
    useModel({ model: 'm', context: 256 });
    const other = await globalThis.LM.create();
    useModel({ model: 'missing' });
    const missing = [await globalThis.LM.availability(), (await globalThis.failure(globalThis.LM.create())).name];
    return { windows: [one.contextWindow, other.contextWindow], said: await one.prompt('one'), missing };
  });
  assert.deepEqual(seen.windows, [512, 256]);
  assert.equal(seen.said, 'one');
  assert.deepEqual(seen.missing, ['downloadable', 'OperationError']);
});

test('the real model: knowledge, what initialPrompts say, a prefix', { timeout: 300_000 }, async () => {
  const real = await startSite({ isolation: 'both' });
  try {
    await withContext(browser, {}, async (context) => {
      const page = await openPage(context, `${real.url}test.html`);
      const seen = await page.evaluate(async () => {
        const { LanguageModel } = globalThis.oa;
        const s = await LanguageModel.create({ samplingMode: 'most-predictable' });
        const capital = await s.prompt('What is the capital of France?');
        const again = await s.prompt([{ role: 'user', content: 'What is the capital of France?' }]);
        const initialPrompts = [{ role: 'system', content: 'The word of the day is banana.' }];
        const day = await LanguageModel.create({ samplingMode: 'most-predictable', initialPrompts });
        const word = await day.prompt('Repeat the word of the day.');
        const usage = [day.contextUsage, await day.measureContextUsage(initialPrompts)];
        const t = await LanguageModel.create({ samplingMode: 'most-predictable' });
        const sums = await LanguageModel.create({ samplingMode: 'most-predictable' });
        const ask = 'Name a colour.';
        const said = await sums.prompt(ask);
        const sum = [sums.contextUsage, await sums.measureContextUsage(ask), await sums.measureContextUsage(said)];
        const start = sums.contextUsage;
        await sums.append('And another one.');
        const grown = [sums.contextUsage - start, await sums.measureContextUsage('And another one.')];
        const rest = await t.prompt([
          { role: 'user', content: 'What is the capital of France?' },
          { role: 'assistant', content: 'The capital of France is', prefix: true },
        ]);
        return {
          capital,
          again,
          word,
          usage,
          sum,
          grown,
          rest,
          languages: await LanguageModel.availability({ expectedInputs: [{ type: 'text', languages: ['ja'] }] }),
        };
      });
      assert.match(seen.capital, /paris/i);
      assert.match(seen.again, /paris/i);
      assert.match(seen.word, /banana/i);
      assert.ok(seen.usage[0] > seen.usage[1] && seen.usage[1] > 0);
      const [all, prompt, answer] = seen.sum;
      assert.ok(Math.abs(all - prompt - answer) <= 5, seen.sum.join(' ')); // the template writes a system message of its own
      assert.equal(seen.grown[0], seen.grown[1]);
      assert.match(seen.rest, /^ ?Paris/);
      assert.equal(seen.languages, 'unavailable');
    });
  } finally {
    await real.close();
  }
});
