/* The page: sidebar, header, conversation, composer, dialogs. It owns the one shadow root, wires the elements' events to the
 * session, the engine and the list of chats, and knows the address and the shortcuts. */
import { LitElement, html, nothing } from 'lit';
import { localText } from '../store/settings.js';
import { nameChat, namedChat } from './address.js';
import { exportChats, importChats, removeChat, removeEverything } from './chat-actions.js';
import { ChatList } from './chat-list.js';
import { Engine } from './engine.js';
import { fetchMarkdown } from './markdown.js';
import { closeSettings, openSettings } from './parts.js';
import { Prefs } from './prefs.js';
import { Session } from './session.js';
import { commandOf } from './shortcuts.js';
import { styles } from './styles/index.js';
import { failureLine, language, text as t } from './text.js';
import './chat.js';
import './composer.js';
import './files.js';
import './header.js';
import './sidebar.js';
import './toasts.js';

/* Fires 'oa-shown' when everything of the first view is there, 'oa-ready' with the info of a model that is loaded. */
/** @typedef {import('./engine-types.js').AssistantClass} AssistantClass */
/** @typedef {import('./settings.js').Section} Section */

const narrow = matchMedia('(max-width: 820px)');
const dark = matchMedia('(prefers-color-scheme: dark)');

export class OaApp extends LitElement {
  static properties = { isNarrow: { state: true }, drawer: { state: true }, said: { state: true } };
  static styles = styles;

  #prefs = new Prefs();
  #chats = new ChatList();
  /** @type {Engine | null} */ #engine = null;
  /** @type {Session | null} */ #session = null;
  #redraw = () => this.requestUpdate();
  /** The first chat is shown: from here on, each is a step in the history. */
  #settled = false;
  #shown = false;
  /** The page speaks the visitor's language. @type {Promise<void>} */ #early;
  /** What is stored has been read. @type {Promise<void>} */ #read = Promise.resolve();
  /** Ends every listener on the window when the element leaves the page. */
  #life = new AbortController();

  constructor() {
    super();
    this.isNarrow = narrow.matches;
    this.drawer = false;
    /** What assistive technology is told. */
    this.said = '';
    this.#early = this.#prefs.showEarly();
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    const { signal } = (this.#life = new AbortController());
    narrow.addEventListener('change', () => ((this.isNarrow = narrow.matches), (this.drawer = false)), { signal });
    dark.addEventListener('change', this.#redraw, { signal });
    language.addEventListener('change', this.#redraw, { signal });
    addEventListener('keydown', (e) => this.#key(e), { signal });
    addEventListener('hashchange', () => void this.#route(), { signal });
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#life.abort();
  }

  /** Brings the page to life. @param {AssistantClass} Assistant  the API's class */
  async start(Assistant) {
    const engine = (this.#engine = new Engine(Assistant, this.#prefs));
    const session = (this.#session = new Session(engine, this.#prefs));
    for (const source of [this.#prefs, engine, session, this.#chats]) source.addEventListener('change', this.#redraw);
    session.addEventListener('kept', () => void this.#chats.refresh());
    session.addEventListener('opened', () => this.#opened());
    for (const source of [session, engine])
      source.addEventListener('notice', (e) => this.#toast(/** @type {CustomEvent<string>} */ (e).detail));
    session.addEventListener('answered', (e) => {
      const message = /** @type {CustomEvent<import('../store/schema.js').Message>} */ (e).detail;
      this.said = message.text ? t.answered(message.text) : message.error ? failureLine(message.error) : t.stopped;
      void this.#chats.refresh();
    });
    const comesBack = (namedChat() ?? localText('open')) !== '';
    this.#read = Promise.all([this.#prefs.start(), this.#chats.start()]).then(() => this.#route(true));
    const started = engine.start(this.#read);
    await (comesBack ? this.#read : this.#early); // a new chat is shown while the store is being opened
    this.#shown = true;
    this.requestUpdate();
    await this.updateComplete;
    engine.addEventListener('ready', () => {
      this.dispatchEvent(new CustomEvent('oa-ready', { detail: engine.assistant?.info }));
    });
    if (!this.isNarrow) this.#composer?.focusField();
    await this.#read;
    this.#settled = true;
    if (this.#chats.newer)
      this.#toast(t.newerStored, { label: t.reload, run: () => location.reload() }, { stays: true });
    await started;
    fetchMarkdown().catch(() => undefined);
    this.dispatchEvent(new Event('oa-shown'));
  }

  /** Says that there is a new version of the page. @param {() => Promise<void>} take  brings it when no answer is on its way */
  offerUpdate(take) {
    const run = () => {
      if (this.#session?.answer) this.#toast(t.updateAfter);
      void take();
    };
    this.#toast(t.update, { label: t.updateTake, run }, { stays: true });
  }

  /** @returns {import('./composer.js').OaComposer | null} */
  get #composer() {
    return this.renderRoot.querySelector('oa-composer');
  }
  /** @returns {import('./chat.js').OaChat | null} */
  get #chat() {
    return this.renderRoot.querySelector('oa-chat');
  }
  /** @returns {import('./sidebar.js').OaSidebar | null} */
  get #sidebar() {
    return this.renderRoot.querySelector('oa-sidebar');
  }
  /** @returns {import('./files.js').OaFiles | null} */
  get #files() {
    return this.renderRoot.querySelector('oa-files');
  }
  /** What actions on chats need. @returns {import('./chat-actions.js').Parts} */
  get parts() {
    if (!this.#engine || !this.#session) throw new Error('the page has not started');
    const say = this.#toast.bind(this);
    return { chats: this.#chats, session: this.#session, engine: this.#engine, prefs: this.#prefs, say };
  }

  /** @override */
  render() {
    const engine = this.#engine;
    const session = this.#session;
    if (!engine || !session || !this.#shown) return nothing;
    const wide = !this.isNarrow && this.#prefs.value.sidebar;
    const busyIn = this.#chats.all.find((c) => c.id === session.answer?.message.conversation_id)?.title ?? null;
    return html`<div
      class="app"
      ?data-drawer=${this.drawer}
      @oa-new=${(/** @type {CustomEvent<{ isPrivate: boolean } | null>} */ e) => this.#newChat(e.detail ?? {})}
      @oa-open=${this.#onOpen}
      @oa-sidebar=${() => void this.#openSidebar()}
      @oa-remove=${(/** @type {CustomEvent<string>} */ e) => void removeChat(this.parts, e.detail)}
      @oa-export=${(/** @type {CustomEvent<string | null>} */ e) => void exportChats(this.parts, e.detail)}
      @oa-import=${(/** @type {CustomEvent<File>} */ e) => void importChats(this.parts, e.detail)}
      @oa-remove-all=${() => void this.#removeAll()}
      @oa-settings=${(/** @type {CustomEvent<Section>} */ e) => this.#openSettings(e.detail)}
      @oa-shortcuts=${() => this.#openShortcuts()}
      @oa-theme=${() => this.#prefs.set({ theme: this.#prefs.seenTheme === 'dark' ? 'light' : 'dark' })}
      @oa-close=${() => this.#closeSidebar()}
      @oa-open-file=${() => this.#files?.pick()}
      @oa-files=${(/** @type {CustomEvent<File[]>} */ e) => void engine.openFiles(e.detail)}
      @oa-notice=${(/** @type {CustomEvent<string>} */ e) => this.#toast(e.detail)}
      @oa-choose=${(/** @type {CustomEvent<string>} */ e) => void engine.use(e.detail)}
      @oa-focus=${() => this.#composer?.focusField()}
    >
      ${
        wide || this.drawer
          ? html`<div class="scrim" @click=${() => (this.drawer = false)}></div>
              <nav class="sidebar" aria-label=${t.chats}>
                <oa-sidebar
                  .chats=${this.#chats}
                  .session=${session}
                  .prefs=${this.#prefs}
                  .drawer=${this.isNarrow}
                ></oa-sidebar>
              </nav>`
          : nothing
      }
      <main class="main">
        <h1 class="sr">${session.saved ? session.conversation.title : t.app}</h1>
        <oa-header
          ?inert=${this.drawer}
          .session=${session}
          .engine=${engine}
          .narrow=${this.isNarrow}
          .sidebar=${wide}
        ></oa-header>
        <oa-chat ?inert=${this.drawer} .session=${session} .engine=${engine} @oa-suggest=${this.#onSuggest}></oa-chat>
        <oa-composer
          ?inert=${this.drawer}
          .session=${session}
          .engine=${engine}
          .prefs=${this.#prefs}
          .busyIn=${busyIn}
          @oa-send=${this.#onSend}
          @oa-stop=${() => session.stop()}
          @oa-edit-last=${() => this.#chat?.editLast()}
        ></oa-composer>
      </main>
      <oa-settings .session=${session} .engine=${engine} .prefs=${this.#prefs} .chats=${this.#chats}></oa-settings>
      <oa-shortcuts></oa-shortcuts>
      <oa-toasts></oa-toasts>
      <oa-files></oa-files>
      <div class="sr" role="status">${this.said}</div>
    </div>`;
  }

  /** @param {string} words @param {import('./toasts.js').Toast['act']} [act] @param {{ stays?: boolean }} [options] */
  #toast(words, act, options) {
    const toasts = /** @type {import('./toasts.js').OaToasts | null} */ (this.renderRoot.querySelector('oa-toasts'));
    toasts?.show(words, act, options);
  }

  /** Shows the chat that the address names; at the start, without one, the chat that was open last. @param {boolean} [first] */
  async #route(first) {
    const id = namedChat() ?? (first ? localText('open') : '');
    if (id && (await this.#session?.open(id))) return;
    if (id || !first) this.#session?.newChat();
  }

  #opened() {
    if (this.#session) nameChat(this.#session, this.#settled);
    this.drawer = false;
    this.#chat?.toLatest();
  }

  /** @param {{ isPrivate?: boolean }} [options] */
  #newChat(options) {
    this.#session?.newChat(options);
    this.#composer?.focusField();
  }

  /** @param {Section} section */
  #openSettings(section) {
    openSettings(this.renderRoot, section).catch(() => this.#toast(t.partMissing));
  }

  #openShortcuts() {
    closeSettings(this.renderRoot);
    /** @type {import('./shortcuts.js').OaShortcuts | null} */ (this.renderRoot.querySelector('oa-shortcuts'))?.open();
  }

  async #openSidebar() {
    if (this.isNarrow) this.drawer = true;
    else this.#prefs.set({ sidebar: true });
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector('.sidebar button'))?.focus();
  }

  #closeSidebar() {
    if (this.isNarrow) this.drawer = false;
    else this.#prefs.set({ sidebar: false });
    void this.updateComplete.then(() =>
      /** @type {HTMLElement | null} */ (this.renderRoot.querySelector('.header button'))?.focus(),
    );
  }

  /** @param {CustomEvent<string>} event */
  async #onOpen(event) {
    await this.#session?.open(event.detail);
    this.drawer = false;
    if (!this.isNarrow) this.#composer?.focusField();
  }

  async #removeAll() {
    closeSettings(this.renderRoot);
    await removeEverything(this.parts);
  }

  /** @param {CustomEvent<string>} event */
  #onSend(event) {
    this.said = t.answering;
    this.#chat?.toLatest();
    void this.#read.then(() => this.#session?.send(event.detail));
  }

  /** @param {CustomEvent<string>} event */
  #onSuggest(event) {
    this.#composer?.write(event.detail);
    this.#composer?.focusField();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const command = commandOf(event, this.#prefs.value.single_keys);
    if (!command || (this.renderRoot.querySelector('dialog[open]') && command !== 'settings')) return;
    if (command === 'stop') {
      if (this.drawer) return this.#closeSidebar();
      return this.#session?.stop();
    }
    event.preventDefault();
    if (command === 'new') this.#newChat();
    else if (command === 'settings') this.#openSettings('chat');
    else if (command === 'help') this.#openShortcuts();
    else if (command === 'focus') this.#composer?.focusField();
    else void this.#openSidebar().then(() => this.#sidebar?.focusSearch());
  }
}
customElements.define('oa-app', OaApp);
