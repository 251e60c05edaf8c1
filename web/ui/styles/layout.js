/* The page's frame: sidebar, header, main. */
import { css } from 'lit';

export const layout = css`
  .app {
    display: flex;
    height: 100%;
    overflow: hidden;
    position: relative;
  }
  .main {
    flex: 1 1 auto;
    min-width: 0;
    display: flex;
    flex-direction: column;
    position: relative;
  }
  .header {
    flex: none;
    display: flex;
    align-items: center;
    gap: var(--space-1);
    height: 3.5rem;
    padding: 0 var(--space-3);
    padding-inline-start: max(var(--space-3), env(safe-area-inset-left));
  }
  .header .title {
    text-align: -webkit-match-parent;
    text-align: match-parent; /* the page's side, whichever way the title runs */
    flex: 1 1 auto;
    min-width: 0;
    padding: 0 var(--space-2);
    font-size: var(--text-m);
    font-weight: 600;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .header .pill {
    max-width: 55%;
    flex: none;
    border: 1px solid var(--line);
  }
  .header .pill .i {
    display: none;
  }
  @media (max-width: 560px) {
    .header .pill .i {
      display: block;
    }
    .header .badge span,
    .header .pill-name {
      position: absolute;
      clip-path: inset(50%);
      width: 1px;
      overflow: hidden;
    }
  }
  .pill-name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .state-dot {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    flex: none;
    background: var(--line-strong);
  }
  [data-state='ready'] .state-dot {
    background: var(--accent);
  }
  [data-state='loading'] .state-dot {
    background: var(--accent);
    animation: pulse var(--pulse);
  }
  [data-state='error'] .state-dot,
  [data-state='crashed'] .state-dot {
    background: var(--bad);
  }
  @keyframes pulse {
    from {
      opacity: 0.25;
    }
  }
  .scrim {
    display: none;
  }
  .sidebar {
    flex: none;
    width: 17.5rem;
    background: var(--side);
    border-inline-end: 1px solid var(--line);
  }
  @media (max-width: 820px) {
    .sidebar {
      position: fixed;
      z-index: 5;
      inset-block: 0;
      inset-inline: 0 auto;
      width: min(19rem, 86vw);
      box-shadow: var(--shadow-high);
      animation: enter var(--calm);
    }
    .scrim {
      display: block;
      position: fixed;
      z-index: 4;
      inset: 0;
      background: var(--scrim);
    }
    .keys {
      display: none;
    }
  }
  @keyframes enter {
    from {
      transform: translateX(calc(-100% * var(--flip)));
    }
  }
  .drop {
    position: absolute;
    inset: var(--space-3);
    z-index: 6;
    display: grid;
    place-items: center;
    border: 2px dashed var(--accent);
    border-radius: var(--radius-big);
    background: color-mix(in srgb, var(--bg) 88%, transparent);
    pointer-events: none;
  }
  .drop p {
    display: flex;
    gap: var(--space-3);
    align-items: center;
    font-size: var(--text-l);
    font-weight: 600;
  }
  .badge .i {
    width: 1rem;
    height: 1rem;
  }
  .badge {
    display: inline-flex;
    align-items: center;
    gap: var(--space-1);
    padding: var(--space-1) var(--space-2);
    border-radius: var(--radius-round);
    background: var(--accent-soft);
    color: var(--accent-text);
    font-size: var(--text-s);
    font-weight: 600;
    white-space: nowrap;
  }
`;
