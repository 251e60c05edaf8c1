// Writes GGUF files: metadata is [[key, type, value]], tensors are [{name, type, dims, data}] with ggml's numbers for types; data lies in
// the order of the list.

export const U16 = 2;
export const U32 = 4;
export const I32 = 5;
export const F32 = 6;
export const BOOL = 7;
export const STRING = 8;
export const ARRAY = 9; // its value is [type of items, items]

class Writer {
  parts = [];
  bytes = 0;
  raw(b) {
    this.parts.push(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
    this.bytes += b.byteLength;
  }
  number(n, method, ...rest) {
    const b = Buffer.alloc(n);
    b[method](...rest);
    this.raw(b);
  }
  u32 = (v) => this.number(4, 'writeUInt32LE', v);
  u64 = (v) => this.number(8, 'writeBigUInt64LE', BigInt(v));
  str(s) {
    const b = Buffer.from(s);
    this.u64(b.length);
    this.raw(b);
  }
  value(type, v) {
    if (type === STRING) this.str(v);
    else if (type === F32) this.number(4, 'writeFloatLE', v);
    else if (type === BOOL) this.raw(Buffer.from([v ? 1 : 0]));
    else if (type === U16) this.number(2, 'writeUInt16LE', v);
    else if (type !== ARRAY) this.u32(v);
    else {
      this.u32(v[0]);
      this.u64(v[1].length);
      for (const item of v[1]) this.value(v[0], item);
    }
  }
  pad(align) {
    this.raw(Buffer.alloc((align - (this.bytes % align)) % align));
  }
}

/** One file. @returns {Buffer} */
export function gguf(keys, tensors, { version = 3, align = 32 } = {}) {
  const w = new Writer();
  w.raw(Buffer.from('GGUF'));
  w.u32(version);
  w.u64(tensors.length);
  w.u64(keys.length);
  for (const [key, type, value] of keys) {
    w.str(key);
    w.u32(type);
    w.value(type, value);
  }
  let offset = 0;
  for (const t of tensors) {
    w.str(t.name);
    w.u32(t.dims.length);
    t.dims.forEach(w.u64);
    w.u32(t.type);
    w.u64(offset);
    offset += Math.ceil(t.data.byteLength / align) * align;
  }
  for (const t of tensors) {
    w.pad(align);
    w.raw(t.data);
  }
  w.pad(align);
  return Buffer.concat(w.parts);
}

/** The same model in `n` files, as llama.cpp's gguf-split cuts it; the first has the metadata. @returns {Buffer[]} */
export function split(keys, tensors, n, how) {
  const each = Math.ceil(tensors.length / n);
  return Array.from({ length: n }, (_, i) => {
    const about = [
      ['split.no', U16, i],
      ['split.count', U16, n],
      ['split.tensors.count', I32, tensors.length],
    ];
    return gguf([...(i ? [] : keys), ...about], tensors.slice(i * each, (i + 1) * each), how);
  });
}

/** GPT-2's printable stand-in for each byte, which byte-level BPE writes its vocabulary with. */
export function byteCharacters() {
  const out = [];
  let next = 256;
  for (let b = 0; b < 256; b++) {
    const printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
    out.push(String.fromCodePoint(printable ? b : next++));
  }
  return out;
}

const LAYOUT = { 0: [1, 4], 3: [32, 20], 8: [32, 34] }; // of F32, Q4_1, Q8_0: values in a block, its bytes

/** What a file holds, in the form in which gguf() writes it. Only what such files use is read. */
export function readGguf(file) {
  let at = 8;
  const take = (n) => (at += n) - n;
  const u32 = () => file.readUInt32LE(take(4));
  const u64 = () => Number(file.readBigUInt64LE(take(8)));
  const text = () => {
    const n = u64();
    return file.toString('utf8', take(n), at);
  };
  const readers = {
    [U16]: () => file.readUInt16LE(take(2)),
    [U32]: u32,
    [I32]: () => file.readInt32LE(take(4)),
    [F32]: () => file.readFloatLE(take(4)),
    [BOOL]: () => file[take(1)],
    [STRING]: text,
    [ARRAY]: () => {
      const [type, n] = [u32(), u64()];
      return [type, Array.from({ length: n }, () => readers[type]())];
    },
  };
  const [nTensors, nKeys] = [u64(), u64()];
  const keys = Array.from({ length: nKeys }, () => {
    const [key, type] = [text(), u32()];
    return [key, type, readers[type]()];
  });
  const align = keys.find(([key]) => key === 'general.alignment')?.[2] ?? 32;
  const tensors = Array.from({ length: nTensors }, () => {
    const name = text();
    const dims = Array.from({ length: u32() }, u64);
    return { name, dims, type: u32(), offset: u64() };
  });
  const base = Math.ceil(at / align) * align;
  for (const t of tensors) {
    const [values, bytes] = LAYOUT[t.type];
    const n = (t.dims.reduce((a, b) => a * b, 1) / values) * bytes;
    t.data = file.subarray(base + t.offset, base + t.offset + n);
  }
  return { keys, tensors, align };
}

/** A float of 16 bits. */
export function fromHalf(h) {
  const [e, m] = [(h >> 10) & 31, h & 1023];
  const a = e ? (1024 + m) * 2 ** (e - 25) : m * 2 ** -24;
  return h & 0x8000 ? -a : a;
}
