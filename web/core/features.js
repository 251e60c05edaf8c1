// What this browser can run, each feature found by itself: WebKitGTK says that its pages are isolated and has no shared memory.

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0]; // one func () -> v128
const ZEROS = [0x41, 0, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const RELAXED_DOT = [0xfd, 0x93, 0x02]; // i32x4.relaxed_dot_i8x16_i7x16_add_s

/**
 * Whether a function of these instructions is valid here.
 * @param {...number[]} instructions
 */
function compiles(...instructions) {
  const body = [0, ...instructions.flat(), 0x0b];
  const code = [0x0a, body.length + 2, 1, body.length, ...body];
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array([...HEADER, ...code]));
}

/** Whether memory can be shared with another thread, tried out. */
function sharesMemory() {
  if (typeof SharedArrayBuffer !== 'function' || globalThis.crossOriginIsolated === false) return false; // undefined in node
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    if (!(memory.buffer instanceof SharedArrayBuffer)) return false;
    const channel = new MessageChannel();
    channel.port1.postMessage(memory); // throws where it may not leave this thread
    channel.port1.close();
    return true;
  } catch {
    return false;
  }
}

/** @typedef {'simd' | 'relaxed' | 'simd-mt' | 'relaxed-mt'} Variant */
/** @typedef {{ simd: boolean, relaxed: boolean, threads: boolean }} Features */

/** @type {readonly Variant[]} */
export const VARIANTS = ['simd', 'relaxed', 'simd-mt', 'relaxed-mt'];

/** @returns {Features} */
export function detectFeatures() {
  return { simd: compiles(ZEROS), relaxed: compiles(ZEROS, ZEROS, ZEROS, RELAXED_DOT), threads: sharesMemory() };
}

/**
 * The best variant of the core for a browser; null where it has no SIMD at all.
 * @param {Features} features
 * @returns {Variant | null}
 */
export function bestVariant({ simd, relaxed, threads }) {
  if (!simd) return null;
  if (threads) return relaxed ? 'relaxed-mt' : 'simd-mt';
  return relaxed ? 'relaxed' : 'simd';
}

/**
 * @param {Variant} variant
 * @param {Features} features
 */
export function canRun(variant, features) {
  return (
    features.simd &&
    (!variant.startsWith('relaxed') || features.relaxed) &&
    (!variant.endsWith('-mt') || features.threads)
  );
}

/** How many threads a pool can have here (emscripten is told the same number when the core is built). */
export function maxThreads() {
  return Math.min(navigator.hardwareConcurrency || 1, 8);
}
