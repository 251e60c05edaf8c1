/* Settings of the engine: which model, which are on this device, and how it runs. Emits 'oa-open-file', 'oa-choose', 'oa-notice'. */
import { html, nothing } from 'lit';
import { formatBytes } from '../lib/format.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { modelFacts } from './load.js';
import { text as t } from './text.js';

const VARIANTS = ['simd', 'relaxed', 'simd-mt', 'relaxed-mt'];

export class OaSettingsModel extends OaElement {
  static properties = { engine: { attribute: false }, prefs: { attribute: false }, badUrl: { state: true } };
  /** @override */
  static sources = ['engine', 'prefs'];

  constructor() {
    super();
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** @type {import('./prefs.js').Prefs | null} */
    this.prefs = null;
    this.badUrl = false;
  }

  /** @override */
  render() {
    const { engine, prefs } = this;
    if (!engine || !prefs) return nothing;
    return html`<ul class="model-list">
        ${engine.models.map((m) => html`<li>${this.#model(engine, m)}</li>`)}
        ${
          engine.entry
            ? nothing
            : html`<li>
                <div class="model">
                  ${icon('file')}
                  <div>
                    <strong>${engine.name || t.noModel}</strong>
                    ${engine.state === 'ready' ? html`<span>${t.inUse}</span>` : nothing}
                  </div>
                </div>
              </li>`
        }
      </ul>
      <oa-load .engine=${engine}></oa-load>
      <div class="group">
        <div class="row">
          <button class="button" type="button" @click=${() => this.emit('oa-open-file')}>
            ${icon('file')} <span>${t.openFile}</span></button
          ><small>${t.openFileNote}</small>
        </div>
      </div>
      ${this.#url(engine)} ${this.#advanced(engine, prefs)}
      ${
        engine.storage.quota === undefined
          ? nothing
          : html`<p class="fine">
              ${t.space(formatBytes(engine.storage.usage ?? 0), formatBytes(engine.storage.quota))}
            </p>`
      }`;
  }

  /** @param {import('./engine.js').Engine} engine @param {import('./engine-types.js').ModelEntry} m */
  #model(engine, m) {
    const used = m.id === engine.chosen && !engine.files;
    const forget = async () => {
      await engine.forget(m.id);
      this.emit('oa-notice', t.forgotten(m.name));
    };
    return html`<div class="model">
      ${icon('chip')}
      <div><strong>${m.name}</strong><span>${modelFacts(m, engine.offline).join(' · ')}</span></div>
      <span class="row"
        >${
          used && engine.state === 'ready'
            ? html`<span class="badge">${t.inUse}</span>`
            : used
              ? nothing
              : html`<button class="button small" type="button" @click=${() => this.emit('oa-choose', m.id)}>
                  ${t.use}
                </button>`
        }
        ${
          m.cachedBytes
            ? html`<button
                class="quiet icon"
                type="button"
                title=${t.forget}
                aria-label=${`${t.forget}: ${m.name}`}
                @click=${() => void forget()}
              >
                ${icon('trash')}
              </button>`
            : nothing
        }</span
      >
    </div>`;
  }

  /** @param {import('./engine.js').Engine} engine */
  #url(engine) {
    /** @param {Event} event */
    const submit = (event) => {
      event.preventDefault();
      const written = /** @type {HTMLInputElement | null} */ (this.querySelector('#model-url'))?.value.trim() ?? '';
      this.badUrl = !/^https?:\/\/.+\/.+/.test(written) || !URL.canParse(written);
      if (!this.badUrl) void engine.use(written);
    };
    return html`<details class="group">
      <summary>${t.fromUrl}</summary>
      <form class="row" novalidate @submit=${submit}>
        <input
          id="model-url"
          class="grow"
          type="url"
          aria-label=${t.urlLabel}
          placeholder="https://"
          aria-invalid=${String(this.badUrl)}
          autocomplete="off"
          spellcheck="false"
        />
        <button class="button" type="submit">${t.use}</button>
      </form>
      ${this.badUrl ? html`<p class="fine warn" role="alert">${t.urlBad}</p>` : nothing}
    </details>`;
  }

  /** @param {import('./engine.js').Engine} engine @param {import('./prefs.js').Prefs} prefs */
  #advanced(engine, prefs) {
    const info = engine.assistant?.info;
    const number = (/** @type {string} */ id) => {
      const n = Math.floor(Number(/** @type {HTMLInputElement | null} */ (this.querySelector(`#${id}`))?.value));
      return n > 0 ? n : null;
    };
    /** @param {Event} event */
    const apply = (event) => {
      event.preventDefault();
      const variant = /** @type {HTMLSelectElement | null} */ (this.querySelector('#variant'))?.value || null;
      prefs.set({ threads: number('threads'), context: number('context'), variant });
      void engine.load();
    };
    const { threads, context, variant } = prefs.value;
    return html`<details class="group">
      <summary>${t.advanced}</summary>
      <form class="fields" @submit=${apply}>
        ${info?.variant ? html`<p class="fine">${t.engineNow(info.variant, info.threads ?? 1)}</p>` : nothing}
        <div>
          <label for="threads">${t.threads}</label
          ><input
            id="threads"
            type="number"
            min="1"
            max="64"
            placeholder=${t.auto}
            .value=${threads ? String(threads) : ''}
            aria-describedby="threads-help"
          /><small id="threads-help">${t.threadsHelp}</small>
        </div>
        <div>
          <label for="variant">${t.variant}</label
          ><select id="variant">
            <option value="" .selected=${!variant}>${t.variantAuto}</option>
            ${VARIANTS.map((v) => html`<option value=${v} .selected=${v === variant}>${v}</option>`)}
          </select>
        </div>
        <div>
          <label for="context">${t.contextTokens}</label
          ><input
            id="context"
            type="number"
            min="64"
            max="131072"
            step="1"
            placeholder=${t.auto}
            .value=${context ? String(context) : ''}
            aria-describedby="context-help"
          /><small id="context-help">${t.contextHelp}</small>
        </div>
        <button class="button" type="submit">${t.applyReload}</button>
      </form>
    </details>`;
  }
}
customElements.define('oa-settings-model', OaSettingsModel);
