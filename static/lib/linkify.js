// Finds web addresses in text. Chinese text often follows an address without a
// space, and addresses may hold Chinese: a character beyond ASCII belongs to the
// path only where it begins a part of it.

const START = /(?:https?:\/\/[\p{L}\p{N}[]|www\.\w)/giu;
const STOP = /[\s<>"'`{}|\\^\u0000-\u001f\u007f-\u00a0\u2000-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/u;
const TRAILING = /[.,:;!?)\]*_~]$/;
const SEPARATOR = /[/?#&=\-_.+%]/;

/**
 * linkify cuts text into pieces; those with an href are addresses.
 *
 * @param {string} text
 * @returns {{ text: string, href?: string }[]}
 */
export function linkify(text) {
  const pieces = [];
  let done = 0;
  START.lastIndex = 0;
  for (let match = START.exec(text); match; match = START.exec(text)) {
    const start = match.index;
    if (start > 0 && /[\w@]/.test(text[start - 1])) continue;
    const end = endOf(text, start);
    const address = text.slice(start, end);
    const href = hrefOf(address);
    if (!href) continue;
    if (start > done) pieces.push({ text: text.slice(done, start) });
    pieces.push({ text: address, href });
    done = end;
    START.lastIndex = end;
  }
  if (done < text.length || pieces.length === 0) pieces.push({ text: text.slice(done) });
  return pieces;
}

function endOf(text, start) {
  const host = text.indexOf("//", start) === start + (text[start + 4] === ":" ? 5 : 6) ? text.indexOf("//", start) + 2 : start;
  let end = host;
  // A host that begins with a character beyond ASCII goes on to its path.
  const international = text.codePointAt(host) > 0x7f;
  let inPath = false;
  for (const char of text.slice(host)) {
    if (STOP.test(char)) break;
    if (char.codePointAt(0) > 0x7f) {
      const before = text[end - 1];
      if (inPath ? !(SEPARATOR.test(before) || before.codePointAt(0) > 0x7f) : !international) break;
    }
    if (char === "/" || char === "?" || char === "#") inPath = true;
    end += char.length;
  }
  while (end > host && TRAILING.test(text.slice(end - 1, end)) && !closes(text.slice(start, end))) end--;
  return end;
}

/** A closing bracket that an opening one inside the address belongs to stays. */
function closes(address) {
  const last = address[address.length - 1];
  const open = { ")": "(", "]": "[" }[last];
  if (last === "_") return /\w_$/.test(address) && address.includes("/");
  return open !== undefined && address.split(open).length >= address.split(last).length;
}

function hrefOf(address) {
  try {
    const url = new URL(/^https?:/i.test(address) ? address : `http://${address}`);
    const plausible = url.hostname.includes(".") || url.hostname.includes(":") || /^https?:/i.test(address);
    return plausible && /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}
