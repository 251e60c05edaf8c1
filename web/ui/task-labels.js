/* The labels that a message is asked for, each by its widget. What need not be answered may be left open. */
import { html, nothing } from 'lit';
import { DEGREES } from '../store/feedback.js';
import { choice } from './choice.js';
import { OaElement } from './element.js';
import { words } from './tasks-text.js';
import { text as t } from './text.js';

/** @typedef {import('../api/tasks.js').TaskLabel} TaskLabel */

/** The page's words for a label, else the protocol's own. @param {Record<string, string>} names @param {TaskLabel} label */
const nameOf = (names, { name, display_text: own }) => names[name] ?? own;

export class OaTaskLabels extends OaElement {
  static properties = { desk: { attribute: false }, card: { attribute: false }, given: { state: true } };
  /** @override */
  static sources = ['desk'];

  constructor() {
    super();
    /** @type {import('./task-desk.js').TaskDesk | null} */
    this.desk = null;
    /** @type {import('./task-desk.js').TaskCard | null} */
    this.card = null;
    /** @type {Record<string, number>} */
    this.given = {};
  }

  /** @override @param {import('lit').PropertyValues} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has('card') && changed.get('card')?.id !== this.card?.id) this.given = {};
  }

  /** @param {string} name @param {number | null} value */
  #set(name, value) {
    const given = { ...this.given };
    if (value === null) delete given[name];
    else given[name] = value;
    this.given = given;
  }

  get #complete() {
    return this.card?.mandatory_labels?.every((name) => name in this.given) ?? false;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const { card, desk } = this;
    if (!card || !desk || !this.#complete) return;
    const flags =
      card.labels?.filter((label) => label.widget === 'flag').map(({ name }) => [name, this.given[name] ?? 0]) ?? [];
    const labels = { .../** @type {Record<string, number>} */ (Object.fromEntries(flags)), ...this.given }; // what was not ticked is denied
    void desk.submit({ type: 'text_labels', task_id: card.id, labels });
  }

  /** @override */
  render() {
    const { card, desk } = this;
    if (!card?.labels || !desk) return nothing;
    const of = (/** @type {TaskLabel['widget']} */ widget) =>
      card.labels?.filter((label) => label.widget === widget) ?? [];
    return html`<form aria-label=${words.labelsTitle} @submit=${this.#submit}>
      <div class="scales">
        ${of('yes_no').map((label) => this.#question(label))} ${of('likert').map((label) => this.#scale(label))}
      </div>
      <fieldset class="group">
        <legend>${t.problems}</legend>
        <div class="checks">${of('flag').map((label) => this.#flag(label))}</div>
      </fieldset>
      <div class="row">
        <button class="button primary" type="submit" ?disabled=${desk.busy || !this.#complete}>${words.submit}</button>
      </div>
    </form>`;
  }

  /** @param {TaskLabel} label */
  #question(label) {
    const required = this.card?.mandatory_labels?.includes(label.name) ?? false;
    const name = nameOf(t.questionNames, label);
    return choice({
      name: `task-${label.name}`,
      title: required ? `${name} (${words.required})` : name,
      answers: [t.no, t.yes],
      given: this.given[label.name],
      required,
      set: (value) => this.#set(label.name, value),
    });
  }

  /** @param {TaskLabel} label */
  #scale(label) {
    const known = /** @type {Record<string, { title: string, low: string, high: string }>} */ (t.scaleNames)[
      label.name
    ];
    return choice({
      name: `task-${label.name}`,
      title: known?.title ?? label.display_text,
      answers: Array.from({ length: DEGREES }, (_, i) => t.degree(i + 1, DEGREES)),
      ends: [known?.low ?? '', known?.high ?? ''],
      given: this.given[label.name],
      set: (value) => this.#set(label.name, value),
    });
  }

  /** @param {TaskLabel} label */
  #flag(label) {
    const given = this.given[label.name] === 1;
    return html`<label
      ><input type="checkbox" .checked=${given} @change=${() => this.#set(label.name, given ? null : 1)} />
      <span>${nameOf(t.flagNames, label)}</span></label
    >`;
  }
}
customElements.define('oa-task-labels', OaTaskLabels);
