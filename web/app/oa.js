/**
 * The bundle oa.js: a module with what package.js has; and a classic script that puts a launcher on the page it stands in, with the same names in the
 * global OpenAssistant (tests/tools/bundle.mjs makes one file both).
 * @module oa.js
 */
import { installLanguageModel } from '../api/prompt-api.js';
import { launch } from '../embed/launcher.js';
import { siteUrl } from '../lib/trusted.js';

export * from './package.js';

const script = globalThis.document?.currentScript;

// The engine runs on its own origin alone: elsewhere there is the frame.
if (siteUrl('').origin === globalThis.location?.origin) installLanguageModel();

/** Attributes of the tag: data-model and so on; data-launcher="off" puts none there. @param {DOMStringMap} data */
function start({ launcher, ...attributes }) {
  // The cast: attributes are texts, which launch() reads as it reads those of the element.
  if (launcher !== 'off') launch(/** @type {import('../embed/options.js').EmbedOptions} */ (attributes));
}

if (script && script instanceof HTMLScriptElement && script.type !== 'module') {
  start(script.dataset);
}
