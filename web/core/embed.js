// Embeddings: texts as vectors, one after the other, with the event loop between the steps.

/**
 * @param {import('./wasm.js').Core} core
 * @param {import('./protocol.js').EmbedRequest} request
 * @param {{ signal: AbortSignal, pause: () => Promise<void> }} job
 * @returns {Promise<import('./protocol.js').Embedded>}
 */
export async function embed(core, { prompts, pooling }, { signal, pause }) {
  const embeddings = [];
  let tokens = 0;
  for (const prompt of prompts) {
    core.begin({ prompt, embed: pooling });
    for (let end = null; !end;) {
      await pause();
      if (signal.aborted) {
        core.stop();
        throw signal.reason;
      }
      const step = core.step();
      if (step.type !== 'done') continue;
      end = /** @type {import('./protocol.js').EmbedDone} */ (/** @type {unknown} */ (step)); // what it ends with here
      embeddings.push(end.embedding);
      tokens += end.prompt_tokens;
    }
  }
  return { embeddings, tokens };
}
