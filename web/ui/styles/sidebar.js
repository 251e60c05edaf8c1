/* The list of chats. */
import { css } from 'lit';

export const sidebar = css`
  oa-sidebar {
    height: 100%;
    display: flex;
    flex-direction: column;
  }
  .side-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    height: 3.5rem;
    flex: none;
    padding-block: 0;
    padding-inline: var(--space-4) var(--space-2);
  }
  .brand {
    display: inline-flex;
    align-items: center;
    gap: var(--space-2);
    font-weight: 650;
    font-size: var(--text-base);
    letter-spacing: -0.01em;
  }
  .brand .mark {
    width: 1.5rem;
    height: 1.5rem;
  }
  .new {
    margin: var(--space-1) var(--space-3) var(--space-2);
    padding-inline: calc(var(--space-3) - 1px); /* and its border: all lines of the list begin below each other */
    justify-content: flex-start;
    flex: none;
  }
  .sidebar .private {
    margin: 0 var(--space-3) var(--space-2);
    padding: var(--space-2) var(--space-3);
    justify-content: flex-start;
    flex: none;
  }
  .search {
    position: relative;
    margin: 0 var(--space-3) var(--space-1);
    flex: none;
  }
  .search .i {
    position: absolute;
    inset-inline-start: var(--space-3);
    top: 50%;
    transform: translateY(-50%);
    color: var(--muted);
    pointer-events: none;
  }
  .search input {
    padding-inline-start: calc(2.5rem - 1px);
    border-color: transparent;
    border-radius: var(--radius);
    background: none;
    font-size: var(--text-m);
  }
  .search input:hover {
    background: var(--hover);
  }
  .search input:focus {
    background: var(--surface);
  }
  .side-list {
    flex: 1 1 auto;
    overflow-y: auto;
    padding: 0 var(--space-3) var(--space-4);
    min-height: 0;
  }
  .side-list h2 {
    margin: var(--space-4) var(--space-3) var(--space-1);
    font-size: var(--text-xs);
    font-weight: 600;
    color: var(--muted);
  }
  .side-list ul {
    list-style: none;
  }
  .side-list .none {
    padding: var(--space-3);
  }
  .item {
    position: relative;
    display: flex;
    align-items: center;
    border-radius: var(--radius-small);
  }
  .item:hover,
  .item:focus-within {
    background: var(--hover);
  }
  .item[data-current] {
    background: var(--hover);
  }
  .item .open {
    flex: 1 1 auto;
    min-width: 0;
    display: flex;
    align-items: center;
    gap: var(--space-2);
    min-height: 2.375rem;
    padding: 0 var(--space-3);
    text-align: start;
    font-size: var(--text-m);
    border-radius: var(--radius-small);
  }
  .item .open > span:first-child {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .item[data-current] .open {
    font-weight: 550;
  }
  .item:hover .open,
  .item:focus-within .open,
  .item[data-current] .open {
    padding-inline-end: 2.375rem;
  }
  .item .menu-button {
    width: 2rem;
    min-height: 2rem;
    position: absolute;
    inset-inline-end: var(--space-half);
    opacity: 0;
  }
  .item:hover .menu-button,
  .item[data-current] .menu-button,
  .item .menu-button:focus-visible,
  .item .menu-button[aria-expanded='true'] {
    opacity: 1;
  }
  @media (hover: none) {
    .item:hover .open,
    .item:focus-within .open,
    .item[data-current] .open {
      padding-inline-end: 2.375rem;
    }
    .item .menu-button {
      opacity: 1;
    }
  }
  @media (pointer: coarse) {
    .item .open,
    .item:hover .open,
    .item:focus-within .open,
    .item[data-current] .open {
      padding-inline-end: 2.375rem;
    }
    .item .menu-button {
      min-height: 2.75rem;
      min-width: 2.75rem;
    }
  }
  .pulse {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--accent);
    flex: none;
    animation: pulse var(--pulse);
  }
  .menu {
    position: absolute;
    z-index: 3;
    inset-inline-end: 0;
    top: calc(100% + 2px);
    min-width: 10rem;
    padding: var(--space-1);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    box-shadow: var(--shadow-high);
  }
  .menu button {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    width: 100%;
    min-height: 2.5rem;
    padding: 0 var(--space-3);
    border-radius: var(--radius-small);
    font-size: var(--text-m);
  }
  .menu button:hover,
  .menu button:focus-visible {
    background: var(--hover);
  }
  .menu .danger {
    color: var(--bad);
  }
  .renaming input {
    min-height: 2.375rem;
    padding: 0 var(--space-3);
    font-size: var(--text-m);
  }
  .side-foot {
    flex: none;
    padding: var(--space-2) var(--space-3) max(var(--space-2), env(safe-area-inset-bottom));
    border-top: 1px solid var(--line);
  }
  .side-foot .fine {
    font-size: var(--text-xs);
    padding: var(--space-1) var(--space-3) var(--space-2);
  }
  .side-foot .quiet.grow {
    justify-content: flex-start;
  }
`;
