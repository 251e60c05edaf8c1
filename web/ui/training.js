/* Stored chats as a file that trains models: which form, which chats, what is in it. Emits 'oa-notice'. */
import { html, nothing } from 'lit';
import { countChats, exportChats } from '../api/data.js';
import { OaElement } from './element.js';
import { failureOf } from './engine.js';
import { save } from './files.js';
import { icon } from './icons.js';
import { training as looks } from './styles/training.js';
import { text as t } from './text.js';

/** @typedef {import('../api/data.js').Form} Form */
/** @typedef {import('../api/data.js').Counted} Counted */

/** In the order they are shown. */
const FORMS = /** @type {const} */ (['trees', 'messages', 'threads', 'sft', 'preference', 'kto']);
const SEED_BYTES = 16;

/** Nobody knows it, so nobody can try ids out. */
const randomSeed = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(SEED_BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export class OaTraining extends OaElement {
  static properties = {
    chats: { attribute: false },
    counted: { state: true },
    form: { state: true },
    failure: { state: true },
    progress: { state: true },
  };
  /** @override */
  static sheets = [looks];

  #rated = false;
  #anonymous = false;
  #packed = false;
  /** Ends what is under way. @type {AbortController | null} */
  #work = null;
  /** The chats that were counted, to see that they are others. */
  #seen = '';

  constructor() {
    super();
    /** @type {import('./chat-list.js').ChatList | null} */
    this.chats = null;
    /** @type {Counted | null} */
    this.counted = null;
    /** @type {Form} */
    this.form = 'trees';
    this.failure = '';
    /** What is being written: chats that were read, of how many. @type {[number, number] | null} */
    this.progress = null;
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#work?.abort();
  }

  /** Counts again where the chats are others. @override */
  updated() {
    const now = JSON.stringify([this.#rated, this.chats?.all.map((c) => [c.id, c.updated_date])]);
    if (now === this.#seen || this.progress) return;
    this.#seen = now;
    void this.#count();
  }

  async #count() {
    this.#work?.abort();
    const { signal } = (this.#work = new AbortController());
    try {
      const counted = await countChats({ rated: this.#rated }, { signal });
      this.counted = counted;
      this.failure = '';
      if (!counted.rows[this.form]) this.form = FORMS.find((form) => counted.rows[form]) ?? 'trees';
    } catch (error) {
      if (!signal.aborted) this.failure = failureOf(error).message;
    }
  }

  /** @param {Event} event */
  async #save(event) {
    event.preventDefault();
    const { form } = this;
    const packed = this.#packed;
    this.#work?.abort();
    const { signal } = (this.#work = new AbortController());
    this.progress = [0, this.counted?.chats ?? 0];
    try {
      const onProgress = (/** @type {number} */ done, /** @type {number} */ total) => (this.progress = [done, total]);
      const what = { form, rated: this.#rated, seed: this.#anonymous ? randomSeed() : null, packed };
      const { file, lines, dropped } = await exportChats(what, { signal, onProgress });
      save(file, `open-assistant-${form}.jsonl${packed ? '.gz' : ''}`);
      this.failure = '';
      this.emit('oa-notice', t.trainingSaved(lines, dropped));
    } catch (error) {
      if (!signal.aborted) this.failure = failureOf(error).message;
    }
    this.progress = null;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('button'))?.focus();
  }

  /** @override */
  render() {
    const { counted, failure, progress } = this;
    const bad = failure ? html`<p class="warn" role="alert">${t.exportFailed(failure)}</p>` : nothing;
    if (!counted) return failure ? bad : html`<p class="fine" role="status">${t.trainingCounting}</p>`;
    const { chats, messages, rated, rows } = counted;
    return html`<form class="training" @submit=${this.#save}>
      <p class="fine" role="status">${t.trainingCounts(chats, messages, rated)}</p>
      <fieldset>
        <legend>${t.trainingForm}</legend>
        ${FORMS.map((form) => this.#choice(form, rows[form]))}
      </fieldset>
      ${this.#option('rated', t.trainingRated, t.trainingRatedHelp, this.#rated, (on) => (this.#rated = on))}
      ${this.#option('anonymous', t.trainingAnonymous, t.trainingAnonymousHelp, this.#anonymous, (on) => (this.#anonymous = on))}
      ${this.#option('packed', t.trainingPacked, t.trainingPackedHelp, this.#packed, (on) => (this.#packed = on))}
      ${bad}
      ${
        progress
          ? html`<progress
                max=${Math.max(1, progress[1])}
                .value=${progress[0]}
                aria-label=${t.trainingWriting}
              ></progress>
              <button class="button" type="button" @click=${() => this.#work?.abort()}>${t.cancel}</button>`
          : html`<button class="button" type="submit" ?disabled=${!rows[this.form]}>
              ${icon('download')}<span>${t.trainingSave}</span>
            </button>`
      }
    </form>`;
  }

  /** @param {Form} form @param {number} rows */
  #choice(form, rows) {
    const { title, help, none } = t.trainingForms[form];
    return html`<label ?data-none=${!rows}>
      <input
        type="radio"
        name="training-form"
        value=${form}
        ?disabled=${!rows}
        .checked=${this.form === form && rows > 0}
        @change=${() => (this.form = form)}
      />
      <span
        ><strong>${title}</strong> ${rows ? html`<span class="figures">${t.trainingLines(rows)}</span>` : nothing}<small
          >${rows ? help : none}</small
        ></span
      >
    </label>`;
  }

  /** @param {string} name @param {string} title @param {string} help @param {boolean} value @param {(on: boolean) => void} set */
  #option(name, title, help, value, set) {
    const change = (/** @type {Event} */ event) => {
      set(/** @type {HTMLInputElement} */ (event.target).checked);
      this.requestUpdate();
    };
    return html`<label>
      <input type="checkbox" name=${name} .checked=${value} @change=${change} />
      <span><strong>${title}</strong><small>${help}</small></span>
    </label>`;
  }
}
customElements.define('oa-training', OaTraining);
