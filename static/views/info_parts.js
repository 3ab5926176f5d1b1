// Parts of the drawer that people and groups share.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { toast } from "../lib/dialog.js";
import { t } from "../i18n/i18n.js";
import { hideConversation } from "../state/actions.js";
import { navigate } from "../router.js";
import { avatar } from "./avatar.js";
import { act } from "./errors.js";

/** infoHead is the large avatar with the name and a line about it. */
export function infoHead({ id, name, detail, online, action }) {
  return h(
    "div",
    { class: "info__head" },
    avatar({ id, name, size: 72, online }),
    h("p", { class: "info__name" }, h("bdi", null, name), action),
    detail && h("p", { class: "info__detail" }, detail),
  );
}

/** goToList leaves a chat that is no longer listed, and the focus is not lost with it. */
export function goToList() {
  navigate("#/");
  document.querySelector("#main")?.focus({ preventScroll: true });
  // A narrow window shows the list alone.
  if (document.activeElement === document.body) document.querySelector("#list button")?.focus({ preventScroll: true });
}

/** hideButton takes the conversation off the list until something new comes. */
export function hideButton(conv) {
  return h(
    "div",
    null,
    h(
      "button",
      {
        type: "button",
        class: "button button--wide",
        "data-testid": "hide",
        onclick: (event) =>
          act(event.currentTarget, async () => {
            await hideConversation(conv);
            toast(t("group.hidden"));
            goToList();
          }),
      },
      icon("hide"),
      t("group.hide"),
    ),
    h("p", { class: "hint" }, t("group.hide.hint")),
  );
}
