// Writes greedy-fast.json: what the default model answers, greedily and with int8 activations, natively on one thread.
//     node tests/golden/logits/greedy_fast.mjs build/native/oa MODEL.gguf
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

const [oa, model] = process.argv.slice(2);
const max_tokens = 32;
const prompts = [
  'What is the capital of France?',
  'Write a haiku about rain.',
  'Explain in one sentence why the sky is blue. ☀️ 日本語',
];
const chats = prompts.map((prompt) => {
  const args = ['chat', model, '-p', prompt, '--temp', '0', '-n', String(max_tokens), '-t', '1', '--json'];
  const { ids, text, finish_reason } = JSON.parse(execFileSync(oa, args, { encoding: 'utf8' }));
  return { prompt, ids, text, finish_reason };
});
const lines = chats.map((chat) => JSON.stringify(chat)).join(',\n');
const head = JSON.stringify({ model: 'smollm2-135m-instruct', max_tokens });
fs.writeFileSync(new URL('greedy-fast.json', import.meta.url), `${head.slice(0, -1)},"chats":[\n${lines}\n]}\n`);
