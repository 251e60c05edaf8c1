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
    padding: 1rem 0;
    display: flex;
    flex-direction: column;
    align-items: center;
    text-align: center;
  }
  .welcome > .mark {
    width: 3rem;
    height: 3rem;
    margin-bottom: 1rem;
  }
  .welcome h2 {
    font-size: clamp(1.5rem, 1.15rem + 1.6vw, 2rem);
    font-weight: 650;
    line-height: 1.2;
    letter-spacing: -0.02em;
    text-wrap: balance;
  }
  .welcome .lead {
    max-width: 34rem;
    margin: 0.5rem 0 1.5rem;
    color: var(--muted);
    text-wrap: balance;
  }
  .welcome oa-load {
    width: 100%;
    max-width: 32rem;
    margin-bottom: 1.25rem;
    text-align: start;
  }
  .suggestions {
    list-style: none;
    width: 100%;
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: 0.625rem;
  }
  .suggestions button {
    width: 100%;
    height: 100%;
    display: flex;
    flex-direction: column;
    justify-content: flex-start;
    padding: 0.75rem 1rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    text-align: start;
    font-size: 0.875rem;
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
      padding-left: 0.875rem;
      padding-right: 0.875rem;
    }
  }

  .card {
    padding: 1rem;
    border: 1px solid var(--line);
    border-radius: 1rem;
    background: var(--surface);
    box-shadow: var(--shadow);
    display: grid;
    gap: 0.75rem;
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
    gap: 0.75rem;
    text-align: start;
  }
  .model > .i {
    margin-top: 0.125rem;
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
    font-size: 0.875rem;
    color: var(--muted);
  }
  .models {
    display: grid;
    gap: 0.5rem;
  }
  .models input {
    margin-top: 0.3rem;
  }
`;
