/* Markdown text to blocks, a little at a time. A growing answer is lexed only from the beginning of its last block on: everything
 * before it is final. Text that would cost the lexer quadratic time (10^5 '*' in a row, '>' nested a thousand deep) never
 * reaches it and becomes a 'plain' block. Elements are made elsewhere (ui/markdown.js); nothing here knows of HTML. */
import { Lexer } from 'marked';

/**
 * A fenced code block (closed: its end has arrived), text as it stands, or a token of marked's lexer.
 * @typedef {{ type: 'fence', raw: string, lang: string, text: string, closed: boolean }} FenceBlock
 * @typedef {{ type: 'plain', raw: string }} PlainBlock
 * @typedef {{ type: 'token', raw: string, token: import('marked').Token }} TokenBlock
 * @typedef {FenceBlock | PlainBlock | TokenBlock} Block
 */

const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
/* A paragraph with more markup characters than any author writes. Measured: 500 keep the lexer under 10 ms, whichever they are. */
const MARKUP_MAX = 500;
const MARKUP = /[*_[\]!`~<>&\\@]/g;
/* Containers nested in one line: each costs a level of recursion. */
const NESTED = /^(?:[ \t]*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s))){9}/m;
/* Indented more than this, list items nest deeper than anyone reads. */
const INDENTED = /^[ \t]{48}[ \t]*(?:[-*+]|\d{1,9}[.)])\s/m;
const PARAGRAPH_MAX = 20_000;
const DOCUMENT_MAX = 200_000;

/** @param {string} text @returns {boolean} */
function isPathological(text) {
  if (text.length > PARAGRAPH_MAX || NESTED.test(text) || INDENTED.test(text)) return true;
  if (text.length <= MARKUP_MAX) return false;
  return (text.match(MARKUP)?.length ?? 0) > MARKUP_MAX;
}

/**
 * Cuts text into stretches that one rule handles: a fence that begins in the first column, a pathological paragraph, other Markdown.
 * @param {string} text
 * @returns {{ kind: 'fence' | 'plain' | 'markdown', raw: string }[]}
 */
function cut(text) {
  /** @type {{ kind: 'fence' | 'plain' | 'markdown', raw: string }[]} */
  const parts = [];
  /** @param {'fence' | 'plain' | 'markdown'} kind @param {string} raw */
  const add = (kind, raw) => {
    const last = parts.at(-1);
    if (last && last.kind === kind && kind !== 'fence') last.raw += raw;
    else if (raw) parts.push({ kind, raw });
  };
  let paragraph = '';
  const flush = () => {
    add(isPathological(paragraph) ? 'plain' : 'markdown', paragraph);
    paragraph = '';
  };
  /** @type {string | null} */
  let fence = null;
  let code = '';
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end + 1);
    at += line.length;
    const bare = line.trimEnd();
    if (fence !== null) {
      code += line;
      if (bare.startsWith(fence) && bare.replaceAll(fence.charAt(0), '') === '') {
        add('fence', code);
        fence = null;
      }
      continue;
    }
    const opening = FENCE.exec(bare);
    if (opening) {
      flush();
      fence = opening[1] ?? '';
      code = line;
    } else {
      paragraph += line;
      if (!bare) flush();
    }
  }
  if (fence !== null) add('fence', code);
  flush();
  return parts;
}

/** @param {string} raw @returns {FenceBlock} */
function fenceBlock(raw) {
  const lines = raw.split('\n');
  const opening = FENCE.exec((lines[0] ?? '').trimEnd());
  const mark = opening?.[1] ?? '```';
  if (lines.at(-1) === '') lines.pop();
  const last = (lines.at(-1) ?? '').trimEnd();
  const closed = lines.length > 1 && last.startsWith(mark) && last.replaceAll(mark.charAt(0), '') === '';
  const lang = (opening?.[2] ?? '').trim().split(/\s/)[0] ?? '';
  return { type: 'fence', raw, lang, text: lines.slice(1, closed ? -1 : undefined).join('\n'), closed };
}

/** @param {string} raw @param {import('marked').Links} links @returns {Block[]} */
function markdownBlocks(raw, links) {
  try {
    const lexer = new Lexer({ gfm: true, breaks: true });
    lexer.tokens.links = links; // a definition serves what follows it, also in later calls
    const tokens = lexer.lex(raw);
    /** @type {Block[]} */
    const blocks = tokens.map((token) => ({ type: 'token', raw: token.raw, token }));
    if (blocks.reduce((n, block) => n + block.raw.length, 0) === raw.length) return blocks;
  } catch {
    /* nested too deep: shown as it stands */
  }
  return [{ type: 'plain', raw }];
}

/** @param {string} text @param {import('marked').Links} links @returns {Block[]} */
function parse(text, links) {
  const rest = text.length > DOCUMENT_MAX ? text.slice(DOCUMENT_MAX) : '';
  /** @type {Block[]} */
  const blocks = cut(rest ? text.slice(0, DOCUMENT_MAX) : text).flatMap((part) => {
    if (part.kind === 'fence') return [fenceBlock(part.raw)];
    return part.kind === 'plain' ? [{ type: 'plain', raw: part.raw }] : markdownBlocks(part.raw, links);
  });
  if (rest) blocks.push({ type: 'plain', raw: rest });
  return blocks;
}

const isSpace = (/** @type {Block} */ block) => block.type === 'token' && block.token.type === 'space';

/** Blocks of a text that grows. Blocks that are final stay the same objects from one update to the next. */
export class BlockStream {
  /** @type {Block[]} */ #final = [];
  /** @type {import('marked').Links} */ #links = Object.create(null);
  #text = '';
  #finalLength = 0;

  /**
   * The blocks of `text`, which is the last one with more at its end (anything else starts over).
   * @param {string} text
   * @returns {Block[]}
   */
  update(text) {
    const clean = text.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD');
    if (!clean.startsWith(this.#text)) {
      this.#final = [];
      this.#links = Object.create(null);
      this.#finalLength = 0;
    }
    this.#text = clean;
    const blocks = parse(clean.slice(this.#finalLength), this.#links);
    let keep = blocks.length - 1;
    while (keep > 0 && isSpace(/** @type {Block} */ (blocks[keep]))) keep--;
    for (const block of blocks.splice(0, Math.max(0, keep))) {
      this.#final.push(block);
      this.#finalLength += block.raw.length;
    }
    return [...this.#final, ...blocks];
  }
}
