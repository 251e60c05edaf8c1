/* What a new chat begins with, and the card of the model. */
import { css } from 'lit';

export const welcome = css`
  oa-welcome {
    flex: 1 1 auto;
    display: flex;
  }
  .welcome {
    margin: auto;
    width: 100%;
    padding: var(--space-4) 0;
    display: flex;
    flex-direction: column;
    align-items: center;
    text-align: center;
  }
  .welcome > .mark {
    width: 3rem;
    height: 3rem;
    margin-bottom: var(--space-4);
  }
  .welcome h2 {
    font-size: var(--text-title);
    font-weight: 650;
    line-height: 1.2;
    letter-spacing: -0.02em;
    text-wrap: balance;
  }
  .welcome .lead {
    max-width: 34rem;
    margin: var(--space-2) 0 var(--space-6);
    color: var(--muted);
    text-wrap: balance;
  }
  .welcome oa-load {
    width: 100%;
    max-width: 34rem;
    margin-bottom: var(--space-5);
    text-align: start;
  }
  .suggestions {
    list-style: none;
    width: 100%;
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--space-2);
  }
  .suggestions button {
    width: 100%;
    height: 100%;
    display: flex;
    flex-direction: column;
    justify-content: flex-start;
    padding: var(--space-3) var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    text-align: start;
    font-size: var(--text-s);
    line-height: 1.45;
    transition: background var(--quick);
  }
  .suggestions button:hover {
    background: var(--hover);
  }
  .suggestions strong {
    font-weight: 600;
  }
  .suggestions span {
    color: var(--muted);
  }
  @media (max-width: 560px) {
    .suggestions {
      grid-template-columns: 1fr;
    }
    .suggestions span {
      display: -webkit-box;
      -webkit-line-clamp: 1;
      -webkit-box-orient: vertical;
      overflow: hidden;
    }
    .thread-inner,
    .composer-inner {
      padding-inline-start: var(--space-4);
      padding-inline-end: var(--space-4);
    }
  }

  .card {
    padding: var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius-large);
    background: var(--surface);
    box-shadow: var(--shadow);
    display: grid;
    gap: var(--space-3);
  }
  .card .row {
    flex-wrap: wrap;
  }
  .card .row.spread {
    flex-wrap: nowrap;
  }
  .card .row.spread strong {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 600;
  }
  .model {
    display: flex;
    align-items: flex-start;
    gap: var(--space-3);
    text-align: start;
  }
  .model > .i {
    margin-top: var(--space-half);
    color: var(--accent-text);
  }
  .model.bad > .i {
    color: var(--bad);
  }
  .model > .row {
    flex: none;
  }
  .model-list .model {
    flex-wrap: wrap;
  }
  .model div {
    flex: 1 1 12rem;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .model strong,
  .model div span {
    display: block;
  }
  .model strong {
    font-weight: 600;
  }
  .model div span {
    font-size: var(--text-s);
    color: var(--muted);
  }
  /* A line of text that is not known yet. */
  .model .bone {
    height: 0.75em;
    margin-block: 0.375em;
    max-width: 9rem;
    border-radius: var(--radius-tiny);
    background: var(--hover);
    animation: pulse var(--pulse);
  }
  .model .bone.short {
    max-width: 16rem;
  }
  .models {
    display: grid;
    gap: var(--space-2);
  }
  .models input {
    margin-top: var(--space-1);
  }
`;
