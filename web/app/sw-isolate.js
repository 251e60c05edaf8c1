/* The headers that isolate a page, in the service worker. */

/** Off where the page registered it so: offline.js. */
const ON = new URL(location.href).searchParams.get('isolate') !== 'off';

const HEADERS = {
  'Document-Isolation-Policy': 'isolate-and-credentialless', // Chromium, also inside others' pages
  'Cross-Origin-Opener-Policy': 'same-origin', // with the next: every browser, top-level pages only
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin', // others' isolated pages may frame it
};

/**
 * The answer with these headers; those that the host sends stay. Documents need them, and the scripts of their workers, which so agree.
 * @param {Response} answer
 * @returns {Response}
 */
export function isolated(answer) {
  const type = answer.headers.get('Content-Type') ?? '';
  if (!ON || answer.status === 0 || !/html|javascript/.test(type)) return answer; // 0: a redirect, which the browser follows
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(HEADERS)) if (!headers.has(name)) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}
