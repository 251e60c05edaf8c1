/* Markdown blocks to elements: the one place where a model's text becomes more than text. What is not in the list below stays
 * text: raw HTML is shown as written, images are named and never loaded, links lead only to the web or to mail and show their host. */
import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { siteUrl } from '../lib/trusted.js';
import { OaElement } from './element.js';
import { copyButton } from './copy.js';
import { language, text as t } from './text.js';

/** @typedef {import('../lib/blocks.js').Block} Block */
/** @typedef {import('marked').Tokens.Generic} Token */
/** @typedef {unknown} Rendered  a lit template, text, or nothing */

const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

/** @param {string} href @returns {URL | null} */
function safeUrl(href) {
  try {
    const url = new URL(href);
    return SCHEMES.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** The texts of marked's tokens carry entities where the author wrote them: &lt; is <. @param {string} text */
function decode(text) {
  const named = /** @type {Record<string, string>} */ ({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    nbsp: '\u00a0',
    '#39': "'",
  });
  return text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,6});/gi, (whole, name) => {
    const key = /** @type {string} */ (name);
    if (named[key]) return named[key];
    if (!key.startsWith('#')) return whole;
    const code = /^#x/i.test(key) ? parseInt(key.slice(2), 16) : parseInt(key.slice(1), 10);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : whole;
  });
}

/** @param {Token} token @returns {Rendered} */
function link(token) {
  const url = safeUrl(/** @type {string} */ (token['href']));
  const inside = inline(token.tokens);
  if (!url) return html`${inside}${token['href'] && token['href'] !== token['text'] ? ` (${token['href']})` : nothing}`;
  const shown = String(token['text']);
  const place = url.protocol === 'mailto:' ? url.pathname : url.host;
  const tells = shown === place || safeUrl(shown)?.href === url.href; // anything less could pretend
  return html`<a href=${url.href} target="_blank" rel="noopener noreferrer nofollow">${inside}</a>${
      tells ? nothing : html`<span class="host">${t.linkTo(place)}</span>`
    }`;
}

/** @param {Token} token @returns {Rendered} */
function image(token) {
  const url = safeUrl(/** @type {string} */ (token['href']));
  const name = decode(String(token['text'])) || t.imageNote;
  return html`<span class="image"
    >${name}
    ${
      url
        ? html`(<a href=${url.href} target="_blank" rel="noopener noreferrer nofollow">${t.imageNote}, ${url.host}</a>)`
        : `(${t.imageNote})`
    }</span
  >`;
}

/** @param {Token} token @returns {Rendered} */
function inlineToken(token) {
  switch (token.type) {
    case 'strong':
      return html`<strong>${inline(token.tokens)}</strong>`;
    case 'em':
      return html`<em>${inline(token.tokens)}</em>`;
    case 'del':
      return html`<del>${inline(token.tokens)}</del>`;
    case 'codespan':
      return html`<code>${token['text']}</code>`;
    case 'br':
      return html`<br />`;
    case 'link':
      return link(token);
    case 'image':
      return image(token);
    case 'checkbox':
      return nothing;
    case 'text':
      return token.tokens ? inline(token.tokens) : decode(String(token['text']));
    case 'escape':
      return token['text'];
    default:
      return token.raw;
  }
}

/** @param {readonly Token[] | undefined} tokens @returns {Rendered} */
const inline = (tokens) => (tokens ?? []).map(inlineToken);

/** Heading levels as the page has room for: each at most one deeper than the one above it. @typedef {number[]} Outline */

/** @param {Token} token @param {Outline} outline @returns {Rendered} */
function heading(token, outline) {
  const depth = /** @type {number} */ (token['depth']);
  while ((outline.at(-1) ?? 0) >= depth) outline.pop();
  outline.push(depth);
  const inside = inline(token.tokens);
  const look = `h h${depth}`;
  switch (outline.length) {
    case 1:
      return html`<h3 class=${look}>${inside}</h3>`;
    case 2:
      return html`<h4 class=${look}>${inside}</h4>`;
    case 3:
      return html`<h5 class=${look}>${inside}</h5>`;
    default:
      return html`<h6 class=${look}>${inside}</h6>`;
  }
}

/** @param {Token} token @param {Outline} outline @returns {Rendered} */
function list(token, outline) {
  const items = /** @type {Token[]} */ (token['items']).map((item) => {
    const box = item['task'] ? (item['checked'] ? '☑ ' : '☐ ') : nothing;
    return html`<li class=${item['task'] ? 'task' : ''}>${box}${blocks(item.tokens, outline)}</li>`;
  });
  const start = Number(token['start']);
  if (!token['ordered'])
    return html`<ul>
      ${items}
    </ul>`;
  return html`<ol start=${Number.isSafeInteger(start) ? start : 1}>
    ${items}
  </ol>`;
}

/** @param {Token} token @returns {Rendered} */
function table(token) {
  /** @param {Token} cell @param {boolean} head */
  const cellOf = (cell, head) => {
    const look = cell['align'] ? `align-${cell['align']}` : '';
    const inside = inline(cell.tokens);
    return head ? html`<th scope="col" class=${look}>${inside}</th>` : html`<td class=${look}>${inside}</td>`;
  };
  const head = /** @type {Token[]} */ (token['header']);
  const rows = /** @type {Token[][]} */ (token['rows']);
  return html`<div class="table" tabindex="0" role="group" aria-label=${t.table}>
    <table>
      <thead>
        <tr>
          ${head.map((cell) => cellOf(cell, true))}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => cellOf(cell, false))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** @param {string} code @param {string} lang @returns {Rendered} */
function codeBlock(code, lang) {
  const name = lang.slice(0, 30) || t.code;
  return html`<figure class="code">
    <figcaption><span>${name}</span>${copyButton(() => code, t.copyCode, true)}</figcaption>
    <pre tabindex="0" dir="ltr" aria-label=${name}><code>${code}</code></pre>
  </figure>`;
}

/** @param {Token} token @param {Outline} outline @returns {Rendered} */
function blockToken(token, outline) {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
      return nothing;
    case 'heading':
      return heading(token, outline);
    case 'paragraph':
      return html`<p>${inline(token.tokens)}</p>`;
    case 'text':
      return inlineToken(token);
    case 'list':
      return list(token, outline);
    case 'blockquote':
      return html`<blockquote>${blocks(token.tokens, outline)}</blockquote>`;
    case 'code':
      return codeBlock(String(token['text']), String(token['lang'] ?? ''));
    case 'table':
      return table(token);
    case 'hr':
      return html`<hr />`;
    case 'html':
      return html`<p class="plain" .textContent=${token.raw.trimEnd()}></p>`;
    default:
      return inlineToken(token);
  }
}

/** @param {readonly Token[] | undefined} tokens @param {Outline} outline @returns {Rendered} */
const blocks = (tokens, outline) => (tokens ?? []).map((token) => blockToken(token, outline));

/** @param {Block} block @param {Outline} outline @returns {Rendered} */
function renderBlock(block, outline) {
  if (block.type === 'plain') return html`<p class="plain" .textContent=${block.raw.trimEnd()}></p>`;
  if (block.type === 'fence') return codeBlock(block.text, block.lang);
  return blockToken(/** @type {Token} */ (block.token), outline);
}

/** What reads Markdown is a bundle of its own, since the first view has none. @type {Promise<typeof import('../lib/blocks.js')> | null} */
let fetching = null;

/** Fetches it, so that it is there when an answer comes. */
export function fetchMarkdown() {
  fetching ??= /** @type {Promise<typeof import('../lib/blocks.js')>} */ (import(siteUrl('blocks.js').href));
  fetching.catch(() => (fetching = null)); // no network, and not kept yet: the next message tries again
  return fetching;
}

/** Shows `text` as Markdown. Drawn anew when it grows, at the cost of its last block. */
export class OaMarkdown extends OaElement {
  static properties = { text: { attribute: false } };

  /** @type {import('../lib/blocks.js').BlockStream | null} */
  #stream = null;
  /** The outline before each block that is final, so that headings keep their level. @type {WeakMap<Block, Rendered>} */
  #drawn = new WeakMap();

  constructor() {
    super();
    this.text = '';
    /** What is drawn so far has labels in this language. */
    this.spoken = language.code;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    if (!this.#stream) void this.#begin();
  }

  async #begin() {
    const kit = await fetchMarkdown().catch(() => null);
    if (!kit) return;
    this.#stream = new kit.BlockStream();
    this.requestUpdate();
  }

  /** @override */
  render() {
    if (!this.#stream) return html`<p class="plain" .textContent=${this.text}></p>`;
    if (this.spoken !== language.code) this.#drawn = new WeakMap();
    this.spoken = language.code;
    /** @type {Outline} */
    const outline = [];
    return this.#stream.update(this.text).map((block) => {
      const depth = block.type === 'token' && block.token.type === 'heading';
      if (depth || !this.#drawn.has(block)) this.#drawn.set(block, renderBlock(block, outline));
      return guard([block, language.code], () => this.#drawn.get(block));
    });
  }
}
customElements.define('oa-markdown', OaMarkdown);
