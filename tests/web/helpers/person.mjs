// What a person does in a chat, for browsers that playwright does not drive: these functions run in the page, whole, and wait for what they need.

/**
 * Asks, and waits for the answer of the echo model.
 * @param {{ words: string, download?: boolean }} what download: agrees to the model's download first
 * @returns {Promise<string[]>} all that is said in the chat
 */
export async function useChat({ words, download = false }) {
  const all = (selector, root = document) =>
    [...root.querySelectorAll('*')].flatMap((e) => [
      ...(e.matches(selector) ? [e] : []),
      ...(e.shadowRoot ? all(selector, e.shadowRoot) : []),
    ]);
  const seen = async (what, look) => {
    for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((go) => setTimeout(go, 50))) {
      const found = look();
      if (found) return found;
    }
    throw new Error(`not seen within a minute: ${what}, but ${all('p, button').map((e) => e.textContent.trim()).join(' | ')}`); // prettier-ignore
  };
  if (download) {
    const button = await seen('a download', () => all('button').find((b) => /^Download/.test(b.textContent.trim())));
    button.click();
  }
  const field = await seen('a field', () => all('textarea')[0]);
  field.value = words;
  field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true, cancelable: true }));
  await seen('the answer', () => all('.answer[aria-busy="false"]').some((e) => e.textContent.includes(words)));
  return all('.bubble .plain, .answer oa-markdown').map((e) => e.textContent.trim());
}
