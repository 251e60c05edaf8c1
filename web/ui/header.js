/* The top of the page: the chat's title, the way to the list and to the model. Emits 'oa-sidebar', 'oa-new', 'oa-settings'. */
import { html, nothing } from 'lit';
import { formatPercent } from '../lib/format.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

export class OaHeader extends OaElement {
  static properties = {
    session: { attribute: false },
    engine: { attribute: false },
    narrow: { type: Boolean },
    sidebar: { type: Boolean },
  };
  /** @override */
  static sources = ['session', 'engine'];

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    this.narrow = false;
    /** The list of chats is beside the page. */
    this.sidebar = false;
  }

  /** @override */
  render() {
    const { session, engine } = this;
    if (!session || !engine) return nothing;
    return html`<header class="header">
      ${this.sidebar ? nothing : this.#buttons()}
      <p class="title" dir="auto" aria-hidden="true">${session.saved ? session.conversation.title : t.app}</p>
      ${session.isPrivate ? html`<span class="badge" title=${t.privateHelp}>${icon('lock')}<span>${t.privateChat}</span></span>` : nothing}
      ${engine.offline ? html`<span class="badge" role="status" title=${t.offlineHelp}>${icon('offline')}<span>${t.offline}</span></span>` : nothing}
      ${this.#model(engine)}
    </header>`;
  }

  #buttons() {
    return [
      html`<button
        class="quiet icon"
        type="button"
        title=${t.openSidebar}
        aria-label=${t.openSidebar}
        @click=${() => this.emit('oa-sidebar')}
      >
        ${icon(this.narrow ? 'menu' : 'panel')}
      </button>`,
      html`<button
        class="quiet icon"
        type="button"
        title=${t.newChat}
        aria-label=${t.newChat}
        @click=${() => this.emit('oa-new')}
      >
        ${icon('edit')}
      </button>`,
    ];
  }

  /** @param {import('./engine.js').Engine} engine */
  #model(engine) {
    const { progress, state } = engine;
    const known = state === 'loading' && progress && progress.total > 0;
    const part = known ? formatPercent(progress.loaded / progress.total) : '';
    return html`<button
      class="quiet pill"
      type="button"
      data-state=${state}
      title=${t.states[state]}
      @click=${() => this.emit('oa-settings', 'model')}
    >
      <span class="state-dot" aria-hidden="true"></span>
      ${icon('chip')}<span class="sr">${t.model}: </span><span class="pill-name">${engine.name || t.noModel}</span>
      <span class="sr">${t.states[state]}</span>${part ? html`<span class="figures">${part}</span>` : nothing}
    </button>`;
  }
}
customElements.define('oa-header', OaHeader);
