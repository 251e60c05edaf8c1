// streamText with a tool, on the assistant.
import { isStepCount, jsonSchema, streamText, tool } from 'ai';
import { Assistant } from 'open-assistant';
import { openAssistant } from './open-assistant.js';

const main = document.getElementById('main') ?? document.body;
const form = document.createElement('form');
const input = Object.assign(document.createElement('input'), { ariaLabel: 'Question' });
const output = document.createElement('output');
form.append(input, Object.assign(document.createElement('button'), { textContent: 'Ask' }));
main.append(form, output);

// The cast: a schema of JSON says nothing to TypeScript.
const zone = /** @type {import('ai').Schema<{ zone: string }>} */ (
  jsonSchema({ type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] })
);

const now = tool({
  description: 'Tells the time of a time zone',
  inputSchema: zone,
  execute: async ({ zone: timeZone }) => new Date().toLocaleTimeString('en', { timeZone, timeStyle: 'short' }),
});

/** @type {Promise<Assistant> | null} */
let loading = null;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  loading ??= Assistant.load();
  output.textContent = '';
  try {
    const model = openAssistant(await loading);
    const { textStream } = streamText({ model, prompt: input.value, tools: { now }, stopWhen: isStepCount(3) });
    for await (const piece of textStream) output.append(piece);
  } catch (e) {
    output.textContent = e instanceof Error ? e.message : String(e);
  }
});
