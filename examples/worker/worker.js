// The worker: it has the assistant, which has workers of its own.
import { Assistant } from 'open-assistant';

/** @type {Promise<Assistant> | null} */
let loading = null;

addEventListener('message', async (/** @type {MessageEvent<string>} */ { data: question }) => {
  try {
    loading ??= Assistant.load();
    const assistant = await loading;
    const messages = [{ role: 'user', content: question }];
    const stream = await assistant.chat.completions.create({ messages, stream: true });
    for await (const chunk of stream) postMessage({ text: chunk.choices[0].delta.content ?? '' });
  } catch (e) {
    loading = null; // the next question tries again
    postMessage({ error: e instanceof Error ? e.message : String(e) });
  }
});
