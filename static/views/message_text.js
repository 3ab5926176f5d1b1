// The text of a message as nodes: addresses as links, control characters drawn,
// long texts folded. Never markup.

import { h } from "../lib/dom.js";
import { linkify } from "../lib/linkify.js";
import { t } from "../i18n/i18n.js";

const FOLD_OVER = 3000; // characters
const FOLDED = 800;

// Everything invisible that can mislead: controls but tab and line feed, bidi
// overrides and isolates, zero-width spaces and marks. The joiners stay: emoji and
// several scripts are written with them.
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/gu;

const EMOJI = "\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier}|\\u20e3|\\u200d\\p{Extended_Pictographic})*|\\p{Regional_Indicator}{2}";
const ONLY_EMOJI = new RegExp(`^(?:\\s*(?:${EMOJI})){1,3}\\s*$`, "u");

/** isJumbo: one to three emoji and nothing else are drawn large. */
export function isJumbo(text) {
  return text.length <= 60 && ONLY_EMOJI.test(text);
}

/** isLong: folded until it is opened. */
export function isLong(text) {
  return text.length > FOLD_OVER;
}

/**
 * messageText returns the nodes of a text. `opened` shows a long one whole;
 * onopen is called when the person asks for that.
 */
export function messageText(text, { opened, onopen }) {
  const folded = isLong(text) && !opened;
  const nodes = linkify(folded ? text.slice(0, cutAt(text)) + "…" : text).map((piece) =>
    piece.href
      ? h("a", { href: piece.href, target: "_blank", rel: "noopener noreferrer", dir: "ltr", tabindex: "-1" }, visible(piece.text))
      : visible(piece.text),
  );
  if (folded) {
    nodes.push(
      h("button", { type: "button", class: "bubble__unfold", tabindex: "-1", onclick: onopen }, t("message.show_all", { n: text.length })),
    );
  }
  return nodes;
}

function cutAt(text) {
  const half = text.charCodeAt(FOLDED - 1);
  return half >= 0xd800 && half < 0xdc00 ? FOLDED - 1 : FOLDED;
}

/** visible draws what would otherwise be neither seen nor noticed. */
export function visible(text) {
  const nodes = [];
  let done = 0;
  text = text.replaceAll("\r\n", "\n");
  for (const match of text.matchAll(INVISIBLE)) {
    if (match.index > done) nodes.push(text.slice(done, match.index));
    nodes.push(h("span", { class: "control", title: nameOf(match[0]) }, pictureOf(match[0])));
    done = match.index + match[0].length;
  }
  if (done < text.length) nodes.push(text.slice(done));
  return nodes;
}

function nameOf(char) {
  return "U+" + char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
}

function pictureOf(char) {
  const code = char.codePointAt(0);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return nameOf(char);
}
