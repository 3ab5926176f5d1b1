// What there is to know and to do about a conversation: the drawer beside it.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { spoken, digitsOf } from "../lib/number.js";
import { onLanguage, t } from "../i18n/i18n.js";
import { openConversation } from "../state/actions.js";
import { peerOf } from "../state/ids.js";
import { state } from "../state/store.js";
import { copyButton } from "./copy_button.js";
import { keepFocus } from "./focus_place.js";
import { createGroupInfo } from "./group_info.js";
import { hideButton, infoHead } from "./info_parts.js";
import { addButton, askRemoveContact, fact, isOnline, nameOf, presenceText } from "./person.js";

/** createInfo is the drawer #/c/<conv>/info. onclose gives the chat its room back. */
export function createInfo({ conv, onclose = () => openConversation(conv) }) {
  const title = h("h1", { class: "panel__title", id: "info-title", tabindex: "-1" });
  const close = h("button", { type: "button", class: "icon-button", "data-testid": "info-close", onclick: onclose }, icon("close"));
  const body = h("div", { class: "panel__body" });
  const root = h(
    "div",
    { class: "panel panel--info", "aria-labelledby": "info-title", "data-testid": "info" },
    h("div", { class: "panel__head panel__head--info" }, title, close),
    body,
  );
  const peer = peerOf(conv, state.get("me").user);
  let view = null;

  function update() {
    view?.destroy();
    title.textContent = t(peer ? "group.title.direct" : "group.title");
    close.setAttribute("aria-label", t("app.close"));
    view = peer ? createDirectInfo(conv, peer) : createGroupInfo(conv);
    replace(body, view.root);
  }

  const off = onLanguage(update);
  update();
  return {
    root,
    destroy() {
      off();
      view.destroy();
    },
  };
}

function createDirectInfo(conv, peer) {
  const root = h("div", { class: "info" });
  const offs = ["users", "presence", "contacts"].map((slice) => state.subscribe(slice, render));
  render();

  function render() {
    const profile = state.get("users").get(peer) ?? { user: peer, name: "", display_name: spoken(peer) };
    const name = nameOf(profile);
    const focusBack = keepFocus(root);
    replace(
      root,
      infoHead({ id: peer, name, detail: profile.disabled ? t("contacts.disabled") : presenceText(peer), online: isOnline(peer) }),
      h(
        "dl",
        { class: "facts facts--card" },
        fact(t("login.name"), h("bdi", null, profile.name)),
        fact(t("contacts.number"), spoken(peer), copyButton({ text: digitsOf(peer), label: t("contacts.number.copy"), quiet: true })),
      ),
      h(
        "div",
        { class: "stack" },
        !state.get("contacts").has(peer) && !profile.disabled && addButton(profile),
        hideButton(conv),
        state.get("contacts").has(peer) &&
          h(
            "button",
            { type: "button", class: "button button--risky", "data-testid": "remove-contact", onclick: () => askRemoveContact(profile) },
            icon("trash"),
            t("contacts.remove"),
          ),
      ),
    );
    focusBack();
  }

  return {
    root,
    destroy() {
      for (const off of offs) off();
    },
  };
}
