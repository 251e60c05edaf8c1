/* What few visits need is fetched when somebody asks for it. Each rejects where it cannot be (no network, and not kept yet); asking again tries
 * again. */

/** @typedef {import('./settings.js').Section} Section */

/** @param {ParentNode} root @param {Section} section */
export async function openSettings(root, section) {
  await import('./settings.js');
  await /** @type {import('./settings.js').OaSettings | null} */ (root.querySelector('oa-settings'))?.open(section);
}

/** @param {ParentNode} root */
export function closeSettings(root) {
  /** @type {HTMLDialogElement | null} */ (root.querySelector('oa-settings dialog'))?.close();
}

/** The view is put into the page when it is first wanted. @param {ParentNode} root */
export async function openTasks(root) {
  const { OaTasks } = await import('./tasks.js');
  const there = root.querySelector('oa-tasks');
  const tasks = there instanceof OaTasks ? there : new OaTasks();
  if (!there) root.querySelector('.app')?.append(tasks);
  await tasks.open();
}

/** @param {ParentNode} root @param {import('../store/schema.js').Message} message */
export async function openRating(root, message) {
  await import('./rating.js');
  await /** @type {import('./rating.js').OaRating | null} */ (root.querySelector('oa-rating'))?.open(message);
}

/** @param {ParentNode} root @param {import('../store/schema.js').Message} message */
export async function openReplay(root, message) {
  await import('./replay.js');
  await /** @type {import('./replay.js').OaReplay | null} */ (root.querySelector('oa-replay'))?.open(message);
}

/** What <oa-compare> is. */
export const fetchCompare = () => import('./compare.js');
