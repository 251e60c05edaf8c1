/* Where the visitor writes: a field that grows, send or stop, the model and the figures of the last answer. The draft of each
 * chat is kept as it is typed. Emits 'oa-send' with the text, 'oa-stop', 'oa-edit-last', 'oa-settings' with a section's name. */
import { html, nothing } from 'lit';
import { formatNumber, formatRate } from '../lib/format.js';
import { localText } from '../store/settings.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { fit } from './message.js';
import { allPresets } from './presets.js';
import { text as t } from './text.js';

/* The draft of a private chat is kept in the field alone. */
const PRIVATE = 'private';

export class OaComposer extends OaElement {
  static properties = {
    session: { attribute: false },
    engine: { attribute: false },
    prefs: { attribute: false },
    busyIn: { attribute: false },
    plain: { type: Boolean },
    empty: { state: true },
  };
  /** @override */
  static sources = ['session', 'engine', 'prefs'];

  /** The chat whose draft is in the field. */
  #chat = '';

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** @type {import('./prefs.js').Prefs | null} */
    this.prefs = null;
    /** The title of another chat that is being answered. @type {string | null} */
    this.busyIn = null;
    this.empty = true;
    /** There are no settings here. */
    this.plain = false;
  }

  /** @returns {HTMLTextAreaElement | null} */
  get #field() {
    return this.querySelector('textarea');
  }

  /** Another tab that sends from the same chat clears the draft they share: what is written here is kept again. @param {StorageEvent} event */
  #keep = ({ key, newValue }) => {
    if (key === `oa-draft-${this.#chat}` && newValue === null && this.#field?.value) this.#typed();
  };

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    addEventListener('storage', this.#keep);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('storage', this.#keep);
  }

  /** Puts the cursor into the field, at the end. */
  focusField() {
    const field = this.#field;
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }

  /** Replaces what is in the field. @param {string} words */
  write(words) {
    const field = this.#field;
    if (!field) return;
    field.value = words;
    this.#typed();
  }

  /** @override @param {import('lit').PropertyValues} changed */
  updated(changed) {
    super.updated(changed);
    const { session } = this;
    if (!session) return;
    const chat = session.isPrivate ? PRIVATE : session.saved ? session.conversation.id : 'new';
    if (chat === this.#chat) return;
    this.#chat = chat;
    this.write(chat === PRIVATE ? '' : localText(`draft-${chat}`));
  }

  #typed() {
    const field = this.#field;
    if (!field) return;
    fit(field);
    this.empty = !field.value.trim();
    if (this.#chat !== PRIVATE) localText(`draft-${this.#chat}`, field.value);
  }

  #send() {
    const field = this.#field;
    if (!field?.value.trim() || this.session?.answer) return;
    const words = field.value;
    this.write('');
    this.emit('oa-send', words);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229: Safari ends a composition before it reports the Enter that ended it
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === 'ArrowUp' && !this.#field?.value) {
      event.preventDefault();
      this.emit('oa-edit-last');
    }
  }

  /** @override */
  render() {
    const { session, engine, prefs } = this;
    if (!session || !engine || !prefs) return nothing;
    const busy = session.answer !== null;
    const elsewhere = busy && !session.answerHere;
    return html`<div class="composer-inner">
      ${
        elsewhere
          ? html`<p class="notice busy">
              <span>${t.busyElsewhere(this.busyIn ?? t.untitled)}</span>
              <button
                class="button small"
                type="button"
                @click=${() => this.emit('oa-open', session.answer?.message.conversation_id)}
              >
                ${t.goThere}
              </button>
            </p>`
          : nothing
      }
      <form class="composer" @submit=${(/** @type {Event} */ e) => (e.preventDefault(), this.#send())}>
        <textarea
          rows="1"
          dir="auto"
          aria-label=${t.composerLabel}
          placeholder=${t.placeholder}
          enterkeyhint="send"
          autocomplete="off"
          @input=${() => this.#typed()}
          @keydown=${this.#key}
        ></textarea>
        <div class="row">
          ${
            this.plain
              ? nothing
              : html`<button
                  class="quiet pill"
                  type="button"
                  @click=${() => this.emit('oa-settings', 'chat')}
                  title=${t.preset}
                >
                  ${icon('settings')}<span>${this.#presetName()}</span>
                </button>`
          }
          <span class="grow"></span>
          ${
            busy
              ? html`<button
                  class="round stop"
                  type="button"
                  title=${t.stopHint}
                  aria-label=${t.stop}
                  @click=${() => this.emit('oa-stop')}
                >
                  ${icon('stop')}
                </button>`
              : html`<button class="round" type="submit" title=${t.send} aria-label=${t.send} ?disabled=${this.empty}>
                  ${icon('send')}
                </button>`
          }
        </div>
      </form>
      <div class="status">${this.#status()}</div>
    </div>`;
  }

  #presetName() {
    const { session, prefs } = this;
    const id = (session?.conversation.sampling ?? prefs?.value.sampling)?.preset ?? 'default';
    const named = /** @type {Record<string, string>} */ (t.presetNames)[id];
    return named ?? allPresets(prefs?.value.presets ?? []).find((p) => p.id === id)?.name ?? t.presetNames.default;
  }

  /** Tokens a second and the context used, once there is an answer; before, a word of caution. */
  #status() {
    const usage = this.session?.path.findLast((m) => m.usage?.context)?.usage;
    if (!usage?.context) return html`<span>${t.smallPrint}</span>`;
    const used = usage.context_used ?? 0;
    return html`<span class="rate"
        >${usage.tokens_per_second ? t.tokensPerSecond(formatRate(usage.tokens_per_second)) : ''}</span
      >
      <span class="context" title=${t.contextLabel}>
        <meter
          min="0"
          max=${usage.context}
          high=${usage.context * 0.85}
          .value=${used}
          aria-label=${t.contextLabel}
        ></meter>
        ${t.contextUsed(formatNumber(used), formatNumber(usage.context))}</span
      >`;
  }
}
customElements.define('oa-composer', OaComposer);
