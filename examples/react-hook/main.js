import { createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useAssistant } from './use-assistant.js';

function App() {
  const { state, progress, text, error, ask, stop } = useAssistant();
  const [question, setQuestion] = useState('');
  const busy = state !== 'idle';
  return h(
    'form',
    {
      onSubmit: (/** @type {import('react').FormEvent} */ event) => {
        event.preventDefault();
        void ask(question);
      },
    },
    h('input', {
      'aria-label': 'Question',
      value: question,
      onChange: (/** @type {import('react').ChangeEvent<HTMLInputElement>} */ event) => setQuestion(event.target.value),
    }),
    // Two keys, two elements: one that became the other within its own click would send the form.
    busy
      ? h('button', { key: 'stop', type: 'button', onClick: stop }, 'Stop')
      : h('button', { key: 'ask', type: 'submit' }, 'Ask'),
    h('output', { 'data-state': state }, error?.message ?? (text || loadingLine(state, progress))),
  );
}

/**
 * @param {string} state
 * @param {number} progress
 */
const loadingLine = (state, progress) => (state === 'loading' ? `Loading: ${Math.round(progress * 100)} %` : '');

const main = document.getElementById('main');
if (main) createRoot(main).render(h(App));
