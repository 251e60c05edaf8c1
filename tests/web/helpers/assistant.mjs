// A page with an Assistant that is loaded.
import { openPage, withContext } from './browser.mjs';

/**
 * Runs `work` on a page where globalThis.assistant is loaded with the model "m". say(text) makes messages, failure(promise) tells how it failed.
 * @param {{ browser: import('playwright-core').Browser, site: { url: string }, expect?: RegExp }} where expect: errors that belong to the test
 * @param {(page: import('playwright-core').Page, context: import('playwright-core').BrowserContext) => Promise<void>} work
 */
export const withAssistant = ({ browser, site, expect }, work) =>
  withContext(browser, { expect }, async (context) => {
    const page = await openPage(context, `${site.url}test.html`);
    await page.evaluate(async () => {
      globalThis.assistant = await globalThis.oa.Assistant.load({ model: 'm' });
      globalThis.say = (content) => [{ role: 'user', content }];
      globalThis.failure = (promise) =>
        promise.then(
          () => null,
          (e) => ({ name: e.name, code: e.code, message: e.message }),
        );
    });
    await work(page, context);
  });
