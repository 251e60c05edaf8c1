/* The open conversation: its tree, the branch that is shown, and what can be done to it. Writes each step as it happens. An
 * answer goes on while another chat is looked at; there is one at a time. */
import * as store from '../store/chats.js';
import { isNewer, isQuotaError } from '../store/connection.js';
import { localText } from '../store/settings.js';
import { Changing } from '../lib/changes.js';
import { firstWords } from '../lib/format.js';
import { childrenOf, newestLeaf, pathTo, siblingsOf } from '../lib/tree.js';
import { Answer, answersInProgress, writingEnds } from './answer.js';
import { invitation, openComparison } from './comparison.js';
import { makeAnswer, makeConversation, makeMessage, makeRequest, now } from './make.js';
import { samplingOf, samplingsToCompare } from './presets.js';
import { text as t } from './text.js';

/** @typedef {import('../store/schema.js').Conversation} Conversation */
/** @typedef {import('../store/schema.js').Message} Message */

/** Fires 'change' (at most once a frame), 'notice' with a line for the visitor as detail, 'answered' with the message, 'opened'. */
export class Session extends Changing {
  /** @type {Conversation} */ conversation;
  /** Whether the conversation is in the store: it is from its first message on. */
  saved = false;
  /** Nothing of this chat is stored: it is gone with the tab, or when another is opened. */
  isPrivate = false;
  /** @type {Map<string, Message>} */ nodes = new Map();
  /** @type {string | null} */ tail = null;
  /** @type {Answer | null} */ answer = null;
  /** The answer that the visitor is asked to compare with others. @type {string | null} */ invitation = null;
  /** Messages that another tab is writing. @type {Set<string>} */ elsewhere = new Set();
  /** Of those, which are waited for. @type {Set<string>} */ #watched = new Set();

  /** @type {import('./engine.js').Engine} */ #engine;
  /** @type {import('./prefs.js').Prefs} */ #prefs;
  #toldNotKept = false;
  #opening = 0;
  /** Which chat the page opens when it comes back. @type {(id: string) => void} */ #note;

  /**
   * @param {import('./engine.js').Engine} engine
   * @param {import('./prefs.js').Prefs} prefs
   * @param {{ remember?: boolean }} [options]  remember: the page opens this chat when it comes back
   */
  constructor(engine, prefs, { remember = true } = {}) {
    super();
    this.#note = remember ? (id) => localText('open', id) : () => undefined;
    this.#engine = engine;
    this.#prefs = prefs;
    this.conversation = makeConversation();
    store.onOtherTab((change) => void this.storeChanged(change));
  }

  /** The messages of the branch that is shown. @returns {Message[]} */
  get path() {
    return pathTo(this.nodes, this.tail);
  }

  /** The answer on its way in this conversation. @returns {Answer | null} */
  get answerHere() {
    return this.answer?.message.conversation_id === this.conversation.id ? this.answer : null;
  }

  /** Starts an empty chat, which is stored with its first message, or not at all. @param {{ isPrivate?: boolean }} [options] */
  newChat({ isPrivate = false } = {}) {
    this.#opening++;
    this.isPrivate = isPrivate;
    this.#show(makeConversation(), [], false);
    this.#note('');
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
    this.isPrivate = false;
    this.#show(conversation, messages, true);
    this.#note(id);
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
    const nth = childrenOf(this.nodes, promptId).length;
    await this.#answer(promptId, [samplingOf(this.sampling, this.#prefs.value.presets, nth)], kept);
  }

  /** Writes several answers to a message of the visitor's at once, to be ranked (comparison.js). @param {string} promptId */
  async compare(promptId) {
    const prompt = this.nodes.get(promptId);
    if (this.answer || !prompt) return;
    const { presets, drafts } = this.#prefs.value;
    await this.#answer(promptId, samplingsToCompare(this.sampling, presets, drafts));
  }

  /** @param {string} promptId @param {ReturnType<typeof samplingOf>[]} samplings  of each answer @param {Promise<void>} [kept] */
  async #answer(promptId, samplings, kept) {
    if (this.answer) return;
    const { id, system_prompt: own } = this.conversation;
    const system = own ?? this.#prefs.value.system_prompt;
    const messages = samplings.map((sampling) => makeAnswer(id, promptId, sampling, system));
    const request = makeRequest(system, pathTo(this.nodes, promptId));
    const answer = (this.answer = new Answer(messages, { keep: !this.isPrivate }));
    for (const message of messages) this.nodes.set(message.message_id, message);
    this.tail = answer.message.message_id;
    if (messages.length > 1) void openComparison(this, promptId, messages);
    answer.addEventListener('change', () => this.changed());
    answer.addEventListener('save-failed', () => this.#notKept());
    const running = answer.run(this.#engine, request);
    this.changed();
    await kept;
    await this.#patch(id, { active_thread_tail_message_id: answer.message.message_id, updated_date: now() });
    this.changed();
    await running;
    this.answer = null;
    this.#ended(answer);
  }

  /** What this chat is answered with. */
  get sampling() {
    return this.conversation.sampling ?? this.#prefs.value.sampling;
  }

  /** Shows a message that was added or changed, and stores it. @param {Message} message */
  async keep(message) {
    this.nodes.set(message.message_id, message);
    this.changed();
    if (!this.isPrivate) await store.putMessage(message).catch((error) => this.#notKept(error));
  }

  /** Shows the branch that ends with a message, from now on. @param {string} tail @param {Partial<Conversation>} [patch] */
  async show(tail, patch = {}) {
    this.tail = tail;
    await this.set({ ...patch, active_thread_tail_message_id: tail });
  }

  /** Stops the answer, wherever it is. */
  stop() {
    this.answer?.stop();
  }

  /** Shows another version of a message. @param {Message} message @param {number} step  -1 or 1 */
  async switchBranch(message, step) {
    const siblings = siblingsOf(this.nodes, message);
    const next = siblings[siblings.indexOf(message) + step];
    if (next) await this.show(newestLeaf(this.nodes, next.message_id) ?? next.message_id);
  }

  /** Changes members of the open chat; of an unsaved one, in memory. @param {Partial<Conversation>} patch */
  async set(patch) {
    Object.assign(this.conversation, patch);
    this.changed();
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
      if (this.isPrivate) return;
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
    this.#note(conversation.id);
    this.dispatchEvent(new Event('opened'));
    await store.addConversation(conversation);
    this.dispatchEvent(new Event('kept'));
    void this.#engine.askToPersist();
  }

  /** @param {Answer} answer */
  #ended({ message, messages }) {
    for (const { message_id: id, parent_id: parent, text, state } of messages) {
      if (text || state !== 'cancelled') continue;
      this.nodes.delete(id);
      if (this.tail === id) this.tail = parent;
    }
    this.invitation = messages.length > 1 ? null : invitation(this, message, this.#prefs.value);
    this.changed();
    this.dispatchEvent(new CustomEvent('answered', { detail: message }));
  }

  /** @param {Conversation} conversation @param {Message[]} messages @param {boolean} saved */
  #show(conversation, messages, saved) {
    this.conversation = conversation;
    this.saved = saved;
    this.nodes = new Map();
    this.#merge(messages);
    const tail = conversation.active_thread_tail_message_id;
    for (const own of this.answerHere?.messages ?? []) this.nodes.set(own.message_id, own);
    this.tail = tail !== null && this.nodes.has(tail) ? tail : newestLeaf(this.nodes, null);
    this.changed();
    this.dispatchEvent(new Event('opened'));
  }

  /** @param {Message[]} messages */
  #merge(messages) {
    const own = new Set(this.answerHere?.messages.map((m) => m.message_id));
    for (const message of messages) {
      if (own.has(message.message_id)) continue;
      if (message.state === 'in_progress' && !this.elsewhere.has(message.message_id)) message.state = 'cancelled';
      if (message.state === 'in_progress') void this.#watch(message);
      this.nodes.set(message.message_id, message);
    }
  }

  /** Looks again when another tab writes a message no more. @param {Message} message */
  async #watch({ message_id: id, conversation_id: chat }) {
    if (this.#watched.has(id)) return;
    this.#watched.add(id);
    await writingEnds(id);
    this.#watched.delete(id);
    await this.storeChanged({ type: 'message', id: chat });
  }

  /** Reads again what somebody else changed. @param {store.Change} change */
  async storeChanged(change) {
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
    this.changed();
  }

  /** @param {string} id @param {Partial<Conversation>} patch */
  async #patch(id, patch) {
    if (id === this.conversation.id) Object.assign(this.conversation, patch);
    if (id === this.conversation.id && this.isPrivate) return;
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
    this.#notice(isNewer(error) ? t.newerStored : isQuotaError(error) ? t.storageFull : t.notKept);
  }

  /** @param {string} line */
  #notice(line) {
    this.dispatchEvent(new CustomEvent('notice', { detail: line }));
  }
}
