/* How the presets do: the share of pairs that each won where answers were compared, and thumbs. */
import { html, nothing } from 'lit';
import { formatNumber, formatPercent } from '../lib/format.js';
import { allPresets } from './presets.js';
import { text as t } from './text.js';

/** @typedef {import('../store/opinions.js').Score} Score */

/** @param {Score} score */
const pairsOf = ({ wins, losses, ties }) => wins + losses + ties;

/** @param {Score} score @returns {number} NaN without pairs */
const rateOf = (score) => (score.wins + score.ties / 2) / pairsOf(score);

/** @param {Map<string, Score>} presets @param {import('../store/schema.js').Preset[]} own  the visitor's */
export function presetTable(presets, own) {
  if (!presets.size) return nothing;
  const all = [...presets].sort(([, a], [, b]) => (rateOf(b) || 0) - (rateOf(a) || 0));
  return html`<div class="group">
    <h3>${t.presetsWin}</h3>
    <div class="scroll" tabindex="0" role="group" aria-label=${t.presetsWin}>
      <table>
        <thead>
          <tr>
            <th scope="col">${t.preset}</th>
            <th scope="col">${t.won}</th>
            <th scope="col">${t.pairs}</th>
            <th scope="col">${t.emojiNames['+1']}</th>
            <th scope="col">${t.emojiNames['-1']}</th>
          </tr>
        </thead>
        <tbody>
          ${all.map(([id, score]) => row(nameOf(id, own), score))}
        </tbody>
      </table>
    </div>
    <small>${t.presetsWinHelp}</small>
  </div>`;
}

/** @param {string} name @param {Score} score */
function row(name, score) {
  const rate = rateOf(score);
  return html`<tr>
    <th scope="row">${name}</th>
    <td>
      ${
        Number.isNaN(rate)
          ? '–'
          : html`<meter min="0" max="1" .value=${rate} aria-hidden="true"></meter> ${formatPercent(rate)}`
      }
    </td>
    <td>${formatNumber(pairsOf(score))}</td>
    <td>${formatNumber(score.up)}</td>
    <td>${formatNumber(score.down)}</td>
  </tr>`;
}

/** @param {string} id @param {import('../store/schema.js').Preset[]} own */
function nameOf(id, own) {
  const named = /** @type {Record<string, string>} */ (t.presetNames)[id];
  return named ?? allPresets(own).find((p) => p.id === id)?.name ?? id;
}
