/* How the launcher looks, and its few words. */

const CSS_TEXT = `
.box { --color: #0d6b5e; --ink: #fff; position: fixed; z-index: 2147483000; inset-block-end: max(16px, env(safe-area-inset-bottom)); color-scheme: light dark; }
.box[data-side='right'] { right: max(16px, env(safe-area-inset-right)); }
.box[data-side='left'] { left: max(16px, env(safe-area-inset-left)); }
.launcher { all: unset; box-sizing: border-box; display: grid; place-items: center; width: 56px; height: 56px; border-radius: 50%; cursor: pointer;
  color: var(--ink); background: var(--color); box-shadow: 0 1px 2px #0003, 0 6px 20px #0004; transition: transform 160ms ease, box-shadow 160ms ease;
  position: relative; margin-inline: auto 0; }
.box[data-side='left'] .launcher { margin-inline: 0 auto; }
.launcher:hover { transform: translateY(-2px); box-shadow: 0 2px 4px #0003, 0 10px 28px #0005; }
.launcher:focus-visible { outline: 3px solid var(--color); outline-offset: 3px; }
svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
[data-open='true'] .bubble, [data-open='false'] .cross { display: none; }
.panel { position: absolute; inset-block-end: 72px; width: min(400px, calc(100vw - 32px)); height: min(640px, calc(100dvh - 104px)); overflow: hidden;
  border-radius: 16px; background: Canvas; box-shadow: 0 0 0 1px #8883, 0 12px 48px #0005; animation: rise 180ms ease; }
.box[data-side='right'] .panel { right: 0; }
.box[data-side='left'] .panel { left: 0; }
.panel[hidden] { display: none; }
iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
.panel:not([data-here]) iframe { opacity: 0; }
.panel[data-here] .wait { display: none; }
.wait { position: absolute; inset: 0; display: grid; place-items: center; margin: 32px; text-align: center; font: 16px/1.6 system-ui, sans-serif; color: CanvasText; }
.wait:empty::before { content: ''; width: 12px; height: 12px; border-radius: 50%; background: var(--color); animation: rise 800ms ease infinite alternate; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
@media (max-width: 480px), (max-height: 480px) {
  .panel { position: fixed; inset: 0; width: 100%; height: 100dvh; border-radius: 0; }
  .panel[data-here] + .launcher[data-open='true'] { display: none; }
}
@media (prefers-reduced-motion: reduce) { .panel, .wait::before { animation: none !important; } .launcher { transition: none; } .launcher:hover { transform: none; } }
@media (forced-colors: active) { .launcher, .panel { border: 2px solid ButtonText; } }
@media print { .box { display: none; } }
`;

/** One sheet for all. @type {CSSStyleSheet | undefined} */
let made;

export function sheet() {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS_TEXT);
  }
  return made;
}

/** @typedef {{ title: string, open: string, close: string, missing: string, dir: 'ltr' | 'rtl' }} Words */

/** @type {Record<string, Words>} */
const WORDS = {
  en: {
    title: 'Assistant',
    open: 'Open the assistant',
    close: 'Close the assistant',
    missing: 'The assistant cannot be reached.',
    dir: 'ltr',
  },
  de: {
    title: 'Assistent',
    open: 'Assistenten öffnen',
    close: 'Assistenten schließen',
    missing: 'Der Assistent ist nicht erreichbar.',
    dir: 'ltr',
  },
  es: {
    title: 'Asistente',
    open: 'Abrir el asistente',
    close: 'Cerrar el asistente',
    missing: 'No se puede acceder al asistente.',
    dir: 'ltr',
  },
  fr: {
    title: 'Assistant',
    open: 'Ouvrir l’assistant',
    close: 'Fermer l’assistant',
    missing: 'L’assistant est injoignable.',
    dir: 'ltr',
  },
  ar: {
    title: 'المساعد',
    open: 'فتح المساعد',
    close: 'إغلاق المساعد',
    missing: 'تعذّر الوصول إلى المساعد.',
    dir: 'rtl',
  },
};

/** @param {string} [asked] of the options; else the page's language, else the visitor's @returns {Words} */
export function wordsFor(asked) {
  const wanted = [asked, document.documentElement.lang, ...navigator.languages].map((lang) =>
    lang?.slice(0, 2).toLowerCase(),
  );
  const found = wanted.find((lang) => lang && lang in WORDS) ?? 'en';
  return /** @type {Words} */ (WORDS[found]);
}
