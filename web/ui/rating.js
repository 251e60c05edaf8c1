/* The dialog in which a visitor says more of an answer: reactions, scales, questions, problems, a report. Each change counts at once. Emits
 * 'oa-rate' {message, feedback}. */
import { html, nothing } from 'lit';
import {
  DEGREES,
  EMOJIS,
  FLAGS,
  QUESTIONS,
  REASON_MAX,
  SCALES,
  noFeedback,
  setLabel,
  toggleEmoji,
} from '../store/feedback.js';
import { choice } from './choice.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { closeOnBackdrop } from './shortcuts.js';
import { rating as looks } from './styles/rating.js';
import { settings as fields } from './styles/settings.js';
import { text as t } from './text.js';

/** @typedef {import('../store/schema.js').Feedback} Feedback */

/** @type {Record<typeof EMOJIS[number], string>} */
const SIGNS = {
  '+1': '👍',
  '-1': '👎',
  red_flag: '🚩',
  100: '💯',
  rofl: '🤣',
  clap: '👏',
  diamond: '💎',
  heart_eyes: '😍',
  disappointed: '😞',
  poop: '💩',
  skull: '💀',
};

export class OaRating extends OaElement {
  static properties = { session: { attribute: false }, message: { state: true } };
  /** @override */
  static sheets = [fields, looks];
  /** @override */
  static sources = ['session'];

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('../store/schema.js').Message | null} */
    this.message = null;
  }

  /** @param {import('../store/schema.js').Message} message */
  async open(message) {
    this.message = message;
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
  }

  get #feedback() {
    return this.message?.feedback ?? noFeedback();
  }

  /** @param {Feedback} feedback */
  #give(feedback) {
    this.emit('oa-rate', { message: this.message, feedback });
    this.requestUpdate();
  }

  /** @override */
  render() {
    const close = () => this.querySelector('dialog')?.close();
    return html`<dialog
      class="dialog rating"
      aria-labelledby="rating-title"
      @click=${closeOnBackdrop}
      @close=${() => (this.message = null)}
    >
      <div class="dialog-head">
        <h2 id="rating-title">${t.rateTitle}</h2>
        <button class="quiet icon" type="button" aria-label=${t.close} title=${t.close} @click=${close}>
          ${icon('close')}
        </button>
      </div>
      <div class="pane">${this.message ? this.#body() : nothing}</div>
    </dialog>`;
  }

  #body() {
    return html`<fieldset class="group">
        <legend>${t.reactions}</legend>
        <div class="chips">
          ${EMOJIS.map(
            (code) =>
              html`<label
                ><input
                  type="checkbox"
                  .checked=${this.#feedback.emojis.includes(code)}
                  @change=${() => this.#give(toggleEmoji(this.#feedback, code))}
                /><span><span aria-hidden="true">${SIGNS[code]}</span> ${t.emojiNames[code]}</span></label
              >`,
          )}
        </div>
      </fieldset>
      <div class="scales">
        ${SCALES.map((name) => this.#scale(name))}
        ${QUESTIONS.map((name) => this.#choice(name, t.questionNames[name], [t.no, t.yes]))}
      </div>
      <fieldset class="group">
        <legend>${t.problems}</legend>
        <div class="checks">${FLAGS.map((name) => this.#flag(name))}</div>
      </fieldset>
      ${this.#report()}
      <p class="fine">${t.rateHelp}</p>`;
  }

  /** @param {typeof SCALES[number]} name */
  #scale(name) {
    const { title, low, high } = t.scaleNames[name];
    const degrees = Array.from({ length: DEGREES }, (_, i) => t.degree(i + 1, DEGREES));
    return this.#choice(name, title, degrees, [low, high]);
  }

  /** @param {import('../store/feedback.js').LabelName} name @param {string} title @param {string[]} answers @param {[string, string]} [ends] */
  #choice(name, title, answers, ends) {
    const set = (/** @type {number | null} */ value) => this.#give(setLabel(this.#feedback, name, value));
    const given = this.#feedback.labels[name];
    return choice({ name: `label-${name}`, title, answers, ...(ends ? { ends } : {}), given, set });
  }

  /** @param {typeof FLAGS[number]} name */
  #flag(name) {
    const given = this.#feedback.labels[name] === 1;
    return html`<label
      ><input
        type="checkbox"
        .checked=${given}
        @change=${() => this.#give(setLabel(this.#feedback, name, given ? null : 1))}
      />
      <span>${t.flagNames[name]}</span></label
    >`;
  }

  #report() {
    const { report } = this.#feedback;
    /** @param {Event} event */
    const submit = (event) => {
      event.preventDefault();
      const reason = this.querySelector('textarea')?.value.trim() ?? '';
      if (reason) this.#give({ ...this.#feedback, report: { reason, date: new Date().toISOString() } });
      else this.querySelector('textarea')?.focus();
    };
    if (report)
      return html`<div class="group" role="status">
        <h3>${t.reported}</h3>
        <p dir="auto">${report.reason}</p>
        <div class="row">
          <button class="button small" type="button" @click=${() => this.#give({ ...this.#feedback, report: null })}>
            ${t.takeBack}
          </button>
        </div>
      </div>`;
    return html`<form class="group" @submit=${submit}>
      <label for="report">${t.reportLabel}</label>
      <textarea id="report" dir="auto" rows="2" maxlength=${REASON_MAX}></textarea>
      <div class="row">
        <button class="button small" type="submit">${icon('flag')}<span>${t.report}</span></button>
      </div>
    </form>`;
  }
}
customElements.define('oa-rating', OaRating);
