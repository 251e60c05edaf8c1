// The one error class that crosses from the engine to its users, and its form on a message port.

/** Codes that are the caller's, with the status that a server would answer; all others are 500. */
const STATUS = new Map([
  ['ERR_ARGUMENT', 400],
  ['ERR_UNSUPPORTED', 400],
  ['ERR_TOO_LONG', 400],
  ['ERR_NOT_FOUND', 404],
  ['ERR_STATE', 409],
  ['ERR_CANCELLED', 499],
  ['ERR_NETWORK', 502],
  ['ERR_STORAGE', 507],
]);

/** What the core calls the parts of a response_format. */
const FORMATS = ['json_schema', 'regex', 'grammar'];

/**
 * A failure with a code, whose message is one line that says what is wrong and what to do. The codes are the names of
 * src/base/status.h, such as ERR_CORRUPT or ERR_NETWORK; docs/errors.md says of each where it comes from and what to do. Has the
 * fields of OpenAI's errors too: status, type, param.
 */
export class CoreError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} [detail] numbers and names for programs: { needed, available }, { url, status } ...
   */
  constructor(code, message, detail) {
    super(message);
    this.name = 'CoreError';
    this.code = code;
    this.detail = detail;
  }

  /**
   * Each bundle of the site has this class; an error of any of them is one. What extends it asks as usual.
   * @param {unknown} e
   * @returns {boolean}
   */
  static [Symbol.hasInstance](e) {
    if (this === CoreError) return e instanceof Error && e.name === 'CoreError';
    return Function.prototype[Symbol.hasInstance].call(this, e);
  }

  /** What a server would answer. */
  get status() {
    return STATUS.get(this.code) ?? 500;
  }

  get type() {
    return this.status < 409 ? 'invalid_request_error' : 'server_error';
  }

  /** The member of the request that is at fault, where it is one: its message begins with it. */
  get param() {
    const named = /^([a-z_]+(?:\[\d+\])*(?:\.[a-z_]+(?:\[\d+\])?)*)(?: of \S+)?: /.exec(this.message);
    if (this.status !== 400 || !named) return null;
    return FORMATS.includes(named[1]) ? 'response_format' : named[1];
  }
}

/** @typedef {{ name: string, code: string, message: string, detail?: Record<string, unknown> }} WireError */

/**
 * What a message port carries of an error: classes do not survive it.
 * @param {unknown} e
 * @returns {WireError}
 */
export function toWire(e) {
  if (e instanceof CoreError) return { name: e.name, code: e.code, message: e.message, detail: e.detail };
  const name = e instanceof Error || e instanceof DOMException ? e.name : 'Error';
  const message = e instanceof Error || e instanceof DOMException ? e.message : String(e);
  if (name === 'AbortError') return { name, code: 'ERR_CANCELLED', message };
  return { name, code: 'ERR_STATE', message: `Unexpected ${name}: ${message}` };
}

/**
 * @param {WireError} w
 * @returns {CoreError}
 */
export function fromWire(w) {
  return new CoreError(w.code, w.message, w.detail);
}

/**
 * The reason of an aborted signal as something to throw.
 * @param {AbortSignal} signal
 * @returns {unknown}
 */
export function abortReason(signal) {
  return signal.reason ?? new DOMException('The operation was aborted.', 'AbortError');
}
