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
    gap: 0.25rem;
    height: 3.5rem;
    padding: 0 0.75rem;
    padding-left: max(0.75rem, env(safe-area-inset-left));
  }
  .header .title {
    flex: 1 1 auto;
    min-width: 0;
    padding: 0 0.5rem;
    font-size: 0.9375rem;
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
    .header .pill-name {
      position: absolute;
      clip-path: inset(50%);
      width: 1px;
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
    animation: pulse 1.2s ease-in-out infinite alternate;
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
    border-right: 1px solid var(--line);
  }
  @media (max-width: 820px) {
    .sidebar {
      position: fixed;
      z-index: 5;
      inset: 0 auto 0 0;
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
      transform: translateX(-100%);
    }
  }
  .drop {
    position: absolute;
    inset: 0.75rem;
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
    gap: 0.75rem;
    align-items: center;
    font-size: 1.125rem;
    font-weight: 600;
  }
`;
