/* What a failure says: the engine's own line, which names what is wrong and what to do. It is English: in another language the words for
 * the code come first, and the line follows for who wants to know or to ask. */
import { html } from 'lit';
import { text as t } from './text.js';

/** @param {{ code: string, message: string }} failure */
export function failureLines({ code, message }) {
  const said = t.errors[code];
  return said
    ? html`<p>${said}</p>
        <p class="fine" lang="en" dir="ltr">${message}</p>`
    : html`<p>${message}</p>`;
}
