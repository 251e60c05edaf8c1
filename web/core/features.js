// What this browser can run, each feature found by itself: WebKitGTK says that its pages are isolated and has no shared memory.

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const [I32, V128] = [0x7f, 0x7b];
const ZEROS = [0x41, 0, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const RELAXED_DOT = [0xfd, 0x93, 0x02]; // i32x4.relaxed_dot_i8x16_i7x16_add_s
const FIRST_LANE = [0xfd, 0x1b, 0]; // i32x4.extract_lane 0

/**
 * A module of one function, `f`, of these instructions and without parameters.
 * @param {number} result its type
 * @param {...number[]} instructions
 */
function moduleOf(result, ...instructions) {
  const body = [0, ...instructions.flat(), 0x0b];
  const code = [0x0a, body.length + 2, 1, body.length, ...body];
  return new Uint8Array([...MAGIC, 1, 5, 1, 0x60, 0, 1, result, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, ...code]);
}

/** @param {number[]} bytes the instruction that gives 16 of them */
const constant = (bytes) => [0xfd, 0x0c, ...bytes, ...Array(16 - bytes.length).fill(0)];

/** Whether there is SIMD at all. */
function hasSimd() {
  return typeof WebAssembly === 'object' && WebAssembly.validate(moduleOf(V128, ZEROS));
}

/** Whether the relaxed dot product is there and right: on processors with AVX-VNNI, V8 11.3 loses what the products are added to. */
function dotsRightly() {
  // -128 * 127 + 127 * 1 - 1 * 64 + 2 * 3 + 1000
  const dot = [constant([0x80, 0x7f, 0xff, 2]), constant([127, 1, 64, 3]), constant([0xe8, 3]), RELAXED_DOT];
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(I32, ...dot, FIRST_LANE)));
    return /** @type {() => number} */ (exports.f)() === -15187;
  } catch {
    return false;
  }
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
  return { simd: hasSimd(), relaxed: dotsRightly(), threads: sharesMemory() };
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
