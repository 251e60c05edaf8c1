// Web Locks: a name that one tab holds, and that the browser frees when the tab is closed, navigates or crashes.

/**
 * Holds a lock until the function returned is called. Where there are no locks it holds nothing.
 * @param {string} name
 * @param {LockMode} [mode]
 * @returns {Promise<() => void>}
 */
export function holdLock(name, mode = 'exclusive') {
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(() => undefined);
    const held = () => new Promise((release) => resolve(() => release(undefined)));
    navigator.locks.request(name, { mode }, held).catch(() => resolve(() => undefined));
  });
}

/**
 * Waits until nobody holds a lock.
 * @param {string} name
 * @param {AbortSignal} signal ends the wait, rejecting
 * @returns {Promise<void>}
 */
export async function lockFreed(name, signal) {
  await navigator.locks.request(name, { mode: 'shared', signal }, () => {});
}
