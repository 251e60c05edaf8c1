/* The view of tasks; fetched with it. */
import { css } from 'lit';

export const tasks = css`
  .dialog.tasks {
    width: min(68rem, calc(100vw - 2rem));
    height: calc(100dvh - 2rem);
    max-height: none;
  }
  .tasks .pane > * + * {
    margin-top: var(--space-4);
  }
  .tasks .said:empty {
    display: none;
  }
  .tasks :is(.intro, .task-card) {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
  }
  .tasks .intro {
    padding: var(--space-4);
    border-radius: var(--radius);
    background: var(--accent-soft);
  }
  .tasks h3 {
    font-size: var(--text-l);
    font-weight: 650;
  }
  .tasks h3:focus {
    outline: none;
  }
  .tasks .pane > .said:empty + * {
    margin-top: 0;
  }
  oa-task-people,
  oa-task-threads {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-4);
  }
  .kinds {
    list-style: none;
    padding: 0;
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr));
    gap: var(--space-3);
  }
  .kind {
    width: 100%;
    height: 100%;
    display: grid;
    gap: var(--space-1);
    align-content: start;
    padding: var(--space-4);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface);
    text-align: start;
  }
  .kind:hover:not(:disabled) {
    background: var(--hover);
  }
  .kind small,
  .kind .figures {
    color: var(--muted);
    font-size: var(--text-s);
  }
  .kind:disabled strong {
    color: var(--muted);
  }
  .conversation {
    display: grid;
    gap: var(--space-3);
    max-height: 50dvh;
    padding: var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    overflow-y: auto;
  }
  .conversation h4 {
    font-size: var(--text-s);
    font-weight: 600;
    color: var(--muted);
  }
  .conversation [data-role='user'] {
    padding-inline-start: var(--space-3);
    border-inline-start: 3px solid var(--accent);
  }
  .tasks .scroll {
    overflow-x: auto;
  }
  .people {
    width: 100%;
    border-collapse: collapse;
    font-size: var(--text-m);
    font-variant-numeric: tabular-nums;
  }
  .people :is(th, td) {
    padding: var(--space-2) var(--space-3) var(--space-2) 0;
    border-bottom: 1px solid var(--line);
    text-align: start;
    font-weight: 400;
    white-space: nowrap;
  }
  .people thead th {
    color: var(--muted);
    font-size: var(--text-s);
  }
  .people [data-me] > * {
    font-weight: 650;
    color: var(--accent-text);
  }
  .tasks .tiles {
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 12rem), 1fr));
  }
  .tasks .tiles .fine {
    font-size: var(--text-s);
    font-weight: 400;
  }
  .tasks .tiles progress {
    width: 100%;
  }
  .threads small {
    display: block;
  }
  .parameters {
    width: 100%;
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr));
    gap: var(--space-4);
  }
  .parameters label {
    display: grid;
    gap: var(--space-1);
    align-content: end;
  }
  @media (max-width: 640px) {
    .dialog.tasks {
      width: 100vw;
      height: 100dvh;
      max-width: none;
    }
  }
`;
