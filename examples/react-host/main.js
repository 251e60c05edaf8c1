// A React page with the chat in it. <oa-chat> is an element like any other; it keeps its conversation while what is around it changes.
import { createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';
import 'open-assistant'; // defines <oa-chat>

/** @typedef {{ role: 'user' | 'assistant', text: string }} Said */

function App() {
  const [open, setOpen] = useState(true);
  const [said, setSaid] = useState(/** @type {Said[]} */ ([]));
  return h(
    'div',
    { className: open ? 'wide' : 'narrow' },
    h('h1', null, 'Tea shop'),
    open && h('p', null, 'Thirty kinds of tea, open from nine to six.'),
    h('button', { type: 'button', onClick: () => setOpen(!open) }, open ? 'Less' : 'More'),
    h('oa-chat', {
      title: 'Tea shop',
      greeting: 'Ask about tea',
      suggestions: 'Which tea has no caffeine?|How long does green tea brew?',
      onmessage: (/** @type {CustomEvent<Said>} */ { detail }) => setSaid((all) => [...all, detail]),
    }),
    h('output', null, said.length === 0 ? '' : `${said.length} messages, the last by the ${said.at(-1)?.role}`),
  );
}

const main = document.getElementById('main');
if (main) createRoot(main).render(h(App));
