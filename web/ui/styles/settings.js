/* What is in the settings. */
import { css } from 'lit';

export const settings = css`
  .group {
    display: grid;
    gap: 0.5rem;
    margin-top: 1.5rem;
    justify-items: start;
  }
  .pane > .group:first-child,
  .pane > :first-child > .group:first-child {
    margin-top: 0;
  }
  .group > .row,
  .group > form,
  .group > textarea,
  .group > select,
  .group > .sliders,
  .group > [role='alertdialog'] {
    width: 100%;
  }
  .group > label:first-child,
  .group legend,
  .group h3,
  .group summary,
  .fields label {
    font-size: 0.9375rem;
    font-weight: 600;
  }
  .group legend {
    margin-bottom: 0.5rem;
  }
  .group textarea {
    resize: vertical;
  }
  .group p {
    font-size: 0.9375rem;
  }
  .group input[type='number']:not(.number) {
    max-width: 14rem;
  }
  details.group {
    display: block;
    justify-items: stretch;
  }
  details.group > :not(summary) {
    margin-top: 0.75rem;
  }
  summary {
    cursor: pointer;
    padding: 0.25rem 0;
    border-radius: 4px;
  }
  .group.sliders,
  .sliders {
    display: grid;
    justify-items: stretch;
    gap: 1rem;
  }
  .slider {
    display: grid;
    grid-template-columns: 1fr 6rem;
    align-items: center;
    column-gap: 1rem;
  }
  .slider label {
    font-size: 0.9375rem;
    font-weight: 500;
  }
  .slider .number {
    min-height: 2.125rem;
    padding: 0.25rem 0.5rem;
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  .slider [type='range'],
  .slider small {
    grid-column: 1 / -1;
  }
  .slider [type='range'] {
    width: 100%;
    height: 1.75rem;
  }
  .fields {
    display: grid;
    gap: 1rem;
    justify-items: start;
  }
  .fields > div {
    display: grid;
    gap: 0.25rem;
    width: 100%;
  }
  .fields select {
    max-width: 14rem;
  }
  .segments {
    display: inline-flex;
    padding: 0.1875rem;
    border-radius: var(--radius);
    background: var(--bubble);
  }
  .segments label {
    cursor: pointer;
  }
  .segments input {
    position: absolute;
    opacity: 0;
  }
  .segments span {
    display: grid;
    place-items: center;
    min-height: 2.25rem;
    min-width: 5rem;
    padding: 0 1rem;
    border-radius: 0.5625rem;
    font-size: 0.9375rem;
    font-weight: 500;
  }
  .segments :checked + span {
    background: var(--bg);
    box-shadow: 0 0 0 1px var(--line-strong);
  }
  .segments :focus-visible + span {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .switch {
    display: flex;
    gap: 0.75rem;
    align-items: flex-start;
    font-weight: 400;
  }
  .switch input {
    width: 1.125rem;
    height: 1.125rem;
    margin-top: 0.2rem;
  }
  .switch strong,
  .switch small {
    display: block;
    font-weight: 500;
  }
  .switch small {
    font-weight: 400;
  }
  .model-list {
    list-style: none;
    display: grid;
    gap: 0.75rem;
    margin-bottom: 0.75rem;
  }
  .model-list li {
    padding: 0.75rem 0.75rem 0.75rem 1rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .badge {
    padding: 0.2rem 0.6rem;
    border-radius: 999px;
    background: var(--accent-soft);
    color: var(--accent-text);
    font-size: 0.8125rem;
    font-weight: 600;
    white-space: nowrap;
  }
  .danger-zone {
    padding-top: 1.25rem;
    border-top: 1px solid var(--line);
  }
`;
