// The examples of oa.js, as they are built: a question, its answer, stop, and what fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, withContext } from './helpers/browser.mjs';
import { echoModel } from './helpers/echo-model.mjs';
import { startSite } from './helpers/site.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startSite({ isolation: 'both', slow: true });
  site.addModel('m', echoModel());
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** The AI SDK checks with zod, which tries whether it may compile code: under our policy it may not, and goes on without. */
const PROBE = /TrustedScript/;

/** Opens an example; ask(text) writes a question and sends it. */
const withExample = (name, body) =>
  withContext(browser, { expect: name === 'ai-sdk' ? PROBE : undefined }, async (context) => {
    const page = await context.newPage();
    await page.goto(`${site.url}examples/${name}/index.html`);
    const ask = async (text) => {
      await page.getByLabel('Question').fill(text);
      await page.getByRole('button', { name: 'Ask' }).click();
    };
    const says = (text) => page.waitForFunction((t) => document.querySelector('output').textContent === t, text);
    await body({ page, ask, says });
  });

for (const name of ['module', 'worker', 'react-hook', 'ai-sdk', 'openai'])
  test(`${name}: a question and another one`, { timeout: 60_000 }, () =>
    withExample(name, async ({ ask, says }) => {
      await ask('one two three');
      await says('one two three');
      await ask('four');
      await says('four');
    }),
  );

test('react-hook: stop ends an answer and keeps its text; the next question is answered', { timeout: 60_000 }, () =>
  withExample('react-hook', async ({ page, ask, says }) => {
    await ask('SLOW');
    await page.waitForFunction(() => document.querySelector('output').textContent.startsWith('0 1 2 '));
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('output[data-state=idle]').waitFor();
    const said = await page.locator('output').textContent();
    assert.match(said, /^0 1 2 /);
    assert.ok(said.length < 5000, `it went on: ${said.length} characters`);
    await ask('next');
    await says('next');
  }),
);

test('react-hook: what fails is said, and the next question tries again', { timeout: 60_000 }, () =>
  withExample('react-hook', async ({ ask, says }) => {
    await ask('FAIL');
    await says('it was asked to fail');
    await ask('good');
    await says('good');
  }),
);

test('ai-sdk: a tool is called, and its result goes back to the model', { timeout: 60_000 }, () =>
  withExample('ai-sdk', async ({ page, ask }) => {
    await ask('It is <tool_call>{"name":"now","arguments":{"zone":"UTC"}}</tool_call>');
    // The echo model repeats the last message: what the tool said, in the words for templates that know no tools.
    await page.waitForFunction(() =>
      /^It is<tool_response>\n\d{1,2}:\d\d\s[AP]M\n<\/tool_response>$/.test(
        document.querySelector('output').textContent,
      ),
    );
  }),
);

for (const name of ['module', 'worker'])
  test(`${name}: what fails is said, and the next question is answered`, { timeout: 60_000 }, () =>
    withExample(name, async ({ ask, says }) => {
      await ask('FAIL');
      await says('it was asked to fail');
      await ask('good');
      await says('good');
    }),
  );

/** What a visitor does in a chat's frame. */
async function askInFrame(frame, words, { download = true } = {}) {
  if (download) await frame.getByRole('button', { name: /^Download/ }).click();
  const field = frame.getByRole('textbox', { name: 'Message' });
  await field.fill(words);
  await field.press('Enter');
  await frame.locator('.answer[aria-busy=false]', { hasText: words }).last().waitFor();
}

test('script-tag: the button, the chat, a suggestion, an answer', { timeout: 60_000 }, () =>
  withExample('script-tag', async ({ page }) => {
    await page.getByRole('button', { name: 'Open the assistant' }).click();
    const frame = page.frameLocator('.panel iframe');
    await frame.getByText('Ask about tea').waitFor();
    await frame.getByText('How long does green tea brew?').waitFor();
    await askInFrame(frame, 'black or green');
  }),
);

test('react-host: the page hears the chat, and what changes around it leaves it alone', { timeout: 60_000 }, () =>
  withExample('react-host', async ({ page, says }) => {
    const frame = page.frameLocator('oa-chat iframe');
    await frame.getByText('Ask about tea').waitFor();
    await askInFrame(frame, 'black or green');
    await says('2 messages, the last by the assistant');
    await page.getByRole('button', { name: 'Less' }).click();
    await page.getByRole('button', { name: 'More' }).waitFor();
    await askInFrame(frame, 'and white', { download: false });
    await says('4 messages, the last by the assistant');
  }),
);
