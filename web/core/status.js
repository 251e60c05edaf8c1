// Made from src/base/status.h by tests/tools/status.mjs; change that header instead.

/** The names of the core's status codes, by number. */
export const STATUS = Object.freeze([
  'OK',
  'ERR_MEMORY',
  'ERR_CORRUPT',
  'ERR_UNSUPPORTED',
  'ERR_ARGUMENT',
  'ERR_TOO_LONG',
  'ERR_STATE',
  'ERR_NUMERIC',
  'ERR_IO',
  'ERR_NETWORK',
  'ERR_STORAGE',
  'ERR_DIGEST',
  'ERR_CANCELLED',
  'ERR_NOT_FOUND',
]);
