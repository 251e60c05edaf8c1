/* Where the visitor writes. */
import { css } from 'lit';

export const composer = css`
  oa-composer {
    flex: none;
  }
  .composer-inner {
    max-width: calc(var(--measure) + 2.5rem);
    margin: 0 auto;
    padding: 0 var(--space-5) max(var(--space-2), env(safe-area-inset-bottom));
  }
  .composer {
    border: 1px solid var(--line);
    border-radius: var(--radius-big);
    background: var(--surface);
    box-shadow: var(--shadow);
    padding: var(--space-1) var(--space-2) var(--space-2);
    transition: border-color var(--quick);
  }
  .composer:focus-within {
    border-color: var(--line-strong);
  }
  .composer:has(textarea:focus-visible) {
    border-color: var(--ring);
  }
  .composer textarea {
    display: block;
    border: 0;
    background: none;
    padding: var(--space-3) var(--space-3) var(--space-1);
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
    margin: 0 0 var(--space-2);
  }
  .status {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: var(--space-4);
    min-height: 1.75rem;
    padding: var(--space-2) var(--space-3) 0;
    font-size: var(--text-xs);
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
    gap: var(--space-2);
    white-space: nowrap;
  }
  @media (pointer: coarse) {
    .round {
      width: 2.75rem;
      height: 2.75rem;
    }
  }
`;
