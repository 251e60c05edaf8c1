/* Answers side by side, to be ranked. */
import { css } from 'lit';

export const compare = css`
  .thread-inner:has(oa-compare) {
    max-width: 78rem;
  }
  .thread-inner:has(oa-compare) oa-message {
    width: 100%;
    max-width: var(--measure);
    margin-inline: auto;
  }
  .compare {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
    margin: var(--space-3) calc(-1 * var(--space-2)) 0;
    padding: var(--space-2);
    border-radius: var(--radius);
  }
  .compare > h2 {
    font-size: var(--text-l);
    font-weight: 650;
  }
  .drafts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
    gap: var(--space-3);
    align-items: start;
  }
  .draft {
    min-width: 0;
    padding: var(--space-3) var(--space-4) var(--space-4);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .draft[data-placed] {
    border-color: var(--accent);
    box-shadow: inset 0 0 0 1px var(--accent);
  }
  .draft h3 {
    font-size: var(--text-m);
    font-weight: 600;
  }
  .draft .row {
    margin-bottom: var(--space-2);
  }
  .draft [aria-pressed='true'] {
    border-color: var(--accent);
    background: var(--accent-soft);
    color: var(--accent-text);
  }
  .draft [aria-pressed='true'] .i {
    width: 1rem;
    height: 1rem;
  }
  .ranking {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1);
    touch-action: none;
    user-select: none;
  }
  .rank-chip {
    min-width: 2.75rem;
    min-height: 2.75rem;
    border: 1px solid var(--accent);
    border-radius: var(--radius-small);
    background: var(--accent-soft);
    color: var(--accent-text);
    font-weight: 650;
    cursor: grab;
    touch-action: none;
  }
  .rank-chip[data-dragged] {
    cursor: grabbing;
    box-shadow: var(--shadow-high);
  }
  span.relation {
    min-width: 1.5rem;
    text-align: center;
  }
  button.relation {
    min-width: 2.75rem;
    min-height: 2.75rem;
  }
  .relation {
    font-size: var(--text-l);
  }
  .relation[aria-pressed='true'] {
    color: var(--accent-text);
    font-weight: 650;
  }
`;
