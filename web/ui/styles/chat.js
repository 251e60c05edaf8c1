/* The conversation and its messages. */
import { css } from 'lit';

export const chat = css`
  oa-chat {
    flex: 1 1 auto;
    min-height: 0;
    position: relative;
  }
  /* What scrolls out of view fades instead of being cut. */
  oa-chat::before,
  oa-chat::after {
    content: '';
    position: absolute;
    z-index: 1;
    inset: 0 0 auto;
    height: 0.75rem;
    background: linear-gradient(var(--bg), transparent);
    pointer-events: none;
  }
  oa-chat::after {
    inset: auto 0 0;
    height: 1rem;
    background: linear-gradient(transparent, var(--bg));
  }
  .thread {
    height: 100%;
    overflow-y: auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
    scrollbar-gutter: stable both-edges;
  }
  .thread:focus-visible {
    outline-offset: -2px;
  }
  .thread-inner {
    max-width: calc(var(--measure) + 2.5rem);
    min-height: 100%;
    margin: 0 auto;
    padding: var(--space-2) var(--space-5) var(--space-8);
    display: flex;
    flex-direction: column;
  }
  .messages {
    display: flex;
    flex-direction: column;
    gap: var(--space-2);
  }
  .message {
    position: relative;
  }
  .own {
    display: flex;
    flex-direction: column;
    align-items: flex-end;
  }
  .bubble {
    max-width: min(85%, 36rem);
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius-big);
    border-end-end-radius: var(--radius-tiny);
    background: var(--bubble);
    overflow-wrap: anywhere;
  }
  .bubble .link {
    display: block;
    margin-top: var(--space-2);
    font-size: var(--text-s);
  }
  /* Letters can carry marks as high as a page: what a text draws stays in its place. */
  .answer,
  .bubble .plain {
    overflow: clip;
    overflow-clip-margin: 0.5rem;
  }
  .answer {
    overflow-wrap: anywhere;
    min-height: 1.6rem;
  }
  .answer:has(oa-markdown:empty) {
    min-height: 0;
  }
  .actions {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    min-height: 2.25rem;
    margin: var(--space-half) calc(-1 * var(--space-2)) 0;
    color: var(--muted);
    opacity: 0;
  }
  .actions .icon {
    width: 2.25rem;
    min-height: 2.25rem;
  }
  .actions .i {
    width: 1.125rem;
    height: 1.125rem;
  }
  .own .actions {
    justify-content: flex-end;
    margin: var(--space-half) 0 0;
  }
  .message:hover .actions,
  .message:focus-within .actions,
  oa-message[last] .actions,
  .actions:has(.versions) {
    opacity: 1;
  }
  .actions .figures {
    margin-inline-start: var(--space-2);
    font-size: var(--text-s);
  }
  @media (max-width: 560px) {
    .figures .of {
      display: none;
    }
  }
  .actions .more {
    position: relative;
  }
  .actions .menu {
    top: auto;
    bottom: calc(100% + 2px);
    width: max-content;
    color: var(--text);
  }
  .versions {
    display: inline-flex;
    align-items: center;
    font-size: var(--text-s);
    font-variant-numeric: tabular-nums;
  }
  .versions .icon {
    width: 1.75rem;
  }
  @media (hover: none) {
    .actions {
      opacity: 1;
    }
  }
  @media (pointer: coarse) {
    .actions .icon,
    .versions .icon {
      width: 2.75rem;
      min-height: 2.75rem;
    }
  }
  /* The place where the answer is being written. */
  .answer[aria-busy='true'] oa-markdown > :is(p, .h):last-child::after,
  .answer[aria-busy='true'] oa-markdown > :is(ul, ol):last-child > li:last-child::after,
  .answer[aria-busy='true'] oa-markdown > .code:last-child code::after {
    content: '';
    display: inline-block;
    width: 0.45rem;
    height: 1em;
    margin-inline-start: var(--space-1);
    vertical-align: -0.12em;
    border-radius: var(--radius-round);
    background: var(--accent);
    animation: pulse var(--pulse);
  }
  .notice {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    margin: var(--space-2) 0 0;
    font-size: var(--text-s);
    color: var(--muted);
  }
  .notice.bad {
    flex-wrap: wrap;
    align-items: flex-start;
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius);
    background: var(--bad-soft);
    color: var(--text);
  }
  .notice.bad > div {
    flex: 1 1 14rem;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .notice.bad .i {
    color: var(--bad);
  }
  .dropped {
    justify-content: center;
    padding-top: var(--space-3);
    border-top: 1px dashed var(--line);
    text-align: center;
  }
  .thinking {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    color: var(--muted);
    font-size: var(--text-m);
  }
  .thinking progress {
    width: 8rem;
  }
  .dots {
    display: inline-flex;
    gap: 4px;
  }
  .dots i {
    width: 7px;
    height: 7px;
    border-radius: 50%;
    background: var(--accent);
    animation: pulse var(--pulse);
  }
  .dots i:nth-child(2) {
    animation-delay: 0.2s;
  }
  .dots i:nth-child(3) {
    animation-delay: 0.4s;
  }
  .waiting {
    display: grid;
    gap: var(--space-3);
    max-width: 32rem;
  }
  .editor {
    width: 100%;
    padding: var(--space-3);
    border-radius: var(--radius);
    background: var(--bubble);
  }
  .editor textarea {
    max-height: 40vh;
    resize: none;
    margin-bottom: var(--space-2);
  }
  .jump {
    position: absolute;
    z-index: 2;
    inset-inline: 0;
    bottom: var(--space-3);
    width: 2.75rem;
    height: 2.75rem;
    margin-inline: auto;
    display: grid;
    place-items: center;
    border: 1px solid var(--line);
    border-radius: 50%;
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .jump:hover {
    background: var(--hover);
  }
  .invite {
    flex-wrap: wrap;
  }
  .actions .icon[aria-pressed='true'] {
    color: var(--accent-text);
    background: var(--accent-soft);
  }
  .actions [aria-pressed='true'] .i {
    fill: var(--accent-soft);
  }
  /* What was said of an answer stays to be seen. */
  .actions:has([aria-pressed='true']) {
    opacity: 1;
  }
`;
