/* Who has done how much: the visitor's level and streak, and the leaderboard. */
import { html, nothing } from 'lit';
import { formatNumber } from '../lib/format.js';
import { OaElement } from './element.js';
import { failureOf } from './engine.js';
import { words } from './tasks-text.js';

/** @typedef {import('../api/tasks.js').Row} Row */
/** @typedef {import('../api/tasks.js').Frame} Frame */

const FRAMES = /** @type {const} */ (['day', 'week', 'month', 'total']);
const SHOWN = 100; // people
const ID_CHARS = 8; // of somebody's id

/** @type {Record<keyof typeof words.columns, (row: Row) => number | string>} */
const CELLS = {
  rank: (row) => row.rank,
  who: (row) => (row.me ? words.you : row.user_id.slice(0, ID_CHARS)),
  leader_score: (row) => row.leader_score,
  prompts: (row) => row.prompts,
  replies: (row) => row.replies_assistant + row.replies_prompter,
  labels: (row) => row.labels_simple + row.labels_full,
  rankings_total: (row) => row.rankings_total,
};
const COLUMNS = /** @type {(keyof typeof CELLS)[]} */ (Object.keys(CELLS));

export class OaTaskPeople extends OaElement {
  static properties = {
    desk: { attribute: false },
    frame: { state: true },
    rows: { state: true },
    failure: { state: true },
  };
  /** @override */
  static sources = ['desk'];

  #turn = 0;

  constructor() {
    super();
    /** @type {import('./task-desk.js').TaskDesk | null} */
    this.desk = null;
    /** @type {Frame} */
    this.frame = 'week';
    /** @type {Row[] | null} */
    this.rows = null;
    this.failure = '';
  }

  /** @override @param {import('lit').PropertyValues} changed */
  updated(changed) {
    if (changed.has('desk') || changed.has('frame')) void this.#read();
  }

  async #read() {
    const turn = ++this.#turn;
    try {
      const answer = await this.desk?.leaderboard(this.frame);
      if (turn === this.#turn) this.rows = answer?.leaderboard ?? [];
    } catch (error) {
      if (turn === this.#turn) this.failure = words.failed(failureOf(error).message);
    }
  }

  /** @override */
  render() {
    const { desk, rows, failure } = this;
    if (!desk?.me) return nothing;
    return html`${this.#me(desk.me)}
      <fieldset class="group">
        <legend>${words.frame}</legend>
        <div class="segments">
          ${FRAMES.map(
            (frame) =>
              html`<label
                ><input
                  type="radio"
                  name="task-frame"
                  .checked=${this.frame === frame}
                  @change=${() => (this.frame = frame)}
                /><span>${words.frames[frame]}</span></label
              >`,
          )}
        </div>
      </fieldset>
      ${failure ? html`<p class="warn" role="alert">${failure}</p>` : nothing} ${rows ? this.#table(rows) : nothing}`;
  }

  /** @param {import('../api/tasks.js').Told} me */
  #me({ level, level_from: from, level_to: to, streak_days: days, total }) {
    const points = total.leader_score;
    return html`<dl class="tiles">
      <div>
        <dt>${words.level(level)}</dt>
        <dd>${words.points(points)}</dd>
        <dd class="fine">
          <progress
            max=${Math.max(1, to - from)}
            .value=${points - from}
            aria-label=${words.level(level + 1)}
          ></progress>
          ${to > from ? words.toNext(to - points) : nothing}
        </dd>
      </div>
      <div>
        <dt>${words.streakTitle}</dt>
        <dd>${words.streak(days)}</dd>
        <dd class="fine">${words.streakHelp}</dd>
      </div>
    </dl>`;
  }

  /** @param {Row[]} rows */
  #table(rows) {
    if (!rows.length) return html`<p class="fine">${words.peopleNone}</p>`;
    const shown = rows.filter((row, i) => i < SHOWN || row.me);
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.tabs.people}>
      <table class="people">
        <thead>
          <tr>
            ${COLUMNS.map((key) => html`<th scope="col">${words.columns[key]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (row) =>
              html`<tr ?data-me=${row.me}>
                ${COLUMNS.map((key) => this.#cell(key, CELLS[key](row)))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  /** @param {keyof typeof CELLS} key @param {number | string} value */
  #cell(key, value) {
    return key === 'who'
      ? html`<th scope="row">${value}</th>`
      : html`<td>${typeof value === 'number' ? formatNumber(value) : value}</td>`;
  }
}
customElements.define('oa-task-people', OaTaskPeople);
