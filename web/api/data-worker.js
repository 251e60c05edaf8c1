// The worker of stored conversations, as the page starts it.

import { CoreError } from '../lib/errors.js';
import { Caller } from '../lib/rpc.js';
import { scriptUrl, siteUrl } from '../lib/trusted.js';

/**
 * Starts a worker, which the caller terminates. Where it stops by itself its calls fail with ERR_STATE.
 * @param {string} of what it works on: 'chats', 'tasks'; its name says so, and so does the error
 * @param {() => void} [stopped] called before they fail
 */
export function startDataWorker(of, stopped) {
  const worker = new Worker(scriptUrl(siteUrl('data.js')), { type: 'module', name: `oa-${of}` });
  const caller = new Caller(worker);
  worker.addEventListener('error', (event) => {
    event.preventDefault(); // it is reported here
    stopped?.();
    const what = event.message || 'its script cannot be loaded';
    caller.failAll(new CoreError('ERR_STATE', `The worker of the ${of} stopped (${what}). Try again.`));
  });
  return { worker, caller };
}
