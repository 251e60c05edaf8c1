/* What the Markdown of answers looks like. */
import { css } from 'lit';

export const markdown = css`
  oa-markdown > * {
    margin-top: 0.85rem;
  }
  oa-markdown > :first-child {
    margin-top: 0;
  }
  oa-markdown li > p,
  oa-markdown li > ul,
  oa-markdown li > ol,
  oa-markdown li > figure,
  oa-markdown blockquote > * + * {
    margin-top: 0.375rem;
  }
  oa-markdown li > p:first-child {
    margin-top: 0;
  }
  .plain {
    white-space: pre-wrap;
  }
  oa-markdown .h {
    margin-top: 1.4rem;
    font-weight: 650;
    line-height: 1.3;
    letter-spacing: -0.01em;
    font-size: 1rem;
  }
  oa-markdown .h:first-child {
    margin-top: 0;
  }
  oa-markdown .h1 {
    font-size: 1.375rem;
  }
  oa-markdown .h2 {
    font-size: 1.2rem;
  }
  oa-markdown .h3 {
    font-size: 1.08rem;
  }
  oa-markdown ul,
  oa-markdown ol {
    padding-inline-start: 1.6rem;
  }
  oa-markdown li + li {
    margin-top: 0.25rem;
  }
  oa-markdown li::marker {
    color: var(--muted);
  }
  .task {
    list-style: none;
    margin-inline-start: -1.4rem;
  }
  oa-markdown strong {
    font-weight: 650;
  }
  oa-markdown a {
    color: var(--accent-text);
    text-underline-offset: 0.2em;
    text-decoration-thickness: 1px;
  }
  oa-markdown a:hover {
    text-decoration-thickness: 2px;
  }
  .host,
  .image {
    color: var(--muted);
    font-size: 0.9em;
  }
  oa-markdown blockquote {
    padding: 0.125rem 0 0.125rem 1rem;
    border-inline-start: 3px solid var(--line);
    color: var(--muted);
  }
  oa-markdown hr {
    border: 0;
    border-top: 1px solid var(--line);
    margin: 1.5rem 0;
  }
  oa-markdown code {
    font-family: var(--mono);
    font-size: 0.875em;
  }
  oa-markdown :not(pre) > code {
    padding: 0.125em 0.35em;
    border-radius: 5px;
    background: var(--bubble);
    white-space: break-spaces;
  }
  .code {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--code);
    overflow: hidden;
  }
  .code figcaption {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 2.25rem;
    padding: 0 0.375rem 0 1rem;
    border-bottom: 1px solid var(--line);
    font-size: 0.8125rem;
    color: var(--muted);
  }
  .code pre {
    padding: 0.875rem 1rem;
    overflow-x: auto;
    line-height: 1.55;
    tab-size: 4;
    overflow-wrap: normal;
  }
  .code pre:focus-visible,
  .table:focus-visible {
    outline-offset: -2px;
  }
  .table {
    overflow-x: auto;
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .table table {
    width: 100%;
    border-collapse: collapse;
    font-size: 0.9375rem;
    overflow-wrap: normal;
  }
  .table th,
  .table td {
    padding: 0.5rem 0.875rem;
    text-align: start;
    vertical-align: top;
  }
  .table th {
    font-weight: 600;
    background: var(--code);
  }
  .table tr + tr td,
  .table tbody td {
    border-top: 1px solid var(--line);
  }
  .align-center {
    text-align: center !important;
  }
  .align-right {
    text-align: end !important;
  }
`;
