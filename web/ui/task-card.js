/* One task: the conversation so far, and what is asked. */
import { html, nothing } from 'lit';
import { newId } from '../lib/id.js';
import { REASON_MAX } from '../store/feedback.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { words } from './tasks-text.js';
import { text as t } from './text.js';
import './compare.js';
import './markdown.js';
import './task-labels.js';

/** @typedef {import('./task-desk.js').TaskDesk} TaskDesk */
/** @typedef {import('./task-desk.js').TaskCard} TaskCard */
/** @typedef {import('../api/tasks.js').TaskMessage} TaskMessage */

export class OaTask extends OaElement {
  static properties = {
    desk: { attribute: false },
    card: { attribute: false },
    length: { state: true },
    asking: { state: true },
  };
  /** @override */
  static sources = ['desk'];

  constructor() {
    super();
    /** @type {TaskDesk | null} */
    this.desk = null;
    /** @type {TaskCard | null} */
    this.card = null;
    /** Characters that were written. */
    this.length = 0;
    /** Why it is skipped, or what is wrong with a message, is being asked. @type {'skip' | 'report' | null} */
    this.asking = null;
  }

  /** @override @param {import('lit').PropertyValues} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (!changed.has('card') || changed.get('card')?.id === this.card?.id) return;
    this.asking = null;
    this.length = 0;
  }

  /** Another task: whoever works with keys or hears the page begins at its title. @override @param {import('lit').PropertyValues} changed */
  updated(changed) {
    if (!changed.has('card') || changed.get('card')?.id === this.card?.id) return;
    const field = this.querySelector('textarea');
    if (field) field.value = '';
    /** @type {HTMLElement | null} */ (this.querySelector('h3'))?.focus();
  }

  /** @override */
  render() {
    const { card, desk } = this;
    if (!card || !desk) return nothing;
    const { title, help } = words.kinds[card.type];
    return html`<section class="task-card" aria-labelledby="task-title">
      <h3 id="task-title" tabindex="-1">${title}</h3>
      <p class="fine">${help}</p>
      ${card.conversation ? this.#conversation(card.conversation.messages) : nothing} ${this.#work(card, desk)}
      <div class="row wrap">
        ${
          card.reply_messages
            ? nothing // the ranking has a button for it
            : html`<button class="button" type="button" ?disabled=${desk.busy} @click=${() => void this.#ask('skip')}>
                ${words.skip}
              </button>`
        }
        <button class="button" type="button" ?disabled=${desk.busy} @click=${() => void desk.skip(null)}>
          ${words.putBack}
        </button>
        ${
          card.conversation
            ? html`<button class="quiet" type="button" ?disabled=${desk.busy} @click=${() => void this.#ask('report')}>
                ${icon('flag')}<span>${words.report}</span>
              </button>`
            : nothing
        }
      </div>
      ${this.asking ? this.#reason(this.asking, card, desk) : nothing}
    </section>`;
  }

  /** @param {TaskMessage[]} messages */
  #conversation(messages) {
    return html`<div class="conversation" role="log" aria-label=${words.conversation} tabindex="0">
      ${messages.map(
        (m) =>
          html`<article data-role=${m.is_assistant ? 'assistant' : 'user'}>
            <h4>
              ${m.is_assistant ? words.assistant : words.user}
              ${m.synthetic ? html`<span class="fine">${words.byModel}</span>` : nothing}
            </h4>
            <div class="answer" dir="auto" lang=${m.lang}><oa-markdown .text=${m.text}></oa-markdown></div>
          </article>`,
      )}
    </div>`;
  }

  /** @param {TaskCard} card @param {TaskDesk} desk */
  #work(card, desk) {
    if (card.reply_messages) return this.#ranking(card, desk);
    if (card.labels) return html`<oa-task-labels .desk=${desk} .card=${card}></oa-task-labels>`;
    const most = desk.rules?.['message_size_limit']?.value ?? 2000;
    return html`<form class="group" @submit=${this.#write}>
      <label for="task-text">${words.yourText}</label>
      <textarea
        id="task-text"
        rows="5"
        dir="auto"
        required
        aria-describedby="task-count"
        @input=${(/** @type {Event} */ e) => (this.length = [.../** @type {HTMLTextAreaElement} */ (e.target).value.trim()].length)}
      ></textarea>
      <p class=${this.length > most ? 'warn' : 'fine'} id="task-count">${words.characters(this.length, most)}</p>
      <div class="row">
        <button class="button primary" type="submit" ?disabled=${desk.busy || !this.length || this.length > most}>
          ${words.submit}
        </button>
      </div>
    </form>`;
  }

  /** @param {Event} event */
  #write(event) {
    event.preventDefault();
    const { card, desk } = this;
    const text = this.querySelector('textarea')?.value ?? '';
    if (!card || !desk) return;
    const ids = { task_id: card.id, user_message_id: newId() };
    void desk.submit({ type: 'text_reply_to_message', ...ids, text, lang: desk.lang });
  }

  /** @param {TaskCard} card @param {TaskDesk} desk */
  #ranking(card, desk) {
    const answers = card.reply_messages?.map((m) => ({ message_id: m.id, text: m.text, state: 'complete' })) ?? [];
    const all = answers.map((_, i) => i);
    const submit = (/** @type {number[] | null} */ places) => {
      const ranking = places ? all.toSorted((a, b) => (places[a] ?? 0) - (places[b] ?? 0)) : all;
      void desk.submit({ type: 'message_ranking', task_id: card.id, ranking, not_rankable: !places });
    };
    return html`<oa-compare
      strict
      .help=${words.rankHelp(answers.length)}
      .answers=${answers}
      @oa-ranked=${(/** @type {CustomEvent<number[] | null>} */ e) => submit(e.detail)}
      @oa-skip=${() => void this.#ask('skip')}
    ></oa-compare>`;
  }

  /** @param {'skip' | 'report' | null} what */
  async #ask(what) {
    this.asking = what;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('.reason textarea'))?.focus();
  }

  /** @param {'skip' | 'report'} what @param {TaskCard} card @param {TaskDesk} desk */
  #reason(what, card, desk) {
    const [title, help, yes] =
      what === 'skip' ? [words.skipTitle, words.skipHelp, words.skipYes] : [words.reportTitle, '', words.report];
    const about = card.message_id ?? card.conversation?.messages.at(-1)?.id ?? '';
    /** @param {Event} event */
    const submit = (event) => {
      event.preventDefault();
      const reason = this.querySelector('.reason textarea');
      const said = reason instanceof HTMLTextAreaElement ? reason.value.trim() : '';
      this.asking = null;
      void (what === 'skip' ? desk.skip(said) : desk.report(about, said));
    };
    return html`<form class="group reason" @submit=${submit}>
      <label for="task-reason">${title}</label>
      <textarea id="task-reason" rows="2" dir="auto" maxlength=${REASON_MAX} ?required=${what === 'report'}></textarea>
      ${help ? html`<small>${help}</small>` : nothing}
      <div class="row">
        <button class="button" type="submit" ?disabled=${desk.busy}>${yes}</button>
        <button class="button" type="button" @click=${() => (this.asking = null)}>${t.cancel}</button>
      </div>
    </form>`;
  }
}
customElements.define('oa-task', OaTask);
