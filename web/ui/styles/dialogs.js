/* Dialogs: their frame, the sections of the settings, the list of shortcuts. */
import { css } from 'lit';

export const dialogs = css`
  .dialog {
    width: min(46rem, calc(100vw - 2rem));
    max-height: min(44rem, calc(100dvh - 2rem));
    padding: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius-large);
    background: var(--bg);
    color: var(--text);
    box-shadow: var(--shadow-high);
    overflow: hidden;
  }
  .dialog[open] {
    display: flex;
    flex-direction: column;
    animation: rise var(--calm);
  }
  .dialog::backdrop {
    background: var(--scrim);
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
  .narrow {
    width: min(28rem, calc(100vw - 2rem));
  }
  .dialog.settings {
    height: min(44rem, calc(100dvh - 2rem));
  }
  .dialog-head {
    flex: none;
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding-block: var(--space-3);
    padding-inline: var(--space-6) var(--space-3);
    border-bottom: 1px solid var(--line);
  }
  .dialog-head h2 {
    font-size: var(--text-l);
    font-weight: 650;
  }
  .panes {
    flex: 1 1 auto;
    min-height: 0;
    display: flex;
  }
  .tabs {
    flex: none;
    width: 11rem;
    padding: var(--space-3);
    display: flex;
    flex-direction: column;
    gap: var(--space-half);
    border-inline-end: 1px solid var(--line);
  }
  .tabs button {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    min-height: 2.5rem;
    padding: 0 var(--space-3);
    border-radius: var(--radius-small);
    font-size: var(--text-m);
    font-weight: 500;
    color: var(--muted);
  }
  .tabs button:hover {
    background: var(--hover);
  }
  .tabs [aria-selected='true'],
  .tabs [aria-selected='true']:hover {
    background: var(--accent-soft);
    color: var(--accent-text);
  }
  .pane {
    flex: 1 1 auto;
    min-width: 0;
    overflow-y: auto;
    padding: var(--space-5) var(--space-6) var(--space-6);
  }
  .pane:focus-visible {
    outline-offset: -2px;
  }
  .keys-list {
    padding: var(--space-3) var(--space-6) var(--space-5);
    overflow-y: auto;
  }
  .keys-list div {
    display: flex;
    flex-direction: row-reverse;
    justify-content: space-between;
    align-items: center;
    gap: var(--space-4);
    min-height: 2.75rem;
    border-bottom: 1px solid var(--line);
  }
  .keys-list div:last-child {
    border: 0;
  }
  .keys-list dt {
    direction: ltr;
    display: flex;
    gap: var(--space-1);
    flex: none;
  }
  .keys-list dd {
    font-size: var(--text-m);
  }
  @media (max-width: 640px) {
    .dialog.settings {
      width: 100vw;
      height: 100dvh;
      max-width: none;
      max-height: none;
      margin: 0;
      border: 0;
      border-radius: 0;
    }
    .panes {
      flex-direction: column;
    }
    .tabs {
      width: auto;
      flex-direction: row;
      overflow-x: auto;
      padding: var(--space-2) var(--space-3);
      border-inline-end: 0;
      border-bottom: 1px solid var(--line);
    }
    .tabs button {
      min-height: 2.75rem;
      padding: 0 var(--space-2);
      flex: 1 0 auto;
      justify-content: center;
    }
    .tabs .i {
      display: none;
    }
    .pane {
      padding: var(--space-4);
    }
    .pane .button {
      white-space: normal; /* some languages say it in more words than fit */
    }
  }
`;
