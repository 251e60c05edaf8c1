// Names a collector in a page: make site COLLECTOR=https://collector.example/v1/messages.
import { collectorUrl } from '../../web/store/collector.js';

const PLACE = '<meta name="referrer" content="no-referrer" />';

/**
 * @param {string} html  of the page
 * @param {string} address  '' names none
 */
export function withCollector(html, address) {
  if (!address) return html;
  const url = collectorUrl(address);
  if (!url) throw new Error(`COLLECTOR=${address} is no address of https (or of http on 127.0.0.1 or localhost)`);
  if (!html.includes(PLACE)) throw new Error(`collector: the page has no ${PLACE}`);
  const content = url.href.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return html.replace(PLACE, () => `${PLACE}\n    <meta name="oa-collector" content="${content}" />`);
}
