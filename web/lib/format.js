/* Numbers, sizes, times and dates as people read them, in the language of the page. */

let locale = 'en';
/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** From here on everything is written as this language does. @param {string} tag */
export function setLocale(tag) {
  locale = tag;
  formats.clear();
}

/** @param {number} n @param {Intl.NumberFormatOptions} [options] */
function format(n, options = {}) {
  const key = JSON.stringify(options);
  const found = formats.get(key) ?? new Intl.NumberFormat(locale, options);
  formats.set(key, found);
  return found.format(n);
}

/** One decimal below 100, none above. @param {number} n */
const short = (n) => ({ maximumFractionDigits: n < 99.95 ? 1 : 0 });

/** @param {number} n @param {string} name  such as 'megabyte' */
const unit = (n, name) => format(n, { style: 'unit', unit: name, unitDisplay: 'short', ...short(n) });

/** 8192 -> "8,192" @param {number} n */
export const formatNumber = (n) => format(n);

/** One decimal below 100, none above. @param {number} n */
export const formatRate = (n) => format(n, short(n));

/** 0.455 -> "45%" @param {number} part  of 1 */
export const formatPercent = (part) => format(Math.floor(part * 100) / 100, { style: 'percent' });

/** Decimal units, as shops and browsers use them: 98362432 -> "98.4 MB" @param {number} bytes */
export function formatBytes(bytes) {
  const units = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let n = Math.max(0, bytes) / 1000;
  while (n >= 999.5 && units.length > 1) {
    n /= 1000;
    units.shift();
  }
  return unit(n, /** @type {string} */ (units[0]));
}

/** 75 -> "1 min 15 sec" @param {number} seconds */
export function formatDuration(seconds) {
  const s = Math.max(1, Math.ceil(seconds));
  const both = (
    /** @type {number} */ a,
    /** @type {string} */ big,
    /** @type {number} */ b,
    /** @type {string} */ small,
  ) => [unit(a, big), ...(b ? [unit(b, small)] : [])].join(' ');
  if (s < 60) return unit(s, 'second');
  if (s < 600) return both(Math.floor(s / 60), 'minute', s % 60, 'second');
  if (s < 3570) return unit(Math.round(s / 60), 'minute');
  const m = Math.round(s / 60);
  return both(Math.floor(m / 60), 'hour', m % 60, 'minute');
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
  return date.toLocaleDateString(locale, { month: 'long', year: 'numeric' });
}

/** 2026-01-31 -> "Jan 31" @param {string} iso */
export const formatDay = (iso) => new Date(iso).toLocaleDateString(locale, { day: 'numeric', month: 'short' });

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
