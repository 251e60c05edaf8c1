/* What everything stands on: box model, type, focus, motion, and the few helpers. */
import { css } from 'lit';

export const base = css`
  :host {
    display: block;
    height: 100dvh;
    color: var(--text);
    background: var(--bg);
    font: 400 var(--text-base) / 1.6 var(--font);
    -webkit-font-smoothing: antialiased;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  oa-header,
  oa-sidebar,
  oa-chat,
  oa-composer,
  oa-message,
  oa-markdown,
  oa-load,
  oa-welcome,
  oa-settings-chat,
  oa-settings-model,
  oa-settings-data {
    display: block;
  }
  oa-copy {
    display: contents;
  }
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  p,
  ul,
  ol,
  dl,
  dd,
  figure,
  fieldset,
  blockquote,
  pre {
    margin: 0;
    padding: 0;
  }
  fieldset {
    border: 0;
    min-width: 0;
  }
  legend {
    padding: 0;
  }
  [hidden] {
    display: none !important;
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
    border: 0;
    padding: 0;
    margin: 0;
  }
  .i {
    width: 1.25rem;
    height: 1.25rem;
    flex: none;
    display: block;
  }
  /* Icons that point along the line point the other way where it runs from right to left. */
  .flip {
    transform: scaleX(var(--flip));
  }
  .mark {
    width: 1.75rem;
    height: 1.75rem;
    flex: none;
    display: block;
  }
  .mark-shape {
    fill: var(--accent);
  }
  .mark-dot {
    fill: var(--on-accent);
  }
  .row {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    min-width: 0;
  }
  .row.wrap {
    flex-wrap: wrap;
  }
  .row.end {
    justify-content: flex-end;
  }
  .row.spread {
    justify-content: space-between;
  }
  .grow {
    flex: 1 1 auto;
    min-width: 0;
  }
  .fine,
  small {
    font-size: var(--text-s);
    line-height: 1.5;
    color: var(--muted);
  }
  .fine .i {
    display: inline-block;
    width: 1em;
    height: 1em;
    vertical-align: -0.14em;
  }
  .warn {
    color: var(--bad);
  }
  .figures {
    font-variant-numeric: tabular-nums;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: var(--focus) solid var(--ring);
    outline-offset: 2px;
  }
  ::selection {
    background: color-mix(in srgb, var(--accent) 28%, transparent);
  }
  * {
    scrollbar-width: thin;
    scrollbar-color: color-mix(in srgb, var(--muted) 45%, transparent) transparent;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 1ms !important;
      animation-iteration-count: 1 !important;
      transition-duration: 1ms !important;
      scroll-behavior: auto !important;
    }
  }
`;
