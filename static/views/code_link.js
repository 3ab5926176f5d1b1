// One-time codes travel behind the # of a link, which browsers send to nobody.

/** codeIn takes the code out of a pasted link, a fragment or a bare code. */
export function codeIn(text) {
  const trimmed = String(text).trim();
  const code = trimmed.slice(trimmed.lastIndexOf("#") + 1);
  try {
    return decodeURIComponent(code).trim();
  } catch {
    return code;
  }
}
