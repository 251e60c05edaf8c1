/* Installing the page as an app: the browser offers it, the visitor decides, in the settings. Browsers that offer nothing have it in a menu of theirs. */

/** What Chromium fires; the platform's types do not have it. @typedef {Event & { prompt: () => Promise<unknown> }} Offer */

/** Fires 'change'. */
class Install extends EventTarget {
  /** @type {Offer | null} */
  #offer = null;

  constructor() {
    super();
    addEventListener('beforeinstallprompt', (event) => this.#set(/** @type {Offer} */ (event)));
    addEventListener('appinstalled', () => this.#set(null));
  }

  /** It can be installed, and is not. */
  get offered() {
    return this.#offer !== null;
  }

  /** Asks the browser, which asks the visitor; it makes a new offer where the answer was no. */
  async ask() {
    const offer = this.#offer;
    this.#set(null);
    await offer?.prompt();
  }

  /** @param {Offer | null} offer */
  #set(offer) {
    this.#offer = offer;
    this.dispatchEvent(new Event('change'));
  }
}

export const install = new Install();
