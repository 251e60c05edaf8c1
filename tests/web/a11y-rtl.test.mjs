// Every view of the page from right to left under axe-core, as a11y.test.mjs has them from left to right.
import { after, before } from 'node:test';
import { launch } from './helpers/browser.mjs';
import { checkLooks } from './helpers/axe.mjs';
import { startWorld } from './helpers/views.mjs';

let browser;
let world;
before(async () => {
  browser = await launch();
  world = await startWorld();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

// Contrast is not a matter of direction: each size and each theme once.
checkLooks(['ar-light-375', 'ar-dark-1280'], () => ({ browser, world }));
