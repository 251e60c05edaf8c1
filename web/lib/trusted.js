// The addresses of our own files, and the one Trusted Types policy by which they may become scripts.
// Every bundle lies at the site's root, so the files are found beside the running one, under any path.

/** @type {URL} */
const root = new URL('./', import.meta.url);

/**
 * The address of a file of the site.
 * @param {string} path relative to the root
 * @returns {URL}
 */
export function siteUrl(path) {
  return new URL(path, root);
}

/**
 * @param {string} url
 * @returns {string} the same, where it is a script of our own folder
 */
function checkScriptUrl(url) {
  const { origin, pathname } = new URL(url, root);
  if (origin === root.origin && pathname.startsWith(root.pathname) && /\.m?js$/.test(pathname)) return url;
  throw new TypeError(`not a script of this site: ${url}`);
}

/**
 * Part of Trusted Types that we use; the platform's types do not have it everywhere.
 * @typedef {{ createScriptURL(url: string): unknown }} Policy
 * @typedef {{ createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy }} PolicyFactory
 */

/** @type {Policy | null} */
let policy = null; // a page may create a policy of one name once only

/**
 * The address of one of our scripts in the form that Worker and register() take: a TrustedScriptURL where there is such a thing.
 * @param {URL} url
 * @returns {string}
 */
export function scriptUrl(url) {
  if (!policy) {
    // The cast: TypeScript's DOM types leave trustedTypes out.
    const { trustedTypes } = /** @type {{ trustedTypes?: PolicyFactory }} */ (/** @type {unknown} */ (globalThis));
    policy = trustedTypes?.createPolicy('oa', { createScriptURL: checkScriptUrl }) ?? {
      createScriptURL: checkScriptUrl,
    };
  }
  return /** @type {string} */ (policy.createScriptURL(url.href)); // a TrustedScriptURL is taken wherever a string is
}
