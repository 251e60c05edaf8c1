/* What the visitor said of answers: figures, the plot, tables. */
import { css } from 'lit';

export const opinions = css`
  .tiles {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr));
    gap: var(--space-2);
  }
  .tiles > div {
    padding: var(--space-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .tiles dt {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    font-size: var(--text-s);
    color: var(--muted);
  }
  .tiles dd {
    font-size: var(--text-xl);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  [data-kind='thumb'] .swatch {
    background: var(--accent);
  }
  [data-kind='labels'] .swatch {
    background: var(--use-chats);
  }
  [data-kind='report'] .swatch {
    background: var(--bad);
  }
  [data-kind='better'] .swatch {
    background: var(--muted);
  }
  [data-kind='comparison'] .swatch {
    background: var(--use-saved);
  }
  .plot {
    width: 100%;
    min-height: 180px;
  }
  .plot .u-wrap {
    position: relative;
  }
  .plot :is(.u-over, .u-under, .u-axis) {
    position: absolute;
  }
  .plot canvas {
    display: block;
    width: 100%;
    height: 100%;
  }
  .scroll {
    width: 100%;
    overflow-x: auto;
  }
  oa-opinions table {
    border-collapse: collapse;
    font-size: var(--text-m);
    font-variant-numeric: tabular-nums;
  }
  oa-opinions :is(th, td) {
    padding: var(--space-2) var(--space-3) var(--space-2) 0;
    border-bottom: 1px solid var(--line);
    text-align: start;
    font-weight: 400;
    white-space: nowrap;
  }
  oa-opinions thead th {
    color: var(--muted);
    font-size: var(--text-s);
  }
  oa-opinions meter {
    width: 5rem;
  }
  .opinions {
    width: 100%;
    list-style: none;
  }
  .opinions li {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    padding-block: var(--space-1);
    border-bottom: 1px solid var(--line);
  }
  .opinions .name {
    min-width: 0;
  }
  .opinions .name > * {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
`;
