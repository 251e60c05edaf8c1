/* What is shared: the dialog with a card for each chat. Put on by the dialog itself (share.js), which few pages have. */
import { css } from 'lit';

export const share = css`
  .dialog.share .pane {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-4);
    align-content: start;
    justify-items: start;
  }
  .share .card {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
    width: 100%;
    padding: var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .share h3 {
    font-size: var(--text-m);
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .share ol {
    display: grid;
    gap: var(--space-3);
    list-style: none;
  }
  .share li p {
    display: -webkit-box;
    -webkit-line-clamp: 4;
    -webkit-box-orient: vertical;
    overflow: hidden;
    font-size: var(--text-m);
    white-space: pre-line;
    overflow-wrap: anywhere;
  }
  .share .said {
    display: inline-block;
    margin-block-start: var(--space-1);
    margin-inline-end: var(--space-1);
    padding: var(--space-half) var(--space-2);
    border-radius: var(--radius-small);
    background: var(--accent-soft);
    color: var(--accent-text);
    font-size: var(--text-s);
    overflow-wrap: anywhere;
  }
  .share pre {
    max-height: 16rem;
    padding: var(--space-3);
    border-radius: var(--radius-small);
    background: var(--code);
    font-family: var(--mono);
    font-size: var(--text-xs);
    white-space: pre-wrap;
    overflow: auto;
    overflow-wrap: anywhere;
  }
`;
