/* The card of the model that is not there yet: what it is and how big, its download with a way to stop it, and what to do
 * when it failed. Emits 'oa-open-file'. */
import { html, nothing } from 'lit';
import { formatBytes, formatDuration } from '../lib/format.js';
import { OaElement } from './element.js';
import { failureLines } from './failure.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

/** @typedef {import('./engine-types.js').ModelEntry} ModelEntry */

export class OaLoad extends OaElement {
  static properties = { engine: { attribute: false } };
  /** @override */
  static sources = ['engine'];

  constructor() {
    super();
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
  }

  /** @override */
  render() {
    const { engine } = this;
    if (!engine || engine.state === 'ready') return nothing;
    return html`<section
      class="card load"
      aria-label=${t.model}
      ?data-bad=${engine.state === 'error' || engine.state === 'crashed'}
    >
      ${this.#state(engine)}
    </section>`;
  }

  /** @param {import('./engine.js').Engine} engine */
  #state(engine) {
    if (engine.state === 'loading') return this.#progress(engine);
    if (engine.failure || engine.state === 'crashed') return this.#failed(engine);
    return engine.listed || engine.chosen || engine.files ? this.#offer(engine) : this.#unknown();
  }

  /** The list of models is on its way: what will be there, without words. */
  #unknown() {
    return html`<div class="model" aria-hidden="true">
        ${icon('chip')}
        <div><span class="bone"></span><span class="bone short"></span></div>
      </div>
      <div class="row">
        <button class="button primary" type="button" disabled>${icon('download')}<span>${t.open}</span></button>
        ${this.#fileButton()}
      </div>
      <p class="fine">${t.once}</p>`;
  }

  /** @param {import('./engine.js').Engine} engine */
  #offer(engine) {
    const { entry } = engine;
    const others = engine.models.length > 1 && !engine.files;
    return html`${others ? this.#choice(engine) : this.#what(entry, engine.name)}
      <div class="row">
        <button
          class="button primary"
          type="button"
          ?disabled=${!engine.chosen && !engine.files}
          @click=${() => void engine.load()}
        >
          ${icon('download')}<span>${this.#verb(entry)}</span>
        </button>
        ${this.#fileButton()}
      </div>
      ${
        entry?.cachedBytes && !entry.cached
          ? html`<p class="fine">${t.partly(formatBytes(entry.cachedBytes), formatBytes(entry.size))}</p>`
          : html`<p class="fine">${t.once}</p>`
      }
      ${engine.offline && !entry?.cached ? html`<p class="fine warn">${icon('warn')} ${t.offlineModel}</p>` : nothing}
      ${this.#room(engine)}`;
  }

  /** @param {ModelEntry | null} entry */
  #verb(entry) {
    if (!entry || entry.cached) return t.open;
    return entry.cachedBytes
      ? t.resume(formatBytes(entry.size - entry.cachedBytes))
      : t.download(formatBytes(entry.size));
  }

  /** @param {ModelEntry | null} entry @param {string} name */
  #what(entry, name) {
    const facts = entry ? modelFacts(entry, false) : [];
    return html`<div class="model">
      ${icon('chip')}
      <div>
        <strong>${name || t.noModel}</strong> ${facts.length ? html`<span>${facts.join(' · ')}</span>` : nothing}
      </div>
    </div>`;
  }

  /** @param {import('./engine.js').Engine} engine */
  #choice(engine) {
    return html`<fieldset class="models">
      <legend class="sr">${t.model}</legend>
      ${engine.models.map(
        (m) =>
          html`<label class="model">
            <input
              type="radio"
              name="model"
              .checked=${m.id === engine.chosen}
              @change=${() => this.emit('oa-choose', m.id)}
            />
            <div><strong>${m.name}</strong><span>${modelFacts(m, engine.offline).join(' · ')}</span></div></label
          >`,
      )}
    </fieldset>`;
  }

  #fileButton() {
    return html`<button class="button ghost" type="button" @click=${() => this.emit('oa-open-file')}>
      ${icon('file')} <span>${t.openFile}</span>
    </button>`;
  }

  /** @param {import('./engine.js').Engine} engine */
  #room({ entry, storage }) {
    const { quota, usage } = storage;
    if (!entry || quota === undefined || usage === undefined) return nothing;
    const need = entry.size - (entry.cachedBytes ?? 0);
    if (entry.cached || need <= quota - usage) return nothing;
    return html`<p class="fine warn">${icon('warn')} ${t.noSpace(formatBytes(need), formatBytes(quota - usage))}</p>`;
  }

  /** @param {import('./engine.js').Engine} engine */
  #progress(engine) {
    const { progress } = engine;
    const download = progress?.phase === 'download';
    const known = progress && progress.total > 0;
    const facts = known
      ? [
          t.progress(formatBytes(progress.loaded), formatBytes(progress.total)),
          ...(download && progress.rate ? [t.rate(formatBytes(progress.rate))] : []),
          ...(download && progress.eta ? [t.left(formatDuration(progress.eta))] : []),
        ]
      : [];
    return html`<div class="row spread">
        <strong>${download ? t.downloading(engine.name) : t.opening(engine.name)}</strong>
        <button class="button small" type="button" @click=${() => engine.cancel()}>${t.cancel}</button>
      </div>
      ${
        known
          ? html`<progress max=${progress.total} .value=${progress.loaded} aria-label=${t.progressLabel}></progress>`
          : html`<progress aria-label=${t.progressLabel}></progress>`
      }
      <p class="fine figures">${facts.join(' · ') || '\u00a0'}</p>`;
  }

  /** @param {import('./engine.js').Engine} engine */
  #failed(engine) {
    const { failure } = engine;
    const hint = failure ? (failure.code === 'ERR_NETWORK' ? t.keptSoFar : '') : t.crashedHint;
    const other = engine.models.find((m) => m.id !== engine.entry?.id);
    const { quota, usage } = engine.storage;
    const numbers =
      failure?.code === 'ERR_STORAGE' && quota !== undefined
        ? t.space(formatBytes(usage ?? 0), formatBytes(quota))
        : '';
    return html`<div class="model bad" role="alert">
        ${icon('warn')}
        <div>
          <strong>${failure ? (engine.chosen || engine.files ? t.modelFailed : t.noModels) : t.crashed}</strong>
          ${failure ? failureLines(failure) : nothing} ${hint ? html`<span>${hint}</span>` : nothing}
          ${numbers ? html`<span>${numbers}</span>` : nothing}
        </div>
      </div>
      <div class="row">
        <button class="button primary" type="button" @click=${() => void engine.load()}>
          ${icon('redo')} <span>${failure ? t.retry : t.restart}</span></button
        >${other ? this.#instead(other) : nothing} ${this.#fileButton()}
      </div>`;
  }

  /** @param {ModelEntry} model */
  #instead(model) {
    return html`<button class="button" type="button" @click=${() => this.emit('oa-choose', model.id)}>
      ${t.useInstead(model.name)}
    </button>`;
  }
}
customElements.define('oa-load', OaLoad);

/** @param {ModelEntry} entry @param {boolean} offline @returns {string[]} */
export function modelFacts(entry, offline) {
  return [
    formatBytes(entry.size),
    ...(entry.license ? [t.licence(entry.license)] : []),
    ...(entry.context ? [t.contextSize(entry.context)] : []),
    ...(entry.cached ? [t.cached] : offline ? [t.needsNetwork] : []),
  ];
}
