// A React hook: the assistant of a page, loaded with the first question, and one answer at a time.
import { Assistant } from 'open-assistant';
import { useCallback, useEffect, useRef, useState } from 'react';

/**
 * @typedef {object} AssistantState
 * @property {'idle' | 'loading' | 'answering'} state
 * @property {number} progress of loading, 0 to 1
 * @property {string} text of the answer, as far as it is
 * @property {Error | null} error of the last question
 * @property {(question: string) => Promise<void>} ask
 * @property {() => void} stop ends the answer within a token; its text stays
 */

/**
 * @param {import('open-assistant').LoadOptions} [options] those of the first call count
 * @returns {AssistantState}
 */
export function useAssistant(options = {}) {
  const [state, setState] = useState(/** @type {AssistantState['state']} */ ('idle'));
  const [progress, setProgress] = useState(0);
  const [text, setText] = useState('');
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const first = useRef(options);
  const loading = useRef(/** @type {Promise<Assistant> | null} */ (null));
  const answer = useRef(new AbortController());

  const stop = useCallback(() => answer.current.abort(), []);

  const ask = useCallback(async (/** @type {string} */ question) => {
    answer.current.abort();
    const { signal } = (answer.current = new AbortController());
    setText('');
    setError(null);
    setState('loading');
    try {
      loading.current ??= Assistant.load({
        ...first.current,
        onProgress: ({ loaded, total }) => setProgress(total > 0 ? loaded / total : 0),
      });
      const assistant = await loading.current;
      if (signal.aborted) return;
      setState('answering');
      const messages = [{ role: 'user', content: question }];
      const stream = await assistant.chat.completions.create({ messages, stream: true }, { signal });
      for await (const { choices } of stream) setText((said) => said + (choices[0].delta.content ?? ''));
    } catch (e) {
      if (signal.aborted) return;
      loading.current = null; // the next question tries again
      setError(e instanceof Error ? e : new Error(String(e)));
    } finally {
      if (answer.current.signal === signal) setState('idle');
    }
  }, []);

  // The component is gone: nothing is left behind.
  useEffect(
    () => () => {
      stop();
      void loading.current?.then((assistant) => assistant.close());
      loading.current = null;
    },
    [stop],
  );

  return { state, progress, text, error, ask, stop };
}
