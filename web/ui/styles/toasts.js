/* Notices at the edge of the page. */
import { css } from 'lit';

export const toasts = css`
  oa-toasts {
    display: contents;
  }
  .toasts {
    position: fixed;
    inset: 4rem 0 auto 0;
    margin: 0 auto;
    width: max-content;
    max-width: calc(100vw - 2rem);
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    overflow: visible;
    display: grid;
    gap: var(--space-2);
    justify-items: center;
    pointer-events: none;
    z-index: 9;
  }
  .toast {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    max-width: 36rem;
    padding-block: var(--space-1);
    padding-inline: var(--space-4) var(--space-1);
    border-radius: var(--radius);
    background: var(--text);
    color: var(--bg);
    font-size: var(--text-m);
    box-shadow: var(--shadow-high);
    pointer-events: auto;
    animation: rise var(--calm);
    overflow-wrap: anywhere;
  }
  .toast .link {
    flex: none;
    white-space: nowrap;
  }
  .toast .link,
  .toast .quiet,
  .toast .quiet:hover {
    color: inherit;
    background: none;
  }
`;
