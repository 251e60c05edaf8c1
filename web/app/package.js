/**
 * What other programs import, as the package open-assistant or from oa.js: {@link Assistant} in OpenAI's shapes, {@link LanguageModel}, the W3C Prompt
 * API, {@link launch} for the button with the chat, and the element `<oa-chat>`. Importing it where there is no page does nothing.
 * @module open-assistant
 */
import { OaChatElement as ChatElement } from '../embed/element.js';

export { Assistant, CoreError } from '../api/index.js';
export {
  LanguageModel,
  LanguageModelToolCall,
  LanguageModelToolError,
  LanguageModelToolSuccess,
  useModel,
} from '../api/prompt-api.js';
export { launch } from '../embed/launcher.js';
export { useSite } from '../lib/trusted.js';

/** @typedef {import('../api/index.js').LoadOptions} LoadOptions */
/** @typedef {import('../api/messages.js').InputMessage} InputMessage */
/** @typedef {import('../api/openai.js').ChatChunk} ChatChunk */
/** @typedef {import('../api/openai.js').ToolCall} ToolCall */
/** @typedef {import('../api/constraint.js').FormatParam} ResponseFormat */
/** @typedef {import('../embed/options.js').EmbedOptions} EmbedOptions */
/** @typedef {import('../embed/launcher.js').Launcher} Launcher */
/** @typedef {import('../embed/element.js').OaChatElement} OaChatElement */

if (globalThis.customElements && !customElements.get('oa-chat')) customElements.define('oa-chat', ChatElement);
