/* What one thinks of an answer: the dialog with reactions, scales and problems. */
import { css } from 'lit';

export const rating = css`
  .dialog.rating {
    width: min(34rem, calc(100vw - 2rem));
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
  }
  .chips label {
    position: relative;
    cursor: pointer;
  }
  .chips input,
  .degrees input {
    position: absolute;
    inset: 0;
    opacity: 0;
    cursor: pointer;
  }
  .chips input + span,
  .degrees input + span {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-1);
    min-height: 2.25rem;
    padding-inline: var(--space-3);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    font-size: var(--text-m);
  }
  .degrees {
    display: inline-flex;
    gap: var(--space-1);
  }
  .degrees label {
    position: relative;
  }
  .degrees input + span {
    min-width: 2.25rem;
    padding: 0;
  }
  .chips label:hover input + span,
  .degrees label:hover input + span {
    background: var(--hover);
  }
  .chips :checked + span,
  .degrees :checked + span {
    border-color: var(--accent);
    background: var(--accent-soft);
    color: var(--accent-text);
    box-shadow: inset 0 0 0 1px var(--accent);
  }
  .chips :focus-visible + span,
  .degrees :focus-visible + span {
    outline: var(--focus) solid var(--ring);
    outline-offset: 2px;
  }
  .scales {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(14.5rem, 1fr));
    column-gap: var(--space-4);
  }
  .scale .row {
    align-items: flex-start;
  }
  .scale .segments span {
    min-width: 4rem;
  }
  .ends {
    display: flex;
    justify-content: space-between;
    margin-top: var(--space-1);
    color: var(--muted);
  }
  .checks {
    width: 100%;
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
    gap: var(--space-2) var(--space-4);
  }
  .checks label {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    min-height: 1.75rem;
    font-weight: 400;
  }
  @media (forced-colors: active) {
    .chips :checked + span,
    .degrees :checked + span {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
