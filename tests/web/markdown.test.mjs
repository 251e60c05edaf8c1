// Markdown: a text that arrives bit by bit becomes the blocks of the whole text; hostile text costs no time and becomes nothing but text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockStream } from '../../web/lib/blocks.js';
import { launch } from './helpers/browser.mjs';
import { startChatSite, withChat } from './helpers/chat.mjs';

const FRAME_MS = 50;

/** What a reader sees of blocks: their kinds and texts. */
const shape = (blocks) =>
  blocks
    .filter((b) => b.token?.type !== 'space')
    .map((b) => [b.token?.type ?? b.type, b.raw.trim(), b.lang, JSON.stringify(b.token?.tokens)]);

/** A generator of random numbers below n, the same each time. */
function randomFrom(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const PIECES = [
  '# Head',
  'word',
  ' ',
  '\n',
  '\n\n',
  '- item',
  '  - deeper',
  '1. one',
  '2) two',
  '> quote',
  '```js',
  '```',
  '~~~',
  '    code',
  '|a|b|\n|-|-|',
  '|c|d|',
  '---',
  '===',
  '**bold**',
  '*em',
  '_x_',
  '`c`',
  '[l](http://x.y)',
  '[r]',
  '[r]: /u',
  '![i](j)',
  '<div>',
  '</div>',
  'a  ',
  '\\*',
  '&lt;',
  '\r\n',
  '\t',
  '~~s~~',
  'http://a.bc',
  'é🙂',
  '***',
  '[ ] t',
  '- [x] t',
  '\0',
];

test('a text that grows gives the blocks of the whole text, and final blocks stay the same objects', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = randomFrom(seed);
    let text = '';
    const stream = new BlockStream();
    let previous = [];
    for (let i = 0; i < 40; i++) {
      text += PIECES[random(PIECES.length)];
      const blocks = stream.update(text);
      assert.equal(
        blocks.map((b) => b.raw).join('').length,
        text.replace(/\r\n/g, '\n').replace(/\r$/, '\n').length,
        JSON.stringify(text),
      );
      const kept = previous.findIndex((b, at) => b !== blocks[at]);
      if (kept >= 0)
        assert.ok(previous.slice(kept).filter((b) => b.token?.type !== 'space').length <= 3, JSON.stringify(text));
      previous = blocks;
    }
  }
});

test('streamed and whole text agree on texts as assistants write them', () => {
  const text =
    '# Title\n\nA *first* paragraph\nof two lines.\n\n- one\n- two\n  - deep\n\n  loose\n- three\n\n1. a\n2. b\n\n> quote\nlazy\n\n```js\nlet x = "```";\n\n// blank above\n```\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\nSetext\n---\n\nEnd **bold** [link](https://x.y).\n\n```\nunclosed\n';
  const whole = shape(new BlockStream().update(text));
  for (const step of [1, 3, 7]) {
    const stream = new BlockStream();
    let blocks = [];
    for (let n = step; n < text.length + step; n += step) blocks = stream.update(text.slice(0, n));
    assert.deepEqual(shape(blocks), whole);
  }
});

test('a text that is replaced starts over', () => {
  const stream = new BlockStream();
  stream.update('# one\n\ntwo\n\nthree');
  assert.deepEqual(
    shape(stream.update('other')).map(([type]) => type),
    ['paragraph'],
  );
});

const HOSTILE = {
  stars: '*',
  'stars and letters': 'a*',
  bold: '**a ',
  brackets: '[',
  links: '[a](',
  images: '![',
  backticks: '`',
  'backticks apart': '` a',
  tildes: '~~a ',
  tags: '<a ',
  angles: '<',
  quotes: '> ',
  'quotes close': '>',
  items: '- ',
  numbers: '1. ',
  pipes: '|',
  tables: 'a|b\n-|-\n',
  entities: '&',
  escapes: '\\',
  underscores: '_a',
  mixed: '*_',
  hashes: '#',
  addresses: 'http://',
  mails: 'a@b.',
  lists: '* a\n',
  'deeper lists': '- a\n  ',
  definitions: '[a]: b\n',
  fences: '```\n',
  comments: '<!--',
  spaces: ' ',
  tabs: '\t',
  lines: '\n',
  'blank lines': 'a\n\n',
  zeroes: '\0',
  carriage: '\r',
};

test('up to 10^5 of anything cost no frame', { timeout: 240_000 }, () => {
  new BlockStream().update('warm **up** [a](b) `c`\n\n- x');
  const cases = Object.entries(HOSTILE).flatMap(([name, unit]) =>
    [450, 4000, 19_000, 100_000].map((n) => [`${n} of ${name}`, unit.repeat(n / unit.length)]),
  );
  for (const [name, text] of cases) {
    let worst = Infinity;
    for (let run = 0; run < 20 && worst >= FRAME_MS; run++) {
      // the best of some: the machine has other work, too
      const stream = new BlockStream();
      stream.update(text.slice(0, -1));
      const start = performance.now();
      stream.update(text);
      worst = Math.min(worst, performance.now() - start);
    }
    assert.ok(worst < FRAME_MS, `${name}: ${worst.toFixed(0)} ms`);
  }
});

test(
  'links say where they lead, and headings have the levels that the page has room for',
  { timeout: 60_000 },
  async () => {
    const browser = await launch();
    const site = await startChatSite();
    try {
      await withChat({ browser, site }, async (chat) => {
        await chat.ask(
          '[mybank.com](https://evil.example/a) https://good.example/b <me@x.example> [https://mybank.com/evil.example](https://evil.example/)',
        );
        const line = (await chat.texts()).at(-1);
        assert.equal(
          line,
          'mybank.com (evil.example) https://good.example/b me@x.example https://mybank.com/evil.example (evil.example)',
        );

        await chat.ask('### deep\n\n# top\n\n### skipped\n\n###### more\n\n## back');
        const levels = await chat.page
          .locator('oa-message')
          .last()
          .locator('.h')
          .evaluateAll((all) => all.map((e) => e.tagName));
        assert.deepEqual(levels, ['H3', 'H3', 'H4', 'H5', 'H4']);
      });
    } finally {
      await browser.close();
      await site.close();
    }
  },
);
