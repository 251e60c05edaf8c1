/* The dialog that shows what is sent to the collector before it is: each chat in words, and exactly as it goes; to be sent, or left out for ever. Emits
 * 'oa-exclude' with a chat. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { opinionsIn } from './share-words.js';
import { closeOnBackdrop } from './shortcuts.js';
import { settings as fields } from './styles/settings.js';
import { share as looks } from './styles/share.js';
import { text as t } from './text.js';
import './share-consent.js';

/** @typedef {import('../store/plan.js').Planned} Planned */
/** What of one chat is waiting. @typedef {{ chat: string, title: string, ask: Planned[], send: Planned[], refused: (Planned & { reason: string })[] }} Card */

const SHOWN = 20; // chats, at first

export class OaShare extends OaElement {
  static properties = { isOpen: { state: true }, shown: { state: true } };
  /** @override */
  static sheets = [fields, looks];
  /** @override */
  static sources = ['sharing'];

  /** @param {import('./sharing.js').Sharing} sharing */
  constructor(sharing) {
    super();
    this.sharing = sharing;
    this.isOpen = false;
    this.shown = SHOWN;
  }

  async open() {
    this.isOpen = true;
    this.shown = SHOWN;
    await this.updateComplete;
    const dialog = this.querySelector('dialog');
    if (!dialog?.open) dialog?.showModal();
  }

  /** @returns {Card[]} */
  get #cards() {
    const { plan, titles } = this.sharing;
    /** @type {Map<string, Card>} */
    const cards = new Map();
    for (const kind of /** @type {const} */ (['ask', 'send', 'refused']))
      for (const line of plan?.[kind] ?? []) {
        const { chat } = line;
        const title = titles.get(chat) || t.untitled;
        const card = cards.get(chat) ?? { chat, title, ask: [], send: [], refused: [] };
        cards.set(chat, card);
        /** @type {Planned[]} */ (card[kind]).push(line);
      }
    return [...cards.values()];
  }

  /** @override */
  render() {
    const close = () => this.querySelector('dialog')?.close();
    return html`<dialog
      class="dialog share"
      aria-labelledby="share-title"
      @click=${closeOnBackdrop}
      @close=${() => (this.isOpen = false)}
    >
      <div class="dialog-head">
        <h2 id="share-title">${t.sharing.title}</h2>
        <button class="quiet icon" type="button" aria-label=${t.close} title=${t.close} @click=${close}>
          ${icon('close')}
        </button>
      </div>
      <div class="pane" tabindex="0" role="group" aria-labelledby="share-title">
        ${this.isOpen ? this.#body() : nothing}
      </div>
    </dialog>`;
  }

  #body() {
    const { agreed, plan } = this.sharing;
    const cards = this.#cards;
    const rest = cards.length - this.shown;
    return html`<oa-share-consent .sharing=${this.sharing} .inDialog=${true}></oa-share-consent> ${
        agreed && plan && cards.filter((card) => card.ask.length).length > 1
          ? html`<button class="button primary" type="button" @click=${() => void this.sharing.send(plan.ask)}>
              ${t.sharing.sendAll}
            </button>`
          : nothing
      }
      ${repeat(
        cards.slice(0, this.shown),
        (card) => card.chat,
        (card) => this.#card(card, agreed),
      )}
      ${
        rest > 0
          ? html`<button class="button small" type="button" @click=${() => (this.shown += SHOWN)}>
              ${t.showMore}
            </button>`
          : nothing
      }`;
  }

  /** @param {Card} card @param {boolean} agreed */
  #card(card, agreed) {
    const { ask, send, refused, chat, title } = card;
    const words = t.sharing;
    const all = [...ask, ...send, ...refused];
    const [reason] = refused.map((line) => line.reason);
    const mine = agreed ? (ask.length ? ask : refused) : [];
    return html`<section class="card" aria-label=${title}>
      <h3 dir="auto">${title}</h3>
      <ol>
        ${all.map(({ line }) => message(line))}
      </ol>
      ${reason === undefined ? nothing : html`<p class="warn">${words.refused(`\u2068${reason}\u2069`)}</p>`}
      ${agreed && send.length ? html`<p class="fine">${words.onItsWay}</p>` : nothing}
      <details>
        <summary>${words.json}</summary>
        <pre dir="ltr" tabindex="0" aria-label=${words.json}>${all.map(({ line }) => `${line}\n`)}</pre>
      </details>
      <div class="row wrap">
        ${
          mine.length
            ? html`<button class="button primary small" type="button" @click=${() => void this.sharing.send(mine)}>
                ${ask.length ? words.send : t.retry}
              </button>`
            : nothing
        }
        <button
          class="button small"
          type="button"
          @click=${() => this.emit('oa-exclude', { id: chat, title, unshared: false })}
        >
          ${words.exclude}
        </button>
      </div>
    </section>`;
  }
}
customElements.define('oa-share', OaShare);

/** @param {string} line  as it is sent */
function message(line) {
  const { role, text, ...said } = /** @type {import('./share-words.js').Sent} */ (JSON.parse(line));
  return html`<li>
    <small>${role === 'prompter' ? t.you : t.assistant}</small>
    <p dir="auto">${text}</p>
    ${opinionsIn(said).map((opinion) => html`<span class="said" dir="auto">${opinion}</span>`)}
  </li>`;
}
