// What goes wrong, as the standard's exceptions.

/**
 * @param {string} message
 * @param {{ requested: number, quota: number }} numbers tokens
 * @returns {DOMException}
 */
export function quotaExceeded(message, numbers) {
  // The cast: younger than the platform's types, and than some browsers.
  const { QuotaExceededError: Native } =
    /** @type {{ QuotaExceededError?: new (message: string, numbers: object) => DOMException }} */ (globalThis);
  if (Native) return new Native(message, numbers);
  return Object.assign(new DOMException(message, 'QuotaExceededError'), numbers);
}

/** @type {Map<string, string>} names of exceptions by the code of a CoreError */
const NAMES = new Map([
  ['ERR_CANCELLED', 'AbortError'],
  ['ERR_NETWORK', 'NetworkError'],
  ['ERR_UNSUPPORTED', 'NotSupportedError'],
]);

/**
 * @param {unknown} e
 * @param {'OperationError' | 'UnknownError'} other the name of what the standard has no own name for
 * @returns {unknown} a DOMException in place of a CoreError; anything else as it is
 */
export function asException(e, other) {
  const code = e instanceof Error && 'code' in e ? e.code : null; // CoreError is another bundle's class
  if (typeof code !== 'string' || !(e instanceof Error)) return e;
  return new DOMException(e.message, NAMES.get(code) ?? other);
}

/** @param {string} message */
export const notSupported = (message) => new DOMException(message, 'NotSupportedError');
