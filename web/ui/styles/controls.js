/* Buttons, fields, meters. Targets are 44 px high where a finger is the pointer. */
import { css } from 'lit';

export const controls = css`
  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
    margin: 0;
  }
  button {
    cursor: pointer;
    border: 0;
    background: none;
    padding: 0;
    touch-action: manipulation;
    -webkit-tap-highlight-color: transparent;
  }
  button:disabled {
    cursor: default;
  }
  .button,
  .quiet {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    min-height: 2.5rem;
    padding: 0 var(--space-4);
    border-radius: var(--radius);
    font-size: var(--text-m);
    font-weight: 500;
    line-height: 1.2;
    white-space: nowrap;
    transition:
      background var(--quick),
      color var(--quick),
      border-color var(--quick);
  }
  .button {
    border: 1px solid var(--line);
    background: var(--surface);
  }
  .button:hover:not(:disabled) {
    background: var(--hover);
  }
  .button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
  }
  .button.primary:hover:not(:disabled) {
    background: var(--accent-hover);
    border-color: var(--accent-hover);
  }
  .button.ghost {
    border-color: transparent;
    background: none;
  }
  .button.ghost:hover {
    background: var(--hover);
  }
  .button.danger {
    color: var(--bad);
  }
  .button:disabled {
    opacity: 0.55;
  }
  .button.small {
    min-height: 2rem;
    padding: 0 var(--space-3);
    font-size: var(--text-s);
    border-radius: var(--radius-small);
    white-space: nowrap;
  }
  .quiet {
    color: var(--muted);
    padding: 0 var(--space-3);
  }
  .quiet:hover:not(:disabled) {
    background: var(--hover);
    color: var(--text);
  }
  .quiet:disabled {
    opacity: 0.4;
  }
  .quiet.small {
    min-height: 1.75rem;
    padding: 0 var(--space-2);
    gap: var(--space-2);
    font-size: var(--text-s);
    border-radius: var(--radius-small);
  }
  .quiet.small .i {
    width: 1rem;
    height: 1rem;
  }
  .icon {
    padding: 0;
    width: 2.5rem;
    flex: none;
  }
  .pill {
    border-radius: var(--radius-round);
    font-size: var(--text-s);
  }
  .link {
    color: var(--accent-text);
    text-decoration: underline;
    text-underline-offset: 0.2em;
    font-weight: 500;
  }
  input[type='text'],
  input[type='search'],
  input[type='url'],
  input[type='number'],
  select,
  textarea {
    width: 100%;
    min-height: 2.5rem;
    padding: var(--space-2) var(--space-3);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
    line-height: 1.4;
  }
  select {
    padding-inline-end: var(--space-1);
  }
  input::placeholder,
  textarea::placeholder {
    color: var(--muted);
    opacity: 1;
  }
  input:focus-visible,
  select:focus-visible,
  textarea:focus-visible {
    outline-offset: -1px;
    border-color: var(--ring);
  }
  input[type='url'] {
    direction: ltr;
  }
  /* A field takes the direction of what is in it, and an empty one that of the page. */
  textarea:placeholder-shown {
    direction: inherit;
  }
  input[type='range'],
  input[type='radio'],
  input[type='checkbox'] {
    accent-color: var(--accent);
  }
  progress {
    appearance: none;
    display: block;
    width: 100%;
    height: 6px;
    border: 0;
    border-radius: var(--radius-round);
    overflow: hidden;
    background: var(--line);
    color: var(--accent);
  }
  progress::-webkit-progress-bar {
    background: var(--line);
  }
  progress::-webkit-progress-value {
    background: var(--accent);
    border-radius: var(--radius-round);
    transition: width 200ms linear;
  }
  progress::-moz-progress-bar {
    background: var(--accent);
    border-radius: var(--radius-round);
  }
  progress:indeterminate {
    background: linear-gradient(90deg, var(--line) 25%, var(--accent) 50%, var(--line) 75%) 0 0 / 200% 100%;
    animation: slide 1.4s linear infinite;
  }
  progress:indeterminate::-webkit-progress-bar {
    background: transparent;
  }
  @keyframes slide {
    from {
      background-position: 200% 0;
    }
    to {
      background-position: -100% 0;
    }
  }
  meter {
    appearance: none;
    width: 3.5rem;
    height: 6px;
    border: 0;
    border-radius: var(--radius-round);
    overflow: hidden;
    background: var(--line);
  }
  meter::-webkit-meter-inner-element {
    display: block;
  }
  meter::-webkit-meter-bar {
    height: 6px;
    border: 0;
    border-radius: var(--radius-round);
    background: var(--line);
  }
  meter::-webkit-meter-optimum-value {
    background: var(--accent);
  }
  meter::-webkit-meter-suboptimum-value {
    background: var(--bad);
  }
  meter::-moz-meter-bar {
    background: var(--accent);
  }
  kbd {
    display: inline-block;
    min-width: 1.75rem;
    padding: var(--space-half) var(--space-2);
    border: 1px solid var(--line-strong);
    border-bottom-width: 2px;
    border-radius: var(--radius-tiny);
    font: 500 var(--text-s) / 1.4 var(--font);
    text-align: center;
    background: var(--surface);
  }
  @media (pointer: coarse) {
    .button,
    .quiet,
    .button.small,
    input[type='text'],
    input[type='search'],
    input[type='url'],
    input[type='number'],
    select {
      min-height: 2.75rem;
    }
    .icon {
      width: 2.75rem;
    }
    input,
    select,
    textarea {
      font-size: var(--text-base) !important;
    }
  }
  @media (forced-colors: active) {
    .button,
    .quiet,
    .round,
    .card,
    .bubble,
    .toast {
      border: 1px solid ButtonBorder !important;
    }
    [aria-selected='true'],
    [data-current],
    .segments :checked + span {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
    .mark-shape {
      fill: CanvasText;
    }
    .mark-dot {
      fill: Canvas;
    }
    .switch input,
    progress,
    meter,
    .state-dot,
    .pulse,
    .dots i {
      forced-color-adjust: none;
    }
  }
`;
