const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * newClientID returns 22 characters of base64url, 132 random bits.
 * crypto.randomUUID is missing on plain http; getRandomValues is everywhere.
 */
export function newClientID() {
  const bytes = crypto.getRandomValues(new Uint8Array(22));
  return Array.from(bytes, (byte) => ALPHABET[byte & 63]).join("");
}
