// One answer: steps of the core with the event loop between them.

/** @typedef {import('./protocol.js').TokenLogprob} TokenLogprob */
/** @typedef {import('./protocol.js').TextLogprob} TextLogprob */

/**
 * @param {import('./wasm.js').Core} core
 * @param {import('./protocol.js').CoreRequest} request
 * @param {object} job
 * @param {AbortSignal} job.signal
 * @param {(event: import('./protocol.js').GenerateEvent) => void} job.emit
 * @param {() => Promise<void>} job.pause
 * @param {import('./saved.js').SavedSessions | null} job.saved null: nothing of this is kept
 * @returns {Promise<import('./protocol.js').Done>}
 */
export async function generate(core, request, { signal, emit, pause, saved }) {
  const fresh = core.begin(request);
  const begun = saved ? await saved.restore(core, fresh, signal) : fresh;
  emit({ type: 'begun', begun });
  for (;;) {
    await pause();
    if (signal.aborted) {
      let end = core.stop();
      while (end.more) end = core.stop();
      saved?.keep(core, inSession(end));
      throw signal.reason;
    }
    const step = core.step();
    if (step.type === 'done') {
      if (step.more) {
        emit({ type: 'end', done: step });
        continue;
      }
      saved?.keep(core, inSession(step));
      return step;
    }
    if (step.type === 'prefill') emit(step);
    else {
      const { id, text, calls = [], index = 0 } = step;
      emit({ type: 'text', id, text, calls, logprob: describe(core, step), index });
    }
  }
}

/** Tokens that the session has computed: of several drafts it has the prompt alone. @param {import('./protocol.js').Done} end */
const inSession = ({ index, prompt_tokens, context_used }) => (index === undefined ? context_used : prompt_tokens);

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
