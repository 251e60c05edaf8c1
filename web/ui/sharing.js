/* Sharing feedback with the collector of the site's owner: whether the visitor agreed, what is waiting, and the sender at work. Fetched only where the
 * page names a collector. */
import { newId } from '../lib/id.js';
import { readShared } from '../api/data.js';
import { onEveryChange } from '../store/chats.js';
import { agree, approve, onOutbox, readOutbox, revoke } from '../store/outbox.js';
import { planOf } from '../store/plan.js';
import { Sender } from '../store/sender.js';
import { failureOf } from './engine.js';

/** @typedef {import('../store/plan.js').Plan} Plan */
/** @typedef {import('../store/plan.js').Planned} Planned */

const SETTLE_MS = 300; // what changes often is looked at once

/** Fires 'change'. */
export class Sharing extends EventTarget {
  /** The collector's address. */
  url;
  /** @type {import('../store/outbox.js').State | null} */
  state = null;
  /** Messages that the collector has, and those that it may have. */
  there = 0;
  maybe = 0;
  /** What is waiting, while somebody looks at it. @type {Plan | null} */
  plan = null;
  /** Of chats, by id. @type {Map<string, string>} */
  titles = new Map();
  /** Why nothing can be sent from this tab; '' where it can. */
  failure = '';
  /** Who looks at the plan. @type {Set<object>} */
  #watchers = new Set();
  /** Stands for the visitor until one agrees: what is shown then is what is sent. */
  #user = newId();
  /** Ends the sender. @type {AbortController | null} */
  #sending = null;
  #timer = 0;
  #turn = 0;
  #life = new AbortController();

  /** @param {URL} url */
  constructor(url) {
    super();
    this.url = url.href;
  }

  /** What the visitor knows the collector by. */
  get host() {
    return new URL(this.url).host;
  }

  get agreed() {
    return this.state?.consent?.url === this.url;
  }

  async start() {
    const { signal } = this.#life;
    const soon = () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => void this.#refresh(), SETTLE_MS);
    };
    onOutbox(() => void this.#refresh(), signal);
    onEveryChange((change) => (this.#watchers.size || change.type === 'all') && soon(), signal);
    for (const type of ['online', 'offline']) addEventListener(type, () => this.#changed(), { signal });
    await this.#refresh();
  }

  /** Keeps the plan for somebody who shows it. @param {object} who */
  watch(who) {
    this.#watchers.add(who);
    void this.#refresh();
  }

  /** @param {object} who */
  leave(who) {
    this.#watchers.delete(who);
    if (!this.#watchers.size) this.plan = null;
  }

  /** @param {boolean} auto */
  agree(auto) {
    return this.#keep(agree(this.url, auto, this.#user));
  }

  /** Stops at once. @param {{ erase: boolean }} options  erase: what was sent is to be deleted at the collector */
  revoke({ erase }) {
    this.#sending?.abort();
    this.#sending = null;
    return this.#keep(revoke({ erase }));
  }

  /** Sends what the visitor has seen, or tries again what was refused. @param {Planned[]} lines */
  send(lines) {
    return this.#keep(approve(lines));
  }

  /** @param {Promise<void>} work */
  async #keep(work) {
    await work.catch((error) => (this.failure = failureOf(error).message));
    await this.#refresh();
  }

  /** Reads again what is stored. */
  async #refresh() {
    const turn = ++this.#turn;
    try {
      const { state, rows } = await readOutbox();
      const shared = this.#watchers.size ? await readShared(null, state.user || this.#user) : null;
      if (turn !== this.#turn) return;
      this.state = state;
      if (state.user === this.#user) this.#user = newId(); // after a deletion there the visitor is somebody else
      this.titles = new Map(shared?.map(({ chat, title }) => [chat, title]));
      /** @type {typeof rows} */
      const known = state.collector === this.url ? rows : new Map();
      const count = (/** @type {string} */ there) => [...known.values()].filter((row) => row.there === there).length;
      [this.there, this.maybe] = [count('yes'), count('maybe')];
      this.plan = shared && planOf(shared, known, this.agreed && state.consent?.auto === true);
      this.#work();
    } catch (error) {
      this.failure = failureOf(error).message;
    }
    this.#changed();
  }

  /** Starts or ends the sender, as the visitor wants. */
  #work() {
    const wanted = this.agreed || (this.state?.erasing === true && this.state.collector === this.url);
    if (!wanted) this.#sending?.abort();
    if (wanted === (this.#sending !== null)) return;
    if (!wanted) return void (this.#sending = null);
    const { signal } = (this.#sending = new AbortController());
    new Sender(this.url, readShared, signal).run().catch((error) => {
      if (signal.aborted) return;
      this.failure = failureOf(error).message;
      this.#changed();
    });
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
