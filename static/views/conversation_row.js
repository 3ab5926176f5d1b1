// One row of the list of chats.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { dayKey, listTime, now } from "../lib/time.js";
import { parts, t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { current } from "../state/session.js";
import { navigate } from "../router.js";
import { avatar } from "./avatar.js";
import { avatarOf, eventParts, titleOf, userName } from "./naming.js";

const PREVIEW_CHARS = 140;

/** rowParts is all that a row shows of a conversation. */
export function rowParts(c) {
  const me = state.get("me")?.user;
  const typing = (state.get("typing").get(c.conv) || []).filter((user) => user !== me);
  return {
    title: titleOf(c),
    name: c.kind === "direct" ? state.get("users").get(c.peer.user)?.name || "" : "",
    preview: preview(c, me),
    draft: draftOf(c),
    typing: typing.length > 0,
    at: c.last || c.head[0] > 0 ? c.at : 0,
    day: dayKey(now()),
    unread: c.unread,
    failed: Boolean(current()?.outbox?.hasFailed(c.conv)),
    online: c.kind === "direct" && Boolean(state.get("presence").get(c.peer.user)?.online),
  }
};

function draftOf(c) {
  return c.writable ? oneLine(state.get("drafts").get(c.conv) || "") : "";
}

/** preview words the last message in pieces, of which what people wrote is isolated. */
function preview(c, me) {
  const { last } = c;
  if (!last) return [{ text: c.head[0] > 0 ? "" : t("list.say_hello"), filled: false }];
  if (last.damaged) return [{ text: t("message.damaged.short"), filled: false }];
  if (last.event) return eventParts(last.event).map((part) => ({ ...part, text: oneLine(part.text, { trim: false }) }));
  const text = oneLine(last.body || "");
  if (c.kind === "direct") return [{ text, filled: true }];
  return parts("list.preview", { name: last.from === me ? t("list.you") : userName(last.from), text });
}

const graphemes = Intl.Segmenter && new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** cut shortens text to at most max UTF-16 units and never halves an emoji. */
export function cut(text, max) {
  if (text.length <= max) return text;
  let end = 0;
  // Two units more show whether what stands at the limit goes on beyond it.
  for (const { index, segment } of graphemes?.segment(text.slice(0, max + 2)) || []) {
    if (index + segment.length > max) break;
    end = index + segment.length;
  }
  if (end > 0) return text.slice(0, end);
  const isHalf = /[\ud800-\udbff]/.test(text[max - 1]);
  return text.slice(0, isHalf ? max - 1 : max);
}

/** oneLine makes text fit for a preview: one line, no control characters. */
export function oneLine(text, { trim = true } = {}) {
  const line = cut(text, PREVIEW_CHARS).replace(/[\s\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ");
  return trim ? line.trim() : line;
}

/**
 * createConversationRow makes the row that links to a conversation. Its parts stay
 * the same elements however often they are updated: a press that began before a
 * new message came must end as a click.
 */
export function createConversationRow(conv) {
  const href = `#/c/${conv}`;
  const face = h("span", { class: "conv-row__face" });
  const name = h("bdi", { class: "conv-row__name ellipsis" });
  const time = h("span", { class: "conv-row__time" });
  const line = h("span", { class: "conv-row__preview ellipsis" });
  const marks = h("span", { class: "conv-row__marks" });
  const link = h(
    "a",
    {
      class: "conv-row",
      href,
      dataset: { testid: "conv-row", conv },
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab or window
        event.preventDefault();
        navigate(href);
      },
    },
    face,
    h(
      "span",
      { class: "conv-row__texts" },
      h("span", { class: "conv-row__line" }, name, time),
      h("span", { class: "conv-row__line" }, line, marks),
    ),
  );
  const root = h("li", null, link);
  let shown = "";

  function update(c) {
    const row = rowParts(c);
    const signature = JSON.stringify(row);
    if (signature === shown) return;
    shown = signature;
    link.classList.toggle("conv-row--unread", row.unread > 0);
    line.classList.toggle("conv-row__preview--typing", row.typing);
    replace(face, avatar({ ...avatarOf(c), online: row.online }));
    name.textContent = row.title;
    time.textContent = listTime(row.at);
    replace(line, previewOf(row));
    replace(marks, marksOf(row));
  }

  return { root, link, update };
}

function previewOf(row) {
  if (row.typing) return t("chat.typing");
  if (row.draft) {
    return h("span", { "data-testid": "draft" }, h("span", { class: "conv-row__draft" }, t("list.draft")), " ", h("bdi", null, row.draft));
  }
  return row.preview.map(({ text, filled }) => (filled ? h("bdi", null, text) : text));
}

function marksOf(row) {
  return [
    row.failed && h("span", { class: "conv-row__failed", role: "img", "aria-label": t("message.failed") }, icon("alert")),
    row.unread > 0 &&
      h(
        "span",
        { class: "badge", "data-testid": "unread" },
        h("span", { "aria-hidden": "true" }, row.unread > 999 ? "999+" : row.unread),
        h("span", { class: "visually-hidden" }, t("list.unread", { n: row.unread })),
      ),
  ];
}
