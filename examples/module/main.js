// Plain HTML and a module, nothing to build: these files lie on the host as they are.
import { Assistant } from '../../oa.js';

const form = document.querySelector('form');
const input = document.querySelector('input');
const output = document.querySelector('output');

let loading = null; // with the first question: before that, nothing is downloaded

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const messages = [{ role: 'user', content: input.value }];
  output.textContent = '';
  try {
    loading ??= Assistant.load({
      onProgress: ({ loaded, total }) => (output.textContent = `Loading: ${Math.round((100 * loaded) / total)} %`),
    });
    const assistant = await loading;
    const stream = await assistant.chat.completions.create({ messages, stream: true });
    output.textContent = '';
    for await (const chunk of stream) output.append(chunk.choices[0].delta.content ?? '');
  } catch (e) {
    loading = null; // the next question tries again
    output.textContent = e.message;
  }
});
