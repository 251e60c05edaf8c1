/* What the view of tasks shows: the task at hand, what else there is, who has done what. Every change goes through the board's worker. Fires
 * 'change'. */
import { newId } from '../lib/id.js';
import { Tasks } from '../api/tasks.js';
import { localText } from '../store/settings.js';
import { failureOf } from './engine.js';
import { language } from './text.js';
import { words } from './tasks-text.js';

/** @typedef {import('../api/tasks.js').TaskType} TaskType */
/** @typedef {import('../api/tasks.js').TaskCard} TaskCard */
/** @typedef {import('../api/tasks.js').Interaction} Interaction */
/** @typedef {import('../api/tasks.js').Told} Told */
/** @typedef {import('../api/tasks.js').Parameters} Parameters */

const PENDING = 2; // states below: asked for, acknowledged
const LANGUAGE_KEY = 'tasks-language';

/** One's own reviews and rankings count, and one of each is enough. */
export const ALONE = {
  num_reviews_initial_prompt: 1,
  num_reviews_reply: 1,
  num_required_rankings: 1,
  allow_self_labeling: 1,
  allow_self_ranking: 1,
  allow_duplicate_tasks: 1,
};

export class TaskDesk extends EventTarget {
  #tasks = new Tasks();
  /** @type {TaskCard | null} */
  card = null;
  /** @type {Told['available'] | null} */
  available = null;
  /** @type {Told | null} */
  me = null;
  /** @type {Parameters | null} */
  rules = null;
  /** Asked for last: what comes next is of this kind, while there is any. @type {TaskType | 'random'} */
  kind = 'random';
  /** What is said of the last thing that was done. */
  said = '';
  failure = '';
  busy = false;
  #last = Promise.resolve();

  get lang() {
    return localText(LANGUAGE_KEY) || language.code;
  }

  get alone() {
    return this.rules?.['allow_self_labeling']?.value === 1;
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** What was said belongs to what was shown. */
  hush() {
    Object.assign(this, { said: '', failure: '' });
    this.#changed();
  }

  /**
   * One thing at a time; what goes wrong is shown.
   * @param {() => Promise<void>} work
   * @param {boolean} [waits]  for what is under way; else it is not done then: it was a second click
   */
  #do(work, waits = false) {
    if (!this.busy || waits) this.#last = this.#last.then(() => this.#run(work));
    return this.#last;
  }

  /** @param {() => Promise<void>} work */
  async #run(work) {
    Object.assign(this, { busy: true, failure: '', said: '' });
    this.#changed();
    try {
      await work();
    } catch (error) {
      this.failure = words.failed(failureOf(error).message);
    }
    this.busy = false;
    this.#changed();
  }

  /** Shows the task that was not finished, if any. */
  open() {
    return this.#do(async () => {
      this.rules = await this.#tasks.rules();
      const { tasks } = await this.#tasks.ask({ do: 'tasks' });
      const open = tasks.findLast((task) => task.state < PENDING);
      if (open) this.card = (await this.#tasks.ask({ do: 'card', task_id: open.id })).task;
      await this.#refresh();
    });
  }

  close() {
    this.#tasks.close();
  }

  async #refresh() {
    this.available = (await this.#tasks.ask({ do: 'available', lang: this.lang })).available;
    this.me = await this.#tasks.ask({ do: 'me' });
  }

  /** @param {TaskType | 'random'} kind */
  next(kind) {
    return this.#do(() => this.#next(kind));
  }

  /** @param {TaskType | 'random'} kind */
  async #next(kind) {
    this.kind = kind;
    const { task } = await this.#tasks.ask({ do: 'request', type: kind, lang: this.lang });
    if (task) await this.#tasks.ask({ do: 'ack', task_id: task.id, message_id: newId() });
    this.card = task;
    if (!task) this.said = kind === 'random' ? words.nothing : words.none;
    await this.#refresh();
  }

  /** @param {Interaction} interaction */
  submit(interaction) {
    return this.#do(async () => {
      await this.#tasks.ask({ do: 'interact', interaction });
      this.card = null;
      await this.#next(this.kind);
      if (this.card) this.said = words.done;
    });
  }

  /** @param {string} message  its id @param {string} reason */
  report(message, reason) {
    return this.#do(async () => {
      const interaction = /** @type {const} */ ({
        type: 'text_labels',
        is_report: true,
        message_id: message,
        text: reason,
      });
      await this.#tasks.ask({ do: 'interact', interaction });
      this.said = words.reported;
    });
  }

  /** @param {string | null} reason  null: it is only put back */
  skip(reason) {
    const { card } = this;
    return this.#do(async () => {
      if (card && reason === null) await this.#tasks.ask({ do: 'close', task_id: card.id });
      else if (card) await this.#tasks.ask({ do: 'nack', task_id: card.id, reason: reason ?? '' });
      this.card = null;
      if (reason === null) await this.#refresh();
      else await this.#next(this.kind);
    });
  }

  /** @param {string} lang */
  setLanguage(lang) {
    localText(LANGUAGE_KEY, lang);
    return this.#do(() => this.#refresh(), true);
  }

  /** Changes some rules; those that are Open Assistant's are not kept. @param {Record<string, number>} change  @param {boolean} [anew] forgets the others */
  setRules(change, anew = false) {
    return this.#do(async () => {
      const all = Object.entries(this.rules ?? {}).map(([name, rule]) => [
        name,
        change[name] ?? (anew ? rule.default : rule.value),
      ]);
      const own = all.filter(([name, value]) => this.rules?.[String(name)]?.default !== value);
      await this.#tasks.setRules(/** @type {Record<string, number>} */ (Object.fromEntries(own)));
      this.rules = await this.#tasks.rules();
      await this.#refresh();
    }, true);
  }

  /** @param {boolean} on */
  setAlone(on) {
    const back = Object.keys(ALONE).map((name) => [name, this.rules?.[name]?.default ?? 0]);
    return this.setRules(on ? ALONE : /** @type {Record<string, number>} */ (Object.fromEntries(back)));
  }

  /** @param {import('../api/tasks.js').Frame} frame */
  leaderboard(frame) {
    return this.#tasks.ask({ do: 'leaderboard', frame });
  }

  overview() {
    return this.#tasks.ask({ do: 'overview' });
  }

  /** Threads of a file; null: the chats. @param {Blob | null} file */
  add(file) {
    return this.#do(async () => {
      const count = await this.#tasks.add(file, this.lang);
      await this.#refresh();
      this.said = words.added(count);
    }, true);
  }

  /** @param {boolean} packed */
  file(packed) {
    return this.#tasks.file(packed);
  }

  /** @param {string | null} tree */
  remove(tree) {
    return this.#do(async () => {
      await this.#tasks.remove(tree);
      this.card = null;
      await this.#refresh();
      this.said = words.removed;
    }, true);
  }
}
