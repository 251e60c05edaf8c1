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
    gap: 0.5rem;
    justify-items: center;
    pointer-events: none;
    z-index: 9;
  }
  .toast {
    display: flex;
    align-items: center;
    gap: 0.75rem;
    max-width: 36rem;
    padding: 0.25rem 0.25rem 0.25rem 1rem;
    border-radius: var(--radius);
    background: var(--text);
    color: var(--bg);
    font-size: 0.9375rem;
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
