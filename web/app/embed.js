/* The chat in somebody's page (embed.html): waits for the page's one message, which brings its options and a port, and speaks through the port
 * from then on. Whatever else is posted here is not looked at. */
import { readOptions } from '../embed/options.js';
import { CONNECT, fromPage } from '../embed/wire.js';

/**
 * @param {import('../ui/panel.js').OaPanel} panel
 * @param {import('../ui/engine-types.js').AssistantClass} Assistant
 */
export function connect(panel, Assistant) {
  const taken = new AbortController();
  addEventListener('message', take, { signal: taken.signal });

  /** @param {MessageEvent<unknown>} event */
  function take({ source, origin, data, ports }) {
    const { type, options, closes } = /** @type {Record<string, unknown>} */ (data ?? {});
    const port = ports[0];
    if (source !== parent || source === window || type !== CONNECT || !port || ports.length !== 1) return;
    taken.abort(); // the page has one chance, and nobody after it any
    for (const name of ['here', 'ready', 'message', 'feedback', 'error', 'close'])
      panel.addEventListener(name, (e) =>
        port.postMessage({ type: name, .../** @type {CustomEvent<object>} */ (e).detail }),
      );
    port.onmessage = (event) => {
      const message = fromPage(event.data);
      if (message?.type === 'write') panel.write(message.text);
      if (message?.type === 'shown' && message.shown) panel.focusField();
    };
    const given = /** @type {Record<string, unknown>} */ (
      options !== null && typeof options === 'object' ? options : {}
    );
    void panel.start(Assistant, { ...readOptions(given), closes: closes === true }, origin);
  }
}
