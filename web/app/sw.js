/* The service worker: keeps the page's own files, all of one version, so that the page opens without a network; and adds the headers that isolate
 * it (and so allow threads) where the host sends none. Weights and the list of models never pass through it: they are in IndexedDB. */
import { clientsClaim } from 'workbox-core';
import { addPlugins, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { dropOldCores, isCore, keepVariant, renewCores, serveCore } from './sw-cores.js';
import { isolated } from './sw-isolate.js';

/** @typedef {Event & { waitUntil(work: Promise<unknown>): void, data?: { type?: unknown, variant?: unknown } }} WorkerEvent */

// The casts here and below: TypeScript's types for pages do not have those of service workers.
const scope = /** @type {{ skipWaiting(): Promise<void>, registration: { scope: string } }} */ (
  /** @type {unknown} */ (globalThis)
);
/** @param {string} type @param {(event: WorkerEvent) => void} handler */
const on = (type, handler) => addEventListener(type, (event) => handler(/** @type {WorkerEvent} */ (event)));

// The first version serves the page that is open; a later one waits until the visitor agrees (offline.js).
clientsClaim();
on('message', (event) => {
  if (event.data?.type === 'take-over') void scope.skipWaiting();
  if (event.data?.type === 'keep-variant') event.waitUntil(keepVariant(String(event.data.variant)));
});
on('install', (event) => event.waitUntil(renewCores()));
on('activate', (event) => event.waitUntil(dropOldCores()));

const isolate = {
  handlerWillRespond: async (/** @type {{ response: Response }} */ { response }) => isolated(response),
};
addPlugins([isolate]);
precacheAndRoute(globalThis.OA_SHELL);

const home = new URL(scope.registration.scope).pathname;
/** @param {URL} url */
const isHome = (url) => url.pathname === home || url.pathname === `${home}index.html`;
registerRoute(({ request, url }) => request.mode === 'navigate' && isHome(url), createHandlerBoundToURL('index.html')); // with any query
registerRoute(
  ({ url }) => isCore(url),
  async (asked) => isolated(await serveCore(asked)),
);
// The benchmark is not kept, and isolated all the same. Other pages of the host are none of our business: what they embed might not load.
registerRoute(
  ({ request, url }) => request.mode === 'navigate' && url.pathname === `${home}bench.html`,
  async ({ request }) => isolated(await fetch(request)),
);
