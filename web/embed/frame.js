/* The frame with the chat, in somebody's page: of our own origin, so that the page's scripts and styles cannot reach in. */
import { siteUrl } from '../lib/trusted.js';
import { CONNECT, PAGE, fromChat } from './wire.js';

/** Fires 'here' when the chat is drawn, 'ready' (detail: { model }), 'message' ({ role, text }), 'feedback' ({ emojis, labels, report } of an answer, as they are now), 'error' ({ message }) and
 * 'close'. */
export class ChatFrame extends EventTarget {
  #options;
  #closes;
  /** @type {MessagePort | null} */
  #port = null;
  /** What was said before the frame listened. @type {import('./wire.js').FromPage[]} */
  #waiting = [];

  /** @param {import('./options.js').EmbedOptions} options @param {{ closes?: boolean }} [where] closes: it stands where it can be closed */
  constructor(options, { closes = false } = {}) {
    super();
    this.#options = options;
    this.#closes = closes;
    const { title = 'Open Assistant' } = options;
    this.element = document.createElement('iframe');
    this.element.title = title;
    this.element.allow = 'clipboard-write; cross-origin-isolated; storage-access';
    this.element.referrerPolicy = 'origin';
    this.element.addEventListener('load', () => this.#connect());
    this.element.src = siteUrl(PAGE).href;
  }

  /** Each load of the frame is a new chat page, with a port of its own. */
  #connect() {
    this.#port?.close();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#take(data);
    const hello = { type: CONNECT, options: this.#options, closes: this.#closes };
    this.element.contentWindow?.postMessage(hello, siteUrl(PAGE).origin, [port2]);
    for (const message of this.#waiting.splice(0)) this.say(message);
  }

  /** @param {unknown} data */
  #take(data) {
    const message = fromChat(data);
    if (!message) return;
    const { type, ...detail } = message;
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {import('./wire.js').FromPage} message */
  say(message) {
    if (this.#port) this.#port.postMessage(message);
    else this.#waiting.push(message);
  }

  remove() {
    this.#port?.close();
    this.#port = null;
    this.element.remove();
  }
}
