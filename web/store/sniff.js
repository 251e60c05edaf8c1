// What the first bytes of a download say it is. A web page, a pointer or an archive in place of a model is refused before anything is stored.

import { CoreError } from '../lib/errors.js';

/** How many bytes sniff() wants to see; fewer where the file is shorter. */
export const SNIFF_BYTES = 64;

/** @type {{ is: (head: Uint8Array, text: string) => boolean, what: string }[]} */
const kinds = [
  { is: (_, text) => /^(\uFEFF|\s)*</.test(text), what: 'a web page' },
  {
    is: (_, text) => text.startsWith('version https://git-lfs'),
    what: 'a Git LFS pointer, not the file it stands for',
  },
  { is: (_, text) => /^(\uFEFF|\s)*[{[]/.test(text), what: 'JSON' },
  { is: (head) => head[0] === 0x1f && head[1] === 0x8b, what: 'gzip data (unpack it first)' },
  { is: (head) => head[0] === 0x50 && head[1] === 0x4b, what: 'a zip archive (unpack it first)' },
  { is: (head) => head.length === 0, what: 'empty' },
];

/**
 * Throws ERR_CORRUPT unless `head` begins a GGUF file.
 * @param {Uint8Array} head the first SNIFF_BYTES of the file
 * @param {string} from where it came from, for the message: an address or a file's name
 */
export function checkMagic(head, from) {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(head.slice(0, SNIFF_BYTES));
  if (text.startsWith('GGUF')) return;
  const kind = kinds.find(({ is }) => is(head, text))?.what ?? 'something else';
  throw new CoreError(
    'ERR_CORRUPT',
    `${from} is not a GGUF model: it is ${kind}. Check the address or pick another file.`,
    { from, kind },
  );
}
