/* The page's side of the service worker: registers it once the page is there, and takes a new version when the visitor agrees, between answers. */
import { localText } from '../store/settings.js';
import { scriptUrl, siteUrl } from '../lib/trusted.js';
import { betweenAnswers } from '../ui/answer.js';

const CHECK_EVERY_MS = 60 * 60 * 1000;

/** Whether the service worker may isolate the page: <html data-isolate="off"> for a whole site, ?isolate=off for a visitor, who gets it back with =on. */
export function mayIsolate() {
  const asked = new URLSearchParams(location.search).get('isolate');
  if (asked) localText('isolate', asked === 'off' ? 'off' : '');
  return document.documentElement.dataset['isolate'] !== 'off' && localText('isolate') !== 'off';
}

/** @returns {Promise<ServiceWorkerRegistration>} */
export function register() {
  const url = siteUrl('sw.js');
  if (!mayIsolate()) url.searchParams.set('isolate', 'off');
  return navigator.serviceWorker.register(scriptUrl(url));
}

/**
 * Makes the page work without a network from its next visit on.
 * @param {(take: () => Promise<void>) => void} offer  tells the visitor of a new version, which take() brings
 * @returns {Promise<ServiceWorkerRegistration | null>} null where the browser has no service worker for the page
 */
export async function goOffline(offer) {
  const workers = navigator.serviceWorker;
  if (!workers) return null;
  let controlled = workers.controller !== null;
  workers.addEventListener('controllerchange', () => {
    if (controlled) location.reload(); // some tab's visitor agreed: no tab may mix versions
    controlled = true;
  });
  try {
    const registration = await register();
    const ready = () => {
      if (registration.waiting && workers.controller) offer(() => take(registration));
    };
    ready();
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', ready));
    checkNowAndThen(registration);
    return registration;
  } catch {
    return null; // plain http, a private window, storage blocked: it works online
  }
}

/** @param {ServiceWorkerRegistration} registration */
async function take(registration) {
  await betweenAnswers(() => {
    registration.waiting?.postMessage({ type: 'take-over' });
    return new Promise(() => {}); // no answer begins until the page is loaded again
  });
}

/** An installed page may stay open for days. @param {ServiceWorkerRegistration} registration */
function checkNowAndThen(registration) {
  let last = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || Date.now() - last < CHECK_EVERY_MS) return;
    last = Date.now();
    registration.update().catch(() => undefined);
  });
}

/**
 * Keeps the core that the page uses, which it may have loaded before there was a service worker; and the one with threads where the page will be
 * isolated from its next load on.
 * @param {ServiceWorkerRegistration | null} registration
 * @param {string} variant
 */
export async function keepVariant(registration, variant) {
  if (!registration) return;
  await navigator.serviceWorker.ready;
  const later = !globalThis.crossOriginIsolated && mayIsolate() && !variant.endsWith('-mt') ? [`${variant}-mt`] : [];
  for (const each of [variant, ...later]) registration.active?.postMessage({ type: 'keep-variant', variant: each });
}
