// A Q4_0 file from a Q4_1 one: node q4_0.mjs IN.gguf OUT.gguf. Its matrices become floats and then Q4_0, as ggml's quantize_row_q4_0_ref()
// does it; all else stays as it is. Q4_0 is the type that llama.cpp is fastest with: a yardstick for speed, not for quality.
import fs from 'node:fs';
import { fromHalf, gguf, readGguf } from '../tools/gguf.mjs';

const [Q4_0, Q4_1] = [2, 3]; // ggml's numbers
const FILE_TYPE_Q4_0 = 2;

/** Rounds to nearest, even where there are two. */
function toHalf(x) {
  const a = Math.abs(x);
  let e = -14;
  while (a >= 2 ** (e + 1)) e++;
  const exact = a / 2 ** (e - 10);
  let n = Math.floor(exact);
  if (exact - n > 0.5 || (exact - n === 0.5 && n % 2)) n++;
  if (!(e < 16)) throw new Error(`${x} is no scale`);
  return (x < 0 ? 0x8000 : 0) + (e + 14) * 1024 + n;
}

/** One block of 32: f32 operations, one by one. */
function convert(out, block, x) {
  const f = Math.fround;
  const [d1, m1] = [fromHalf(block.readUInt16LE(0)), fromHalf(block.readUInt16LE(2))];
  for (let i = 0; i < 16; i++) {
    x[i] = f(f((block[4 + i] & 15) * d1) + m1);
    x[16 + i] = f(f((block[4 + i] >> 4) * d1) + m1);
  }
  let most = 0; // with its sign; the first where there are several
  for (const v of x) if (Math.abs(v) > Math.abs(most)) most = v;
  const d = f(most / -8);
  const inverse = d ? f(1 / d) : 0;
  const q = (v) => Math.min(15, Math.trunc(f(f(v * inverse) + 8.5)));
  out.writeUInt16LE(toHalf(d), 0);
  for (let i = 0; i < 16; i++) out[2 + i] = q(x[i]) | (q(x[16 + i]) << 4);
}

function convertTensor(t) {
  if (t.type !== Q4_1) return t;
  const n = t.data.length / 20;
  const data = Buffer.alloc(18 * n);
  const x = new Float32Array(32);
  for (let b = 0; b < n; b++) convert(data.subarray(18 * b), t.data.subarray(20 * b), x);
  return { ...t, type: Q4_0, data };
}

const [from, to] = process.argv.slice(2);
const { keys, tensors, align } = readGguf(fs.readFileSync(from));
const about = keys.map(([key, type, value]) => [key, type, key === 'general.file_type' ? FILE_TYPE_Q4_0 : value]);
fs.writeFileSync(`${to}.part`, gguf(about, tensors.map(convertTensor), { align }));
fs.renameSync(`${to}.part`, to);
