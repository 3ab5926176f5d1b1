// Numbers that people read aloud: u_482139770 is 482 139 770, g_48213977 is
// 4821 3977.

/** digitsOf is what one gives away or types in: the id without its letter. */
export function digitsOf(id) {
  return String(id).slice(2);
}

/** spoken groups the digits of an id for the eye. */
export function spoken(id) {
  const digits = digitsOf(id);
  const size = digits.length === 8 ? 4 : 3;
  return digits.match(new RegExp(`\\d{1,${size}}`, "g"))?.join("\u2009") ?? digits;
}

/** asQuery takes the spaces and the letter out of what looks like a number. */
export function asQuery(text) {
  const trimmed = String(text).trim();
  const digits = trimmed.replace(/^[ug]_/, "").replace(/[\s\u2009-]/g, "");
  return /^\d{8,9}$/.test(digits) ? digits : trimmed;
}
