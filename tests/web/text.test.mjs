// The page's words: every language whole, none left in English, chosen by the browser or the visitor, and no word outside of the files of words.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { STATUS } from '../../web/core/status.js';
import { LANGUAGES, overEnglish, pickLanguage } from '../../web/ui/text.js';
import { sharing } from '../../web/ui/text/en/sharing.js';
import { en as pageWords } from '../../web/ui/text/en.js';
import { tasks } from '../../web/ui/text/tasks-en.js';
import { launch } from './helpers/browser.mjs';
import { eventually, startChatSite, withChat } from './helpers/chat.mjs';

Object.assign(pageWords.sharing, sharing); // as the page does that has a collector
/** The page's words and, in a file of their own, those of the tasks. */
const en = { ...pageWords, taskWords: tasks };
const OTHERS = Object.keys(LANGUAGES).filter((code) => code !== 'en');
const WORDS = Object.fromEntries(
  await Promise.all(
    OTHERS.map(async (code) => {
      const [{ words }, { tasks: taskWords }] = await Promise.all(
        ['', 'tasks-'].map((part) => import(`../../web/ui/text/${part}${code}.js`)),
      );
      return [code, { ...words, taskWords }];
    }),
  ),
);

/** The leaves of a tree of words by their path; functions called with marks for names and with numbers of each kind of plural. */
function leaves(node, path = '') {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node !== 'function')
    return Object.entries(node).flatMap(([key, value]) => leaves(value, path ? `${path}.${key}` : key));
  const names = ['<A>', '<B>', '<C>'].slice(0, node.length);
  const numbers = [0, 1, 2, 3, 11, 100].map((i) => [i, 200 + i, 300 + i].slice(0, node.length));
  return [names, ...numbers].map((args) => [`${path}(${args})`, node(...args)]);
}

for (const code of OTHERS) {
  test(`${code}: every sentence, with all its names and numbers`, () => {
    const own = new Map(leaves(WORDS[code]));
    for (const [path, english] of leaves(en)) {
      if (/^(locale|dir|themeToggle)/.test(path) || /NaN/.test(english)) continue; // a plural takes no name
      const said = own.get(path);
      assert.ok(said?.trim() || !english.trim(), `${path} is missing`);
      assert.doesNotMatch(said, /#|undefined|NaN/, path);
      for (const mark of english.match(/<[ABC]>/g) ?? []) assert.ok(said.includes(mark), `${path} leaves ${mark} out`);
      // a number that English spells with a digit may be a word elsewhere (Arabic's one and two), others are told
      for (const number of english.match(/\d{3,}/g) ?? [])
        assert.ok(said.replace(/\D/g, '').includes(number), `${path}: no ${number} in ${said}`);
    }
    assert.notEqual(WORDS[code].themeToggle('light'), WORDS[code].themeToggle('dark'));
    const known = new Set(leaves(en).map(([path]) => path));
    for (const path of own.keys())
      assert.ok(known.has(path) || /^(errors|keyNames)\./.test(path), `${path} is unknown`);
  });

  test(`${code}: every code of a failure`, () => {
    const codes = [...STATUS.slice(1), 'ERR_CRASH'];
    assert.deepEqual(Object.keys(WORDS[code].errors).toSorted(), codes.toSorted());
  });

  test(`${code}: nothing is left in English`, () => {
    const same = /^(app|linkTo|version|licence|locale|dir|rate|params\.\w+\.0|shortcutList\.\d\.0|keyNames)\b/; // names, figures and keys
    const cognates = {
      de: [
        'chats',
        'chatCount',
        'feedback',
        'scaleNames.humor.title',
        'thisChat',
        'general',
        'themes.system',
        'threads',
        'code',
        'offline',
      ],
      es: ['chats', 'chatCount', 'thisChat', 'general', 'themes.system', 'tokens', 'tokensPerSecond'],
      fr: ['suggestionsLabel', 'conversation', 'assistant', 'composerLabel', 'code', 'contPrompt', 'taskWords.points'],
      ar: [],
    };
    const own = new Map(leaves(WORDS[code]));
    const left = leaves(en).filter(
      ([path, english]) =>
        !same.test(path) &&
        !cognates[code].includes(path.split('(')[0]) &&
        own.get(path) === english &&
        /[a-z]{4}/i.test(english),
    );
    assert.deepEqual(
      left.map(([path]) => path),
      [],
    );
  });
}

test('a sentence that a language lacks is English', () => {
  const rest = { ...WORDS.de, themes: { dark: WORDS.de.themes.dark } };
  delete rest.send;
  const words = overEnglish(rest);
  assert.equal(words.send, en.send);
  assert.deepEqual(words.themes, { ...en.themes, dark: 'Dunkel' });
  assert.equal(words.stop, WORDS.de.stop);
});

test('the first language of the visitor that there is', () => {
  assert.equal(pickLanguage(['system', 'sv-SE', 'fr-CA', 'de']), 'fr');
  assert.equal(pickLanguage(['DE']), 'de');
  assert.equal(pickLanguage([undefined, 'tlh', 'constructor']), 'en');
});

test('no word is outside of the files of words', () => {
  const found = [];
  for (const name of readdirSync('web/ui').filter((file) => file.endsWith('.js') && file !== 'text.js')) {
    const source = readFileSync(`web/ui/${name}`, 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/\/\/ .*/g, '');
    for (const [template] of source.matchAll(/html`[\s\S]*?`/g)) {
      const plain = template.replace(/\$\{[^{}]*\}/g, '');
      for (const [, words] of plain.matchAll(/>([^<>${}=;]*[\p{L}]{2,}[^<>${}=;]*)</gu))
        found.push(`${name}: ${words.trim()}`);
      for (const [words] of plain.matchAll(/(?:aria-label|title|placeholder|alt)="[^"]+"/g))
        found.push(`${name}: ${words}`);
    }
  }
  assert.deepEqual(found, ['settings-model.js: placeholder="https://"']);
});

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await startChatSite();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** The page in a language, by the words that a visitor would look for. */
async function opened(locale, work, more = {}) {
  await withChat({ browser, site, options: { locale }, open: false, ...more }, async (chat, context) => {
    await chat.page.goto(site.url);
    await chat.page.locator('.welcome').waitFor();
    await work(chat.page, context, chat);
  });
}
const root = (page) =>
  page.evaluate(() => [document.documentElement.lang, document.documentElement.dir].join(' ').trim());

for (const [locale, code, dir] of [
  ['de-AT', 'de', 'ltr'],
  ['es-MX', 'es', 'ltr'],
  ['fr-FR', 'fr', 'ltr'],
  ['ar-EG', 'ar', 'rtl'],
]) {
  test(`a browser set to ${locale} is spoken to in its language`, async () => {
    await opened(locale, async (page) => {
      const words = WORDS[code];
      assert.equal(await root(page), `${code} ${dir}`);
      await page.getByRole('heading', { name: words.tagline }).waitFor();
      await page.getByRole('textbox', { name: words.composerLabel, exact: true }).waitFor();
      await page.getByText(words.once).waitFor();
    });
  });
}

test('numbers and sizes are written as the language writes them', async () => {
  await opened('de-DE', async (page, _context, chat) => {
    await chat.page.getByRole('textbox', { name: 'Nachricht', exact: true }).fill('Hallo');
    await page.keyboard.press('Enter');
    await page.locator('.status .context').waitFor();
    await chat.idle();
    const [context] = (await page.locator('.status .context').innerText()).match(/von [\d.,]+/);
    assert.match(context, /von \d\.\d{3}$/);
    await page
      .getByText(/\d Tokens · [\d.,]+ Tokens\/s/)
      .first()
      .waitFor();
  });
});

test('the visitor chooses another language, which is spoken at once, everywhere and from then on', async () => {
  await opened('en-GB', async (page, _context, chat) => {
    assert.equal((await root(page)).trim(), 'en');
    await chat.ask('| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\n1\n```');
    await chat.settings('General');
    await page.getByLabel('Language').selectOption({ label: 'العربية' });
    await page.getByRole('heading', { name: WORDS.ar.settings }).waitFor();
    assert.equal(await root(page), 'ar rtl');
    await page.locator('oa-settings .dialog-head button').first().click();
    await page.getByRole('textbox', { name: WORDS.ar.composerLabel, exact: true }).waitFor();
    await page.getByRole('group', { name: WORDS.ar.table, exact: true }).waitFor();
    await page.getByRole('button', { name: WORDS.ar.copyCode, exact: true }).waitFor();
    assert.equal(await page.locator('pre').evaluate((e) => getComputedStyle(e).direction), 'ltr');
    await page.reload();
    await page.getByRole('textbox', { name: WORDS.ar.composerLabel, exact: true }).waitFor();
    assert.equal(await root(page), 'ar rtl');
    await page.keyboard.press('Control+,');
    await page.getByRole('tab', { name: WORDS.ar.general }).click();
    await page.getByLabel(WORDS.ar.language).selectOption('system');
    await page.getByRole('heading', { name: en.settings }).waitFor();
    assert.equal(await root(page), 'en ltr');
  });
});

test('words that cannot be fetched leave the page in English', async () => {
  const expect = /Failed to load resource|ERR_FAILED/;
  await withChat({ browser, site, options: { locale: 'fr-FR' }, open: false, expect }, async ({ page }, context) => {
    await context.route('**/text/fr.js', (route) => route.abort());
    await page.goto(site.url);
    await page.getByRole('heading', { name: en.tagline }).waitFor();
    assert.equal((await root(page)).trim(), 'en');
  });
});

test('a failure is told in the language of the page, with the line of the engine beneath', async () => {
  await opened('de-DE', async (page) => {
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({
        name: 'broken.gguf',
        mimeType: 'application/octet-stream',
        buffer: Buffer.from('this is not a model at all'),
      });
    const card = page.locator('.load .bad');
    await card.getByText(WORDS.de.modelFailed).waitFor();
    await card.getByText(WORDS.de.errors.ERR_CORRUPT).waitFor();
    await eventually(
      () =>
        card
          .locator('[lang=en]')
          .innerText()
          .then((line) => line.includes('broken.gguf')),
      true,
    );
  });
});
