/* The open conversation: its tree, the branch that is shown, and what can be done to it. Writes each step as it happens. An
 * answer goes on while another chat is looked at; there is one at a time. */
import * as store from '../store/chats.js';
import { localText } from '../store/settings.js';
import { firstWords } from '../lib/format.js';
import { childrenOf, newestLeaf, pathTo, siblingsOf } from '../lib/tree.js';
import { Answer, answersInProgress } from './answer.js';
import { makeConversation, makeMessage, makeRequest, now } from './make.js';
import { randomSeed, samplingValues } from './presets.js';
import { text as t } from './text.js';

/** @typedef {import('../store/schema.js').Conversation} Conversation */
/** @typedef {import('../store/schema.js').Message} Message */

/** Fires 'change' (at most once a frame), 'notice' with a line for the visitor as detail, 'answered' with the message, 'opened'. */
export class Session extends EventTarget {
  /** @type {Conversation} */
  conversation;
  /** Whether the conversation is in the store: it is from its first message on. */
  saved = false;
  /** @type {Map<string, Message>} */
  nodes = new Map();
  /** @type {string | null} */
  tail = null;
  /** @type {Answer | null} */
  answer = null;
  /** Messages that another tab is writing. @type {Set<string>} */
  elsewhere = new Set();

  /** @type {import('./engine.js').Engine} */ #engine;
  /** @type {import('./prefs.js').Prefs} */ #prefs;
  #frame = 0;
  #toldNotKept = false;
  #opening = 0;
  #asked = false;

  /** @param {import('./engine.js').Engine} engine @param {import('./prefs.js').Prefs} prefs */
  constructor(engine, prefs) {
    super();
    this.#engine = engine;
    this.#prefs = prefs;
    this.conversation = makeConversation();
    store.onOtherTab((change) => void this.#otherTab(change));
  }

  /** The messages of the branch that is shown. @returns {Message[]} */
  get path() {
    return pathTo(this.nodes, this.tail);
  }

  /** The answer on its way in this conversation. @returns {Answer | null} */
  get answerHere() {
    return this.answer?.message.conversation_id === this.conversation.id ? this.answer : null;
  }

  /** Starts an empty chat, which is stored with its first message. */
  newChat() {
    this.#opening++;
    this.#show(makeConversation(), [], false);
    localText('open', '');
  }

  /** Opens a stored chat. @param {string} id @returns {Promise<boolean>} false when there is none */
  async open(id) {
    if (this.saved && this.conversation.id === id) return true;
    const turn = ++this.#opening;
    const [conversation, messages, live] = await Promise.all([
      store.getConversation(id).catch(() => undefined),
      store.listMessages(id).catch(() => []),
      answersInProgress(),
    ]);
    if (turn !== this.#opening) return true;
    if (!conversation) return false;
    this.elsewhere = live;
    this.#show(conversation, messages, true);
    localText('open', id);
    return true;
  }

  /** Adds the visitor's message below the tail and answers it. @param {string} words */
  async send(words) {
    const answered = this.tail === null ? null : this.nodes.get(this.tail);
    await this.#ask(words, answered ? answered.message_id : null);
  }

  /** Sends another version of an earlier message: a new branch. @param {Message} message @param {string} words */
  async edit(message, words) {
    await this.#ask(words, message.parent_id);
  }

  /**
   * Answers a message of the visitor's (again).
   * @param {string} promptId
   * @param {Promise<void>} [kept]  the message is being stored
   */
  async respond(promptId, kept) {
    if (this.answer) return;
    const { values, seed } = this.#sampling(childrenOf(this.nodes, promptId).length);
    const message = makeMessage(this.conversation.id, 'assistant', '', promptId);
    Object.assign(message, { state: 'pending', synthetic: true, sampling: values, seed });
    const system = this.conversation.system_prompt ?? this.#prefs.value.system_prompt;
    const request = makeRequest(system, pathTo(this.nodes, promptId));
    const answer = (this.answer = new Answer(message));
    this.nodes.set(message.message_id, message);
    this.tail = message.message_id;
    answer.addEventListener('change', () => this.#changed());
    answer.addEventListener('save-failed', () => this.#notKept());
    const { id } = this.conversation;
    const running = answer.run(this.#engine, request);
    this.#changed();
    await kept;
    await this.#patch(id, { active_thread_tail_message_id: message.message_id, updated_date: now() });
    this.#changed();
    await running;
    this.answer = null;
    this.#ended(message);
  }

  /** Stops the answer, wherever it is. */
  stop() {
    this.answer?.stop();
  }

  /** Shows another version of a message. @param {Message} message @param {number} step  -1 or 1 */
  async switchBranch(message, step) {
    const siblings = siblingsOf(this.nodes, message);
    const next = siblings[siblings.indexOf(message) + step];
    if (!next) return;
    this.tail = newestLeaf(this.nodes, next.message_id);
    this.#changed();
    await this.#patch(this.conversation.id, { active_thread_tail_message_id: this.tail });
  }

  /** Changes members of the open chat; of an unsaved one, in memory. @param {Partial<Conversation>} patch */
  async set(patch) {
    Object.assign(this.conversation, patch);
    this.#changed();
    if (this.saved) await this.#patch(this.conversation.id, patch);
  }

  /** @param {string} words @param {string | null} parent */
  async #ask(words, parent) {
    if (this.answer || !words.trim()) return;
    const message = makeMessage(this.conversation.id, 'prompter', words, parent);
    this.nodes.set(message.message_id, message);
    this.tail = message.message_id;
    const first = !this.saved;
    const keep = async () => {
      if (first) await this.#save(words);
      await store.putMessage(message);
    };
    await this.respond(
      message.message_id,
      keep().catch((error) => this.#notKept(error)),
    );
  }

  /** @param {string} words */
  async #save(words) {
    this.saved = true;
    const { conversation } = this;
    if (!conversation.titled) conversation.title = firstWords(words) || t.untitled;
    conversation.updated_date = now();
    localText('open', conversation.id);
    this.dispatchEvent(new Event('opened'));
    await store.addConversation(conversation);
    this.dispatchEvent(new Event('kept'));
    if (this.#asked) return;
    this.#asked = true;
    navigator.storage?.persist?.().then(
      () => this.#engine.refresh(),
      () => undefined,
    );
  }

  /** @param {Message} message */
  #ended(message) {
    if (!message.text && message.state === 'cancelled') {
      this.nodes.delete(message.message_id);
      if (this.tail === message.message_id) this.tail = message.parent_id;
    }
    this.#changed();
    this.dispatchEvent(new CustomEvent('answered', { detail: message }));
  }

  /** @param {number} nth  0 for the first answer to a message */
  #sampling(nth) {
    const sampling = this.conversation.sampling ?? this.#prefs.value.sampling;
    const values = samplingValues(sampling, this.#prefs.value.presets);
    return { values, seed: sampling.seed === null ? randomSeed() : sampling.seed + nth };
  }

  /** @param {Conversation} conversation @param {Message[]} messages @param {boolean} saved */
  #show(conversation, messages, saved) {
    this.conversation = conversation;
    this.saved = saved;
    this.nodes = new Map();
    this.#merge(messages);
    const tail = conversation.active_thread_tail_message_id;
    const own = this.answerHere?.message;
    if (own) this.nodes.set(own.message_id, own);
    this.tail = tail !== null && this.nodes.has(tail) ? tail : newestLeaf(this.nodes, null);
    this.#changed();
    this.dispatchEvent(new Event('opened'));
  }

  /** @param {Message[]} messages */
  #merge(messages) {
    const own = this.answerHere?.message;
    for (const message of messages) {
      if (message.message_id === own?.message_id) continue;
      if (message.state === 'in_progress' && !this.elsewhere.has(message.message_id)) message.state = 'cancelled';
      this.nodes.set(message.message_id, message);
    }
  }

  /** @param {store.Change} change */
  async #otherTab(change) {
    if (!this.saved || (change.type !== 'all' && change.id !== this.conversation.id)) return;
    const { id } = this.conversation;
    const [conversation, messages, live] = await Promise.all([
      store.getConversation(id).catch(() => this.conversation),
      store.listMessages(id).catch(() => []),
      answersInProgress(),
    ]);
    if (id !== this.conversation.id) return;
    if (!conversation) {
      if (this.answerHere) this.stop();
      this.#notice(t.goneElsewhere);
      return this.newChat();
    }
    this.elsewhere = live;
    this.conversation = { ...conversation, active_thread_tail_message_id: this.tail };
    const follow = this.tail !== null && !this.answer;
    this.#merge(messages);
    if (follow) this.tail = newestLeaf(this.nodes, this.tail);
    this.#changed();
  }

  /** @param {string} id @param {Partial<Conversation>} patch */
  async #patch(id, patch) {
    if (id === this.conversation.id) Object.assign(this.conversation, patch);
    try {
      await store.patchConversation(id, patch);
      this.dispatchEvent(new Event('kept'));
    } catch (error) {
      this.#notKept(error);
    }
  }

  /** Says once that the browser does not store. @param {unknown} [error] */
  #notKept(error) {
    if (this.#toldNotKept) return;
    this.#toldNotKept = true;
    this.#notice(error instanceof DOMException && error.name === 'QuotaExceededError' ? t.storageFull : t.notKept);
  }

  /** @param {string} line */
  #notice(line) {
    this.dispatchEvent(new CustomEvent('notice', { detail: line }));
  }

  #changed() {
    if (this.#frame) return;
    const fire = () => {
      this.#frame = 0;
      this.dispatchEvent(new Event('change'));
    };
    this.#frame = document.hidden ? window.setTimeout(fire, 0) : requestAnimationFrame(fire);
  }
}
