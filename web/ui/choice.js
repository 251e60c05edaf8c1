/* One of several answers, in a row: degrees of a scale with what their ends mean, or words. */
import { html, nothing } from 'lit';
import { icon } from './icons.js';
import { text as t } from './text.js';

/**
 * @param {object} what
 * @param {string} what.name        of the group of radio buttons
 * @param {string} what.title
 * @param {string[]} what.answers   stored as their index over the last one's
 * @param {[string, string]} [what.ends]  what the first and the last of a scale mean
 * @param {number | undefined} what.given
 * @param {boolean} [what.required]
 * @param {(value: number | null) => void} what.set  null: taken back, by a button of its own
 */
export function choice({ name, title, answers, ends, given, required = false, set }) {
  const most = answers.length - 1;
  const spoken = (/** @type {string} */ answer, /** @type {number} */ i) =>
    ends && i % most === 0 ? `${answer}, ${ends[i / most]}` : answer;
  return html`<fieldset class="group scale">
    <legend>${title}</legend>
    <span class="row">
      <span>
        <span class=${ends ? 'degrees' : 'segments'}>
          ${answers.map(
            (answer, i) =>
              html`<label
                ><input
                  type="radio"
                  name=${name}
                  aria-label=${spoken(answer, i)}
                  ?required=${required}
                  .checked=${given === i / most}
                  @change=${() => set(i / most)}
                /><span aria-hidden="true">${ends ? i + 1 : answer}</span></label
              >`,
          )}
        </span>
        ${ends ? html`<small class="ends" aria-hidden="true"><span>${ends[0]}</span><span>${ends[1]}</span></small>` : nothing}
      </span>
      ${
        given === undefined
          ? nothing
          : html`<button
              class="quiet icon"
              type="button"
              title=${t.takeBack}
              aria-label=${`${t.takeBack}: ${title}`}
              @click=${() => set(null)}
            >
              ${icon('close')}
            </button>`
      }
    </span>
  </fieldset>`;
}
