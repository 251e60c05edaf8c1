// Threads need a cross-origin isolated page. Where the server sends no such headers, the service worker adds them from the second load on. The
// chat does not wait for it; a benchmark does, and is loaded once more.

import { mayIsolate, register } from './offline.js';

const TRIED = 'oa-isolate';

/**
 * Does not return where the page is about to be loaded again, isolated.
 * @returns {Promise<boolean>} whether the page is isolated
 */
export async function isolate() {
  if (globalThis.crossOriginIsolated) return true;
  try {
    if (!navigator.serviceWorker || !mayIsolate() || sessionStorage.getItem(TRIED)) return false; // tried before: never reload for ever
    sessionStorage.setItem(TRIED, '1');
    await register();
    await navigator.serviceWorker.ready;
  } catch {
    return false; // storage is blocked, or plain http, or a private window
  }
  location.reload();
  return new Promise(() => {});
}

/**
 * Isolates the chat in somebody's frame from its next load on. Chromium alone can, by a header that needs nothing of the page around it; everywhere
 * else the frame is isolated with that page or not at all, and a service worker would be of no use.
 */
export async function isolateFrame() {
  if (globalThis.crossOriginIsolated || !('userAgentData' in navigator) || !navigator.serviceWorker || !mayIsolate())
    return;
  await register().catch(() => undefined); // storage is blocked in others' frames, or plain http
}
