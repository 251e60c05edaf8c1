/* The icons, drawn on a 24 grid with one stroke width. */
import { svg, html } from 'lit';

const paths = {
  menu: svg`<path d="M4 7h16M4 12h10M4 17h16"/>`,
  panel: svg`<rect x="3.5" y="4.5" width="17" height="15" rx="3"/><path d="M9.5 4.5v15"/>`,
  edit: svg`<path d="M12 5H7a3 3 0 0 0-3 3v9a3 3 0 0 0 3 3h9a3 3 0 0 0 3-3v-5"/><path d="M18.4 3.6a1.8 1.8 0 0 1 2.5 2.5L13 14l-3.4.9.9-3.4z"/>`,
  pencil: svg`<path d="M16.6 4.4a2.1 2.1 0 0 1 3 3L8.5 18.5 4 20l1.5-4.5z"/><path d="m14.5 6.5 3 3"/>`,
  search: svg`<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.2-4.2"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  more: svg`<circle cx="6" cy="12" r=".8"/><circle cx="12" cy="12" r=".8"/><circle cx="18" cy="12" r=".8"/>`,
  trash: svg`<path d="M4.5 7h15M9.5 7V4.8h5V7M6.5 7l.8 12.2h9.4L17.5 7M10.2 11v4.5M13.8 11v4.5"/>`,
  download: svg`<path d="M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14"/>`,
  upload: svg`<path d="M12 16V5M7.5 9.5 12 5l4.5 4.5M5 19.5h14"/>`,
  settings: svg`<path d="M4 7.5h9M17.5 7.5H20M4 16.5h2.5M11 16.5h9"/><circle cx="15.2" cy="7.5" r="2.2"/><circle cx="8.8" cy="16.5" r="2.2"/>`,
  keyboard: svg`<rect x="3" y="6" width="18" height="12" rx="2.5"/><path d="M7 10h.01M10.5 10h.01M14 10h.01M17.5 10h.01M8 14h8"/>`,
  sun: svg`<circle cx="12" cy="12" r="4"/><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1"/>`,
  moon: svg`<path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z"/>`,
  send: svg`<path d="M12 19V5.5M6 11l6-6 6 6"/>`,
  stop: svg`<rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor" stroke="none"/>`,
  copy: svg`<rect x="8.5" y="8.5" width="11" height="11" rx="2.5"/><path d="M15.5 8.5V7A2.5 2.5 0 0 0 13 4.5H7A2.5 2.5 0 0 0 4.5 7v6A2.5 2.5 0 0 0 7 15.5h1.5"/>`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  up: svg`<path d="M7.5 11v8.5H4.5V11zM7.5 11l3.8-7a2 2 0 0 1 2.6 2.4L13 10h5.2a2 2 0 0 1 2 2.4l-1.2 5.5a2 2 0 0 1-2 1.6H7.5"/>`,
  bad: svg`<path d="M16.5 13V4.500h3V13zM16.5 13l-3.8 7a2 2 0 0 1-2.6-2.400L11 14H5.800a2 2 0 0 1-2-2.400l1.2-5.500a2 2 0 0 1 2-1.600h9.5"/>`,
  flag: svg`<path d="M5.5 20.500v-16M5.5 5c4-2 7 2 12.5 0v8.500c-5.5 2-8.5-2-12.5 0"/>`,
  redo: svg`<path d="M19 12a7 7 0 1 1-2.1-5M19.5 4v4.5H15"/>`,
  compare: svg`<rect x="4" y="5" width="6.5" height="14" rx="2"/><rect x="13.5" y="5" width="6.5" height="14" rx="2"/>`,
  replay: svg`<path d="M4.5 12a7.5 7.5 0 1 0 2.2-5.3M4 4v4h4M12 8v4.5l3 1.8"/>`,
  left: svg`<path d="m14.5 6-6 6 6 6"/>`,
  right: svg`<path d="m9.5 6 6 6-6 6"/>`,
  down: svg`<path d="M12 5v13.5M6 13l6 6 6-6"/>`,
  chip: svg`<rect x="6.5" y="6.5" width="11" height="11" rx="2.5"/><path d="M10 3.5v3M14 3.5v3M10 17.5v3M14 17.5v3M3.5 10h3M3.5 14h3M17.5 10h3M17.5 14h3"/>`,
  file: svg`<path d="M13.5 3.5H8A2.5 2.5 0 0 0 5.5 6v12A2.5 2.5 0 0 0 8 20.5h8a2.5 2.5 0 0 0 2.5-2.5V8.5z"/><path d="M13.5 3.5v5h5"/>`,
  lock: svg`<rect x="5.5" y="10.5" width="13" height="9.5" rx="2.5"/><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>`,
  offline: svg`<path d="M5 10a10 10 0 0 1 4-2.4M13 7a10 10 0 0 1 6 3M8 13.5a5.5 5.5 0 0 1 3-1.7M12 17.5h.01M4.5 4.5l15 15"/>`,
  warn: svg`<path d="M12 4.5 3.5 19.5h17zM12 10.5v4M12 17h.01"/>`,
};

/** Icons that point along the line, or show a side of the page. @type {Set<string>} */
const POINTING = new Set(['left', 'right', 'panel', 'menu']);

/** @typedef {keyof typeof paths} IconName */

/** A decorative icon; what it stands on carries the name. @param {IconName} name */
export const icon = (name) =>
  html`<svg
    class=${POINTING.has(name) ? 'i flip' : 'i'}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${paths[name]}
  </svg>`;

/** The mark: a browser tab that is a speech bubble. */
export const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
  <path
    class="mark-shape"
    d="M5 13a5 5 0 0 1 5-5h1.2c1.3 0 2-.6 2.5-1.7.6-1.4 1.6-2.3 3.3-2.3h4c1.7 0 2.7.9 3.3 2.3C24.8 7.4 25.5 8 26.5 8.3A5 5 0 0 1 30 13v7a5 5 0 0 1-5 5H15l-5.2 4.3c-.7.6-1.8.1-1.8-.8V25a5 5 0 0 1-3-5z"
  />
  <circle class="mark-dot" cx="12" cy="16.5" r="1.9" />
  <circle class="mark-dot" cx="17.5" cy="16.5" r="1.9" />
  <circle class="mark-dot" cx="23" cy="16.5" r="1.9" />
</svg>`;
