/* Sends what the visitor agreed to send: looks at the chats when they change, in one tab at a time, batch after batch, waits where there is no
 * network or the collector says so, and stops at once. */
import { onEveryChange } from './chats.js';
import { BATCH_MESSAGES, backOff, batchOf, post, tombstone } from './collector.js';
import { noteFailure, noteGone, noteSent, noteTried, onOutbox, readOutbox } from './outbox.js';
import { planOf } from './plan.js';

/** @typedef {import('./plan.js').Planned} Planned */
/** @typedef {import('./share.js').Shared} Shared */
/** @typedef {(ids: string[] | null, user: string) => Promise<Shared[]>} Read  as readShared() */

const QUIET_MS = 2000; // after the last change of a chat: a few clicks make one message

export class Sender {
  #url;
  #read;
  #signal;
  /** What is shared, by chat. @type {Map<string, Shared>} */
  #shared = new Map();
  /** Chats that have changed since; null: all. @type {Set<string> | null} */
  #changed = null;
  #changedAt = 0;
  #most = BATCH_MESSAGES;
  /** The visitor whose id is in what is shared. */
  #user = '';
  #news = false;
  /** @type {() => void} */
  #wake = () => undefined;

  /**
   * @param {string} url  of the collector
   * @param {Read} read
   * @param {AbortSignal} signal  stops it, in the middle of a request too
   */
  constructor(url, read, signal) {
    this.#url = url;
    this.#read = read;
    this.#signal = signal;
  }

  /** Until the signal stops it, which may reject. Of several tabs one sends. */
  async run() {
    const signal = this.#signal;
    if (navigator.locks) await navigator.locks.request('oa-sharing', { signal }, () => this.#run());
    else await this.#run();
  }

  async #run() {
    const signal = this.#signal;
    const wake = () => {
      this.#news = true;
      this.#wake();
    };
    onOutbox(wake, signal);
    onEveryChange((change) => (this.#note(change), wake()), signal);
    addEventListener('online', wake, { signal });
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      this.#news = false;
      const pause = await this.#step();
      if (pause > 0 && !this.#news) await this.#sleep(pause);
    }
  }

  /** @param {import('./chats.js').Change} change */
  #note(change) {
    this.#changedAt = Date.now();
    if (change.type === 'all') this.#changed = null;
    else this.#changed?.add(change.id);
  }

  /** Until there is news. @param {number} ms */
  async #sleep(ms) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    await new Promise((go) => {
      this.#wake = () => go(undefined);
      if (ms < Infinity) timer = setTimeout(go, ms);
    });
    clearTimeout(timer);
    this.#wake = () => undefined;
  }

  /** One batch, where there is one and it may go now. @returns {Promise<number>} how long there is nothing to do, in ms */
  async #step() {
    const { state, rows } = await readOutbox();
    const agreed = state.consent?.url === this.#url;
    if (state.collector !== this.#url || !(agreed || state.erasing)) return Infinity;
    if (!navigator.onLine) return Infinity;
    const wait = state.retry.until - Date.now();
    if (wait > 0) return wait;
    if (state.erasing) {
      const there = [...rows.values()].flatMap((row) => (row.there === 'no' ? [] : [row.message_id]));
      await this.#erase(there, state);
      return 0;
    }
    const quiet = this.#changedAt + QUIET_MS - Date.now();
    if (quiet > 0) return quiet;
    await this.#look(state.user);
    const plan = planOf([...this.#shared.values()], rows, state.consent?.auto === true);
    if (plan.unknown.length) await noteGone(plan.unknown);
    if (plan.gone.length) await this.#erase(plan.gone, state);
    else if (plan.send.length) await this.#send(plan.send, state);
    else return Infinity;
    return 0;
  }

  /** Reads the chats that have changed. @param {string} user */
  async #look(user) {
    if (user !== this.#user) this.#changed = null;
    const ids = this.#changed && [...this.#changed];
    this.#changed = new Set();
    this.#user = user;
    if (ids?.length === 0) return;
    if (!ids) this.#shared.clear();
    for (const one of await this.#read(ids, user)) this.#shared.set(one.chat, one);
  }

  /** @param {Planned[]} all @param {import('./outbox.js').State} state */
  async #send(all, state) {
    const { lines, body } = batchOf(all, this.#most);
    if (!(await noteTried(this.#url, lines))) return;
    const outcome = await post(this.#url, body, this.#signal);
    if (outcome.is === 'later') return await this.#later(state, outcome.wait);
    if (outcome.is === 'refused' && outcome.each && lines.length > 1) {
      this.#most = Math.ceil(lines.length / 2); // until those are found that are at fault
      return;
    }
    const why =
      outcome.is === 'refused' ? () => outcome.reason : (/** @type {string} */ id) => outcome.rejected.get(id);
    await noteSent(lines, why);
    if (outcome.is === 'done') this.#most = BATCH_MESSAGES;
  }

  /** What the collector says to a deletion but "later" ends it: it is asked once. @param {string[]} ids @param {import('./outbox.js').State} state */
  async #erase(ids, state) {
    const { lines, body } = batchOf(ids.map((id) => ({ id, line: tombstone(id, state.user) })));
    const outcome = lines.length ? await post(this.#url, body, this.#signal) : { is: /** @type {const} */ ('done') };
    if (outcome.is === 'later') await this.#later(state, outcome.wait);
    else await noteGone(lines.map(({ id }) => id));
  }

  /** @param {import('./outbox.js').State} state @param {number | null} wait  what the collector said */
  async #later({ retry }, wait) {
    const failures = retry.failures + 1;
    const ms = wait ?? backOff(failures, Math.random());
    await noteFailure({ failures, until: Date.now() + ms });
  }
}
