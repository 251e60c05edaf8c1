/* The core's builds in the service worker. There are four and a browser uses one: it is kept when it is first asked for, and a new version of it
 * is there before the old one goes. */

const CACHE = 'oa-core';

/** @type {Map<string, { url: string, revision: string, integrity: string }>} */
const files = new Map(globalThis.OA_CORES.map((file) => [new URL(file.url, location.href).href, file]));

/** @param {URL} url */
export const isCore = (url) => files.has(url.href);

/** @param {string} url */
const keyOf = (url) => `${url}?revision=${files.get(url)?.revision}`;

/**
 * @param {{ request: Request, event: Event }} asked
 * @returns {Promise<Response>}
 */
export async function serveCore({ request, event }) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(keyOf(request.url));
  if (kept) return kept;
  const answer = await load(request.url);
  const stored = cache.put(keyOf(request.url), answer.clone()).catch(() => undefined); // no space: it works online
  /** @type {Event & { waitUntil(work: Promise<unknown>): void }} */ (event).waitUntil(stored);
  return answer;
}

/** A core of another version would not fit the page's scripts: the digest tells. @param {string} url */
async function load(url) {
  const answer = await fetch(url, { integrity: files.get(url)?.integrity, cache: 'no-cache' });
  if (!answer.ok) throw new TypeError(`${url}: status ${answer.status}`);
  return answer;
}

/** @param {string[]} urls */
async function keep(urls) {
  const cache = await caches.open(CACHE);
  const missing = async (/** @type {string} */ url) => !(await cache.match(keyOf(url)));
  await Promise.all(
    urls.map(async (url) => {
      if (await missing(url)) await cache.put(keyOf(url), await load(url));
    }),
  );
}

/** Keeps a variant that the page loaded before it had a service worker. @param {string} variant */
export async function keepVariant(variant) {
  await keep([...files.keys()].filter((url) => url.includes(`/core/${variant}/`))).catch(() => undefined); // next time
}

/** This version's files of the variants that are in use. */
export async function renewCores() {
  const cache = await caches.open(CACHE);
  const used = new Set((await cache.keys()).map((request) => request.url.split('?')[0] ?? ''));
  await keep([...used].filter((url) => files.has(url)));
}

export async function dropOldCores() {
  const cache = await caches.open(CACHE);
  const current = new Set([...files.keys()].map(keyOf));
  for (const request of await cache.keys()) if (!current.has(request.url)) await cache.delete(request);
}
