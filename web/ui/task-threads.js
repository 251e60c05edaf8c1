/* The threads on this device: where each stands; taking them along, bringing others in, deleting them. Emits 'oa-notice'. */
import { html, nothing } from 'lit';
import { firstWords, formatNumber } from '../lib/format.js';
import { OaElement } from './element.js';
import { failureOf } from './engine.js';
import { save } from './files.js';
import { icon } from './icons.js';
import { words } from './tasks-text.js';
import { text as t } from './text.js';

/** @typedef {import('../api/tasks.js').Thread} Thread */

const SHOWN = 100; // threads
const ALL = Symbol('all threads');

export class OaTaskThreads extends OaElement {
  static properties = {
    desk: { attribute: false },
    told: { state: true },
    asking: { state: true },
    packed: { state: true },
  };

  #turn = 0;
  #read = () => void this.#refresh();

  constructor() {
    super();
    /** @type {import('./task-desk.js').TaskDesk | null} */
    this.desk = null;
    /** @type {import('../api/tasks.js').Told | null} */
    this.told = null;
    /** What is about to be deleted. @type {string | typeof ALL | null} */
    this.asking = null;
    this.packed = false;
  }

  /** @override @param {import('lit').PropertyValues} changed */
  updated(changed) {
    if (!changed.has('desk')) return;
    changed.get('desk')?.removeEventListener('change', this.#read);
    this.desk?.addEventListener('change', this.#read);
    this.#read();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.desk?.removeEventListener('change', this.#read);
  }

  async #refresh() {
    const turn = ++this.#turn;
    if (this.desk?.busy) return;
    const told = await this.desk?.overview().catch(() => null); // it said so itself
    if (turn === this.#turn && told) this.told = told;
  }

  /** @param {Event} event */
  #picked(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (file) void this.desk?.add(file);
    input.value = '';
  }

  async #save() {
    const { packed } = this;
    try {
      const file = await this.desk?.file(packed);
      if (file) save(file, `open-assistant-threads.jsonl${packed ? '.gz' : ''}`);
      this.emit('oa-notice', words.exported);
    } catch (error) {
      this.emit('oa-notice', words.failed(failureOf(error).message));
    }
  }

  /** @override */
  render() {
    const { told } = this;
    if (!told) return html`<p class="fine" role="status">${t.measuring}</p>`;
    return html`${this.#states(told.states)} ${this.#list(told.trees)} ${this.#share(told.trees.length)}
    ${told.trees.length ? this.#removeAll() : nothing}`;
  }

  /** @param {Record<string, number>} states */
  #states(states) {
    const some = Object.entries(states).filter(([, count]) => count);
    if (!some.length) return html`<p class="fine">${words.threadsNone}</p>`;
    return html`<h3 id="task-states">${words.statesTitle}</h3>
      <dl class="tiles" aria-labelledby="task-states">
        ${some.map(
          ([state, count]) =>
            html`<div data-state=${state}>
              <dt>${this.#state(state)}</dt>
              <dd>${formatNumber(count)}</dd>
            </div>`,
        )}
      </dl>`;
  }

  /** @param {string} state */
  #state(state) {
    return /** @type {Record<string, string>} */ (words.states)[state] ?? words.others;
  }

  /** @param {Thread[]} trees */
  #list(trees) {
    const newest = trees.toSorted((a, b) => ((a.created_date ?? '') < (b.created_date ?? '') ? 1 : -1));
    return html`<ul class="uses threads">
      ${newest.slice(0, SHOWN).map((tree) => html`<li>${this.#tree(tree)}</li>`)}
      ${newest.length > SHOWN ? html`<li><small>${words.more(newest.length - SHOWN)}</small></li>` : nothing}
    </ul>`;
  }

  /** @param {Thread} tree */
  #tree(tree) {
    const name = firstWords(tree.text, 60);
    if (this.asking === tree.id) return this.#sure(words.removeSure(name), tree.id);
    return html`<div class="use">
      <span class="grow">
        <span class="name" dir="auto">${name}</span>
        <small>${this.#state(tree.state)} · ${words.grown(tree.reviewed, tree.goal)}</small>
      </span>
      <button
        class="quiet icon"
        type="button"
        title=${words.remove}
        aria-label=${`${words.remove}: ${name}`}
        @click=${() => void this.#ask(tree.id)}
      >
        ${icon('trash')}
      </button>
    </div>`;
  }

  /** @param {string} sure @param {string | typeof ALL} what */
  #sure(sure, what) {
    const remove = () => {
      this.asking = null;
      void this.desk?.remove(what === ALL ? null : String(what));
    };
    return html`<div class="sure" role="alertdialog" aria-label=${sure}>
      <p>${sure}</p>
      <div class="row">
        <button class="button small danger" type="button" @click=${remove}>${words.remove}</button>
        <button class="button small cancel" type="button" @click=${() => (this.asking = null)}>${t.cancel}</button>
      </div>
    </div>`;
  }

  /** @param {string | typeof ALL} what */
  async #ask(what) {
    this.asking = what;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('[role=alertdialog] .cancel'))?.focus();
  }

  /** @param {number} count */
  #share(count) {
    const choose = () => /** @type {HTMLInputElement | null} */ (this.querySelector('input[type=file]'))?.click();
    return html`<div class="group">
      <h3>${words.share}</h3>
      <small>${words.shareHelp}</small>
      <div class="row wrap">
        <button class="button" type="button" ?disabled=${!count} @click=${() => void this.#save()}>
          ${icon('download')}<span>${words.exportAll}</span>
        </button>
        <label
          ><input
            type="checkbox"
            name="packed"
            .checked=${this.packed}
            @change=${(/** @type {Event} */ e) => (this.packed = /** @type {HTMLInputElement} */ (e.target).checked)}
          />
          ${words.packed}</label
        >
        <button class="button" type="button" @click=${choose}>${icon('upload')}<span>${words.importAll}</span></button>
      </div>
      <input
        class="sr"
        type="file"
        accept=".jsonl,.json,.gz"
        tabindex="-1"
        aria-label=${words.importAll}
        @change=${this.#picked}
      />
      <div class="row">
        <button class="button" type="button" @click=${() => void this.desk?.add(null)}>${words.takeChats}</button>
      </div>
      <small>${words.takeChatsHelp}</small>
    </div>`;
  }

  #removeAll() {
    return html`<div class="group">
      ${
        this.asking === ALL
          ? this.#sure(words.removeAllSure, ALL)
          : html`<button class="button danger" type="button" @click=${() => void this.#ask(ALL)}>
              ${icon('trash')}<span>${words.removeAll}</span>
            </button>`
      }
    </div>`;
  }
}
customElements.define('oa-task-threads', OaTaskThreads);
