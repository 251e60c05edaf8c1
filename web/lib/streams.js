// Small helpers around streams and the event loop that the platform does not give.

/**
 * Runs a sequence ahead of its reader by up to `n` items, so that the reader's work and the making of items overlap.
 * A reader that stops early closes the source.
 * @template T
 * @param {AsyncGenerator<T, void>} source
 * @param {number} n
 * @param {() => void} interrupt makes the source give up the item that it is making: until then it cannot be closed
 * @returns {AsyncGenerator<T, void>}
 */
export async function* ahead(source, n, interrupt) {
  /** @type {Promise<IteratorResult<T, void>>[]} */
  const queue = [];
  const more = () => {
    const next = source.next();
    next.catch(() => {}); // reported when its turn comes
    queue.push(next);
  };
  try {
    for (let i = 0; i < n; i++) more();
    for (;;) {
      more();
      const item = await /** @type {Promise<IteratorResult<T, void>>} */ (queue.shift());
      if (item.done) return;
      yield item.value;
    }
  } finally {
    interrupt();
    await source.return();
  }
}

/**
 * Gives bytes' memory back at once. The collector lets megabytes of it wait, and Chromium's own object for a buffer lives on where transfer()
 * detaches it; what was sent into a port that closes is freed. The bytes are gone.
 * @param {Uint8Array[]} list parts of buffers are left alone
 */
export function release(...list) {
  const whole = list.filter((bytes) => bytes.byteLength === bytes.buffer.byteLength);
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(null, /** @type {ArrayBuffer[]} */ (whole.map((bytes) => bytes.buffer))); // the cast: none of them is shared
  port1.close();
  port2.close();
}

/**
 * A ReadableStream that also works in `for await` where the engine's own does not (Safari), and the end to feed it by.
 * @template T
 * @param {() => void} onCancel called when the reader stops early
 * @returns {{ stream: ReadableStream<T> & AsyncIterable<T>, push(item: T): void, end(): void, fail(reason: unknown): void }}
 */
export function pushStream(onCancel) {
  /** @type {ReadableStreamDefaultController<T> | null} */
  let controller = null;
  const stream = new ReadableStream({
    start(c) {
      controller = c;
    },
    cancel() {
      controller = null;
      onCancel();
    },
  });
  if (!(Symbol.asyncIterator in stream)) {
    Object.defineProperty(stream, Symbol.asyncIterator, { value: () => iterate(stream) });
  }
  return {
    // The cast: the line above has seen to it.
    stream: /** @type {ReadableStream<T> & AsyncIterable<T>} */ (stream),
    push: (item) => controller?.enqueue(item),
    end: () => {
      controller?.close();
      controller = null;
    },
    fail: (reason) => {
      controller?.error(reason);
      controller = null;
    },
  };
}

/**
 * @template T
 * @param {ReadableStream<T>} stream
 * @returns {AsyncGenerator<T, void>}
 */
async function* iterate(stream) {
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      finished = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!finished) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/**
 * Makes a function that lets the messages which are waiting be handled before it resolves. Not setTimeout: that
 * waits 4 ms when nested, which is a token's time.
 * @returns {() => Promise<void>}
 */
export function makeYield() {
  const channel = new MessageChannel();
  /** @type {Array<() => void>} */
  const waiting = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((done) => {
      waiting.push(done);
      channel.port2.postMessage(0);
    });
}

/**
 * Waits, unless the signal says stop (rejects with its reason) or `early` resolves.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @param {Promise<unknown>} [early]
 * @returns {Promise<void>}
 */
export function sleep(ms, signal, early) {
  return new Promise((done, stop) => {
    const abort = () => {
      clearTimeout(timer);
      stop(signal.reason);
    };
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      done();
    };
    const timer = setTimeout(finish, ms);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    early?.then(finish, () => {});
  });
}

/**
 * A signal that aborts when either does (AbortSignal.any is younger than the browsers we serve).
 * @param {AbortSignal} a
 * @param {AbortSignal} b
 * @returns {AbortSignal}
 */
export function eitherSignal(a, b) {
  const both = new AbortController();
  for (const signal of [a, b]) {
    const abort = () => both.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true, signal: both.signal });
  }
  return both.signal;
}

/**
 * What `work` comes to; rejects with the signal's reason at once when that aborts.
 * @template T
 * @param {Promise<T>} work
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export function abortable(work, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort));
  });
}
