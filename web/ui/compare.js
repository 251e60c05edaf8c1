/* Answers to one question side by side, without names, for the visitor to rank: clicked from best to worst, or by digits; the order can be dragged or
 * moved with arrow keys, two can be equally good. Emits 'oa-ranked' with the place of each (0 the best), null where they cannot be ranked, and
 * 'oa-skip'. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { compare as looks } from './styles/compare.js';
import { text as t } from './text.js';
import './markdown.js';

/** @typedef {import('../store/schema.js').Message} Message */

/** What stands for an answer as long as it has no name. @param {number} i */
const letter = (i) => String.fromCharCode(65 + i);

export class OaCompare extends OaElement {
  static properties = {
    session: { attribute: false },
    answers: { attribute: false },
    strict: { type: Boolean },
    help: { attribute: false },
    order: { state: true },
    ties: { state: true },
    dragged: { state: true },
  };
  /** @override */
  static sheets = [looks];
  /** @override */
  static sources = ['session'];

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** In the order in which they are shown. @type {Message[]} */
    this.answers = [];
    /** No two can be equally good. */
    this.strict = false;
    /** How it is done, in place of the page's own words. */
    this.help = '';
    /** Those that have a place, the best first; indices of answers. @type {number[]} */
    this.order = [];
    /** Those of `order` that are as good as the one before them. @type {Set<number>} */
    this.ties = new Set();
    /** @type {number | null} */
    this.dragged = null;
  }

  /** @override @param {import('lit').PropertyValues} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    const ids = (/** @type {Message[] | undefined} */ list) => list?.map((m) => m.message_id).join();
    if (!changed.has('answers') || ids(changed.get('answers')) === ids(this.answers)) return;
    this.order = [];
    this.ties = new Set();
  }

  get #writing() {
    return this.answers.some((m) => m.state === 'pending' || m.state === 'in_progress');
  }

  get #complete() {
    return !this.#writing && this.order.length === this.answers.length;
  }

  /** Of each answer, from 0; equally good ones have the same. @returns {number[]} */
  get #places() {
    const places = this.answers.map(() => 0);
    let place = -1;
    for (const i of this.order) places[i] = this.ties.has(i) ? place : ++place;
    return places;
  }

  /** Gives an answer the next place, or takes its place away. The last one that is left comes last. @param {number} i */
  #place(i) {
    if (this.#writing) return;
    if (this.order.includes(i)) this.#reorder(this.order.filter((other) => other !== i));
    else {
      const order = [...this.order, i];
      const left = this.answers.flatMap((_, k) => (order.includes(k) ? [] : [k]));
      this.#reorder(left.length === 1 ? [...order, ...left] : order);
    }
  }

  /** @param {number[]} order */
  #reorder(order) {
    this.order = order;
    this.ties = new Set([...this.ties].filter((i) => order.indexOf(i) > 0));
  }

  /** @param {number} i @param {number} to  its new index in the order */
  #move(i, to) {
    const others = this.order.filter((other) => other !== i);
    this.#reorder([...others.slice(0, to), i, ...others.slice(to)]);
  }

  /** @param {number} i */
  #tie(i) {
    const ties = new Set(this.ties);
    if (!ties.delete(i)) ties.add(i);
    this.ties = ties;
  }

  #save() {
    if (this.#complete) this.emit('oa-ranked', this.#places);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const i = Number(event.key) - 1;
    if (i in this.answers) this.#place(i);
    else if (event.key === 'Backspace') this.#reorder(this.order.slice(0, -1));
    else if (event.key === 'Enter' && event.target === event.currentTarget) this.#save();
    else return;
    event.preventDefault();
  }

  /** @override */
  render() {
    if (this.answers.length < 2) return nothing;
    const status = this.order.map((i) => t.ranked(letter(i), (this.#places[i] ?? 0) + 1)).join(', ');
    return html`<section class="compare" tabindex="0" aria-labelledby="compare-title" @keydown=${this.#key}>
      <h2 id="compare-title">${t.compareTitle}</h2>
      <p class="fine">${this.help || t.compareHelp(this.answers.length)}</p>
      <div class="drafts">${this.answers.map((message, i) => this.#draft(message, i))}</div>
      ${this.order.length ? this.#ranking() : nothing}
      <div class="row wrap">
        <button class="button primary" type="button" ?disabled=${!this.#complete} @click=${() => this.#save()}>
          ${t.compareSave}
        </button>
        <button class="button" type="button" ?disabled=${this.#writing} @click=${() => this.emit('oa-ranked', null)}>
          ${t.notRankable}
        </button>
        <button class="button" type="button" ?disabled=${this.#writing} @click=${() => this.emit('oa-skip')}>
          ${t.compareSkip}
        </button>
      </div>
      <span class="sr" role="status">${status}</span>
    </section>`;
  }

  /** @param {Message} message @param {number} i */
  #draft(message, i) {
    const placed = this.order.includes(i);
    const live = message.state === 'pending' || message.state === 'in_progress';
    const place = placed ? t.place((this.#places[i] ?? 0) + 1) : this.order.length ? t.nextBest : t.best;
    return html`<article class="draft" ?data-placed=${placed} aria-labelledby=${`draft-${i}`}>
      <div class="row">
        <h3 class="grow" id=${`draft-${i}`}>${t.draft(letter(i))}</h3>
        <button
          class="button small"
          type="button"
          aria-pressed=${String(placed)}
          aria-label=${`${t.draft(letter(i))}: ${place}`}
          ?disabled=${this.#writing}
          @click=${() => this.#place(i)}
        >
          ${placed ? icon('check') : nothing}<span>${place}</span>
        </button>
      </div>
      <div class="answer" dir="auto" aria-busy=${String(live)}><oa-markdown .text=${message.text}></oa-markdown></div>
      ${message.state === 'cancelled' ? html`<p class="notice">${t.stopped}</p>` : nothing}
    </article>`;
  }

  /** The order as it stands. */
  #ranking() {
    return html`<div
      class="ranking"
      role="group"
      aria-label=${t.ranking}
      @pointermove=${this.#dragging}
      @pointerup=${() => (this.dragged = null)}
      @pointercancel=${() => (this.dragged = null)}
    >
      ${repeat(
        this.order,
        (i) => i,
        (i, at) =>
          html`${at ? this.#relation(i, at) : nothing}<button
              class="rank-chip"
              type="button"
              title=${t.moveHint}
              aria-label=${t.chip(letter(i), at + 1, this.order.length)}
              ?data-dragged=${this.dragged === i}
              @pointerdown=${(/** @type {PointerEvent} */ e) => this.#grab(e, i)}
              @keydown=${(/** @type {KeyboardEvent} */ e) => this.#chipKey(e, i, at)}
            >
              ${letter(i)}
            </button>`,
      )}
    </div>`;
  }

  /** @param {number} i @param {number} at */
  #relation(i, at) {
    if (this.strict) return html`<span class="relation" aria-hidden="true">&gt;</span>`;
    const tied = this.ties.has(i);
    const name = t.tie(letter(this.order[at - 1] ?? 0), letter(i));
    return html`<button
      class="quiet relation"
      type="button"
      title=${name}
      aria-label=${name}
      aria-pressed=${String(tied)}
      @click=${() => this.#tie(i)}
    >
      <span aria-hidden="true">${tied ? '=' : '>'}</span>
    </button>`;
  }

  /** @param {KeyboardEvent} event @param {number} i @param {number} at */
  async #chipKey(event, i, at) {
    const forward = getComputedStyle(this).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const step = event.key === forward ? 1 : event.key.startsWith('Arrow') && /Left|Right/.test(event.key) ? -1 : 0;
    const to = at + step;
    if (!step || to < 0 || to >= this.order.length) return;
    event.preventDefault();
    this.#move(i, to);
    await this.updateComplete;
    /** @type {HTMLElement | undefined} */ (this.querySelectorAll('.rank-chip')[to])?.focus();
  }

  /** The row takes the pointer: the button is moved about while it is dragged. @param {PointerEvent} event @param {number} i */
  #grab(event, i) {
    if (event.button !== 0) return;
    this.dragged = i;
    this.querySelector('.ranking')?.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #dragging(event) {
    const { dragged } = this;
    if (dragged === null) return;
    const mirrored = getComputedStyle(this).direction === 'rtl';
    const to = [...this.querySelectorAll('.rank-chip')].filter((chip, at) => {
      const { left, width } = chip.getBoundingClientRect();
      const before = left + width / 2 < event.clientX !== mirrored;
      return this.order[at] !== dragged && before;
    }).length;
    if (this.order.indexOf(dragged) !== to) this.#move(dragged, to);
  }
}
customElements.define('oa-compare', OaCompare);
