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
    padding: 0 0.5rem 0 1rem;
  }
  .brand {
    display: inline-flex;
    align-items: center;
    gap: 0.625rem;
    font-weight: 650;
    font-size: 1rem;
    letter-spacing: -0.01em;
  }
  .brand .mark {
    width: 1.5rem;
    height: 1.5rem;
  }
  .new {
    margin: 0.25rem 0.75rem 0.5rem;
    justify-content: flex-start;
    flex: none;
  }
  .search {
    position: relative;
    margin: 0 0.75rem 0.25rem;
    flex: none;
  }
  .search .i {
    position: absolute;
    left: 0.75rem;
    top: 50%;
    transform: translateY(-50%);
    width: 1.125rem;
    height: 1.125rem;
    color: var(--muted);
    pointer-events: none;
  }
  .search input {
    padding-left: 2.375rem;
    border-color: transparent;
    border-radius: var(--radius);
    background: none;
    font-size: 0.9375rem;
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
    padding: 0 0.75rem 1rem;
    min-height: 0;
  }
  .side-list h2 {
    margin: 1rem 0.75rem 0.25rem;
    font-size: 0.75rem;
    font-weight: 600;
    color: var(--muted);
  }
  .side-list ul {
    list-style: none;
  }
  .side-list .none {
    padding: 0.75rem;
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
    gap: 0.5rem;
    min-height: 2.375rem;
    padding: 0 0.75rem;
    text-align: start;
    font-size: 0.9375rem;
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
    padding-right: 2.375rem;
  }
  .item .menu-button {
    width: 2rem;
    min-height: 2rem;
    position: absolute;
    right: 0.125rem;
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
      padding-right: 2.375rem;
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
      padding-right: 2.375rem;
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
    animation: pulse 1s ease-in-out infinite alternate;
  }
  .menu {
    position: absolute;
    z-index: 3;
    right: 0;
    top: calc(100% + 2px);
    min-width: 10rem;
    padding: 0.25rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    box-shadow: var(--shadow-high);
  }
  .menu button {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    width: 100%;
    min-height: 2.5rem;
    padding: 0 0.75rem;
    border-radius: var(--radius-small);
    font-size: 0.9375rem;
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
    padding: 0 0.6875rem;
    font-size: 0.9375rem;
  }
  .side-foot {
    flex: none;
    padding: 0.5rem 0.75rem max(0.5rem, env(safe-area-inset-bottom));
    border-top: 1px solid var(--line);
  }
  .side-foot .fine {
    padding: 0.25rem 0.625rem 0.375rem;
  }
  .side-foot .quiet.grow {
    justify-content: flex-start;
  }
`;
