/* The view of tasks: its sections and how one moves between them. Emits 'oa-notice'. */
import { html, nothing } from 'lit';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { rating as scales } from './styles/rating.js';
import { settings as fields } from './styles/settings.js';
import { tasks as looks } from './styles/tasks.js';
import { TaskDesk } from './task-desk.js';
import { speakTasks, words } from './tasks-text.js';
import { language, text as t } from './text.js';
import './task-card.js';
import './task-people.js';
import './task-rules.js';
import './task-threads.js';

/** @typedef {import('./task-desk.js').TaskType} TaskType */
/** @typedef {'task' | 'people' | 'threads' | 'rules'} Tab */

const TABS = /** @type {const} */ ([
  ['task', 'edit'],
  ['people', 'up'],
  ['threads', 'file'],
  ['rules', 'settings'],
]);

export class OaTasks extends OaElement {
  static properties = { desk: { state: true }, tab: { state: true } };
  /** @override */
  static sheets = [fields, scales, looks];
  /** @override */
  static sources = ['desk'];

  #speak = () => void speakTasks().then(() => this.requestUpdate());

  constructor() {
    super();
    /** While the view is open. @type {TaskDesk | null} */
    this.desk = null;
    /** @type {Tab} */
    this.tab = 'task';
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    language.addEventListener('change', this.#speak);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    language.removeEventListener('change', this.#speak);
    this.desk?.close();
  }

  async open() {
    await speakTasks();
    this.desk = new TaskDesk();
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
    await this.desk.open();
  }

  #closed() {
    this.desk?.close();
    this.desk = null;
    this.tab = 'task';
  }

  /** @override */
  render() {
    return html`<dialog class="dialog settings tasks" aria-labelledby="tasks-title" @close=${this.#closed}>
      <div class="dialog-head">
        <h2 id="tasks-title">${words.title}</h2>
        <button
          class="quiet icon"
          type="button"
          aria-label=${t.close}
          title=${t.close}
          @click=${() => this.querySelector('dialog')?.close()}
        >
          ${icon('close')}
        </button>
      </div>
      ${this.desk ? this.#body(this.desk) : nothing}
    </dialog>`;
  }

  /** @param {TaskDesk} desk */
  #body(desk) {
    return html`<div class="panes">
      <div class="tabs" role="tablist" aria-labelledby="tasks-title" @keydown=${this.#key}>
        ${TABS.map(
          ([id, look]) =>
            html`<button
              role="tab"
              type="button"
              id=${`tasks-tab-${id}`}
              aria-selected=${String(this.tab === id)}
              aria-controls="tasks-pane"
              tabindex=${this.tab === id ? 0 : -1}
              @click=${() => this.#show(id)}
            >
              ${icon(look)}<span>${words.tabs[id]}</span>
            </button>`,
        )}
      </div>
      <div class="pane" id="tasks-pane" role="tabpanel" tabindex="0" aria-labelledby=${`tasks-tab-${this.tab}`}>
        <p class="fine said" role="status">${desk.said}</p>
        ${desk.failure ? html`<p class="warn" role="alert">${desk.failure}</p>` : nothing} ${this.#pane(desk)}
      </div>
    </div>`;
  }

  /** @param {Tab} tab */
  #show(tab) {
    this.tab = tab;
    this.desk?.hush();
  }

  /** @param {TaskDesk} desk */
  #pane(desk) {
    switch (this.tab) {
      case 'people':
        return html`<oa-task-people .desk=${desk}></oa-task-people>`;
      case 'threads':
        return html`<oa-task-threads .desk=${desk}></oa-task-threads>`;
      case 'rules':
        return html`<oa-task-rules .desk=${desk}></oa-task-rules>`;
      default:
        return desk.card
          ? html`<oa-task .desk=${desk} .card=${desk.card}></oa-task>`
          : html`${this.#isNew(desk) ? this.#intro() : nothing} ${this.#kinds(desk)}`;
    }
  }

  /** @param {TaskDesk} desk */
  #isNew(desk) {
    return desk.me?.total.leader_score === 0 && desk.me.total.prompts === 0;
  }

  #intro() {
    return html`<section class="intro" aria-labelledby="tasks-intro">
      <h3 id="tasks-intro">${words.introTitle}</h3>
      ${words.intro.map((line) => html`<p>${line}</p>`)}
    </section>`;
  }

  /** @param {TaskDesk} desk */
  #kinds(desk) {
    const { available, busy } = desk;
    if (!available) return html`<p class="fine" role="status">${busy ? t.working : ''}</p>`;
    const kinds = /** @type {[TaskType, number][]} */ (Object.entries(available));
    const all = kinds.reduce((sum, [, count]) => sum + count, 0);
    return html`<div class="group">
        <button class="button primary" type="button" ?disabled=${busy || !all} @click=${() => void desk.next('random')}>
          ${words.random}
        </button>
        <small>${all ? words.randomHelp : words.nothing}</small>
      </div>
      <h3 id="tasks-kinds">${words.kindsTitle}</h3>
      <ul class="kinds" aria-labelledby="tasks-kinds">
        ${kinds.map(([kind, count]) => this.#kind(desk, kind, count))}
      </ul>`;
  }

  /** @param {TaskDesk} desk @param {TaskType} kind @param {number} count */
  #kind(desk, kind, count) {
    const { title, help } = words.kinds[kind];
    return html`<li>
      <button
        type="button"
        class="kind"
        data-kind=${kind}
        ?disabled=${desk.busy || !count}
        @click=${() => void desk.next(kind)}
      >
        <strong>${title}</strong><small>${help}</small><span class="figures">${words.available(count)}</span>
      </button>
    </li>`;
  }

  /** @param {KeyboardEvent} event */
  async #key(event) {
    const mirrored = getComputedStyle(this).direction === 'rtl';
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: 1,
      ArrowUp: -1,
      ArrowRight: mirrored ? -1 : 1,
      ArrowLeft: mirrored ? 1 : -1,
    });
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const at = TABS.findIndex(([id]) => id === this.tab);
    this.#show(TABS[(at + step + TABS.length) % TABS.length]?.[0] ?? 'task');
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('[role=tab][aria-selected=true]'))?.focus();
  }
}
customElements.define('oa-tasks', OaTasks);
