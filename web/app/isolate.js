// Threads need a cross-origin isolated page. Where the server sends no such headers, a service worker adds them: the page is loaded once more.

import { scriptUrl, siteUrl } from '../lib/trusted.js';

const TRIED = 'oa-isolate';

/**
 * Does not return where the page is about to be loaded again, isolated.
 * @returns {Promise<boolean>} whether the page is isolated
 */
export async function isolate() {
  if (globalThis.crossOriginIsolated) return true;
  try {
    if (!navigator.serviceWorker || sessionStorage.getItem(TRIED)) return false; // tried before: never reload for ever
    sessionStorage.setItem(TRIED, '1');
    await navigator.serviceWorker.register(scriptUrl(siteUrl('sw.js')));
    await navigator.serviceWorker.ready;
  } catch {
    return false; // storage is blocked, or plain http, or a private window
  }
  location.reload();
  return new Promise(() => {});
}
