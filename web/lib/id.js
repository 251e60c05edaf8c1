/* Names for new things. */

/** A random UUID (RFC 9562, version 4), also on plain http, where there is no crypto.randomUUID(). */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})/, `$1-$2-4$3-${'89ab'[(bytes[8] ?? 0) & 3]}$4-`);
}
