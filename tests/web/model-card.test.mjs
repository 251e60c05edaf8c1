// The first visit: what is offered, the download, its progress, its end, and what is said when it fails. With the echo model.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './helpers/browser.mjs';
import { eventually, foreignRequests, startChatSite, withChat } from './helpers/chat.mjs';

const PATH = '/models/tiny.gguf';
let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A site of its own for a test, whose model is delivered as `fault` says. */
async function run(fault, work, more = {}) {
  const site = await startChatSite({ size: 2_000_000, fault: (...args) => fault.now?.(...args) ?? null });
  try {
    await withChat({ browser, site, ...more }, (chat, context) => work(chat, site, context));
  } finally {
    await site.close();
  }
}

test('nothing is downloaded before the visitor acts; a question starts it and is answered', async () => {
  await run({ now: () => ({ rate: 7e5 }) }, async (chat, site, context) => {
    const foreign = foreignRequests(context, site);
    await chat.page.getByText('A private assistant, in this tab.').waitFor();
    await chat.page.getByText('2 MB · Licence apache-2.0 · 4,096 tokens of context').waitFor();
    await chat.page.waitForTimeout(300);
    assert.deepEqual(site.take(PATH), []);
    await chat.page.getByRole('button', { name: /Explain something/ }).click();
    assert.match(await chat.field.inputValue(), /sky is blue/);
    await chat.page.keyboard.press('Enter');
    await chat.page.getByText('Your question is waiting for the model.').waitFor();
    await chat.page.getByText('Downloading Tiny Model').waitFor();
    const figures = chat.page.locator('.load .figures');
    await chat.waitText(figures, /^[\d.]+ [kM]B of 2 MB · [\d.]+ [kM]B\/s · \d+ sec left$/);
    await chat.waitText(chat.answers, 'Explain in simple words why the sky is blue.');
    assert.deepEqual(foreign, []);
  });
});

test('a download is cancelled, and goes on from where it was', async () => {
  await run({ now: () => ({ rate: 6e5 }) }, async (chat, site) => {
    await chat.button('Download 2 MB').click();
    await chat.waitText(chat.page.locator('.load .figures'), /1\.[1-6] MB of 2 MB/); // a chunk is stored, and time is left
    await chat.button('Cancel').click();
    const resume = chat.page.getByRole('button', { name: /Resume, .* to go/ });
    await resume.waitFor();
    await chat.page.waitForTimeout(300);
    site.take(PATH);
    await chat.page.reload();
    await resume.waitFor();
    assert.deepEqual(site.take(PATH), []);
    await resume.click();
    await chat.page.locator('.pill[data-state=ready]').waitFor();
    const [request] = site.take(PATH);
    assert.match(request.range, /^bytes=[1-9]/);
  });
});

test('a question waits through a cancelled download and can be taken back', async () => {
  await run({ now: () => ({ rate: 1e6 }) }, async (chat) => {
    await chat.send('patience');
    await chat.button('Cancel').click();
    await chat.page.getByText('Your question is waiting').waitFor();
    await chat.page.getByRole('button', { name: /Resume|Download/ }).click();
    await chat.waitText(chat.answers, 'patience');
    await chat.newChat();
  });
});

test('a broken network is explained, and trying again helps', async () => {
  const fault = { now: () => ({ status: 404 }) };
  await run(
    fault,
    async (chat) => {
      await chat.send('hello');
      await chat.page.getByText('The model could not be loaded.').waitFor();
      await chat.page.getByText('What has arrived is kept').waitFor();
      await chat.shot('error-network');
      fault.now = () => null;
      await chat.button('Try again').click();
      await chat.waitText(chat.answers, 'hello');
    },
    { expect: /Failed to load resource/ },
  );
});

test('when models.json cannot be read, that is said, and trying again helps', async () => {
  const site = await startChatSite();
  try {
    await withChat(
      { browser, site, open: false, expect: /Failed to load resource|models\.json/ },
      async (chat, context) => {
        await context.route('**/models.json', (route) => route.abort());
        await chat.goto();
        await chat.page.getByText('The list of models could not be read.').waitFor();
        await context.unroute('**/models.json');
        await chat.button('Try again').click();
        await chat.page.locator('.pill[data-state=ready]').waitFor();
      },
    );
  } finally {
    await site.close();
  }
});

test('storage that is too small is told with its numbers, and the model works all the same', async () => {
  const work = async (chat, site, context) => {
    let go;
    const limited = new Promise((done) => (go = done));
    // Chromium heeds a quota that is set before the page first stores something, and after it has begun to load
    await context.route('**/app.js', async (route) => (await limited, route.continue()));
    await chat.page.goto(site.url, { waitUntil: 'commit' });
    const cdp = await context.newCDPSession(chat.page);
    await cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 1_000_000 });
    go();
    await chat.field.waitFor();
    await chat.ask('answered all the same');
    await chat.toast(/no more storage.*\d MB of the model/);
  };
  await run({}, work, { open: false });
});

test('a model is deleted from this device and downloaded again', async () => {
  await run({}, async (chat) => {
    await chat.ask('hello');
    await chat.settings('Model');
    await chat.page.getByRole('button', { name: 'Delete from this device: Tiny Model' }).click();
    await chat.toast('Tiny Model was deleted from this device.');
    await chat.page.reload();
    await chat.field.waitFor();
    await eventually(() => chat.page.locator('.pill').first().getAttribute('data-state'), 'idle');
  });
});

test('the engine is set up as wished', async () => {
  await run({}, async (chat) => {
    await chat.ask('hello');
    await chat.settings('Model');
    await chat.page.getByText('Advanced').click();
    await chat.page.getByText(/Running: (simd|relaxed)/).waitFor();
    await chat.page.getByRole('combobox', { name: 'Build of the engine' }).selectOption('simd');
    await chat.page.getByRole('spinbutton', { name: 'Context in tokens' }).fill('512');
    await chat.button('Apply and reload the model').click();
    await chat.page.getByText('Running: simd, 1 thread.').waitFor();
    await chat.page.getByText('Model from an address').click();
    const address = chat.page.getByRole('textbox', { name: 'Address of a GGUF file' });
    await address.fill('nonsense');
    await address.press('Enter');
    await chat.page.getByText('This is not an address.').waitFor();
    await address.fill(new URL('models/tiny.gguf', chat.site.url).href);
    await address.press('Enter');
    await chat.page.locator('.header .pill[data-state=ready]', { hasText: 'tiny.gguf' }).waitFor();
  });
});
