/* By which rules threads grow: Open Assistant's, but for what is changed here. */
import { html, nothing } from 'lit';
import { OaElement } from './element.js';
import { words } from './tasks-text.js';
import { LANGUAGES } from './text.js';

/** @typedef {keyof typeof words.rules} Rule */

export class OaTaskRules extends OaElement {
  static properties = { desk: { attribute: false } };
  /** @override */
  static sources = ['desk'];

  constructor() {
    super();
    /** @type {import('./task-desk.js').TaskDesk | null} */
    this.desk = null;
  }

  /** @override */
  render() {
    const { desk } = this;
    if (!desk?.rules) return nothing;
    const names = /** @type {[Rule, string][]} */ (Object.entries(words.rules));
    return html`<div class="group">
        <label class="switch"
          ><input
            type="checkbox"
            role="switch"
            .checked=${desk.alone}
            @change=${(/** @type {Event} */ e) => void desk.setAlone(/** @type {HTMLInputElement} */ (e.target).checked)}
          />
          <span><strong>${words.alone}</strong><small>${words.aloneHelp}</small></span></label
        >
      </div>
      <div class="group">
        <label for="task-language">${words.language}</label>
        <select
          id="task-language"
          @change=${(/** @type {Event} */ e) => void desk.setLanguage(/** @type {HTMLSelectElement} */ (e.target).value)}
        >
          ${Object.entries(LANGUAGES).map(
            ([code, name]) => html`<option value=${code} lang=${code} .selected=${desk.lang === code}>${name}</option>`,
          )}
        </select>
      </div>
      <fieldset class="group">
        <legend>${words.parameters}</legend>
        <div class="parameters">${names.map(([name, title]) => this.#number(desk, name, title))}</div>
        <div class="row">
          <button class="button" type="button" ?disabled=${desk.busy} @click=${() => void desk.setRules({}, true)}>
            ${words.reset}
          </button>
        </div>
      </fieldset>`;
  }

  /** @param {import('./task-desk.js').TaskDesk} desk @param {Rule} name @param {string} title */
  #number(desk, name, title) {
    const rule = desk.rules?.[name];
    if (!rule) return nothing;
    const change = (/** @type {Event} */ event) => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      if (input.checkValidity() && input.value) void desk.setRules({ [name]: input.valueAsNumber });
      else input.value = String(rule.value);
    };
    return html`<label
      ><span>${title}</span>
      <input
        type="number"
        name=${name}
        min=${rule.min}
        max=${rule.max}
        step="1"
        .value=${String(rule.value)}
        @change=${change}
      />
      <small>${words.defaultIs(rule.default)}</small></label
    >`;
  }
}
customElements.define('oa-task-rules', OaTaskRules);
