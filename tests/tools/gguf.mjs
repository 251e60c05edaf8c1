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
