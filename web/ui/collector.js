/* Whether the page has a collector, which the site's owner names: <meta name="oa-collector" content="https://...">, written by make site COLLECTOR=. */

/** @returns {string | null} its address as it stands there */
export const namedCollector = () =>
  /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="oa-collector"]'))?.content ?? null;
