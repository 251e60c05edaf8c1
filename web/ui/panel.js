/* The chat in a frame of somebody else's page: one conversation, its model and the composer. Chats are stored like any other, by the browser's
 * rules for frames: for this page's site alone. Fires 'here', 'ready', 'message', 'feedback', 'error' and 'close' for the page (web/embed/wire.js). */
import { LitElement, html, nothing } from 'lit';
import { inkOn } from '../lib/color.js';
import { noFeedback } from '../store/feedback.js';
import { localText } from '../store/settings.js';
import { Engine } from './engine.js';
import { icon } from './icons.js';
import { Prefs } from './prefs.js';
import { Session } from './session.js';
import { styles } from './styles/index.js';
import { language, text as t } from './text.js';
import './chat.js';
import './composer.js';
import './files.js';

/**
 * @typedef {{ model?: string, title?: string, greeting?: string, system?: string, suggestions?: string[], color?: string, lang?: string,
 *   closes?: boolean }} PanelOptions closes: it stands where it can be closed
 */

export class OaPanel extends LitElement {
  static styles = styles;

  #prefs = new Prefs();
  /** @type {Engine | null} */ #engine = null;
  /** @type {Session | null} */ #session = null;
  /** @type {PanelOptions} */ #options = {};
  #key = 'open-panel';
  /** @type {() => void} */ #draw = () => {};
  /** Resolves when there is a field. @type {Promise<void>} */ #drawn = new Promise(
    (resolve) => (this.#draw = resolve),
  );

  constructor() {
    super();
    void this.#prefs.showEarly();
  }

  /**
   * @param {import('./engine-types.js').AssistantClass} Assistant
   * @param {PanelOptions} options
   * @param {string} origin  of the page that embeds the chat: each has a conversation of its own, as has each title and system prompt there
   */
  async start(Assistant, options, origin) {
    this.#options = options;
    this.#key = ['open', origin, options.title, options.system].filter(Boolean).join('-');
    this.#prefs.lang = options.lang;
    await this.#prefs.start();
    const engine = (this.#engine = new Engine(Assistant, this.#prefs));
    if (options.model) engine.prefer(options.model);
    const session = (this.#session = new Session(engine, this.#prefs, { remember: false }));
    if (options.color) this.#paint(options.color);
    for (const source of [engine, session, language]) source.addEventListener('change', () => this.requestUpdate());
    session.addEventListener('opened', () => session.saved && localText(this.#key, session.conversation.id));
    engine.addEventListener('ready', () => this.#tell('ready', { model: engine.name }));
    session.addEventListener('answered', (event) => {
      const { text, error } = /** @type {CustomEvent<import('../store/schema.js').Message>} */ (event).detail;
      if (text) this.#tell('message', { role: 'assistant', text });
      if (error) this.#tell('error', { message: error.message });
    });
    session.addEventListener('rated', (event) => {
      const { feedback } = /** @type {CustomEvent<import('../store/schema.js').Message>} */ (event).detail;
      const { emojis, labels, report } = feedback ?? noFeedback();
      this.#tell('feedback', { emojis, labels, report: report?.reason ?? null });
    });
    const before = localText(this.#key);
    if (!before || !(await session.open(before))) this.#begin();
    this.requestUpdate();
    await this.updateComplete;
    await this.#composer?.updateComplete;
    this.#draw();
    this.#tell('here', {});
    await engine.start();
    if (engine.unknown) this.#missing(engine, engine.unknown);
  }

  /** Tells the page's owner, whose slip it is; the visitor gets another model. @param {Engine} engine @param {string} model */
  #missing(engine, model) {
    const ids = engine.models.map(({ id }) => id).join(', ') || 'none';
    const instead = engine.chosen ? ` ${engine.chosen} takes its place.` : '';
    const message = `There is no model "${model}" here; known: ${ids}.${instead}`;
    console.warn(`Open Assistant: ${message}`);
    this.#tell('error', { message });
  }

  /** Words for the field; the visitor sends them. @param {string} words */
  async write(words) {
    await this.#drawn;
    this.#composer?.write(words);
    await this.focusField();
  }

  /** In a frame that comes into view just now, nothing takes the focus before the next picture. */
  async focusField() {
    await this.#drawn;
    requestAnimationFrame(() => this.#composer?.focusField());
  }

  /** The site's colour, and what goes with it in light and dark. @param {string} color */
  #paint(color) {
    const ink = inkOn(color);
    const away = ink === '#fff' ? '#000' : '#fff';
    const figures = {
      '--accent': color,
      '--accent-hover': `color-mix(in srgb, ${color} 85%, ${away})`,
      '--accent-soft': `color-mix(in srgb, ${color} 14%, var(--surface))`,
      '--accent-text': 'var(--text)',
      '--on-accent': ink,
      '--ring': 'var(--text)',
    };
    for (const [name, value] of Object.entries(figures)) this.style.setProperty(name, value);
  }

  /** @returns {import('./composer.js').OaComposer | null} */
  get #composer() {
    return this.renderRoot.querySelector('oa-composer');
  }

  /** @returns {import('./files.js').OaFiles | null} */
  get #files() {
    return this.renderRoot.querySelector('oa-files');
  }

  #begin() {
    const { system } = this.#options;
    this.#session?.newChat();
    if (system) void this.#session?.set({ system_prompt: system });
  }

  /** @param {string} type @param {object} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {CustomEvent<string>} event */
  #onSend(event) {
    this.#tell('message', { role: 'user', text: event.detail });
    void this.#session?.send(event.detail);
  }

  /** @override */
  render() {
    const engine = this.#engine;
    const session = this.#session;
    if (!engine || !session) return nothing;
    const { title = t.app, greeting = null, suggestions = null } = this.#options;
    return html`<div
      class="app"
      @oa-open-file=${() => this.#files?.pick()}
      @oa-files=${(/** @type {CustomEvent<File[]>} */ e) => void engine.openFiles(e.detail)}
      @oa-choose=${(/** @type {CustomEvent<string>} */ e) => void engine.use(e.detail)}
      @oa-focus=${() => this.focusField()}
      @keydown=${(/** @type {KeyboardEvent} */ e) => e.key === 'Escape' && (session.answer ? session.stop() : this.#tell('close', {}))}
    >
      <main class="main">
        <header class="header">
          <h1 class="title" dir="auto">${title}</h1>
          <button
            class="quiet icon"
            type="button"
            title=${t.newChat}
            aria-label=${t.newChat}
            @click=${() => this.#begin()}
          >
            ${icon('edit')}
          </button>
          ${
            this.#options.closes
              ? html`<button
                  class="quiet icon"
                  type="button"
                  title=${t.close}
                  aria-label=${t.close}
                  @click=${() => this.#tell('close', {})}
                >
                  ${icon('close')}
                </button>`
              : nothing
          }
        </header>
        <oa-chat
          .session=${session}
          .engine=${engine}
          .greeting=${greeting}
          .suggestions=${suggestions}
          @oa-suggest=${(/** @type {CustomEvent<string>} */ e) => this.write(e.detail)}
        ></oa-chat>
        <oa-composer
          .session=${session}
          .engine=${engine}
          .prefs=${this.#prefs}
          .plain=${true}
          @oa-send=${this.#onSend}
          @oa-stop=${() => session.stop()}
        ></oa-composer>
      </main>
      <oa-files></oa-files>
    </div>`;
  }
}
customElements.define('oa-panel', OaPanel);
