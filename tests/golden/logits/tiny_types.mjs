// Random but valid blocks of every tensor type, for tiny.mjs. Block layouts: ggml-common.h. The same bytes on every run.

/** Numbers from a text: xorshift32 seeded by FNV-1a. */
export function randomOf(seed) {
  let x = 0x811c9dc5;
  for (const c of seed) x = Math.imul(x ^ c.charCodeAt(0), 0x01000193) >>> 0;
  x ||= 1;
  const u32 = () => {
    x = (x ^ (x << 13)) >>> 0;
    x = (x ^ (x >>> 17)) >>> 0;
    x = (x ^ (x << 5)) >>> 0;
    return x;
  };
  const unit = () => u32() / 2 ** 32; // 0 <= unit() < 1
  return { u32, unit, around: (v) => v * (0.5 + unit()) };
}

/** IEEE binary16, rounded toward zero; subnormals too. For values below 65504. */
export function f16(v) {
  const sign = v < 0 ? 0x8000 : 0;
  const a = Math.abs(v);
  if (a < 2 ** -14) return sign | Math.trunc(a * 2 ** 24);
  const e = Math.floor(Math.log2(a));
  return sign | ((e + 15) << 10) | Math.trunc((a / 2 ** e - 1) * 1024);
}

const put16 = (at, factor) => (view, o, d) => view.setUint16(o + at, f16(d * factor), true);
const put32 = (at) => (view, o, d) => view.setFloat32(o + at, d, true);

// Sums of 16 quants each stand at a Q8_K block's end.
function sums(view, o) {
  for (let g = 0; g < 16; g++) {
    let sum = 0;
    for (let i = 0; i < 16; i++) sum += view.getInt8(o + 4 + g * 16 + i);
    view.setInt16(o + 260 + g * 2, sum, true);
  }
}

// number: ggml's; spread: the standard deviation of a value where the scale is 1; write: fields that random bytes would spoil,
// given the scale. Minimums are chosen so that the mean is near 0.
export const types = {
  F32: { number: 0, block: 1, bytes: 4, spread: 0.58, write: [] },
  F16: { number: 1, block: 1, bytes: 2, spread: 0.58, write: [] },
  BF16: { number: 30, block: 1, bytes: 2, spread: 0.58, write: [] },
  Q4_0: { number: 2, block: 32, bytes: 18, spread: 4.6, write: [put16(0, 1)] },
  Q4_1: { number: 3, block: 32, bytes: 20, spread: 4.6, write: [put16(0, 1), put16(2, -7.5)] },
  Q5_0: { number: 6, block: 32, bytes: 22, spread: 9.2, write: [put16(0, -1)] },
  Q5_1: { number: 7, block: 32, bytes: 24, spread: 9.2, write: [put16(0, 1), put16(2, -15.5)] },
  Q8_0: { number: 8, block: 32, bytes: 34, spread: 74, write: [put16(0, 1)] },
  Q2_K: { number: 10, block: 256, bytes: 84, spread: 14, write: [put16(80, 1), put16(82, 1.5)] },
  Q3_K: { number: 11, block: 256, bytes: 110, spread: 43, write: [put16(108, 1)] },
  Q4_K: { number: 12, block: 256, bytes: 144, spread: 258, write: [put16(0, 1), put16(2, 7.5)] },
  Q5_K: { number: 13, block: 256, bytes: 176, spread: 526, write: [put16(0, 1), put16(2, 15.5)] },
  Q6_K: { number: 14, block: 256, bytes: 210, spread: 1370, write: [put16(208, 1)] },
  Q8_K: { number: 15, block: 256, bytes: 292, spread: 74, write: [put32(0), sums] },
  IQ4_NL: { number: 20, block: 32, bytes: 18, spread: 74, write: [put16(0, 1)] },
};

function putFloat(view, o, type, v) {
  if (type === 'F32') view.setFloat32(o, v, true);
  else if (type === 'F16') view.setUint16(o, f16(v), true);
  else {
    view.setFloat32(0, v, true);
    view.setUint16(o, view.getUint16(2, true), true);
  }
}

/** n values of about this standard deviation, or for floats between mean - 1.7 deviation and mean + 1.7 deviation. */
export function fill(type, n, deviation, random, mean = 0) {
  const t = types[type];
  const scratch = t.block === 1 ? 4 : 0; // where BF16 cuts its float in halves
  const out = new Uint8Array(scratch + (n / t.block) * t.bytes);
  const view = new DataView(out.buffer);
  const scale = deviation / t.spread;
  for (let o = scratch; o < out.length; o += t.bytes) {
    if (t.block === 1) {
      putFloat(view, o, type, mean + scale * (random.unit() * 2 - 1));
      continue;
    }
    for (let i = 0; i < t.bytes; i++) out[o + i] = random.u32() >>> 24;
    const d = random.around(scale);
    for (const write of t.write) write(view, o, d);
  }
  return out.slice(scratch);
}
