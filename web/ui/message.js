/* One message: what was said, the buttons beneath it, and for the visitor's own the editor. Emits 'oa-edit' {message, text},
 * 'oa-respond' (an id), 'oa-improve' {message, text}, 'oa-branch' {message, step}, 'oa-continue', and what thumbs.js does. */
import { html, nothing } from 'lit';
import { formatRate } from '../lib/format.js';
import { copyButton } from './copy.js';
import { OaElement } from './element.js';
import { failureLines } from './failure.js';
import { icon } from './icons.js';
import { enterMenu } from './menu.js';
import { text as t } from './text.js';
import { thumbs } from './thumbs.js';
import './markdown.js';

/** @typedef {import('../store/schema.js').Message} Message */

const LONG = 1600;

export class OaMessage extends OaElement {
  static properties = {
    message: { attribute: false },
    text: { attribute: false },
    state: { attribute: false },
    feedback: { attribute: false },
    index: { type: Number },
    count: { type: Number },
    last: { type: Boolean, reflect: true },
    busy: { type: Boolean },
    elsewhere: { type: Boolean },
    editing: { state: true },
    whole: { state: true },
    menu: { state: true },
  };

  constructor() {
    super();
    /** @type {Message | null} */
    this.message = null;
    /** The message's text as of now: the object itself grows while it is being written. */
    this.text = '';
    /** @type {string} */
    this.state = 'manual';
    /** Of the message, as of now. @type {import('../store/schema.js').Feedback | undefined} */
    this.feedback = undefined;
    /** Which of `count` versions this is, from 0. */
    this.index = 0;
    this.count = 1;
    this.last = false;
    /** An answer is on its way somewhere: nothing can be sent. */
    this.busy = false;
    this.elsewhere = false;
    this.editing = false;
    this.whole = false;
    /** The menu of what is seldom done is open. */
    this.menu = false;
  }

  async toggleMenu() {
    this.menu = !this.menu;
    if (this.menu) await enterMenu(this, () => (this.menu = false));
  }

  /** Opens the editor and puts the cursor at its end. */
  async startEdit() {
    this.editing = true;
    await this.updateComplete;
    const area = this.querySelector('textarea');
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
    if (area) fit(area);
  }

  /** @override */
  render() {
    const { message } = this;
    if (!message) return nothing;
    const own = message.role === 'prompter';
    return html`<article class=${own ? 'message own' : 'message'} aria-labelledby=${`by-${message.message_id}`}>
      <h2 class="sr" id=${`by-${message.message_id}`}>${own ? t.youSaid : t.assistantSaid}</h2>
      ${own ? this.#own(message) : this.#answer(message)}
    </article>`;
  }

  /** @param {Message} message */
  #own(message) {
    if (this.editing) return this.#editor(message);
    const long = this.text.length > LONG && !this.whole;
    const shown = long ? `${this.text.slice(0, LONG)}…` : this.text;
    return html`<div class="bubble" dir="auto">
        <div class="plain" .textContent=${shown}></div>
        ${this.text.length > LONG ? this.#more() : nothing}
      </div>
      <div class="actions">
        ${this.#versions(message)} ${copyButton(() => this.text, t.copy)}
        <button
          class="quiet icon"
          type="button"
          title=${t.edit}
          aria-label=${t.edit}
          ?disabled=${this.busy}
          @click=${() => void this.startEdit()}
        >
          ${icon('pencil')}
        </button>
      </div>
      ${
        this.last && !this.busy
          ? html`<div class="notice">
              <span>${t.unanswered}</span>
              <button class="button small" type="button" @click=${() => this.emit('oa-respond', message.message_id)}>
                ${t.answerNow}
              </button>
            </div>`
          : nothing
      }`;
  }

  #more() {
    const turn = () => (this.whole = !this.whole);
    return html`<button class="link" type="button" aria-expanded=${String(this.whole)} @click=${turn}>
      ${this.whole ? t.showLess : t.showAll}
    </button>`;
  }

  /** @param {Message} message */
  #editor(message) {
    /** @param {Event} event */
    const submit = (event) => {
      event.preventDefault();
      const words = this.querySelector('textarea')?.value ?? '';
      if (!words.trim() || this.busy) return;
      this.editing = false;
      this.emit(message.role === 'prompter' ? 'oa-edit' : 'oa-improve', { message, text: words });
    };
    /** @param {KeyboardEvent} event */
    const key = (event) => {
      if (event.isComposing) return;
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.editing = false;
        this.emit('oa-focus');
      } else if (event.key === 'Enter' && !event.shiftKey) submit(event);
    };
    return html`<form class="editor" @submit=${submit}>
      <textarea
        dir="auto"
        aria-label=${message.role === 'prompter' ? t.editLabel : t.improveLabel}
        .value=${message.text}
        @keydown=${key}
        @input=${(/** @type {InputEvent} */ e) => fit(/** @type {HTMLTextAreaElement} */ (e.target))}
      ></textarea>
      <div class="row end">
        <button class="button small" type="button" @click=${() => (this.editing = false)}>${t.cancel}</button>
        <button class="button primary small" type="submit" ?disabled=${this.busy}>
          ${message.role === 'prompter' ? t.editSend : t.improveSend}
        </button>
      </div>
    </form>`;
  }

  /** @param {Message} message */
  #answer(message) {
    if (this.editing) return this.#editor(message);
    const live = this.state === 'pending' || this.state === 'in_progress';
    return html`<div class="answer" dir="auto" aria-busy=${String(live)}>
        <oa-markdown .text=${this.text}></oa-markdown>
      </div>
      ${this.#after(message)}
      ${
        live
          ? nothing
          : html`<div class="actions">
              ${this.#versions(message)} ${this.text ? copyButton(() => this.text, t.copy) : nothing}
              <button
                class="quiet icon"
                type="button"
                title=${t.regenerate}
                aria-label=${t.regenerate}
                ?disabled=${this.busy}
                @click=${() => this.emit('oa-respond', message.parent_id)}
              >
                ${icon('redo')}
              </button>
              ${this.text ? thumbs(this, message) : nothing} ${this.#figures(message)}
            </div>`
      }`;
  }

  /** What is to be said about an answer below it. @param {Message} message */
  #after(message) {
    if (this.state === 'in_progress' && this.elsewhere) return html`<p class="notice">${t.otherTab}</p>`;
    if (this.state === 'cancelled') return html`<p class="notice">${t.stopped}</p>`;
    if (this.state === 'complete' && !this.text.trim()) return html`<p class="notice">${t.empty}</p>`;
    if (this.state === 'complete' && message.finish_reason === 'length' && this.last) {
      return html`<div class="notice">
        <span>${t.cutShort}</span>
        <button class="button small" type="button" ?disabled=${this.busy} @click=${() => this.emit('oa-continue')}>
          ${t.cont}
        </button>
      </div>`;
    }
    if (this.state !== 'aborted_by_worker' || !message.error) return nothing;
    const { code } = message.error;
    const tooLong = code === 'ERR_TOO_LONG';
    const crash = code === 'ERR_CRASH';
    return html`<div class="notice bad" role="group" aria-label=${t.failed}>
      ${icon('warn')}
      <div>
        <strong>${crash ? t.crashed : tooLong ? t.tooLong : t.failed}</strong>
        ${crash ? html`<p>${t.crashedHint}</p>` : failureLines(message.error)}
        ${tooLong ? html`<p>${t.tooLongHint}</p>` : nothing}
      </div>
      ${
        this.last && !tooLong
          ? html`<button
              class="button small"
              type="button"
              ?disabled=${this.busy}
              @click=${() => this.emit('oa-respond', message.parent_id)}
            >
              ${crash ? t.restart : t.retry}
            </button>`
          : nothing
      }
    </div>`;
  }

  /** @param {Message} message */
  #versions(message) {
    if (this.count < 2) return nothing;
    /** @param {number} step */
    const go = (step) => () => this.emit('oa-branch', { message, step });
    return html`<span class="versions" role="group" aria-label=${t.versionLabel(this.index + 1, this.count)}>
      <button
        class="quiet icon"
        type="button"
        title=${t.previous}
        aria-label=${t.previous}
        ?disabled=${this.index === 0}
        @click=${go(-1)}
      >
        ${icon('left')}
      </button>
      <span aria-hidden="true">${t.version(this.index + 1, this.count)}</span>
      <button
        class="quiet icon"
        type="button"
        title=${t.next}
        aria-label=${t.next}
        ?disabled=${this.index === this.count - 1}
        @click=${go(1)}
      >
        ${icon('right')}
      </button>
    </span>`;
  }

  /** @param {Message} message */
  #figures(message) {
    const { usage } = message;
    const parts = [
      usage?.completion_tokens ? t.tokens(usage.completion_tokens) : '',
      usage?.tokens_per_second ? t.tokensPerSecond(formatRate(usage.tokens_per_second)) : '',
    ].filter(Boolean);
    const model = message.model_name
      ? html`<span class="of">${parts.length ? ' · ' : ''}${message.model_name}</span>`
      : nothing;
    return html`<span class="figures">${message.improves ? t.improved : parts.join(' · ')}${model}</span>`;
  }
}
customElements.define('oa-message', OaMessage);

/** Makes a text field as high as its text. @param {HTMLTextAreaElement} area */
export function fit(area) {
  area.style.height = 'auto';
  if (!area.value) return; // its least height will do, and need not be measured
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}
