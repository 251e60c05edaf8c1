/* Files that come and go by the visitor's hand: a model picked or dropped on the page, and what is saved to the downloads.
 * <oa-files> emits 'oa-files' with the GGUF files, or 'oa-notice' when they are something else. */
import { html, nothing } from 'lit';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

export class OaFiles extends OaElement {
  static properties = { dropping: { state: true } };

  #life = new AbortController();

  constructor() {
    super();
    /** A file is held over the page. */
    this.dropping = false;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    const { signal } = (this.#life = new AbortController());
    addEventListener('dragover', (e) => this.#over(e), { signal });
    addEventListener('dragleave', (e) => e.relatedTarget === null && (this.dropping = false), { signal });
    addEventListener('drop', (e) => this.#drop(e), { signal });
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#life.abort();
  }

  /** Asks for a model. */
  pick() {
    this.querySelector('input')?.click();
  }

  /** @override */
  render() {
    return html`<input
        class="sr"
        type="file"
        accept=".gguf"
        multiple
        tabindex="-1"
        aria-hidden="true"
        aria-label=${t.openFile}
        @change=${this.#picked}
      />
      ${this.dropping ? html`<div class="drop" role="status"><p>${icon('file')} ${t.dropHere}</p></div>` : nothing}`;
  }

  /** @param {Event} event */
  #picked(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    this.#take([...(input.files ?? [])]);
    input.value = '';
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.dropping = true;
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.dropping = false;
    this.#take([...event.dataTransfer.files]);
  }

  /** Judged by their names; what is inside is judged by the loader. @param {File[]} files */
  #take(files) {
    if (!files.length) return;
    if (!files.every((file) => /\.gguf$/i.test(file.name))) return this.emit('oa-notice', t.notGguf);
    const inOrder = files.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    this.emit('oa-files', inOrder);
  }
}
customElements.define('oa-files', OaFiles);

/** Hands a file to the browser's downloads. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const a = document.createElement('a');
  a.href = url;
  a.download = name.replace(/[\\/:*?"<>|\p{Cc}]/gu, '_');
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
