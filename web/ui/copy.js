/* A button that copies a text and says so for a moment. */
import { html } from 'lit';
import { icon } from './icons.js';
import { OaElement } from './element.js';
import { text as t } from './text.js';

const SHOWN_MS = 1600;

/** Emits 'oa-notice' when the browser refuses. */
export class OaCopy extends OaElement {
  static properties = { get: { attribute: false }, label: {}, words: { type: Boolean }, done: { state: true } };

  constructor() {
    super();
    /** @type {() => string} */
    this.get = () => '';
    this.label = t.copy;
    /** Whether the label is shown beside the icon. */
    this.words = false;
    this.done = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.get());
    } catch {
      return this.emit('oa-notice', t.copyFailed);
    }
    this.done = true;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => (this.done = false), SHOWN_MS);
  }

  /** @override */
  render() {
    const label = this.done ? t.copied : this.label;
    return html`<button
      class=${this.words ? 'quiet small' : 'quiet icon'}
      type="button"
      title=${label}
      aria-label=${label}
      @click=${() => void this.#copy()}
    >
      ${icon(this.done ? 'check' : 'copy')}${this.words ? html`<span>${label}</span>` : ''}
    </button>`;
  }
}
customElements.define('oa-copy', OaCopy);

/** @param {() => string} get @param {string} label @param {boolean} [words] */
export const copyButton = (get, label, words = false) =>
  html`<oa-copy .get=${get} .label=${label} .words=${words}></oa-copy>`;
