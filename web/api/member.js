// One Assistant among those that share an engine: waits for the lock that makes its tab the host, finds the host meanwhile, and notices when
// it is gone.

import { CoreError, abortReason } from '../lib/errors.js';
import { holdLock } from '../lib/locks.js';
import { Caller } from '../lib/rpc.js';
import { Host, guestLock, portName } from './host.js';

/** @typedef {import('../core/protocol.js').TabCall} TabCall */
/** @typedef {import('../core/protocol.js').TabNews} TabNews */

/**
 * @typedef {object} Link the way to a host
 * @property {string} host
 * @property {import('./host.js').TabPort} port
 * @property {Caller} caller
 * @property {boolean} near the host is in this tab
 */

/**
 * A host that leaves so many pings in a row unanswered is taken for dead: its tab hangs, or was stopped in a way that nobody is told of. In a
 * tab in the background the browser may run this clock once a minute; what counts is how many of its own turns the host lets pass.
 */
const BEAT_MS = 4000;
const MOST_MISSED = 4;

/** Why calls fail whose host is gone: they are made again to the next one. */
export const GONE = new Error('the host is gone');

const closed = () => new CoreError('ERR_CANCELLED', 'The assistant was closed.');

export class Member {
  /** Calls that are not answered yet. */
  asking = 0;

  #id = crypto.randomUUID();
  #way = crypto.randomUUID(); // of the link: another one for each
  #name;
  #request;
  #onNews;
  #channel;
  /** @type {Link | null} */
  #link = null;
  /** @type {Set<{ go: (link: Link) => void, stop: (reason: unknown) => void }>} who waits for a link */
  #waiting = new Set();
  #life = new AbortController(); // aborted when it leaves
  #queue = new AbortController(); // aborted when it does not wait for the lock any more
  #unlock;
  #missed = 0;
  #stolen = false;

  /**
   * @param {string} name of the lock, and of the channel where its holder is found
   * @param {import('../core/protocol.js').LoadRequest} request what a host loads
   * @param {(news: TabNews) => void} onNews
   */
  constructor(name, request, onNews) {
    this.#name = name;
    this.#request = request;
    this.#onNews = onNews;
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener('message', (e) => this.#hear(e.data));
    this.#unlock = holdLock(guestLock(this.#id));
    this.#hello();
    this.#enqueue(false);
    const beat = setInterval(() => this.#beat(), BEAT_MS);
    const { signal } = this.#life;
    signal.addEventListener('abort', () => clearInterval(beat));
    const rest = () => this.#queue.abort(); // a page that does not run must not become the host
    const wake = () => {
      if (this.#queue.signal.aborted) this.#enqueue(false);
      if (!this.#link) this.#hello();
    };
    const back = () => {
      this.#drop(); // while the page was kept for the way back it heard nothing
      wake();
    };
    globalThis.document?.addEventListener('freeze', rest, { signal });
    globalThis.document?.addEventListener('resume', wake, { signal });
    addEventListener('pagehide', (e) => e.persisted && rest(), { signal });
    addEventListener('pageshow', (e) => e.persisted && back(), { signal });
  }

  /**
   * The way to the host, as soon as there is one.
   * @param {AbortSignal} [signal] rejects with its reason
   * @returns {Promise<Link>}
   */
  linked(signal) {
    if (this.#life.signal.aborted) return Promise.reject(closed());
    if (signal?.aborted) return Promise.reject(abortReason(signal));
    if (this.#link) return Promise.resolve(this.#link);
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(entry);
        signal?.removeEventListener('abort', abort);
      };
      const abort = () => entry.stop(signal && abortReason(signal));
      const entry = {
        go: (/** @type {Link} */ link) => {
          end();
          resolve(link);
        },
        stop: (/** @type {unknown} */ reason) => {
          end();
          reject(reason);
        },
      };
      this.#waiting.add(entry);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Waits for the lock; holds it as long as there is a host here. @param {boolean} steal from a host that is taken for dead */
  #enqueue(steal) {
    this.#queue.abort();
    const { signal } = (this.#queue = new AbortController());
    /** @type {Host | null} */
    let host = null;
    const lead = () => {
      if (this.#life.signal.aborted) return undefined;
      host = new Host(this.#request, this.#name);
      this.#linkNear(host);
      return host.ended;
    };
    navigator.locks.request(this.#name, steal ? { steal } : { signal }, lead).catch(() => {
      host?.resign(); // the lock was stolen: this page did not answer
      if (host) this.#enqueue(false);
      else if (!signal.aborted && !this.#life.signal.aborted) this.#linkNear(new Host(this.#request, null)); // no locks here
    });
  }

  /** Asks who the host is; not before the lock is held by which a host knows that this one lives. */
  #hello() {
    void this.#unlock.then(() => {
      if (!this.#life.signal.aborted) this.#post({ type: 'hello', guest: this.#id, link: this.#way });
    });
  }

  /** @param {TabCall} call */
  #post(call) {
    this.#channel.postMessage(call);
  }

  /** @param {TabCall | null} call a host in this tab needs none: that it is gone, the lock tells */
  #hear(call) {
    if (typeof call !== 'object' || !call || !('host' in call) || typeof call.host !== 'string') return;
    if (this.#link?.near) return;
    const same = call.host === this.#link?.host;
    if ((call.type === 'host' && !same) || (call.type === 'gone' && same)) this.#lost();
    else if (call.type === 'welcome' && call.link === this.#way && !this.#link) {
      const port = new BroadcastChannel(portName(call.host, this.#way));
      this.#open({ host: call.host, port, caller: new Caller(port), near: false });
    }
  }

  /** The host is gone, or another: asks who it is. */
  #lost() {
    this.#drop();
    this.#hello();
  }

  /** @param {Host} host in this tab */
  #linkNear(host) {
    const { port1, port2 } = new MessageChannel();
    this.#drop();
    host.serve(this.#id, this.#way, port1);
    const link = { host: host.id, port: port2, caller: new Caller(port2), near: true };
    port2.start();
    this.#open(link);
    void host.ended.then(() => {
      link.caller.failAll(GONE);
      if (this.#link === link) this.#drop();
    });
  }

  /** @param {Link} link */
  #open(link) {
    this.#link = link;
    this.#missed = 0;
    const onEvent = (/** @type {unknown} */ news) => this.#onNews(/** @type {TabNews} */ (news)); // protocol.js: the events of join
    link.caller.call({ type: 'join' }, { onEvent }).catch(() => {});
    for (const { go } of [...this.#waiting]) go(link);
  }

  #drop() {
    const link = this.#link;
    this.#link = null;
    if (!link) return;
    this.#way = crypto.randomUUID();
    link.port.close();
    link.caller.failAll(GONE);
  }

  /** Sees whether the host answers, while something is asked of it. */
  #beat() {
    const link = this.#link;
    if (this.asking === 0 || link?.near) return void (this.#missed = 0);
    if (++this.#missed > MOST_MISSED) return this.#giveUp();
    if (link)
      link.caller.call({ type: 'ping' }).then(() => (this.#missed = 0), () => {}); // prettier-ignore
    else this.#hello();
  }

  /** Takes the host's place. Where that has not helped before, this tab gets an engine for itself: it may be that tabs cannot talk here. */
  #giveUp() {
    this.#drop();
    this.#missed = 0;
    if (this.#stolen) {
      this.#queue.abort();
      return this.#linkNear(new Host(this.#request, null));
    }
    this.#stolen = true;
    this.#enqueue(true);
  }

  /** @returns {Promise<void>} resolves when nothing is left of it in this tab, unless it serves other tabs */
  async leave() {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    this.#queue.abort();
    this.#channel.close();
    for (const { stop } of [...this.#waiting]) stop(closed());
    const link = this.#link;
    this.#link = null;
    if (link) {
      link.caller.failAll(closed());
      const left = link.caller.call({ type: 'leave' }).catch(() => {});
      if (link.near) await left;
      link.port.close();
    }
    (await this.#unlock)();
  }
}
