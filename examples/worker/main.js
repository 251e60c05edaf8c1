// A page whose worker has the assistant: the page asks, and is told the answer piece by piece.

const main = document.getElementById('main') ?? document.body;
const form = document.createElement('form');
const input = Object.assign(document.createElement('input'), { ariaLabel: 'Question' });
const output = document.createElement('output');
form.append(input, Object.assign(document.createElement('button'), { textContent: 'Ask' }));
main.append(form, output);

/**
 * Where a policy asks for Trusted Types, a script's address is one of them.
 * @typedef {{ createScriptURL(url: string): string }} Policy
 * @typedef {{ createPolicy(name: string, rules: Policy): Policy }} PolicyFactory
 */
const { trustedTypes } = /** @type {{ trustedTypes?: PolicyFactory }} */ (/** @type {unknown} */ (globalThis));
const rules = { createScriptURL: (/** @type {string} */ url) => url };
const policy = trustedTypes?.createPolicy('example', rules) ?? rules;

const worker = new Worker(policy.createScriptURL('worker.js'), { type: 'module' });
worker.addEventListener('message', (/** @type {MessageEvent<{ text?: string, error?: string }>} */ { data }) => {
  output.append(data.text ?? data.error ?? '');
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  output.textContent = '';
  worker.postMessage(input.value);
});
