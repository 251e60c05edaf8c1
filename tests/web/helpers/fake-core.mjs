// A core in JavaScript with the functions of src/api/oa.h, for tests of what lies around the core: served in place of core.mjs. It checks
// nothing but sums the model's bytes up (info().checksum is their CRC-32), and answers by rules:
// a model that begins with GGUFBAD is refused; of the last message, "CRASH" traps, "FAIL" is an error, "SLOW" takes 5 ms a token and has no
// end; everything else is echoed word by word.

const OK = 0;
const ERR_CORRUPT = 2;
const ERR_ARGUMENT = 4;
const ERR_TOO_LONG = 5;
const ERR_STATE = 6;
const RESULT_AT = 8 << 20;
const ROOM_AT = 16 << 20;
const CONTEXT = 1000;

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

const encode = (text) => new TextEncoder().encode(text);

class FakeCore {
  HEAPU8 = new Uint8Array(32 << 20);
  top = 16;
  error = '';
  resultLength = 0;
  loaded = false;
  run = null;

  text(at, n) {
    return new TextDecoder().decode(this.HEAPU8.slice(at, at + n));
  }

  give(value) {
    const bytes =
      value instanceof Uint8Array ? value : encode(typeof value === 'string' ? value : JSON.stringify(value));
    this.HEAPU8.set(bytes, RESULT_AT);
    this.resultLength = bytes.length;
    return OK;
  }

  fail(status, message) {
    this.error = message;
    return status;
  }

  take(n) {
    if (this.top + n > RESULT_AT) this.top = 4096;
    const at = this.top;
    this.top += (n + 15) & ~15;
    return at;
  }

  loadBegin(options) {
    this.files = options.files;
    this.context = options.context ?? CONTEXT;
    this.bytes = 0;
    this.crc = ~0;
    this.loaded = false;
    return OK;
  }

  loadPush(n) {
    const heap = this.HEAPU8;
    if (this.bytes === 0 && this.text(ROOM_AT, 7) === 'GGUFBAD')
      return this.fail(ERR_CORRUPT, 'the model is bad; get another');
    let crc = this.crc;
    for (let i = ROOM_AT; i < ROOM_AT + n; i++) crc = (crc >>> 8) ^ table[(crc ^ heap[i]) & 255];
    this.crc = crc;
    this.bytes += n;
    return OK;
  }

  loadEnd() {
    const want = this.files.reduce((a, b) => a + b, 0);
    if (this.bytes !== want) return this.fail(ERR_CORRUPT, `got ${this.bytes} of ${want} bytes`);
    this.loaded = true;
    return OK;
  }

  info(threads, variant) {
    const { bytes, files, context } = this;
    const more = { bytes, files, checksum: ~this.crc >>> 0, url: import.meta.url };
    return this.give({
      architecture: 'fake',
      name: 'Fake',
      context,
      context_trained: CONTEXT,
      vocab: 256,
      template: null,
      threads,
      variant,
      ...more,
    });
  }

  begin(request) {
    if (!this.loaded) return this.fail(ERR_STATE, 'no model is loaded');
    const text = request.prompt ?? request.messages.at(-1).content;
    const words = text.split(/(?<= )/);
    if (words.length > this.context)
      return this.fail(ERR_TOO_LONG, `${words.length} tokens do not fit into ${this.context}`);
    if (text.includes('FAIL')) return this.fail(ERR_ARGUMENT, 'it was asked to fail');
    this.run = { text, words, request, at: 0, prefill: 0, ids: [] };
    return this.give({ prompt_tokens: words.length, cached_tokens: 0, dropped_messages: 0, context: this.context });
  }

  done(reason) {
    const { words, ids, request } = this.run;
    this.run = null;
    const timings = { load_ms: 1, prefill_ms: 1, decode_ms: 1, prefill_tps: 1000, decode_tps: 1000 };
    const counts = {
      prompt_tokens: words.length,
      cached_tokens: 0,
      completion_tokens: ids.length,
      context_used: words.length + ids.length,
    };
    return this.give({ text: '', finish_reason: reason, ids, ...counts, dropped_messages: 0, timings, request });
  }

  step(eventAt) {
    const { run } = this;
    if (!run) return this.fail(ERR_STATE, 'nothing was begun');
    if (run.prefill < run.words.length) {
      run.prefill = Math.min(run.words.length, run.prefill + 10);
      this.HEAPU8[eventAt] = 1;
      return this.give({ done: run.prefill, total: run.words.length });
    }
    if (run.text.includes('CRASH')) throw new WebAssembly.RuntimeError('unreachable');
    const slow = run.text.includes('SLOW');
    if (slow) for (const start = performance.now(); performance.now() - start < 5;);
    const limit = run.request.max_tokens ?? Infinity;
    if (run.ids.length >= limit || (!slow && run.at >= run.words.length)) {
      this.HEAPU8[eventAt] = 3;
      return this.done(run.ids.length >= limit ? 'length' : 'stop');
    }
    const text = slow ? `${run.at} ` : run.words[run.at];
    run.ids.push(run.at++);
    this.HEAPU8[eventAt] = 2;
    const logprobs = run.request.logprobs
      ? {
          logprob: -0.5,
          top: [
            [65, -0.5],
            [66, -1.5],
          ].slice(0, run.request.logprobs),
        }
      : {};
    return this.give({ id: run.at - 1, text, ...logprobs });
  }
}

export default async function create() {
  const c = new FakeCore();
  let threads = 1;
  const variant = new URL('.', import.meta.url).pathname.split('/').at(-2);
  const json = (at, n) => JSON.parse(c.text(at, n));
  return {
    get HEAPU8() {
      return c.HEAPU8;
    },
    _oa_new: (n) => ((threads = n), 1),
    _oa_free() {},
    _oa_error: () => {
      const bytes = encode(`${c.error}\0`);
      const at = c.take(bytes.length);
      c.HEAPU8.set(bytes, at);
      return at;
    },
    _oa_result: () => RESULT_AT,
    _oa_result_len: () => c.resultLength,
    _oa_load_begin: (_, at, n) => c.loadBegin(json(at, n)),
    _oa_load_room: () => ROOM_AT,
    _oa_load_push: (_, n) => c.loadPush(n),
    _oa_load_end: () => c.loadEnd(),
    _oa_loaded: () => Number(c.loaded),
    _oa_unload: () => void (c.loaded = false),
    _oa_info: () => c.info(threads, variant),
    _oa_tokenize: (_, at, n) => c.give(new Uint8Array(Int32Array.from(c.HEAPU8.slice(at, at + n)).buffer)),
    _oa_detokenize: (_, at, n) => c.give(Uint8Array.from(new Int32Array(c.HEAPU8.slice(at, at + 4 * n).buffer))),
    _oa_render: (_, at, n) =>
      c.give(
        json(at, n)
          .messages.map((m) => `<${m.role}>${m.content}\n`)
          .join(''),
      ),
    _oa_begin: (_, at, n) => c.begin(json(at, n)),
    _oa_step: (_, event) => c.step(event),
    _oa_stop: () => c.done('cancelled'),
    _oa_reset() {},
    _oa_bench: (_, p, g) => c.give({ prefill_tps: p, decode_tps: g, ttft_ms: 1 }),
    _oa_take: (n) => c.take(n),
    _oa_drop() {},
  };
}
