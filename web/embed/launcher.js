/* The button that a page gets from our script, and the panel it opens. They are in a shadow root with a constructed style sheet:
 * a strict CSP allows it and the page's styles pass it by. Nothing is fetched before the panel is opened. */
import { inkOn } from '../lib/color.js';
import { ChatFrame } from './frame.js';
import { sheet, wordsFor } from './look.js';
import { readOptions } from './options.js';

/** When the visitor is told that the chat has not come. */
const MISSING_MS = 15_000;

/** Known to every copy of the script. */
const page = /** @type {{ openAssistantLauncher?: Launcher }} */ (/** @type {unknown} */ (globalThis));

/**
 * Fires 'open', 'close', 'ready', 'message', 'feedback' and 'error' (CustomEvents; details in frame.js).
 */
export class Launcher extends EventTarget {
  #options;
  #host = document.createElement('div');
  #root = this.#host.attachShadow({ mode: 'open' });
  #button = document.createElement('button');
  #panel = document.createElement('div');
  #wait = document.createElement('div');
  /** @type {ChatFrame | null} */
  #frame = null;
  #words;
  #life = new AbortController();

  /** @param {import('./options.js').EmbedOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#words = wordsFor(options.lang);
    this.#host.style.setProperty('all', 'initial', 'important'); // whatever the page says of its elements
    this.#root.adoptedStyleSheets = [sheet()];
    const box = document.createElement('div');
    box.className = 'box';
    box.dir = this.#words.dir;
    box.dataset['side'] = options.position ?? 'right';
    if (options.color) {
      box.style.setProperty('--color', options.color);
      box.style.setProperty('--ink', inkOn(options.color));
    }
    this.#button.type = 'button';
    this.#button.className = 'launcher';
    this.#button.append(glyph());
    this.#button.addEventListener('click', () => this.toggle());
    this.#panel.className = 'panel';
    this.#panel.id = 'panel';
    this.#panel.setAttribute('role', 'dialog');
    this.#panel.setAttribute('aria-label', options.title ?? this.#words.title);
    this.#button.setAttribute('aria-controls', 'panel');
    this.#wait.className = 'wait';
    this.#wait.setAttribute('role', 'status');
    this.#panel.append(this.#wait);
    box.append(this.#panel, this.#button);
    this.#root.append(box);
    box.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.isOpen) this.close();
    });
    this.#show(false);
    if (document.body) this.#arrive();
    else addEventListener('DOMContentLoaded', () => this.#arrive(), { once: true, signal: this.#life.signal });
  }

  /** Open from the beginning, it leaves the focus where it is. */
  #arrive() {
    document.body.append(this.#host);
    if (this.#options.open) this.#reveal();
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  open() {
    if (this.isOpen) return;
    const frame = this.#reveal();
    frame.say({ type: 'shown', shown: true });
    frame.element.focus();
  }

  #reveal() {
    if (this.#wait.textContent && !('here' in this.#panel.dataset)) {
      this.#frame?.remove(); // it may come this time
      this.#frame = null;
    }
    this.#frame ??= this.#load();
    this.#show(true);
    this.dispatchEvent(new CustomEvent('open'));
    return this.#frame;
  }

  close() {
    if (!this.isOpen) return;
    this.#show(false);
    this.#frame?.say({ type: 'shown', shown: false });
    this.#button.focus();
    this.dispatchEvent(new CustomEvent('close'));
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** Opens the panel with words in its field; the visitor sends them. @param {string} text */
  write(text) {
    this.open();
    this.#frame?.say({ type: 'write', text: String(text) });
  }

  /** Takes everything off the page. */
  destroy() {
    this.#life.abort();
    this.#frame?.remove();
    this.#host.remove();
    if (page.openAssistantLauncher === this) delete page.openAssistantLauncher;
  }

  #load() {
    const frame = new ChatFrame(this.#options, { closes: true });
    for (const type of ['ready', 'message', 'feedback', 'error'])
      frame.addEventListener(type, (event) =>
        this.dispatchEvent(new CustomEvent(type, { detail: /** @type {CustomEvent} */ (event).detail })),
      );
    frame.addEventListener('close', () => this.close());
    frame.addEventListener('here', () => (this.#panel.dataset['here'] = ''));
    this.#wait.textContent = '';
    setTimeout(() => (this.#wait.textContent = this.#words.missing), MISSING_MS);
    this.#panel.append(frame.element);
    return frame;
  }

  /** @param {boolean} open */
  #show(open) {
    this.#panel.hidden = !open;
    this.#button.setAttribute('aria-expanded', String(open));
    const words = open ? this.#words.close : this.#words.open;
    this.#button.setAttribute('aria-label', words);
    this.#button.title = words;
    this.#button.dataset['open'] = String(open);
  }
}

/** A speech bubble, and the cross that takes its place. */
function glyph() {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const [name, d] of [
    [
      'bubble',
      'M12 3c5.2 0 9 3.4 9 7.7s-3.8 7.7-9 7.7c-.9 0-1.8-.1-2.6-.3L5 20.5l.7-3.6C4 15.4 3 13.2 3 10.7 3 6.400 6.800 3 12 3Z',
    ],
    ['cross', 'M6 6l12 12M18 6 6 18'],
  ]) {
    const path = document.createElementNS(space, 'path');
    path.setAttribute('class', name ?? '');
    path.setAttribute('d', d ?? '');
    svg.append(path);
  }
  return svg;
}

/**
 * Puts a launcher on the page. There is one: a second call, or a second copy of the script, gets the one that is there.
 * @param {import('./options.js').EmbedOptions} [options]
 * @returns {Launcher}
 */
export function launch(options = {}) {
  const there = page.openAssistantLauncher;
  if (there) {
    console.warn('Open Assistant: this page has a launcher already; the second is left out.');
    return there;
  }
  return (page.openAssistantLauncher = new Launcher(
    readOptions({ ...options }, (what) => console.warn(`Open Assistant: ${what}`)),
  ));
}
