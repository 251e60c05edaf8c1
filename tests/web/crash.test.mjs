// The engine dies in the middle of its work: what waits is told so, and the next request starts it again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withAssistant } from './helpers/assistant.mjs';
import { launch } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { builtText, startSite } from './helpers/site.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both' });
  site.addModel('m', echoModel());
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const check = (name, work) => test(name, { timeout: 60_000 }, () => withAssistant({ browser, site }, work));

/**
 * Before the worker's own script: damages the core's memory when the request `crash` arrives, above the allocator's own
 * data and the stack: every object, every weight. Not before it arrives: threads that still look for work would trap
 * ahead of the request, and what is asked after a crash starts the engine again.
 */
const DAMAGE_MEMORY = `{
  const { Memory, instantiate, instantiateStreaming } = WebAssembly;
  let coreMemory;
  const keep = (memory) => (memory instanceof Memory && (coreMemory = memory));
  const watch = (original) => async (...args) => {
    const result = await original(...args);
    for (const value of Object.values((result.instance ?? result).exports)) keep(value);
    return result;
  };
  WebAssembly.Memory = new Proxy(Memory, { construct: (...args) => { const made = Reflect.construct(...args); keep(made); return made; } });
  Object.assign(WebAssembly, { instantiate: watch(instantiate), instantiateStreaming: watch(instantiateStreaming) });
  addEventListener('message', ({ data }) => {
    if (data.request?.messages?.[0].content === 'crash') new Uint8Array(coreMemory.buffer).fill(255, 1 << 20);
  });
}
`;

for (const variant of ['relaxed', 'relaxed-mt']) {
  check(
    `the core traps (${variant}): a crash event, a clear error, and the next request starts again`,
    async (page) => {
      site.overrides.set('/worker.js', DAMAGE_MEMORY + builtText('/worker.js'));
      await page.evaluate(async (v) => {
        await globalThis.assistant.close();
        globalThis.assistant = await globalThis.oa.Assistant.load({ model: 'm', variant: v });
      }, variant);
      site.overrides.delete('/worker.js');
      const result = await page.evaluate(async () => {
        const { assistant } = globalThis;
        const events = [];
        assistant.addEventListener('crash', (e) => events.push(e.detail.message));
        const { completions } = assistant.chat;
        const waiting = (await completions.create({ messages: globalThis.say('waits') })).choices[0].message.content;
        const crash = globalThis.failure(completions.create({ messages: globalThis.say('crash') }));
        const behind = globalThis.failure(completions.create({ messages: globalThis.say('behind') }));
        return {
          waiting,
          crash: await crash,
          behind: await behind,
          events,
          next: (await completions.create({ messages: globalThis.say('again') })).choices[0].message.content,
        };
      });
      assert.equal(result.waiting, 'waits');
      for (const e of [result.crash, result.behind]) {
        assert.equal(e.code, 'ERR_STATE');
        assert.match(e.message, /stopped unexpectedly \(.*out of bounds.*\)/);
      }
      assert.equal(result.events.length, 1);
      assert.equal(result.next, 'again');
    },
  );
}

check('the worker dies by an error of its own', async (page) => {
  const result = await page.evaluate(async () => {
    const { assistant } = globalThis;
    let crashed = false;
    assistant.addEventListener('crash', () => (crashed = true));
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (m, ...rest) {
      return postMessage.call(
        this,
        m.type === 'generate' && m.request.messages[0].content === 'die' ? { ...m, type: 'nonsense' } : m,
        ...rest,
      );
    };
    const failure = await globalThis.failure(assistant.chat.completions.create({ messages: globalThis.say('die') }));
    return {
      failure,
      crashed,
      next: (await assistant.chat.completions.create({ messages: globalThis.say('on') })).choices[0].message.content,
    };
  });
  assert.match(result.failure.message, /stopped unexpectedly/);
  assert.equal(result.crashed, true);
  assert.equal(result.next, 'on');
});
