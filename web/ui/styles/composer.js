/* Where the visitor writes. */
import { css } from 'lit';

export const composer = css`
  oa-composer {
    flex: none;
  }
  .composer-inner {
    max-width: calc(var(--measure) + 2.5rem);
    margin: 0 auto;
    padding: 0 1.25rem max(0.5rem, env(safe-area-inset-bottom));
  }
  .composer {
    border: 1px solid var(--line);
    border-radius: var(--radius-big);
    background: var(--surface);
    box-shadow: var(--shadow);
    padding: 0.25rem 0.5rem 0.5rem;
    transition: border-color var(--quick);
  }
  .composer:focus-within {
    border-color: var(--line-strong);
  }
  .composer textarea {
    display: block;
    border: 0;
    background: none;
    padding: 0.75rem 0.75rem 0.25rem;
    min-height: 2.75rem;
    max-height: min(40vh, 20rem);
    resize: none;
    line-height: 1.5;
  }
  .composer textarea:focus-visible {
    outline: none;
  }
  .round {
    width: 2.5rem;
    height: 2.5rem;
    flex: none;
    display: grid;
    place-items: center;
    border-radius: 50%;
    background: var(--accent);
    color: var(--on-accent);
    transition: background var(--quick);
  }
  .round:hover:not(:disabled) {
    background: var(--accent-hover);
  }
  .round:disabled {
    background: var(--hover);
    color: var(--muted);
  }
  .round.stop,
  .round.stop:hover {
    background: var(--text);
    color: var(--bg);
  }
  .composer .round:focus-visible {
    outline-offset: 3px;
  }
  .busy {
    justify-content: space-between;
    margin: 0 0 0.5rem;
  }
  .status {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 1rem;
    min-height: 1.75rem;
    padding: 0.375rem 0.75rem 0;
    font-size: 0.75rem;
    line-height: 1.5;
    color: var(--muted);
    font-variant-numeric: tabular-nums;
  }
  .status > :only-child {
    margin: 0 auto;
    text-align: center;
  }
  .context {
    display: inline-flex;
    align-items: center;
    gap: 0.5rem;
    white-space: nowrap;
  }
  @media (pointer: coarse) {
    .round {
      width: 2.75rem;
      height: 2.75rem;
    }
  }
`;
