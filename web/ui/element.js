/* The base of the page's elements. They render into the one shadow root of <oa-app> (not each into its own), so that selecting
 * text, ids for assistive technology and the styles work across them. An element redraws when a source it was given changes, or the
 * language. */
import { LitElement } from 'lit';
import { language } from './text.js';

export class OaElement extends LitElement {
  /** Names of properties that hold an EventTarget whose 'change' means: draw again. @type {readonly string[]} */
  static sources = [];
  /** Styles of an element that the first view does not have; they are the root's from then on. @type {readonly import('lit').CSSResult[]} */
  static sheets = [];

  /** @type {Map<string, EventTarget>} */
  #watched = new Map();
  #redraw = () => this.requestUpdate();

  /** @override @returns {HTMLElement} */
  createRenderRoot() {
    return this;
  }

  /** @override @param {import('lit').PropertyValues} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    this.#watch();
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    language.addEventListener('change', this.#redraw);
    this.#dress();
    this.#watch();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    language.removeEventListener('change', this.#redraw);
    for (const source of this.#watched.values()) source.removeEventListener('change', this.#redraw);
    this.#watched.clear();
  }

  #dress() {
    const root = this.getRootNode();
    if (!(root instanceof ShadowRoot)) return;
    for (const { styleSheet } of /** @type {typeof OaElement} */ (this.constructor).sheets)
      if (styleSheet && !root.adoptedStyleSheets.includes(styleSheet)) root.adoptedStyleSheets.push(styleSheet);
  }

  #watch() {
    if (!this.isConnected) return;
    const { sources } = /** @type {typeof OaElement} */ (this.constructor);
    for (const name of sources) {
      const source = /** @type {unknown} */ (Reflect.get(this, name));
      const old = this.#watched.get(name);
      if (source === old) continue;
      old?.removeEventListener('change', this.#redraw);
      this.#watched.delete(name);
      if (!(source instanceof EventTarget)) continue;
      source.addEventListener('change', this.#redraw);
      this.#watched.set(name, source);
    }
  }

  /**
   * Sends an event up, through the shadow root as well.
   * @param {string} type
   * @param {unknown} [detail]
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}
