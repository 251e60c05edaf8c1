/* <oa-chat>: the chat inline in somebody's page. Its attributes are those of the script, without data-. Fires 'ready', 'message', 'feedback' and 'error'. */
import { ChatFrame } from './frame.js';
import { INLINE, readOptions } from './options.js';

const STYLE =
  ':host { display: block; height: 32rem; } :host([hidden]) { display: none; } iframe { display: block; width: 100%; height: 100%; border: 0; }';

/** A worker, which may import the module as well, has no elements. */
const Base = globalThis.HTMLElement ?? class {};

export class OaChatElement extends Base {
  #root = this.attachShadow({ mode: 'open' });
  /** @type {ChatFrame | null} */
  #frame = null;
  #due = false;

  connectedCallback() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#load();
  }

  static observedAttributes = INLINE;

  /** The chat is loaded anew, once for all that a script changes at a time, and comes back with its conversation. @param {string} _name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(_name, before, now) {
    if (before === now || !this.#frame || this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.#frame) this.#load();
    });
  }

  #load() {
    this.#frame?.remove();
    const given = Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value]));
    for (const name of ['title', 'lang']) if (!given[name]) delete given[name];
    this.#frame = new ChatFrame(readOptions(given, (what) => console.warn(`<oa-chat> ${what}`)));
    for (const type of ['ready', 'message', 'feedback', 'error'])
      this.#frame.addEventListener(type, (event) =>
        this.dispatchEvent(new CustomEvent(type, { detail: /** @type {CustomEvent} */ (event).detail })),
      );
    this.#root.append(this.#frame.element);
  }

  /** Moved by moveBefore(): the frame goes on as it is. Any other move loads it anew, as the browser wants it. */
  connectedMoveCallback() {}

  disconnectedCallback() {
    this.#frame?.remove();
    this.#frame = null;
  }

  /** Puts words into the field; the visitor sends them. @param {string} text */
  write(text) {
    this.#frame?.say({ type: 'write', text: String(text) });
  }
}
