/* The chat page, and the chat in somebody's page: gives the elements the API's Assistant. The page goes offline once it is shown. */
import { Assistant } from '../api/index.js';
import { OaApp } from '../ui/app.js';
import { namedCollector } from '../ui/collector.js';
import { OaPanel } from '../ui/panel.js';
import { language, text as t } from '../ui/text.js';
import { connect } from './embed.js';
import { isolateFrame } from './isolate.js';
import { goOffline, keepVariant } from './offline.js';

/** Another site's page shows this one in a frame: it could lead clicks astray, and there is embed.html for it. */
function isFramedByOthers() {
  try {
    return top !== self && top?.location.origin !== location.origin;
  } catch {
    return true;
  }
}

/** @param {OaApp} app */
async function startPage(app) {
  if (isFramedByOthers()) {
    await language.speak();
    const link = document.createElement('a');
    Object.assign(link, {
      href: location.href,
      target: '_blank',
      rel: 'noopener',
      textContent: t.framed,
      className: 'unsupported',
    });
    app.replaceWith(link);
    return;
  }
  const offline = new Promise((resolve) => app.addEventListener('oa-shown', resolve, { once: true })).then(() =>
    goOffline((take) => app.offerUpdate(take)),
  );
  app.addEventListener('oa-ready', async (event) => {
    const { variant } = /** @type {CustomEvent<{ variant: string }>} */ (event).detail;
    await keepVariant(await offline, variant);
  });
  const collector = namedCollector();
  if (collector !== null) void offline.then(() => share(app, collector));
  await app.start(Assistant);
}

/** Where it cannot be fetched nothing is shared, until the page is opened again. @param {OaApp} app @param {string} collector  its address */
async function share(app, collector) {
  const part = await import('../ui/share-start.js').catch(() => null);
  await part?.startSharing(app, collector);
}

const app = document.querySelector('oa-app, oa-panel');
if (app instanceof OaApp) await startPage(app);
else if (top === self)
  location.replace('./'); // opened without a page around it, which the chat would wait for
else if (app instanceof OaPanel) {
  connect(app, Assistant);
  app.addEventListener('ready', isolateFrame, { once: true }); // a chat that nobody used fetches nothing for later
}
