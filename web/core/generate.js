// One answer: steps of the core with the event loop between them.

/** @typedef {import('./protocol.js').TokenLogprob} TokenLogprob */
/** @typedef {import('./protocol.js').TextLogprob} TextLogprob */

/**
 * @param {import('./wasm.js').Core} core
 * @param {import('./protocol.js').CoreRequest} request
 * @param {{ signal: AbortSignal, emit: (event: import('./protocol.js').GenerateEvent) => void, pause: () => Promise<void> }} job
 * @returns {Promise<import('./protocol.js').Done>}
 */
export async function generate(core, request, { signal, emit, pause }) {
  const begun = core.begin(request);
  emit({ type: 'begun', begun });
  for (;;) {
    await pause();
    if (signal.aborted) {
      core.stop();
      throw signal.reason;
    }
    const step = core.step();
    if (step.type === 'done') return step;
    if (step.type === 'prefill') emit(step);
    else emit({ type: 'text', id: step.id, text: step.text, logprob: describe(core, step) });
  }
}

/**
 * A token's log-probability with the texts of the tokens that come into question.
 * @param {import('./wasm.js').Core} core
 * @param {import('./protocol.js').Text} step
 * @returns {TextLogprob | null}
 */
function describe(core, { id, logprob, top }) {
  if (logprob === undefined) return null;
  return { ...describeToken(core, id, logprob), top: (top ?? []).map(([other, p]) => describeToken(core, other, p)) };
}

/**
 * @param {import('./wasm.js').Core} core
 * @param {number} id
 * @param {number} logprob
 * @returns {TokenLogprob}
 */
function describeToken(core, id, logprob) {
  const bytes = core.detokenize([id], true);
  return { token: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), logprob, bytes: Array.from(bytes) };
}
