/* The conversation: its messages, kept at the latest one as long as the visitor is there, and the state of the answer on its way.
 * Handles what the messages ask for; nothing is stored here. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { indexChildren } from '../lib/tree.js';
import { formatNumber } from '../lib/format.js';
import { comparisonHere, decide, decline, skip } from './comparison.js';
import { OaElement } from './element.js';
import { giveFeedback, improve } from './feedback.js';
import { icon } from './icons.js';
import { fetchCompare, openRating, openReplay } from './parts.js';
import { text as t } from './text.js';
import './load.js';
import './message.js';
import './welcome.js';

/** @typedef {import('../store/schema.js').Message} Message */
/** @typedef {import('./message.js').OaMessage} OaMessage */

/* As near to the end as this still counts as being there. */
const NEAR_PX = 48;

export class OaChat extends OaElement {
  static properties = {
    session: { attribute: false },
    engine: { attribute: false },
    greeting: { attribute: false },
    suggestions: { attribute: false },
    away: { state: true },
  };
  /** @override */
  static sources = ['session', 'engine'];

  #lastTop = 0;
  #resize = new ResizeObserver(() => this.#follow());

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** What an empty chat begins with, where it is not the page's own. @type {string | null} */
    this.greeting = null;
    /** @type {string[] | null} */
    this.suggestions = null;
    /** The visitor scrolled up: the view stays where it is. */
    this.away = false;
  }

  /** Shows the end of the conversation and stays there. */
  toLatest() {
    this.away = false;
    this.#follow();
  }

  /** Opens the editor of the visitor's last message. */
  editLast() {
    const own = this.querySelectorAll('oa-message:has(.own)');
    const last = /** @type {OaMessage | undefined} */ (own[own.length - 1]);
    if (!last || this.session?.answer) return;
    last.scrollIntoView({ block: 'nearest' });
    void last.startEdit();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#resize.disconnect();
  }

  /** @override @param {import('lit').PropertyValues} changed */
  updated(changed) {
    super.updated(changed);
    const inner = this.querySelector('.thread-inner');
    if (inner) this.#resize.observe(inner);
    this.#follow();
  }

  /** @returns {HTMLElement | null} */
  get #scroller() {
    return this.querySelector('.thread');
  }

  #follow() {
    const scroller = this.#scroller;
    if (!scroller || this.away) return;
    if (!this.session?.tail) {
      if (this.#lastTop) scroller.scrollTop = this.#lastTop = 0; // left alone, an empty chat is not measured before it is seen
      return;
    }
    scroller.scrollTop = scroller.scrollHeight;
    this.#lastTop = scroller.scrollTop;
  }

  #scrolled() {
    const scroller = this.#scroller;
    if (!scroller) return;
    const top = scroller.scrollTop;
    const end = scroller.scrollHeight - scroller.clientHeight - top < NEAR_PX;
    if (end) this.away = false;
    else if (top < this.#lastTop - 2) this.away = true;
    this.#lastTop = top;
  }

  /** @override */
  render() {
    const { session, engine } = this;
    if (!session || !engine) return nothing;
    const open = comparisonHere(session);
    const path = open ? session.path.slice(0, -1) : session.path;
    const index = indexChildren(session.nodes);
    const siblings = (/** @type {Message} */ m) =>
      index.get(m.parent_id !== null && session.nodes.has(m.parent_id) ? m.parent_id : null) ?? [m];
    return html`<div class="thread" tabindex="-1" @scroll=${() => this.#scrolled()}>
        <div
          class="thread-inner"
          @oa-edit=${this.#onEdit}
          @oa-respond=${this.#onRespond}
          @oa-branch=${this.#onBranch}
          @oa-continue=${() => void session.send(t.contPrompt)}
          @oa-improve=${this.#onImprove}
          @oa-rate=${this.#onRate}
          @oa-rating=${this.#onRating}
          @oa-compare=${this.#onCompare}
          @oa-replay=${this.#onReplay}
        >
          ${
            path.length
              ? html`<section class="messages" aria-label=${t.conversation}>
                  ${repeat(
                    path,
                    (m) => m.message_id,
                    (m, i) => this.#message(m, siblings(m), !open && i === path.length - 1),
                  )}
                  ${open ? this.#comparison(session, open) : this.#invitation(session)} ${this.#state()}
                </section>`
              : html`<oa-welcome
                  .engine=${engine}
                  .lead=${session.isPrivate ? t.privateHelp : t.intro}
                  .greeting=${this.greeting}
                  .suggestions=${this.suggestions}
                ></oa-welcome>`
          }
        </div>
      </div>
      <button
        class="jump"
        type="button"
        ?hidden=${!this.away}
        aria-label=${t.latest}
        title=${t.latest}
        @click=${() => this.toLatest()}
      >
        ${icon('down')}
      </button>
      <oa-rating .session=${session} @oa-rate=${this.#onRate}></oa-rating>
      <oa-replay .session=${session} .engine=${engine}></oa-replay>`;
  }

  /** @param {import('./session.js').Session} session @param {import('./comparison.js').Open} open */
  #comparison(session, open) {
    fetchCompare().catch(() => this.emit('oa-notice', t.partMissing));
    const rank = (/** @type {CustomEvent<number[] | null>} */ { detail }) => void decide(session, open, detail);
    return html`<oa-compare
      .session=${session}
      .answers=${open.answers}
      @oa-ranked=${rank}
      @oa-skip=${() => void skip(session, open)}
    ></oa-compare>`;
  }

  /** @param {import('./session.js').Session} session */
  #invitation(session) {
    const { invitation: id } = session;
    if (!id || id !== session.tail || session.answer) return nothing;
    const prompt = session.nodes.get(id)?.parent_id ?? '';
    return html`<div class="notice invite">
      <span>${t.invite}</span>
      <span class="row">
        <button class="button small" type="button" @click=${() => void session.compare(prompt)}>${t.compare}</button>
        <button class="button small" type="button" @click=${() => decline(session)}>${t.notNow}</button>
      </span>
    </div>`;
  }

  /** @param {Message} message @param {Message[]} siblings @param {boolean} last */
  #message(message, siblings, last) {
    const session = /** @type {import('./session.js').Session} */ (this.session);
    return html`<oa-message
      .message=${message}
      .text=${message.text}
      .state=${message.state}
      .feedback=${message.feedback}
      .last=${last}
      .busy=${session.answer !== null}
      .index=${siblings.indexOf(message)}
      .count=${siblings.length}
      .elsewhere=${session.elsewhere.has(message.message_id)}
    ></oa-message>`;
  }

  /** What the answer on its way is doing, until its first word. */
  #state() {
    const session = /** @type {import('./session.js').Session} */ (this.session);
    const answer = session.answerHere;
    const usage = session.path.at(-1)?.usage;
    const dropped = usage?.dropped_messages
      ? html`<p class="notice dropped">${t.dropped(usage.dropped_messages)}</p>`
      : nothing;
    if (
      answer?.phase === 'waiting' ||
      (!answer && this.engine?.state === 'crashed' && session.path.at(-1)?.error?.code !== 'ERR_CRASH')
    ) {
      return html`<div class="waiting">
        ${answer ? html`<p class="notice">${t.waiting}</p>` : nothing} <oa-load .engine=${this.engine}></oa-load>
      </div>`;
    }
    if (answer?.phase !== 'prefill') return dropped;
    const { prefill } = answer;
    const slow = prefill && prefill.total > 64;
    return html`${dropped}
      <p class="thinking">
        <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
        <span
          >${answer.queued ? t.queued : slow ? t.reading(formatNumber(prefill.done), formatNumber(prefill.total)) : t.thinking}</span
        >
        ${slow ? html`<progress max=${prefill.total} .value=${prefill.done} aria-label=${t.progressLabel}></progress>` : nothing}
      </p>`;
  }

  /** @param {CustomEvent<{ message: Message, text: string }>} event */
  #onEdit(event) {
    this.away = false;
    void this.session?.edit(event.detail.message, event.detail.text);
  }

  /** @param {CustomEvent<{ message: Message, text: string }>} event */
  #onImprove({ detail: { message, text } }) {
    if (this.session && text !== message.text) void improve(this.session, message, text);
  }

  /** @param {CustomEvent<string>} event */
  #onRespond(event) {
    this.away = false;
    void this.session?.respond(event.detail);
  }

  /** @param {CustomEvent<Message>} event */
  #onRating({ detail: message }) {
    openRating(this, message).catch(() => this.emit('oa-notice', t.partMissing));
  }

  /** @param {CustomEvent<Message>} event */
  #onReplay({ detail: message }) {
    openReplay(this, message).catch(() => this.emit('oa-notice', t.partMissing));
  }

  /** @param {CustomEvent<string>} event */
  #onCompare(event) {
    this.away = false;
    void this.session?.compare(event.detail);
  }

  /** @param {CustomEvent<{ message: Message, feedback: import('../store/schema.js').Feedback }>} event */
  #onRate({ detail: { message, feedback } }) {
    if (!this.session) return;
    giveFeedback(this.session, message, feedback).catch(() => this.emit('oa-notice', t.feedbackNotKept));
  }

  /** @param {CustomEvent<{ message: Message, step: number }>} event */
  #onBranch(event) {
    void this.session?.switchBranch(event.detail.message, event.detail.step);
  }
}
customElements.define('oa-chat', OaChat);
