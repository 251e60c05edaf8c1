/* What the Markdown of answers looks like. */
import { css } from 'lit';

export const markdown = css`
  oa-markdown > * {
    margin-top: var(--space-4);
  }
  oa-markdown > :first-child {
    margin-top: 0;
  }
  oa-markdown li > p,
  oa-markdown li > ul,
  oa-markdown li > ol,
  oa-markdown li > figure,
  oa-markdown blockquote > * + * {
    margin-top: var(--space-2);
  }
  oa-markdown li > p:first-child {
    margin-top: 0;
  }
  .plain {
    white-space: pre-wrap;
  }
  oa-markdown .h {
    margin-top: var(--space-6);
    font-weight: 650;
    line-height: 1.3;
    letter-spacing: -0.01em;
    font-size: var(--text-base);
  }
  oa-markdown .h:first-child {
    margin-top: 0;
  }
  oa-markdown .h1 {
    font-size: var(--text-xl);
  }
  oa-markdown .h2 {
    font-size: var(--text-l);
  }
  oa-markdown .h3 {
    font-size: var(--text-base);
  }
  oa-markdown ul,
  oa-markdown ol {
    padding-inline-start: 1.6rem;
  }
  oa-markdown li + li {
    margin-top: var(--space-1);
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
    padding-block: var(--space-half);
    padding-inline: var(--space-4) 0;
    border-inline-start: 3px solid var(--line);
    color: var(--muted);
  }
  oa-markdown hr {
    border: 0;
    border-top: 1px solid var(--line);
    margin: var(--space-6) 0;
  }
  /* Code runs from left to right in every language. */
  oa-markdown code {
    direction: ltr;
    unicode-bidi: isolate;
    font-family: var(--mono);
    font-size: 0.875em;
  }
  oa-markdown :not(pre) > code {
    padding: 0.125em 0.35em;
    border-radius: var(--radius-tiny);
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
    padding-block: 0;
    padding-inline: var(--space-4) var(--space-2);
    border-bottom: 1px solid var(--line);
    font-size: var(--text-s);
    color: var(--muted);
  }
  .code pre {
    padding: var(--space-4) var(--space-4);
    overflow-x: auto;
    line-height: 1.55;
    tab-size: 4;
    text-align: left;
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
    font-size: var(--text-m);
    overflow-wrap: normal;
  }
  .table th,
  .table td {
    padding: var(--space-2) var(--space-4);
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
    text-align: right !important;
  }
`;
