/* The table of what is stored: how much of it is what, how safe it is, and deleting one thing. Emits 'oa-remove' with a chat's id, 'oa-notice',
 * and 'oa-measure' when something was deleted here. */
import { html, nothing, svg } from 'lit';
import { formatBytes } from '../lib/format.js';
import { eraseSessions } from '../store/sessions.js';
import { changeTasks } from '../store/tasks.js';
import { forgetFiles } from '../store/usage.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

const SHOWN = 100; // chats; the others are smaller still

/** One thing that can be deleted. @typedef {{ key: string, name: string, facts: string, sure: string, remove: () => Promise<void> | void }} Item */

export class OaStorage extends OaElement {
  static properties = { engine: { attribute: false }, usage: { attribute: false }, asking: { state: true } };
  /** @override */
  static sources = ['engine', 'usage'];

  constructor() {
    super();
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** @type {import('./usage.js').Usage | null} */
    this.usage = null;
    /** The key of what is about to be deleted. @type {string | null} */
    this.asking = null;
  }

  /** @override */
  render() {
    const { usage, engine } = this;
    if (!usage?.known || !engine) return html`<p class="fine" role="status">${t.measuring}</p>`;
    const { quota, usage: used, persisted } = engine.storage;
    return html`${this.#bar(usage)}
      <p class="fine">${quota === undefined ? nothing : t.space(formatBytes(used ?? 0), formatBytes(quota))}</p>
      <ul class="uses">
        ${this.#part('models', t.models, usage.modelBytes, usage.models.length ? t.modelsKept : t.modelsNone, this.#models(usage))}
        ${this.#part('chats', t.chats, usage.chatBytes, t.chatCount(usage.chats.length), this.#chats(usage))}
        ${this.#part('trees', t.taskTrees, usage.treeBytes, usage.trees ? t.treeCount(usage.trees) : t.taskTreesNone, usage.trees ? [this.#trees(usage)] : [])}
        ${this.#part('saved', t.savedSessions, usage.saved, t.savedHelp, usage.saved ? [this.#saved(usage)] : [])}
        ${this.#part('page', t.pageFiles, usage.page, usage.page ? t.pageFilesHelp : t.pageFilesNone, [])}
      </ul>
      <p>${persisted ? t.persisted : t.notPersisted}</p>
      ${persisted ? nothing : html`<button class="button" type="button" @click=${() => void this.#persist()}>${t.persistAsk}</button>`}`;
  }

  /** The parts side by side; their names and figures are in the list. @param {import('./usage.js').Usage} usage */
  #bar(usage) {
    const all = Math.max(1, usage.total);
    let x = 0;
    const pieces = Object.entries({
      models: usage.modelBytes,
      chats: usage.chatBytes,
      trees: usage.treeBytes,
      saved: usage.saved,
      page: usage.page,
    });
    return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      ${pieces.map(([kind, bytes]) => {
        const width = (100 * bytes) / all;
        x += width;
        return svg`<rect class=${kind} x=${x - width} width=${width} height="1" />`;
      })}
    </svg>`;
  }

  /** @param {string} kind @param {string} name @param {number} bytes @param {string} facts @param {Item[]} items */
  #part(kind, name, bytes, facts, items) {
    const head = html`<span class="swatch ${kind}"></span>
      <span class="grow"><strong>${name}</strong><small>${facts}</small></span>
      <span class="figures">${formatBytes(bytes)}</span>`;
    const shown = items.slice(0, SHOWN);
    const rest = items.length - shown.length;
    const list = html`<ul>
      ${shown.map((item) => html`<li>${this.#item(item)}</li>`)}
      ${rest ? html`<li><small>${t.moreSmaller(rest)}</small></li>` : nothing}
    </ul>`;
    return html`<li data-kind=${kind}>
      ${
        kind === 'chats' && items.length
          ? html`<details>
              <summary class="use">${head}</summary>
              ${list}
            </details>`
          : html`<div class="use">${head}</div>
              ${items.length ? list : nothing}`
      }
    </li>`;
  }

  /** @param {Item} item */
  #item(item) {
    const ask = (/** @type {string | null} */ key) => {
      this.asking = key;
      void this.updateComplete.then(() =>
        this.#focus(key ? '[role=alertdialog] .cancel' : `[data-key="${CSS.escape(item.key)}"]`),
      );
    };
    const remove = async () => {
      this.asking = null;
      await item.remove();
      this.emit('oa-measure');
    };
    if (this.asking === item.key)
      return html`<div class="sure" role="alertdialog" aria-label=${item.sure}>
        <p>${item.sure}</p>
        <div class="row">
          <button class="button small danger" type="button" @click=${() => void remove()}>${t.remove}</button>
          <button class="button small cancel" type="button" @click=${() => ask(null)}>${t.cancel}</button>
        </div>
      </div>`;
    const label = `${t.remove}: ${item.name}`;
    return html`<div class="use">
      <span class="grow name" dir="auto">${item.name}</span><span class="figures">${item.facts}</span>
      <button
        class="quiet icon"
        type="button"
        data-key=${item.key}
        title=${t.remove}
        aria-label=${label}
        @click=${() => ask(item.key)}
      >
        ${icon('trash')}
      </button>
    </div>`;
  }

  /** @param {string} selector */
  #focus(selector) {
    /** @type {HTMLElement | null} */ (this.querySelector(selector))?.focus();
  }

  /** @param {import('./usage.js').Usage} usage @returns {Item[]} */
  #models({ models }) {
    return models.map(({ ids, name, bytes, size }) => ({
      key: `model ${ids[0]}`,
      name,
      facts: bytes < size ? t.progress(formatBytes(bytes), formatBytes(size)) : formatBytes(bytes),
      sure: t.removeModelSure(name, formatBytes(bytes)),
      remove: async () => {
        await forgetFiles(ids);
        await this.engine?.refresh();
        this.emit('oa-notice', t.forgotten(name));
      },
    }));
  }

  /** @param {import('./usage.js').Usage} usage @returns {Item[]} */
  #chats({ chats }) {
    return chats.map(({ id, title, bytes, messages }) => ({
      key: `chat ${id}`,
      name: title || t.untitled,
      facts: formatBytes(bytes),
      sure: t.removeChatSure(title || t.untitled, messages),
      remove: () => this.emit('oa-remove', id),
    }));
  }

  /** @param {import('./usage.js').Usage} usage @returns {Item} */
  #saved({ saved }) {
    const remove = () => eraseSessions();
    return { key: 'saved', name: t.savedAll, facts: formatBytes(saved), sure: t.removeSavedSure, remove };
  }

  /** @param {import('./usage.js').Usage} usage @returns {Item} */
  #trees({ treeBytes }) {
    const remove = async () => void (await changeTasks({ all: true, desk: { tasks: [] } }));
    return { key: 'trees', name: t.removeTreesName, facts: formatBytes(treeBytes), sure: t.removeTreesSure, remove };
  }

  async #persist() {
    const agreed = await navigator.storage?.persist?.().catch(() => false);
    await this.engine?.refresh();
    if (!agreed) this.emit('oa-notice', t.persistRefused);
  }
}
customElements.define('oa-storage', OaStorage);
