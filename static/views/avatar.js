// A coloured initial: the colour comes from the id, so that it stays when the
// name changes.

import { h } from "../lib/dom.js";

const COLOURS = 10; // avatar--0 … avatar--9 in base.css

/** colourOf maps an id to one of the colours. */
function colourOf(id) {
  let sum = 7;
  for (const char of String(id)) sum = (sum * 31 + char.codePointAt(0)) % 9973;
  return sum % COLOURS;
}

/** initialOf is the first visible character of a name, upper case. */
function initialOf(name) {
  const text = String(name || "").trim();
  const match = text.match(/[\p{L}\p{N}]/u);
  const first = match ? match[0] : Array.from(text)[0] || "?";
  return first.toLocaleUpperCase();
}

/**
 * avatar is decoration: the name always stands beside it, so it is hidden from
 * assistive technology. size is in CSS pixels.
 *
 * @param {{ id: string, name: string, size?: number, online?: boolean }} of
 */
export function avatar({ id, name, size = 42, online = false }) {
  return h(
    "span",
    { class: `avatar avatar--${colourOf(id)}`, style: { "--size": `${size}px` }, "aria-hidden": "true" },
    h("span", { class: "avatar__initial" }, initialOf(name)),
    online && h("span", { class: "avatar__dot" }),
  );
}
