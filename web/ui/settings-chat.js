/* Settings of the open chat: the system prompt and how answers are sampled. Every change applies at once. */
import { html, nothing } from 'lit';
import { newId } from '../lib/id.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { PARAMS, PRESETS, allPresets, clampParam, samplingValues } from './presets.js';
import { text as t } from './text.js';

/** @typedef {import('../store/schema.js').Sampling} Sampling */
/** @typedef {import('./presets.js').ParamName} ParamName */

/** @param {Event} event */
const valueOf = (event) =>
  /** @type {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} */ (event.target).value;

export class OaSettingsChat extends OaElement {
  static properties = { session: { attribute: false }, prefs: { attribute: false }, naming: { state: true } };
  /** @override */
  static sources = ['session', 'prefs'];

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./prefs.js').Prefs | null} */
    this.prefs = null;
    this.naming = false;
  }

  /** @returns {Sampling} */
  get #sampling() {
    const fallback = this.prefs?.value.sampling ?? { preset: 'default', values: {}, seed: null };
    return this.session?.conversation.sampling ?? fallback;
  }

  /** @param {Partial<Sampling>} patch */
  #set(patch) {
    void this.session?.set({ sampling: { ...this.#sampling, ...patch } });
  }

  /** A parameter was moved: from here on the values are the chat's own. @param {ParamName} name @param {number} value */
  #param(name, value) {
    const values = samplingValues(this.#sampling, this.prefs?.value.presets ?? []);
    this.#set({ preset: 'custom', values: { ...values, [name]: value } });
  }

  /** @override */
  render() {
    const { session, prefs } = this;
    if (!session || !prefs) return nothing;
    const sampling = this.#sampling;
    return html`<p class="fine">${session.saved ? t.scopeChat : t.scopeNew}</p>
      <div class="group">
        <label for="system">${t.systemPrompt}</label>
        <textarea
          id="system"
          rows="4"
          dir="auto"
          aria-describedby="system-help"
          placeholder=${t.systemPromptPlaceholder}
          .value=${session.conversation.system_prompt ?? prefs.value.system_prompt}
          @change=${(/** @type {Event} */ e) => void session.set({ system_prompt: valueOf(e) })}
        ></textarea>
        <small id="system-help">${t.systemPromptHelp}</small>
      </div>
      <div class="group">
        <label for="preset">${t.preset}</label>
        <div class="row">
          <select id="preset" class="grow" @change=${(/** @type {Event} */ e) => this.#choose(valueOf(e))}>
            ${allPresets(prefs.value.presets).map((p) => this.#option(p.id, p.name, sampling.preset))}
            ${sampling.preset === 'custom' ? this.#option('custom', '', 'custom') : nothing}</select
          >${this.#presetTools(sampling)}
        </div>
        ${this.naming ? this.#naming() : nothing}
      </div>
      <div class="group sliders">${PARAMS.filter((p) => p.main).map((p) => this.#slider(p))}</div>
      <details class="group">
        <summary>${t.moreParams}</summary>
        <div class="sliders">${PARAMS.filter((p) => !p.main).map((p) => this.#slider(p))}</div>
      </details>
      <div class="group">
        <label for="seed">${t.seed}</label>
        <input
          id="seed"
          type="number"
          min="0"
          max="4294967295"
          step="1"
          inputmode="numeric"
          placeholder=${t.seedPlaceholder}
          aria-describedby="seed-help"
          .value=${sampling.seed === null ? '' : String(sampling.seed)}
          @change=${(/** @type {Event} */ e) => this.#seed(valueOf(e))}
        />
        <small id="seed-help">${t.seedHelp}</small>
      </div>
      <div class="group">
        <button class="button" type="button" @click=${() => this.#makeDefault()}>${t.makeDefault}</button>
      </div>`;
  }

  /** @param {string} id @param {string} name @param {string} chosen */
  #option(id, name, chosen) {
    const shown = /** @type {Record<string, string>} */ (t.presetNames)[id] ?? name;
    return html`<option value=${id} .selected=${id === chosen}>${shown}</option>`;
  }

  /** @param {string} id */
  #choose(id) {
    if (id !== 'custom') this.#set({ preset: id, values: {} });
  }

  /** @param {Sampling} sampling */
  #presetTools(sampling) {
    if (sampling.preset === 'custom') {
      return html`<button class="button" type="button" @click=${() => (this.naming = true)}>${t.presetSave}</button>`;
    }
    if (PRESETS.some((p) => p.id === sampling.preset)) return nothing;
    return html`<button
      class="button icon"
      type="button"
      title=${t.presetRemove}
      aria-label=${t.presetRemove}
      @click=${() => this.#removePreset(sampling)}
    >
      ${icon('trash')}
    </button>`;
  }

  #naming() {
    /** @param {Event} event */
    const save = (event) => {
      event.preventDefault();
      const name = this.querySelector('input')?.value.trim().slice(0, 40);
      const { prefs } = this;
      if (!name || !prefs) return;
      const id = `own-${newId()}`;
      prefs.set({ presets: [...prefs.value.presets, { id, name, values: { ...this.#sampling.values } }] });
      this.#set({ preset: id, values: {} });
      this.naming = false;
    };
    return html`<form class="row" @submit=${save}>
      <input class="grow" type="text" aria-label=${t.presetName} placeholder=${t.presetName} maxlength="40" required />
      <button class="button primary" type="submit">${t.save}</button>
    </form>`;
  }

  /** @param {Sampling} sampling */
  #removePreset(sampling) {
    const { prefs } = this;
    if (!prefs) return;
    this.#set({ preset: 'custom', values: samplingValues(sampling, prefs.value.presets) });
    prefs.set({ presets: prefs.value.presets.filter((p) => p.id !== sampling.preset) });
  }

  /** @param {(typeof PARAMS)[number]} param */
  #slider({ name, min, max, step, off }) {
    const values = samplingValues(this.#sampling, this.prefs?.value.presets ?? []);
    const value = values[name] ?? off;
    const [label, help] = /** @type {[string, string]} */ (t.params[name]);
    const change = (/** @type {Event} */ e) => {
      const input = /** @type {HTMLInputElement} */ (e.target);
      const fitting = clampParam(name, Number(input.value));
      input.value = String(fitting);
      this.#param(name, fitting);
    };
    return html`<div class="slider">
      <label for=${`p-${name}`}>${label}</label>
      <input
        class="number"
        type="number"
        aria-label=${label}
        min=${min}
        max=${max}
        step=${step}
        .value=${String(value)}
        @change=${change}
      />
      <input
        id=${`p-${name}`}
        type="range"
        min=${min}
        max=${max}
        step=${step}
        .value=${String(value)}
        aria-describedby=${`h-${name}`}
        @input=${change}
      />
      <small id=${`h-${name}`}>${help}</small>
    </div>`;
  }

  /** @param {string} written */
  #seed(written) {
    const seed = Math.floor(Number(written));
    this.#set({ seed: written.trim() === '' || !(seed >= 0 && seed < 2 ** 32) ? null : seed });
  }

  #makeDefault() {
    const { session, prefs } = this;
    if (!session || !prefs) return;
    prefs.set({
      sampling: this.#sampling,
      system_prompt: session.conversation.system_prompt ?? prefs.value.system_prompt,
    });
    this.emit('oa-notice', t.madeDefault);
  }
}
customElements.define('oa-settings-chat', OaSettingsChat);
