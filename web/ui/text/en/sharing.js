/* English of what is said about sending feedback to a collector: fetched where the page has one. */
import { plurals } from '../../../lib/plurals.js';

const n = plurals('en');

/** @typedef {typeof sharing} SharingWords */

export const sharing = {
  title: 'Share feedback',
  lead: (/** @type {string} */ host) =>
    `What you say of answers can help to make assistants better. If you agree, it is sent to ${host}, which the owner of this page has chosen.`,
  sent: 'Sent are answers that you rated, compared or improved, the messages that lead to them, what you said, the name of the model, dates, the language, and a random id made for this alone.',
  never:
    'Never sent are private chats, chats in which you rated nothing, chats that you leave out, system prompts and settings.',
  agree: (/** @type {string} */ host) => `Share with ${host}`,
  agreeHelp: 'Nothing leaves this device before you have seen it. You can stop at any time.',
  since: (/** @type {string} */ date) => `You agreed on ${date}.`,
  auto: 'Send without showing me first',
  autoHelp: 'What you say is then sent as soon as there is a network.',
  show: 'Show what is sent',
  nothing: 'There is nothing to send.',
  asks: (/** @type {number} */ chats) =>
    n(chats, { one: '# chat waits until you have seen it.', other: '# chats wait until you have seen them.' }),
  queued: (/** @type {number} */ messages) =>
    n(messages, { one: '# message is waiting to be sent.', other: '# messages are waiting to be sent.' }),
  refusedCount: (/** @type {number} */ messages) =>
    n(messages, { one: '# message was refused.', other: '# messages were refused.' }),
  there: (/** @type {number} */ messages) =>
    n(messages, { one: 'The collector has # message.', other: 'The collector has # messages.' }),
  offline: 'There is no network. It is sent when it is back.',
  later: (/** @type {string} */ time) => `The collector does not take anything now. The next try is at ${time}.`,
  failed: (/** @type {string} */ why) => `Nothing can be sent. ${why}`,
  erase: 'Have it deleted there',
  eraseSure: 'Stop sharing, and ask the collector to delete all that it has of yours?',
  erasing: 'The collector is being asked to delete what it has of yours.',
  send: 'Send',
  sendAll: 'Send all',
  exclude: 'Never share this chat',
  include: 'May be shared again',
  excluded: (/** @type {string} */ title) => `Nothing of “${title}” is shared from now on.`,
  included: (/** @type {string} */ title) => `What you rate in “${title}” may be shared again.`,
  json: 'Exactly as it is sent',
  onItsWay: 'Waiting to be sent',
  refused: (/** @type {string} */ why) => `The collector refused this: ${why}`,
  ask: (/** @type {string} */ host) =>
    `Thank you. May ${host} have what you say, to make assistants better? You see first what is sent.`,
  ready: (/** @type {string} */ host) => `What you said goes to ${host} when you have seen it.`,
  look: 'Show me',
  intro: 'Ask anything. The model runs on your own device, and only what you agreed to share leaves it.',
  note: 'Only what you agreed to share leaves this device.',
};
