// The addresses of our own files, and the one Trusted Types policy by which they may become scripts.
// Every bundle lies at the site's root, so the files are found beside the running one, under any path; unless somebody's bundler made the running
// one, who then says where they are.

import { CoreError } from './errors.js';

/** Where addresses are relative to: the page, in a worker its script. */
const base = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/** Some bundlers leave no address of the script, and a server has no page. */
const here = import.meta.url ?? base() ?? 'file:///';

/** @type {URL} */
let root = new URL('./', here);

/**
 * Says where the site's files lie, for scripts that are not beside them: the first thing to be called.
 * @param {string | URL} folder its address
 */
export function useSite(folder) {
  root = parse(`${folder}`.replace(/\/?$/, '/'));
}

/** @param {string} folder */
function parse(folder) {
  try {
    return pageUrl(folder);
  } catch {
    throw new CoreError(
      'ERR_ARGUMENT',
      `useSite: ${folder} is no address. That of the folder with worker.js is needed.`,
    );
  }
}

/**
 * An address as the page means it.
 * @param {string} path
 */
export const pageUrl = (path) => new URL(path, base());

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

/** A page may create a policy of one name once only, and may have two of our bundles: they share it. */
const POLICY = Symbol.for('open-assistant.policy');

/**
 * The address of one of our scripts in the form that Worker and register() take: a TrustedScriptURL where there is such a thing.
 * @param {URL} url
 * @returns {string}
 */
export function scriptUrl(url) {
  // The cast: TypeScript's DOM types leave trustedTypes out.
  const page = /** @type {{ trustedTypes?: PolicyFactory, [POLICY]?: Policy }} */ (/** @type {unknown} */ (globalThis));
  const rules = { createScriptURL: checkScriptUrl };
  const policy = (page[POLICY] ??= page.trustedTypes?.createPolicy('oa', rules) ?? rules);
  return /** @type {string} */ (policy.createScriptURL(url.href)); // a TrustedScriptURL is taken wherever a string is
}
