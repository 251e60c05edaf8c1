// The one error class that crosses from the engine to its users, and its form on a message port.

/**
 * A failure with a code, whose message is one line that says what is wrong and what to do. The codes are the names of
 * src/base/status.h, such as ERR_CORRUPT or ERR_NETWORK.
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
