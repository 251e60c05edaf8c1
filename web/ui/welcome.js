/* What a new chat begins with: what this is, what to ask, and the model if there is none yet. Emits 'oa-suggest' with a prompt. */
import { html, nothing } from 'lit';
import { OaElement } from './element.js';
import { mark } from './icons.js';
import { text as t } from './text.js';
import './load.js';

export class OaWelcome extends OaElement {
  static properties = {
    engine: { attribute: false },
    lead: {},
    greeting: { attribute: false },
    suggestions: { attribute: false },
  };
  /** @override */
  static sources = ['engine'];

  constructor() {
    super();
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    this.lead = '';
    /** In place of the page's own. @type {string | null} */
    this.greeting = null;
    /** @type {string[] | null} */
    this.suggestions = null;
  }

  /** @override */
  render() {
    const { engine } = this;
    return html`<section class="welcome" aria-labelledby="welcome-title">
      ${mark}
      <h2 id="welcome-title">${this.greeting ?? t.tagline}</h2>
      <p class="lead">${this.lead}</p>
      ${engine && engine.state !== 'ready' ? html`<oa-load .engine=${engine}></oa-load>` : nothing}
      <ul class="suggestions" aria-label=${t.suggestionsLabel}>
        ${(this.suggestions?.map((prompt) => ({ title: prompt, prompt })) ?? t.suggestions).map(
          ({ title, prompt }) =>
            html`<li>
              <button type="button" @click=${() => this.emit('oa-suggest', prompt)}>
                <strong>${title}</strong>${title === prompt ? nothing : html`<span>${prompt}</span>`}
              </button>
            </li>`,
        )}
      </ul>
    </section>`;
  }
}
customElements.define('oa-welcome', OaWelcome);
