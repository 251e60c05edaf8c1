/* The thumbs below an answer, the way to say more, and the menu of what is seldom done. Emits 'oa-rate' {message, feedback}, 'oa-rating' and
 * 'oa-replay' (the message), 'oa-compare' (the question's id). */
import { html, nothing } from 'lit';
import { noFeedback, toggleEmoji } from '../store/feedback.js';
import { icon } from './icons.js';
import { menu } from './menu.js';
import { text as t } from './text.js';

/** @param {import('./message.js').OaMessage} element @param {import('../store/schema.js').Message} message */
export function thumbs(element, message) {
  const feedback = message.feedback ?? noFeedback();
  const thumb = (/** @type {'+1' | '-1'} */ code, /** @type {string} */ name, /** @type {'up' | 'bad'} */ look) =>
    html`<button
      class="quiet icon"
      type="button"
      title=${name}
      aria-label=${name}
      aria-pressed=${String(feedback.emojis.includes(code))}
      @click=${() => element.emit('oa-rate', { message, feedback: toggleEmoji(feedback, code) })}
    >
      ${icon(look)}
    </button>`;
  return html`${thumb('+1', t.goodAnswer, 'up')}${thumb('-1', t.badAnswer, 'bad')}
    <button
      class="quiet icon"
      type="button"
      title=${t.rateMore}
      aria-label=${t.rateMore}
      aria-haspopup="dialog"
      @click=${() => element.emit('oa-rating', message)}
    >
      ${icon('flag')}
    </button>
    <span class="more">
      <button
        class="quiet icon menu-button"
        type="button"
        title=${t.more}
        aria-label=${t.more}
        aria-haspopup="menu"
        aria-expanded=${String(element.menu)}
        @click=${() => void element.toggleMenu()}
      >
        ${icon('more')}
      </button>
      ${element.menu ? more(element, message) : nothing}
    </span>`;
}

/** @param {import('./message.js').OaMessage} element @param {import('../store/schema.js').Message} message */
function more(element, message) {
  const { busy: disabled } = element;
  return menu({
    label: t.more,
    close: () => (element.menu = false),
    items: [
      { name: t.improve, look: 'pencil', act: () => void element.startEdit(), disabled },
      { name: t.compare, look: 'compare', act: () => element.emit('oa-compare', message.parent_id), disabled },
      ...(message.token_ids
        ? [
            {
              name: t.replay,
              look: /** @type {const} */ ('replay'),
              act: () => element.emit('oa-replay', message),
              disabled,
            },
          ]
        : []),
    ],
  });
}
