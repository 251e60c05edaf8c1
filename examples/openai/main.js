// The npm package openai with the assistant in place of a server.
import OpenAI from 'openai';
import { Assistant } from 'open-assistant';

const main = document.getElementById('main') ?? document.body;
const form = document.createElement('form');
const input = Object.assign(document.createElement('input'), { ariaLabel: 'Question' });
const output = document.createElement('output');
form.append(input, Object.assign(document.createElement('button'), { textContent: 'Ask' }));
main.append(form, output);

/** @type {Promise<OpenAI> | null} */
let client = null;

async function makeClient() {
  const { fetch } = await Assistant.load();
  // Nothing is sent anywhere: the key and the address are never used.
  return new OpenAI({
    apiKey: 'none',
    baseURL: 'https://assistant.invalid/v1',
    fetch,
    dangerouslyAllowBrowser: true,
  });
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  client ??= makeClient();
  output.textContent = '';
  try {
    const openai = await client;
    const messages = [{ role: /** @type {const} */ ('user'), content: input.value }];
    const stream = await openai.chat.completions.create({ model: 'any', messages, stream: true });
    for await (const chunk of stream) output.append(chunk.choices[0]?.delta.content ?? '');
  } catch (e) {
    client = null;
    output.textContent = e instanceof Error ? e.message : String(e);
  }
});
