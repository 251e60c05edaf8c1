/* What the visitor said of answers: how much of what, over time, which presets win, whether the place on the page matters, agreement with others, and
 * every single thing, to be taken back. Emits 'oa-notice'. */
import { html, nothing } from 'lit';
import { countChats } from '../api/data.js';
import { formatNumber, formatPercent, formatDay } from '../lib/format.js';
import { KINDS, byDay } from '../store/opinions.js';
import { collectOpinions, eraseOpinions } from '../store/stored-opinions.js';
import { OaElement } from './element.js';
import { failureOf } from './engine.js';
import { icon } from './icons.js';
import { plotDays } from './plot.js';
import { presetTable } from './preset-table.js';
import { opinions as looks } from './styles/opinions.js';
import { text as t } from './text.js';

/** @typedef {import('../store/opinions.js').Opinion} Opinion */
/** @typedef {import('../store/opinions.js').Opinions} Opinions */
/** @typedef {{ agreement: number | null, labels: Record<string, { alpha?: number | null }> }} Agreement */

const DAYS = 30;
const SHOWN = 50; // of the single things, at first
const COLORS = /** @type {const} */ ({
  thumb: '--accent',
  labels: '--use-chats',
  report: '--bad',
  better: '--muted',
  comparison: '--use-saved',
});

const lastDays = () =>
  Array.from({ length: DAYS }, (_, i) => new Date(Date.now() - (DAYS - 1 - i) * 86_400_000).toISOString().slice(0, 10));

export class OaOpinions extends OaElement {
  static properties = {
    session: { attribute: false },
    prefs: { attribute: false },
    chats: { attribute: false },
    opinions: { state: true },
    agreement: { state: true },
    failure: { state: true },
    shown: { state: true },
    sure: { state: true },
  };
  /** @override */
  static sheets = [looks];
  /** @override */
  static sources = ['prefs'];

  /** @type {(() => void) | null} */ #unplot = null;
  #drawn = '';

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./prefs.js').Prefs | null} */
    this.prefs = null;
    /** @type {import('./chat-list.js').ChatList | null} */
    this.chats = null;
    /** @type {Opinions | null} */
    this.opinions = null;
    /** @type {Agreement | null} */
    this.agreement = null;
    this.failure = '';
    this.shown = SHOWN;
    /** Taking everything back was asked for and is to be confirmed. */
    this.sure = false;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    void this.#collect();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#unplot?.();
    this.#unplot = null;
    this.#drawn = '';
  }

  async #collect() {
    try {
      this.opinions = await collectOpinions();
      const { agreement, labels } = await countChats({ rated: true });
      this.agreement = { agreement, labels };
    } catch (error) {
      this.failure = failureOf(error).message;
    }
  }

  /** Draws the plot where it is another than the one that is seen. @override @param {import('lit').PropertyValues} changed */
  updated(changed) {
    super.updated(changed);
    const place = /** @type {HTMLElement | null} */ (this.querySelector('.plot'));
    const { opinions } = this;
    const now = JSON.stringify([opinions?.all.length, this.prefs?.seenTheme, document.documentElement.lang]);
    if (!place || !opinions || now === this.#drawn) return;
    this.#drawn = now;
    this.#unplot?.();
    const days = lastDays();
    const counts = byDay(opinions.all, days);
    const series = KINDS.map((kind) => ({ label: t.opinionKinds[kind], color: COLORS[kind], values: counts[kind] }));
    this.#unplot = plotDays(place, days, series);
  }

  /** @override */
  render() {
    const { opinions, failure } = this;
    if (failure) return html`<p class="warn" role="alert">${failure}</p>`;
    if (!opinions) return html`<p class="fine" role="status">${t.measuring}</p>`;
    if (!opinions.all.length) return html`<p>${t.opinionsNone}</p>`;
    return html`${this.#counts(opinions)} ${this.#overTime(opinions)}
    ${presetTable(opinions.presets, this.prefs?.value.presets ?? [])} ${this.#positions(opinions)} ${this.#agreement()}
    ${this.#list(opinions)}`;
  }

  /** @param {Opinions} opinions */
  #counts({ all }) {
    return html`<dl class="tiles">
      ${KINDS.map((kind) => {
        const n = all.filter((o) => o.kind === kind).length;
        return html`<div data-kind=${kind}>
          <dt><span class="swatch"></span>${t.opinionKinds[kind]}</dt>
          <dd>${formatNumber(n)}</dd>
        </div>`;
      })}
    </dl>`;
  }

  /** @param {Opinions} opinions */
  #overTime({ all }) {
    const days = lastDays();
    const counts = byDay(all, days);
    const total = (/** @type {number} */ i) => KINDS.reduce((sum, kind) => sum + (counts[kind][i] ?? 0), 0);
    const busy = days.flatMap((day, i) => (total(i) ? [{ day, n: total(i) }] : []));
    return html`<div class="group">
      <h3>${t.opinionsOverTime}</h3>
      <div class="plot" role="img" aria-label=${t.opinionsOverTime}></div>
      <details>
        <summary>${t.asTable}</summary>
        <table>
          <tbody>
            ${busy.map(
              ({ day, n }) =>
                html`<tr>
                  <th scope="row">${formatDay(day)}</th>
                  <td>${formatNumber(n)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </details>
    </div>`;
  }

  /** @param {Opinions} opinions */
  #positions({ bestAt }) {
    const total = bestAt.reduce((a, b) => a + (b ?? 0), 0);
    if (!total) return nothing;
    return html`<div class="group">
      <h3>${t.bestAt}</h3>
      <p class="figures">
        ${Array.from(bestAt, (n = 0, i) => `${String.fromCharCode(65 + i)} ${formatPercent(n / total)}`).join(' · ')}
      </p>
      <small>${t.bestAtHelp}</small>
    </div>`;
  }

  #agreement() {
    const { agreement } = this;
    if (!agreement) return nothing;
    const names = /** @type {Record<string, string>} */ ({ ...t.questionNames, ...t.flagNames });
    const titles = /** @type {Record<string, { title: string }>} */ (t.scaleNames);
    const alphas = Object.entries(agreement.labels).flatMap(([name, { alpha }]) =>
      typeof alpha === 'number'
        ? [`${titles[name]?.title ?? names[name] ?? name} ${formatNumber(Math.round(alpha * 100) / 100)}`]
        : [],
    );
    const tau = agreement.agreement;
    return html`<div class="group">
      <h3>${t.agreement}</h3>
      ${tau === null && !alphas.length ? html`<p>${t.agreementNone}</p>` : nothing}
      ${tau === null ? nothing : html`<p class="figures">${t.tau(formatNumber(Math.round(tau * 100) / 100))}</p>`}
      ${alphas.length ? html`<p class="figures">${t.alpha(alphas.join(' · '))}</p>` : nothing}
      <small>${t.agreementHelp}</small>
    </div>`;
  }

  /** @param {Opinions} opinions */
  #list({ all }) {
    return html`<div class="group">
        <h3>${t.opinionsAll}</h3>
        <ul class="opinions">
          ${all.slice(0, this.shown).map(
            (o) =>
              html`<li data-kind=${o.kind}>
                <span class="swatch"></span>
                <span class="grow name"
                  ><small>${this.#said(o)} · ${formatDay(o.date)}</small><span dir="auto">${o.text}</span></span
                >
                <button
                  class="quiet icon"
                  type="button"
                  title=${t.takeBack}
                  aria-label=${`${t.takeBack}: ${this.#said(o)}, ${o.text}`}
                  @click=${() => void this.#erase([o])}
                >
                  ${icon('trash')}
                </button>
              </li>`,
          )}
        </ul>
        ${
          all.length > this.shown
            ? html`<button class="button small" type="button" @click=${() => (this.shown += SHOWN)}>
                ${t.showMore}
              </button>`
            : nothing
        }
      </div>
      <div class="group danger-zone">
        ${
          this.sure
            ? html`<div role="alertdialog" aria-label=${t.takeAllBackSure} class="row wrap">
                <strong>${t.takeAllBackSure}</strong>
                <button class="button danger" type="button" @click=${() => void this.#erase(all)}>
                  ${t.takeAllBack}
                </button>
                <button class="button" type="button" @click=${() => (this.sure = false)}>${t.cancel}</button>
              </div>`
            : html`<button class="button danger" type="button" @click=${() => void this.#ask()}>
                ${icon('trash')}<span>${t.takeAllBack}</span>
              </button>`
        }
      </div>`;
  }

  /** @param {Opinion} o */
  #said(o) {
    return o.kind === 'thumb' ? (o.up ? t.goodAnswer : t.badAnswer) : t.opinionKinds[o.kind];
  }

  async #ask() {
    this.sure = true;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('[role=alertdialog] .button:last-child'))?.focus();
  }

  /** @param {Opinion[]} opinions */
  async #erase(opinions) {
    this.sure = false;
    try {
      await eraseOpinions(opinions);
    } catch (error) {
      return this.emit('oa-notice', failureOf(error).message);
    }
    await this.session?.storeChanged({ type: 'all' });
    await this.#collect();
    this.emit('oa-notice', t.takenBack(opinions.length));
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('.opinions button, .danger-zone button'))?.focus();
  }
}
customElements.define('oa-opinions', OaOpinions);
