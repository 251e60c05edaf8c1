/* Puts the sharing of feedback on the page: its words, the dialog, an entry in the menu of a chat, the one question after the first rating, and what
 * the page says of itself from then on. */
import { patchConversation } from '../store/chats.js';
import { collectorUrl } from '../store/collector.js';
import { localText } from '../store/settings.js';
import { OaShareConsent } from './share-consent.js';
import { OaShare } from './share.js';
import { Sharing } from './sharing.js';
import { sharing as words } from './text/en/sharing.js';
import { en } from './text/en.js';
import { language, text as t } from './text.js';

const ASKED = 'share-asked';

/**
 * @param {import('./app.js').OaApp} app
 * @param {string} address  of the collector, as the page names it
 */
export async function startSharing(app, address) {
  const url = collectorUrl(address);
  if (!url) return console.warn(`oa-collector: ${address} is neither https nor on this machine, so nothing is shared`);
  Object.assign(en.sharing, words);
  t.sharing = { ...words, ...t.sharing };
  const sharing = new Sharing(url);
  OaShareConsent.shared = sharing;
  const dialog = new OaShare(sharing);
  app.renderRoot.append(dialog);
  app.renderRoot.addEventListener('oa-share', () => void dialog.open());
  app.renderRoot.addEventListener('oa-exclude', (event) => {
    void exclude(app, /** @type {CustomEvent<Conversation>} */ (event).detail);
  });
  addToMenus(app);
  askAfterRating(app, sharing, () => void dialog.open());
  sayTheTruth(app, sharing);
  await sharing.start();
}

/** @typedef {import('../store/schema.js').Conversation} Conversation */
/** @typedef {import('./app.js').OaApp} App */

/** Nothing more of a chat is shared, or it may be again. @param {App} app @param {Conversation} chat */
async function exclude({ parts: { chats, say } }, { id, title, unshared }) {
  await patchConversation(id, { unshared: !unshared });
  await chats.refresh();
  const name = title || t.untitled;
  say(unshared ? t.sharing.included(name) : t.sharing.excluded(name));
}

/** @param {App} app */
function addToMenus(app) {
  app.parts.chats.more = (chat) => [
    {
      name: chat.unshared ? t.sharing.include : t.sharing.exclude,
      look: 'lock',
      act: () => void exclude(app, chat),
    },
  ];
}

/** Who has rated an answer is asked whether to share that, once; who agreed is told once a visit that it can be looked at. @param {App} app @param {Sharing} sharing @param {() => void} run  shows it */
function askAfterRating({ parts: { session, say } }, sharing, run) {
  let told = false;
  const ask = () => {
    const act = { label: t.sharing.look, run };
    const { state, url, host, agreed } = sharing;
    if (session.isPrivate || session.conversation.unshared || !state) return;
    if (agreed && !state.consent?.auto && !told) {
      told = true;
      say(t.sharing.ready(host), act);
    } else if (!agreed && localText(ASKED) !== url) {
      localText(ASKED, url);
      say(t.sharing.ask(host), act, { stays: true });
    }
  };
  session.addEventListener('rated', (event) => {
    if (/** @type {CustomEvent<import('../store/schema.js').Message>} */ (event).detail.feedback) ask();
  });
  session.addEventListener('compared', ask);
}

/** "Nothing leaves this device" is no longer so once the visitor agreed. @param {App} app @param {Sharing} sharing */
function sayTheTruth({ parts: { chats } }, sharing) {
  let { intro, localNote } = t;
  let told = false;
  const tell = () => {
    const { agreed } = sharing;
    if (told === agreed) return;
    told = agreed;
    Object.assign(t, agreed ? { intro: t.sharing.intro, localNote: t.sharing.note } : { intro, localNote });
    chats.dispatchEvent(new Event('change')); // the list and the welcome are drawn again
  };
  sharing.addEventListener('change', tell);
  language.addEventListener('change', () => {
    ({ intro, localNote } = t);
    told = false;
    tell();
  });
}
