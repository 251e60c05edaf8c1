/* The list of chats: new, search, rename, export, delete. Emits 'oa-new' (detail.isPrivate), 'oa-open' and 'oa-remove' with an id, 'oa-export' with an
 * id, 'oa-settings', 'oa-shortcuts', 'oa-theme', 'oa-close', 'oa-notice'. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { dateGroup } from '../lib/format.js';
import { OaElement } from './element.js';
import { icon, mark } from './icons.js';
import { enterMenu, menu } from './menu.js';
import { openTasks } from './parts.js';
import { text as t } from './text.js';

/** @typedef {import('../store/schema.js').Conversation} Conversation */

export class OaSidebar extends OaElement {
  static properties = {
    chats: { attribute: false },
    session: { attribute: false },
    prefs: { attribute: false },
    drawer: { type: Boolean },
    renaming: { state: true },
    menu: { state: true },
  };
  /** @override */
  static sources = ['chats', 'session', 'prefs'];

  constructor() {
    super();
    /** @type {import('./chat-list.js').ChatList | null} */
    this.chats = null;
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./prefs.js').Prefs | null} */
    this.prefs = null;
    /** Shown over the page (narrow screens) instead of beside it. */
    this.drawer = false;
    /** The chat whose name is being edited. @type {string | null} */
    this.renaming = null;
    /** The chat whose menu is open. @type {string | null} */
    this.menu = null;
  }

  focusSearch() {
    this.querySelector('input')?.focus();
  }

  /** @override */
  render() {
    const { chats } = this;
    if (!chats) return nothing;
    const dark = this.prefs?.seenTheme === 'dark';
    return html`<div class="side-head">
        <span class="brand">${mark}<span>${t.app}</span></span>
        <button
          class="quiet icon"
          type="button"
          title=${this.drawer ? t.closeDrawer : t.closeSidebar}
          aria-label=${this.drawer ? t.closeDrawer : t.closeSidebar}
          @click=${() => this.emit('oa-close')}
        >
          ${icon(this.drawer ? 'close' : 'panel')}
        </button>
      </div>
      <button class="button new" type="button" @click=${() => this.emit('oa-new')}>
        ${icon('edit')}<span>${t.newChat}</span>
      </button>
      <button
        class="quiet row private"
        type="button"
        title=${t.privateHelp}
        @click=${() => this.emit('oa-new', { isPrivate: true })}
      >
        ${icon('lock')}<span>${t.privateChat}</span>
      </button>
      <div class="search" role="search">
        ${icon('search')}
        <input
          type="search"
          aria-label=${t.search}
          placeholder=${t.search}
          .value=${chats.query}
          autocomplete="off"
          spellcheck="false"
          @input=${(/** @type {InputEvent} */ e) => void chats.search(/** @type {HTMLInputElement} */ (e.target).value)}
        />
      </div>
      <span class="sr" role="status">${chats.query ? t.matches(chats.shown.length) : ''}</span>
      <div class="side-list">${this.#groups(chats)}</div>
      <div class="side-foot">
        <p class="fine">${icon('lock')} ${t.localNote}</p>
        <button class="quiet tasks-open" type="button" @click=${() => void this.#openTasks()}>
          ${icon('check')}<span>${t.tasks}</span>
        </button>
        <div class="row">
          <button class="quiet grow" type="button" @click=${() => this.emit('oa-settings', 'general')}>
            ${icon('settings')}<span>${t.settings}</span>
          </button>
          <button
            class="quiet icon keys"
            type="button"
            title=${t.shortcuts}
            aria-label=${t.shortcuts}
            @click=${() => this.emit('oa-shortcuts')}
          >
            ${icon('keyboard')}
          </button>
          <button
            class="quiet icon"
            type="button"
            title=${t.themeToggle(dark ? 'light' : 'dark')}
            aria-label=${t.themeToggle(dark ? 'light' : 'dark')}
            @click=${() => this.emit('oa-theme')}
          >
            ${icon(dark ? 'sun' : 'moon')}
          </button>
        </div>
      </div>`;
  }

  async #openTasks() {
    try {
      await openTasks(/** @type {ShadowRoot} */ (this.getRootNode())); // the one of the page
      if (this.drawer) this.emit('oa-close');
    } catch {
      this.emit('oa-notice', t.partMissing);
    }
  }

  /** @param {import('./chat-list.js').ChatList} chats */
  #groups(chats) {
    const shown = chats.shown;
    if (!shown.length)
      return html`<p class="fine none">${chats.query.trim() ? t.noMatches(chats.query.trim()) : t.noChats}</p>`;
    /** @type {Map<string, Conversation[]>} */
    const groups = new Map();
    for (const c of shown) {
      const name = dateGroup(c.updated_date, t.groups);
      groups.set(name, [...(groups.get(name) ?? []), c]);
    }
    return [...groups].map(
      ([name, list]) =>
        html`<section aria-label=${name}>
          <h2>${name}</h2>
          <ul>
            ${repeat(
              list,
              (c) => c.id,
              (c) => html`<li>${this.#item(c)}</li>`,
            )}
          </ul>
        </section>`,
    );
  }

  /** @param {Conversation} chat */
  #item(chat) {
    if (this.renaming === chat.id) return this.#rename(chat);
    const { session } = this;
    const current = session?.saved === true && session.conversation.id === chat.id;
    const working = session?.answer?.message.conversation_id === chat.id;
    const open = this.menu === chat.id;
    const title = chat.title || t.untitled;
    return html`<div class="item" ?data-current=${current}>
      <button
        class="open"
        type="button"
        aria-current=${current ? 'page' : nothing}
        title=${title}
        @click=${() => this.emit('oa-open', chat.id)}
        @dblclick=${() => this.#startRename(chat.id)}
      >
        <span dir="auto">${title}</span>
        ${working ? html`<span class="pulse" role="img" aria-label=${t.working}></span>` : nothing}
      </button>
      <button
        class="quiet icon menu-button"
        type="button"
        aria-label=${t.chatMenu(title)}
        aria-expanded=${String(open)}
        aria-haspopup="menu"
        @click=${() => void this.#openMenu(open ? null : chat.id)}
      >
        ${icon('more')}
      </button>
      ${open ? this.#menu(chat) : nothing}
    </div>`;
  }

  /** @param {string | null} id */
  async #openMenu(id) {
    this.menu = id;
    if (id) await enterMenu(this, () => (this.menu = null));
  }

  /** @param {Conversation} chat */
  #menu(chat) {
    return menu({
      label: t.chatMenu(chat.title),
      close: () => (this.menu = null),
      items: [
        { name: t.rename, look: 'pencil', act: () => void this.#startRename(chat.id) },
        { name: t.exportOne, look: 'download', act: () => this.emit('oa-export', chat.id) },
        ...(this.chats?.more(chat) ?? []),
        { name: t.remove, look: 'trash', act: () => this.emit('oa-remove', chat.id), danger: true },
      ],
    });
  }

  /** @param {string} id */
  async #startRename(id) {
    this.renaming = id;
    await this.updateComplete;
    this.querySelector('form input')?.closest('li')?.querySelector('input')?.select();
  }

  /** @param {Conversation} chat */
  #rename(chat) {
    let done = false;
    /** @param {string} [title] absent: leave it as it is */
    const finish = (title) => {
      if (done) return;
      done = true;
      this.renaming = null;
      if (title !== undefined && title.trim() !== chat.title) void this.chats?.rename(chat.id, title);
    };
    const value = (/** @type {Event} */ e) =>
      /** @type {HTMLFormElement} */ (e.currentTarget).querySelector('input')?.value;
    return html`<form
      class="item renaming"
      @submit=${(/** @type {Event} */ e) => (e.preventDefault(), finish(value(e)))}
      @focusout=${(/** @type {Event} */ e) => finish(value(e))}
      @keydown=${(/** @type {KeyboardEvent} */ e) => e.key === 'Escape' && !e.isComposing && (e.stopPropagation(), finish())}
    >
      <input type="text" aria-label=${t.renameLabel} maxlength="100" .value=${chat.title} autocomplete="off" />
    </form>`;
  }
}
customElements.define('oa-sidebar', OaSidebar);
