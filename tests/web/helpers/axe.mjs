// What a tool can tell about a view: axe-core's rules, the sizes of targets, what is wider than the page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { FLOWS, LOOKS, visit, visitShop } from './views.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** In the page: resolves when two frames in a row have nothing that fades or slides (a colour on its way has too little contrast). */
async function atRest() {
  const root = document.querySelector('oa-app, oa-panel')?.shadowRoot ?? document;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let quiet = 0; quiet < 2; quiet++) {
    await frame();
    const ending = root.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity);
    if (ending.length > 0) quiet = -1;
    await Promise.all(ending.map((a) => a.finished.catch(() => undefined)));
  }
}

/** Fails when axe finds anything on a page or in a frame as it is now, or when something is wider than the page. */
export async function check(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  await page.evaluate(atRest);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.map(
    (v) =>
      `${name}: ${v.id}: ${v.nodes.map((n) => `${n.target.flat().join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`,
  );
  assert.deepEqual([...found, ...(await page.evaluate(tooSmallOrWide)).map((what) => `${name}: ${what}`)], []);
}

/** In the page: targets below 24 px (WCAG 2.2, 2.5.8), and what makes the page scroll sideways. */
function tooSmallOrWide() {
  const root = document.querySelector('oa-app, oa-panel')?.shadowRoot ?? document;
  const of = (e) =>
    `${e.tagName.toLowerCase()}.${e.className} ${(e.getAttribute('aria-label') ?? e.textContent).trim().slice(0, 40)}`;
  const small = [...root.querySelectorAll('button, select, summary, input:not([tabindex="-1"])')].filter((e) => {
    const box = (e.closest('label') ?? e).getBoundingClientRect();
    return e.checkVisibility({ visibilityProperty: true }) && (box.width < 24 || box.height < 24) && box.width > 0;
  });
  const width = document.documentElement.clientWidth;
  const wide = [...root.querySelectorAll('main, .thread-inner, .composer-inner, .pane, .dialog, .card, .toast')].filter(
    (e) => {
      const box = e.getBoundingClientRect();
      return (
        e.checkVisibility() &&
        box.width > 0 &&
        (box.right > width + 1 || box.left < -1 || e.scrollWidth > e.clientWidth + 1)
      );
    },
  );
  return [...small.map((e) => `too small: ${of(e)}`), ...wide.map((e) => `too wide: ${of(e)}, ${e.scrollWidth} px`)];
}

/** Tests of every view in looks of LOOKS. `world()` gives the browser and the sites. @param {string[]} names */
export function checkLooks(names, world) {
  for (const look of LOOKS.filter(({ name }) => names.includes(name))) {
    for (const flow of Object.keys(FLOWS))
      test(`${look.name}: ${flow}`, { timeout: 120_000 }, async () => {
        await visit({ ...world(), flow, look, see: (chat, name) => check(chat.page, name) });
      });
    test(`${look.name}: in somebody's page`, { timeout: 120_000 }, async () => {
      await visitShop({ ...world(), look, see: (frame, _page, name) => check(frame, name) });
    });
  }
}
