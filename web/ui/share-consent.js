/* What sharing is, the visitor's agreement to it, and how far it has come. In the settings and in the dialog. Emits 'oa-share' to show what is sent. */
import { html, nothing } from 'lit';
import { formatDay } from '../lib/format.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

export class OaShareConsent extends OaElement {
  static properties = { sharing: { attribute: false }, inDialog: { attribute: false }, sure: { state: true } };
  /** @override */
  static sources = ['sharing'];

  /** Of the page, where none is given. @type {import('./sharing.js').Sharing | null} */
  static shared = null;

  constructor() {
    super();
    this.sharing = OaShareConsent.shared;
    this.inDialog = false;
    /** Deleting at the collector was asked for and is to be confirmed. */
    this.sure = false;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.sharing?.watch(this);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.sharing?.leave(this);
  }

  /** @override */
  render() {
    const { sharing } = this;
    if (!sharing?.state) return nothing;
    const { host, agreed, state } = sharing;
    const words = t.sharing;
    const on = (/** @type {Event} */ e) => /** @type {HTMLInputElement} */ (e.target).checked;
    return html`<div class="group">
      ${this.inDialog ? nothing : html`<h3>${words.title}</h3>`}
      <p>${words.lead(host)}</p>
      <p class="fine">${words.sent}</p>
      <p class="fine">${words.never}</p>
      <label class="switch"
        ><input
          type="checkbox"
          role="switch"
          .checked=${agreed}
          ?disabled=${state.erasing}
          @change=${(/** @type {Event} */ e) => void (on(e) ? sharing.agree(false) : sharing.revoke({ erase: false }))}
        /><span
          ><strong>${words.agree(host)}</strong
          ><small
            >${state.consent && agreed ? words.since(formatDay(state.consent.date)) : nothing} ${words.agreeHelp}</small
          ></span
        ></label
      >
      ${
        agreed
          ? html`<label class="switch"
              ><input
                type="checkbox"
                role="switch"
                .checked=${state.consent?.auto === true}
                @change=${(/** @type {Event} */ e) => void sharing.agree(on(e))}
              /><span><strong>${words.auto}</strong><small>${words.autoHelp}</small></span></label
            >`
          : nothing
      }
      <div role="status">${this.#status().map((line) => html`<p class="fine">${line}</p>`)}</div>
      ${this.#actions()}
    </div>`;
  }

  /** @returns {string[]} */
  #status() {
    const { plan, state, there, failure, agreed } = /** @type {import('./sharing.js').Sharing} */ (this.sharing);
    const words = t.sharing;
    if (failure) return [words.failed(failure)];
    const waiting = (plan?.send.length ?? 0) + (agreed ? 0 : (plan?.ask.length ?? 0));
    const unseen = new Set(plan?.ask.map(({ chat }) => chat)).size;
    const until = state?.retry.until ?? 0;
    const pending = agreed && waiting > 0;
    const time = new Date(until).toLocaleTimeString(t.locale, { hour: '2-digit', minute: '2-digit' });
    return [
      ...(state?.erasing ? [words.erasing] : []),
      ...(plan && !plan.send.length && !unseen && !plan.refused.length ? [words.nothing] : []),
      ...(unseen ? [words.asks(unseen)] : []),
      ...(pending ? [words.queued(waiting)] : []),
      ...(plan?.refused.length ? [words.refusedCount(plan.refused.length)] : []),
      ...(pending || state?.erasing ? (navigator.onLine ? [] : [words.offline]) : []),
      ...((pending || state?.erasing) && navigator.onLine && until > Date.now() ? [words.later(time)] : []),
      ...(there && !state?.erasing ? [words.there(there)] : []),
    ];
  }

  #actions() {
    const sharing = /** @type {import('./sharing.js').Sharing} */ (this.sharing);
    const words = t.sharing;
    const erase = () => {
      this.sure = false;
      void sharing.revoke({ erase: true });
    };
    if (this.sure)
      return html`<div role="alertdialog" aria-label=${words.eraseSure} class="row wrap">
        <strong>${words.eraseSure}</strong>
        <button class="button danger" type="button" @click=${erase}>${words.erase}</button>
        <button class="button" type="button" @click=${() => (this.sure = false)}>${t.cancel}</button>
      </div>`;
    return html`<div class="row wrap">
      ${
        this.inDialog
          ? nothing
          : html`<button class="button" type="button" @click=${() => this.emit('oa-share')}>
              ${icon('upload')}<span>${words.show}</span>
            </button>`
      }
      ${
        sharing.there + sharing.maybe && !sharing.state?.erasing
          ? html`<button class="button" type="button" @click=${() => void this.#ask()}>
              ${icon('trash')}<span>${words.erase}</span>
            </button>`
          : nothing
      }
    </div>`;
  }

  async #ask() {
    this.sure = true;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('[role=alertdialog] .button:last-child'))?.focus();
  }
}
customElements.define('oa-share-consent', OaShareConsent);
