/* Writes an answer once more, with the model, the sampling and the seed that it was written with, and tells whether it is the same, token for token. */
import { html, nothing } from 'lit';
import { formatNumber } from '../lib/format.js';
import { pathTo } from '../lib/tree.js';
import { requestOf } from './answer.js';
import { OaElement } from './element.js';
import { failureOf } from './engine.js';
import { icon } from './icons.js';
import { makeRequest } from './make.js';
import { closeOnBackdrop } from './shortcuts.js';
import { replay as looks } from './styles/replay.js';
import { failureLine, text as t } from './text.js';

/** @typedef {import('../store/schema.js').Message} Message */
/** @typedef {{ ids: number[], text: string, variant?: string }} Written */

const AROUND = 60; // characters that are shown of a difference

/** Where two lists part; -1 where they are the same. @param {readonly unknown[]} a @param {readonly unknown[]} b */
function parting(a, b) {
  const at = a.findIndex((x, i) => x !== b[i]);
  return at < 0 && b.length > a.length ? a.length : at;
}

export class OaReplay extends OaElement {
  static properties = {
    session: { attribute: false },
    engine: { attribute: false },
    message: { state: true },
    written: { state: true },
    ended: { state: true },
  };
  /** @override */
  static sheets = [looks];
  /** @override */
  static sources = ['engine'];

  /** @type {AbortController | null} */ #abort = null;

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** @type {Message | null} */
    this.message = null;
    /** What came this time. @type {Written} */
    this.written = { ids: [], text: '' };
    /** @type {'running' | 'same' | 'different' | 'stopped' | { message: string }} */
    this.ended = 'running';
  }

  /** @param {Message} message */
  async open(message) {
    this.message = message;
    this.written = { ids: [], text: '' };
    this.ended = 'running';
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
    const { signal } = (this.#abort = new AbortController());
    const ended = await this.#run(message, signal).catch((error) => (signal.aborted ? 'stopped' : failureOf(error)));
    if (this.message === message) this.ended = typeof ended === 'string' ? ended : { message: failureLine(ended) };
  }

  /** @param {Message} message @param {AbortSignal} signal @returns {Promise<'same' | 'different'>} */
  async #run(message, signal) {
    const { session, engine } = this;
    const want = message.token_ids ?? [];
    if (!session || !engine) throw new Error('the page has not started');
    if (message.model && engine.digest && message.model !== engine.digest)
      throw new Error(t.replayModel(message.model_name ?? message.model));
    const assistant = await engine.whenReady(signal);
    const messages = makeRequest(message.system ?? '', pathTo(session.nodes, message.parent_id));
    const request = requestOf([message], messages, false);
    if (message.state !== 'complete') request.max_tokens = want.length; // it was stopped there
    /** @type {Written} */
    const written = { ids: [], text: '', ...(assistant.info.variant ? { variant: assistant.info.variant } : {}) };
    for await (const { choices, oa } of await assistant.chat.completions.create(request, { signal })) {
      written.text += choices[0]?.delta.content ?? '';
      if (choices[0]?.finish_reason) written.ids = oa?.token_ids ?? written.ids;
      else written.ids.push(...(oa?.token_ids ?? []));
      this.written = { ...written };
      if (parting(written.ids, want) < written.ids.length && parting(written.ids, want) >= 0) return 'different';
    }
    return parting(written.ids, want) < 0 ? 'same' : 'different';
  }

  #closed() {
    this.#abort?.abort();
    this.message = null;
  }

  /** @override */
  render() {
    const close = () => this.querySelector('dialog')?.close();
    return html`<dialog
      class="dialog replay"
      aria-labelledby="replay-title"
      @click=${closeOnBackdrop}
      @close=${() => this.#closed()}
    >
      <div class="dialog-head">
        <h2 id="replay-title">${t.replay}</h2>
        <button class="quiet icon" type="button" aria-label=${t.close} title=${t.close} @click=${close}>
          ${icon('close')}
        </button>
      </div>
      <div class="pane">${this.message ? this.#body(this.message) : nothing}</div>
    </dialog>`;
  }

  /** @param {Message} message */
  #body(message) {
    const all = message.token_ids?.length ?? 0;
    const done = this.written.ids.length;
    return html`<p>${t.replayHelp}</p>
      ${
        this.ended === 'running'
          ? html`<progress max=${all} .value=${done} aria-label=${t.progressLabel}></progress>
              <div class="row wrap">
                <span class="grow fine">${t.replayed(formatNumber(done), formatNumber(all))}</span>
                <button class="button small" type="button" @click=${() => this.#abort?.abort()}>${t.stop}</button>
              </div>`
          : nothing
      }
      <div role="status">${this.#outcome(message, all)}</div>`;
  }

  /** @param {Message} message @param {number} all */
  #outcome(message, all) {
    const { ended, written } = this;
    if (ended === 'running') return nothing;
    if (ended === 'stopped') return html`<p>${t.stopped}</p>`;
    if (ended === 'same') return html`<p class="good">${icon('check')} ${t.replaySame(all)}</p>`;
    if (ended !== 'different') return html`<p class="notice bad">${icon('warn')} ${ended.message}</p>`;
    const at = parting([...written.text], [...message.text]);
    const around = (/** @type {string} */ text) => {
      const letters = [...text];
      const from = Math.max(0, at - AROUND);
      return `${from ? '…' : ''}${letters.slice(from, at + AROUND).join('')}${letters.length > at + AROUND ? '…' : ''}`;
    };
    const { variant } = message;
    return html`<p class="notice bad">
        ${icon('warn')} ${t.replayDiffers(parting(written.ids, message.token_ids ?? []) + 1)}
      </p>
      <dl class="differs">
        <dt>${t.replayStored}</dt>
        <dd dir="auto">${around(message.text)}</dd>
        <dt>${t.replayNow}</dt>
        <dd dir="auto">${around(written.text)}</dd>
      </dl>
      ${variant && variant !== written.variant ? html`<p class="fine">${t.replayVariant(variant, written.variant ?? '?')}</p>` : nothing}`;
  }
}
customElements.define('oa-replay', OaReplay);
