// A group's notice over its messages: one line, all of it in a dialog.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { openDialog } from "../lib/dialog.js";
import { t } from "../i18n/i18n.js";
import { oneLine } from "./conversation_row.js";
import { messageText } from "./message_text.js";

/** createNotice is empty without a notice. */
export function createNotice() {
  const root = h("div", { class: "notice-slot" });
  let shown = null;

  function update(c) {
    const notice = c.gone ? "" : c.notice || "";
    if (notice === shown) return;
    shown = notice;
    replace(
      root,
      notice &&
        h(
          "button",
          { type: "button", class: "notice", "data-testid": "notice", onclick: () => openNotice(notice) },
          icon("megaphone"),
          h("span", { class: "visually-hidden" }, t("chat.notice.more")),
          h("span", { class: "notice__text ellipsis", dir: "auto" }, oneLine(notice)),
        ),
    );
  }

  return { root, update, destroy() {} };
}

/** openNotice shows the whole of a notice. */
export function openNotice(notice) {
  openDialog({
    title: t("chat.notice"),
    testid: "notice-whole",
    body: h("p", { class: "notice__whole", dir: "auto" }, messageText(notice, { opened: true, onopen() {} })),
  });
}
