// The service worker adds the headers that isolate the page (and so allow threads) where the host sends none. It caches nothing, and
// weights do not pass through it.

/** @typedef {{ request: Request, respondWith(answer: Promise<Response>): void, waitUntil(work: Promise<unknown>): void }} WorkerEvent */
/** @typedef {{ skipWaiting(): Promise<void>, clients: { claim(): Promise<void> } }} Scope */

// The casts: TypeScript's types for pages do not have those of service workers.
const scope = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));
/** @param {string} type @param {(event: WorkerEvent) => void} handler */
const on = (type, handler) =>
  addEventListener(type, (event) => handler(/** @type {WorkerEvent} */ (/** @type {unknown} */ (event))));

/** Documents must be isolated, and the scripts of their workers say that they agree. */
const ISOLATED = ['document', 'iframe', 'worker', 'sharedworker'];

on('install', (event) => event.waitUntil(scope.skipWaiting()));
on('activate', (event) => event.waitUntil(scope.clients.claim()));
on('fetch', (event) => {
  const { mode, destination, url } = event.request;
  if (new URL(url).origin !== location.origin) return;
  if (mode === 'navigate' || ISOLATED.includes(destination)) event.respondWith(isolated(event.request));
});

/** @param {Request} request */
async function isolated(request) {
  const answer = await fetch(request);
  if (answer.type !== 'basic') return answer; // a redirect, which the browser follows
  const headers = new Headers(answer.headers);
  headers.set('Document-Isolation-Policy', 'isolate-and-credentialless'); // Chromium, also inside others' pages
  headers.set('Cross-Origin-Opener-Policy', 'same-origin'); // with the next: every browser, top-level pages only
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin'); // others' isolated pages may frame it
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}
