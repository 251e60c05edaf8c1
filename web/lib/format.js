/* Numbers, sizes, times and dates as people read them, in the language of the page. */

const LANG = 'en';
const plain = new Intl.NumberFormat(LANG);
const tenth = new Intl.NumberFormat(LANG, { maximumFractionDigits: 1 });

/** 8192 -> "8,192" @param {number} n */
export const formatNumber = (n) => plain.format(n);

/** One decimal below 100, none above. @param {number} n */
export const formatRate = (n) => (n < 100 ? tenth : plain).format(n < 100 ? n : Math.round(n));

/** Decimal units, as shops and browsers use them: 98362432 -> "98.4 MB" @param {number} bytes */
export function formatBytes(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let n = Math.max(0, bytes);
  let i = 0;
  while (n >= 999.5 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${(n < 100 && i > 0 ? tenth : plain).format(n < 100 ? n : Math.round(n))} ${units[i]}`;
}

/** 75 -> "1 min 15 s" @param {number} seconds */
export function formatDuration(seconds) {
  const s = Math.max(1, Math.ceil(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 && s < 600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.round(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/**
 * The heading a date belongs under in a list of chats.
 * @param {string} iso
 * @param {{ today: string, yesterday: string, week: string, month: string }} names
 * @param {Date} [now]
 * @returns {string}
 */
export function dateGroup(iso, names, now = new Date()) {
  const date = new Date(iso);
  const midnight = (/** @type {Date} */ d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (!(days > 0)) return names.today;
  if (days === 1) return names.yesterday;
  if (days <= 7) return names.week;
  if (days <= 30) return names.month;
  return date.toLocaleDateString(LANG, { month: 'long', year: 'numeric' });
}

/** The first words of a text without its Markdown, in one line, cut at a word. @param {string} text @param {number} [limit] */
export function firstWords(text, limit = 56) {
  const first = text.split('\n').find((l) => l.trim().length > 8) ?? text;
  const line = first
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\*\*|`+|^ ?(?:#{1,6}|>|[-*]) /g, '')
    .trim();
  if (line.length <= limit) return line;
  const cut = line.slice(0, limit + 1);
  const at = cut.lastIndexOf(' ');
  return `${cut
    .slice(0, at > limit / 2 ? at : limit)
    .replace(/[\s,;:.!?]+$/u, '')
    .replace(/[\uD800-\uDBFF]$/, '')}…`;
}
