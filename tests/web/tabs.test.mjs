// Several tabs: one engine for all, answers that go on when its tab is gone, and nobody harmed by anybody. With the echo model, which counts
// slowly when asked to.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPage, watchErrors, workersAlive } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { until } from './helpers/load.mjs';
import { startSite } from './helpers/site.mjs';

const NUMBERS = 150; // of a slow answer
const COUNTED = Array.from({ length: NUMBERS }, (_, i) => `${i} `).join('');

let site;
before(async () => {
  site = await startSite({ isolation: 'both', slow: true });
  site.addModel('m', echoModel());
  site.addModel('other', echoModel({ seed: 'other' }));
});
after(() => site?.close());

/** A tab with the engine, and what a test does in it. */
async function openTab(context) {
  const page = await openPage(context, `${site.url}test.html`);
  await page.evaluate(() => {
    const say = (content) => [{ role: 'user', content }];
    Object.assign(globalThis, {
      said: '',
      phases: [],
      crashes: 0,
      async load(options = {}) {
        globalThis.assistant = await globalThis.oa.Assistant.load({ model: 'm', ...options });
        globalThis.assistant.addEventListener('crash', () => globalThis.crashes++);
        return globalThis.assistant.info;
      },
      async ask(content, more = {}) {
        const { choices } = await globalThis.assistant.chat.completions.create({ messages: say(content), ...more });
        return choices[0].message.content;
      },
      /** Streams into `said`; `end` is how it ended. */
      async stream(content, max_tokens) {
        globalThis.stop = new AbortController();
        const { signal } = globalThis.stop;
        const request = { messages: say(content), max_tokens, stream: true };
        try {
          for await (const chunk of await globalThis.assistant.chat.completions.create(request, { signal })) {
            globalThis.said += chunk.choices[0].delta.content ?? '';
            if (globalThis.phases.at(-1) !== chunk.oa.phase) globalThis.phases.push(chunk.oa.phase);
          }
          globalThis.end = 'complete';
        } catch (e) {
          globalThis.end = e.message ?? e;
        }
      },
      failure: (promise) => promise.then(() => null, (e) => ({ code: e.code, message: e.message })), // prettier-ignore
    });
  });
  return {
    page,
    load: (options) => page.evaluate((o) => globalThis.load(o), options),
    ask: (content, more) => page.evaluate(([c, m]) => globalThis.ask(c, m), [content, more]),
    /** Begins a slow answer and waits until some of it is there. */
    async begin(max = NUMBERS, words = 10) {
      await page.evaluate((n) => void globalThis.stream('SLOW', n), max);
      if (words) await page.waitForFunction((n) => globalThis.said.split(' ').length > n, words);
    },
    async ended() {
      await page.waitForFunction(() => globalThis.end);
      return page.evaluate(() => [globalThis.end, globalThis.said]);
    },
    eval: (work, arg) => page.evaluate(work, arg),
    locks: () => page.evaluate(async () => (await navigator.locks.query()).held.map((l) => l.name)),
  };
}

const COMPLETE = ['complete', COUNTED];

/** `n` tabs of one browser that is theirs alone, the first of which has the engine. */
async function withTabs(n, work, { expect } = {}) {
  const browser = await launch();
  try {
    const context = await browser.newContext();
    context.setDefaultTimeout(30_000);
    const errors = watchErrors(context);
    const tabs = [];
    for (let i = 0; i < n; i++) {
      tabs.push(await openTab(context));
      await tabs[i].load();
    }
    await work(tabs, { browser, context });
    assert.deepEqual(
      errors.filter((e) => !expect?.test(e)),
      [],
    );
  } finally {
    await browser.close();
  }
}

const check = (name, n, work, options) => test(name, { timeout: 120_000 }, () => withTabs(n, work, options));

check('tabs share one engine, and the second has it at once', 1, async ([one], { browser, context }) => {
  const alone = await workersAlive(browser);
  const two = await openTab(context);
  const requests = site.requests.length;
  const info = await two.load();
  assert.equal(await workersAlive(browser), alone);
  assert.equal(site.requests.length, requests);
  const first = await one.eval(() => globalThis.assistant.info);
  assert.deepEqual({ ...info, load_ms: 0 }, { ...first, load_ms: 0 });
  assert.ok(info.load_ms < 1000, `${info.load_ms} ms`);
  assert.deepEqual(await Promise.all([one.ask('from one'), two.ask('from two')]), ['from one', 'from two']);
  assert.deepEqual(await two.eval(() => globalThis.assistant.tokenize('hi')), [104, 105]);
  assert.equal(await two.eval(() => globalThis.assistant.count([{ role: 'user', content: 'hi' }])), 4);
  const embed = () => globalThis.assistant.embeddings.create({ input: ['hi', 'there'] });
  assert.deepEqual(await two.eval(embed), await one.eval(embed));
  assert.ok((await two.eval(() => globalThis.assistant.bench({ nPrompt: 8, nGen: 4 }))).decode_tps > 0);
});

test('five tabs that start at once have one engine', { timeout: 120_000 }, async () => {
  let alone;
  await withTabs(1, async (_, { browser }) => (alone = await workersAlive(browser)));
  await withTabs(0, async (_, { browser, context }) => {
    const tabs = await Promise.all(Array.from({ length: 5 }, () => openTab(context)));
    await Promise.all(tabs.map((tab) => tab.load()));
    assert.equal(await workersAlive(browser), alone);
    const answers = await Promise.all(tabs.map((tab, i) => tab.ask(`tab ${i}`)));
    assert.deepEqual(answers, ['tab 0', 'tab 1', 'tab 2', 'tab 3', 'tab 4']);
  });
});

const ENDS = {
  closes: ({ page }) => page.close(),
  crashes: async ({ page }, context) => {
    const session = await context.newCDPSession(page);
    session.send('Page.crash').catch(() => {}); // it never answers
    await page.waitForEvent('crash');
  },
  navigates: ({ page }) => page.goto('about:blank'),
};

for (const [how, end] of Object.entries(ENDS)) {
  check(`the tab that has the engine ${how} in the middle of an answer: it goes on`, 2, async (tabs, { context }) => {
    const [one, two] = tabs;
    await two.begin();
    await end(one, context);
    assert.deepEqual(await two.ended(), COMPLETE);
    assert.deepEqual(await two.eval(() => [globalThis.phases, globalThis.crashes]), [['prefill', 'decode', 'done'], 0]);
    assert.equal(await two.ask('next'), 'next');
  });
}

check('an answer outlives two engines, and what waits behind it does, too', 4, async ([one, two, three, four]) => {
  await three.begin();
  await four.begin(NUMBERS, 0);
  await one.page.close();
  const many = await three.eval(() => globalThis.said.length);
  await three.page.waitForFunction((n) => globalThis.said.length > n, many);
  await two.page.close();
  assert.deepEqual(await three.ended(), COMPLETE);
  assert.deepEqual(await four.ended(), COMPLETE);
});

check('a tab that is frozen gives the engine away, and takes part again later', 2, async ([one, two], { context }) => {
  const session = await context.newCDPSession(one.page);
  await one.begin();
  await two.begin(NUMBERS, 0);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  assert.deepEqual(await two.ended(), COMPLETE);
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  assert.deepEqual(await one.ended(), COMPLETE);
  assert.equal(await one.ask('back'), 'back');
  const names = await two.locks();
  assert.equal(names.filter((name) => name.startsWith('oa-engine:')).length, 1);
});

check('a tab that hangs loses the engine', 2, async ([one, two]) => {
  await two.begin(NUMBERS, 1);
  await one.eval(() => void setTimeout(() => { for (const end = Date.now() + 27_000; Date.now() < end;); })); // prettier-ignore
  await two.page.waitForFunction(() => globalThis.end, null, { timeout: 60_000 });
  assert.deepEqual(await two.ended(), COMPLETE);
  assert.equal(await one.ask('awake'), 'awake');
  assert.equal((await two.locks()).filter((name) => name.startsWith('oa-engine:')).length, 1);
});

check('stopping in one tab stops the engine of another within a token', 2, async ([one, two]) => {
  await two.begin(4000);
  const ms = await two.eval(() => {
    globalThis.stop.abort('enough');
    globalThis.stopped = performance.now();
    return globalThis.ask('next').then(() => performance.now() - globalThis.stopped);
  });
  assert.ok(ms < 1000, `${ms} ms until the next answer`);
  assert.equal((await two.ended())[0], 'enough');
  assert.equal(await one.ask('free'), 'free');
});

check('a tab that closes in the middle of its answer leaves the engine free', 3, async ([one, two, three]) => {
  await two.begin(4000);
  await three.begin(NUMBERS, 0);
  await two.page.close();
  assert.deepEqual(await three.ended(), COMPLETE);
  assert.equal(await one.ask('free'), 'free');
});

check('tabs have it in turn, and one that waits is told so', 2, async ([one, two]) => {
  await one.eval(() => {
    globalThis.order = [];
    for (const n of [1, 2, 3])
      void globalThis.ask('SLOW', { max_tokens: 40 }).then(() => globalThis.order.push(`${n} at ${Date.now()}`));
  });
  await two.begin(20, 0);
  await two.page.waitForFunction(() => globalThis.phases[0] === 'waiting');
  await two.page.waitForFunction(() => globalThis.end);
  const at = await two.eval(() => Date.now());
  await one.page.waitForFunction(() => globalThis.order.length === 3);
  const [first, , third] = (await one.eval(() => globalThis.order)).map((line) => Number(line.split(' ').at(-1)));
  assert.ok(first < at && at < third, `${first}, ${third}; the other tab at ${at}`);
  assert.deepEqual(await two.eval(() => globalThis.phases), ['waiting', 'prefill', 'decode', 'done']);
});

check('a request that is refused is refused to the tab that made it', 2, async ([one, two]) => {
  await one.begin();
  const wrong = await two.eval(() => globalThis.failure(globalThis.ask('FAIL')));
  assert.deepEqual(wrong, { code: 'ERR_ARGUMENT', message: 'it was asked to fail' });
  const long = await two.eval(() => globalThis.failure(globalThis.ask('x '.repeat(3000))));
  assert.equal(long.code, 'ERR_TOO_LONG');
  assert.deepEqual(await one.ended(), COMPLETE);
  assert.equal(await two.ask('good'), 'good');
});

check(
  'closing an assistant leaves the engine to the others, and the last one ends it',
  2,
  async ([one, two], { browser }) => {
    await two.begin();
    await one.eval(() => globalThis.assistant.close());
    assert.deepEqual(await two.ended(), COMPLETE);
    assert.equal((await one.eval(() => globalThis.failure(globalThis.ask('x')))).code, 'ERR_STATE');
    await one.load();
    assert.equal(await one.ask('again'), 'again');
    for (const tab of [one, two]) await tab.eval(() => globalThis.assistant.close());
    await until(async () => (await workersAlive(browser)) === 0);
    await until(async () => (await two.locks()).length === 0);
  },
);

check('other options and other models have other engines', 1, async ([one], { browser, context }) => {
  const alone = await workersAlive(browser);
  const two = await openTab(context);
  assert.equal((await two.load({ threads: 1 })).variant, 'relaxed');
  assert.ok((await workersAlive(browser)) > alone);
  const three = await openTab(context);
  assert.equal((await three.load({ model: 'other' })).id, 'other');
  await one.page.close();
  assert.deepEqual(await Promise.all([two.ask('two'), three.ask('three')]), ['two', 'three']);
});

check('a file from disk is each tab’s own', 2, async ([one, two], { browser }) => {
  const shared = await workersAlive(browser);
  for (const tab of [one, two]) {
    await tab.eval(async () => {
      await globalThis.assistant.close();
      await globalThis.load({ model: await (await fetch('models/m.gguf')).blob() });
    });
  }
  assert.ok((await workersAlive(browser)) > shared);
  assert.deepEqual(await Promise.all([one.ask('one'), two.ask('two')]), ['one', 'two']);
});

for (const what of ['Navigator.prototype.locks', 'globalThis.BroadcastChannel']) {
  test(`without ${what} each tab has its own engine`, { timeout: 60_000 }, () =>
    withTabs(0, async (_, { browser, context }) => {
      const [object, property] = what.split(/\.(?=\w+$)/);
      await context.addInitScript(`Object.defineProperty(${object}, '${property}', { value: undefined })`);
      const [one, two] = [await openTab(context), await openTab(context)];
      await one.load();
      const alone = await workersAlive(browser);
      await two.load();
      assert.equal(await workersAlive(browser), 2 * alone);
      assert.deepEqual(await Promise.all([one.ask('one'), two.ask('two')]), ['one', 'two']);
    }),
  );
}

check('the engine dies: every tab is told, and the next request starts it again', 2, async ([one, two]) => {
  const [worker] = one.page.workers().filter((w) => w.url().endsWith('/worker.js'));
  await two.begin(4000);
  await worker.evaluate(() => void setTimeout(() => { throw new Error('killed by the test'); })); // prettier-ignore
  assert.match((await two.ended())[0], /The engine stopped unexpectedly/);
  assert.deepEqual([await one.eval(() => globalThis.crashes), await two.eval(() => globalThis.crashes)], [1, 1]);
  assert.equal(await two.ask('again'), 'again');
  assert.equal(await one.ask('and here'), 'and here');
});

check('a tab whose locks come late is served all the same', 0, async (_, { context }) => {
  const [one, two] = [await openTab(context), await openTab(context)];
  await one.eval(() => {
    const request = navigator.locks.request.bind(navigator.locks);
    navigator.locks.request = (name, options, work) =>
      request(name, options, async (lock) => {
        if (name.startsWith('oa-engine:')) await new Promise((go) => setTimeout(go, 300)); // two hears of the new host
        return work(lock);
      });
  });
  await two.eval(() => {
    const request = navigator.locks.request.bind(navigator.locks);
    navigator.locks.request = async (name, ...rest) => {
      if (name.startsWith('oa-guest:')) await new Promise((go) => setTimeout(go, 600)); // before it shows that it lives
      return request(name, ...rest);
    };
  });
  const first = one.load();
  await until(async () => (await one.locks()).some((name) => name.startsWith('oa-engine:')));
  await Promise.all([first, two.load()]);
  assert.equal(await two.ask('there'), 'there');
});

check('a load that fails is told in every tab, and can be tried again', 0, async (_, { context }) => {
    const [one, two] = [await openTab(context), await openTab(context)];
    site.overrides.set('/worker.js', `setTimeout(() => { throw new Error('no start'); }, 300);`);
    const failures = await Promise.all([one, two].map((tab) => tab.eval(() => globalThis.failure(globalThis.load()))));
    site.overrides.delete('/worker.js');
    for (const { message } of failures) assert.match(message, /The engine stopped unexpectedly \(.*no start.*\)/);
    await Promise.all([one.load(), two.load()]);
    assert.deepEqual(await Promise.all([one.ask('one'), two.ask('two')]), ['one', 'two']);
  },
); // prettier-ignore

check(
  'a load that is cancelled in one tab goes on in the other, which sees how far it is',
  0,
  async (_, { context }) => {
    const [one, two] = [await openTab(context), await openTab(context)];
    site.addModel('slow', echoModel({ seed: 'slow', size: 2 << 20 }), { fault: () => ({ rate: 1 << 20 }) });
    const begin = () => {
      globalThis.progress = [];
      globalThis.cancel = new AbortController();
      const options = {
        model: 'slow',
        signal: globalThis.cancel.signal,
        onProgress: (p) => globalThis.progress.push(p),
      };
      globalThis.loading = globalThis.load(options).catch((e) => e.message);
    };
    for (const { page } of [one, two]) {
      await page.evaluate(begin);
      await page.waitForFunction(() => globalThis.progress.some((p) => p.phase === 'download' && p.loaded > 0));
    }
    await one.eval(() => globalThis.cancel.abort(new Error('changed my mind')));
    assert.equal(await one.eval(() => globalThis.loading), 'changed my mind');
    assert.equal((await two.eval(() => globalThis.loading)).id, 'slow');
    assert.equal(site.requests.filter((r) => r.path === '/models/slow.gguf').length, 1);
    assert.equal(await two.ask('there'), 'there');
  },
);

check('nonsense on the channels has no effect', 2, async ([one, two]) => {
  await two.begin();
  const sent = await one.eval(async () => {
    const { held } = await navigator.locks.query();
    const { name } = held.find((l) => l.name.startsWith('oa-engine:'));
    const channel = new BroadcastChannel(name);
    const values = [null, 0, '', [], {}, 'hello', { type: 'hello' }, { type: 'welcome', host: 'x', link: 'y' }, { type: 'gone', host: 'x' },
      { type: 'gone' }, { type: 'hello', guest: 1, link: 2 }, { id: 1, type: 'cancel' }, { id: {}, type: 'generate' }, { type: 'host' }, new Date()]; // prettier-ignore
    for (let i = 0; i < 50; i++) for (const value of values) channel.postMessage(value);
    channel.close();
    return values.length;
  });
  assert.ok(sent > 10);
  assert.deepEqual(await two.ended(), COMPLETE);
  assert.deepEqual(await Promise.all([one.ask('one'), two.ask('two')]), ['one', 'two']);
});
