/* What is in the settings. */
import { css } from 'lit';

export const settings = css`
  /* A long name is cut short instead of widening the column. */
  .group,
  oa-storage {
    grid-template-columns: minmax(0, 1fr);
  }
  .group {
    display: grid;
    gap: var(--space-2);
    margin-top: var(--space-6);
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
    font-size: var(--text-m);
    font-weight: 600;
  }
  .group legend {
    margin-bottom: var(--space-2);
  }
  .group textarea {
    resize: vertical;
  }
  .group p {
    font-size: var(--text-m);
  }
  .group input[type='number']:not(.number) {
    max-width: 14rem;
  }
  details.group {
    display: block;
    justify-items: stretch;
  }
  details.group > :not(summary) {
    margin-top: var(--space-3);
  }
  summary {
    cursor: pointer;
    padding: var(--space-1) 0;
    border-radius: var(--radius-tiny);
  }
  .group.sliders,
  .sliders {
    display: grid;
    justify-items: stretch;
    gap: var(--space-4);
  }
  .slider {
    display: grid;
    grid-template-columns: 1fr 6rem;
    align-items: center;
    column-gap: var(--space-4);
  }
  .slider label {
    font-size: var(--text-m);
    font-weight: 500;
  }
  .slider .number {
    min-height: 2.125rem;
    padding: var(--space-1) var(--space-2);
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
    gap: var(--space-4);
    justify-items: start;
  }
  .fields > div {
    display: grid;
    gap: var(--space-1);
    width: 100%;
  }
  .fields select,
  #language {
    max-width: 14rem;
  }
  .segments {
    display: inline-flex;
    padding: var(--space-half);
    border-radius: var(--radius);
    background: var(--bubble);
  }
  .segments label {
    position: relative;
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
    padding: 0 var(--space-4);
    border-radius: var(--radius-small);
    font-size: var(--text-m);
    font-weight: 500;
  }
  .segments :checked + span {
    background: var(--bg);
    box-shadow: 0 0 0 1px var(--line-strong);
  }
  .segments :focus-visible + span {
    outline: var(--focus) solid var(--ring);
    outline-offset: 2px;
  }
  .switch {
    display: flex;
    gap: var(--space-3);
    align-items: flex-start;
    font-weight: 400;
  }
  .switch input {
    appearance: none;
    flex: none;
    width: 2.5rem;
    height: 1.5rem;
    padding: 3px;
    border: 0;
    border-radius: var(--radius-round);
    background: var(--line-strong);
    cursor: pointer;
    transition: background var(--quick);
  }
  .switch input::before {
    content: '';
    display: block;
    width: 1.125rem;
    height: 1.125rem;
    border-radius: 50%;
    background: var(--bg);
    transition: transform var(--quick);
  }
  .switch input:checked {
    background: var(--accent);
  }
  .switch input:checked::before {
    transform: translateX(calc(1rem * var(--flip)));
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
    gap: var(--space-3);
    margin-bottom: var(--space-3);
  }
  .model-list li {
    padding-block: var(--space-3);
    padding-inline: var(--space-4) var(--space-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  oa-storage {
    display: grid;
    gap: 0.75rem;
    justify-items: start;
    width: 100%;
  }
  .bar {
    display: block;
    width: 100%;
    height: 0.75rem;
    border-radius: 0.375rem;
    background: var(--line);
  }
  .swatch {
    flex: none;
    width: 0.75rem;
    height: 0.75rem;
    border-radius: 0.25rem;
    forced-color-adjust: none;
  }
  .models {
    fill: var(--accent);
    background: var(--accent);
  }
  .chats {
    fill: var(--use-chats);
    background: var(--use-chats);
  }
  .trees {
    fill: var(--use-trees);
    background: var(--use-trees);
  }
  .saved {
    fill: var(--use-saved);
    background: var(--use-saved);
  }
  .page {
    fill: var(--muted);
    background: var(--muted);
  }
  .uses {
    width: 100%;
    list-style: none;
    font-size: 0.9375rem;
  }
  .uses > li {
    padding: 0.75rem 0;
    border-top: 1px solid var(--line);
  }
  .uses ul {
    list-style: none;
    padding-inline-start: 1.5rem;
  }
  .use {
    display: flex;
    align-items: center;
    gap: 0.75rem;
    min-width: 0;
  }
  .uses summary.use {
    font-weight: 400;
  }
  .uses summary::marker {
    content: '';
  }
  .uses summary .figures::after {
    content: ' ▾';
  }
  .uses [open] > summary .figures::after {
    content: ' ▴';
  }
  .use strong,
  .use small {
    display: block;
    font-weight: 500;
  }
  .use small {
    font-weight: 400;
  }
  .use .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .use > .figures {
    white-space: nowrap;
  }
  .sure {
    display: grid;
    gap: 0.5rem;
    padding: 0.5rem 0;
  }
  .danger-zone {
    padding-top: var(--space-5);
    border-top: 1px solid var(--line);
  }
`;
