// The menus of the list's bar, and what they open.

import { loadStyle } from "../lib/dom.js";
import { toast } from "../lib/dialog.js";
import { openMenu } from "../lib/menu.js";
import { t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { navigate } from "../router.js";

/** openAppMenu leads to everything that is not a chat. */
export function openAppMenu(anchor) {
  const to = (mark, name, hash) => ({ icon: mark, label: t(`list.menu.${name}`), testid: `menu-${name}`, onclick: () => navigate(hash) });
  const items = [
    to("users", "contacts", "#/contacts"),
    to("phone", "addresses", "#/invite"),
    to("settings", "settings", "#/settings"),
    state.get("me")?.admin && to("shield", "admin", "#/admin"),
    { icon: "keyboard", label: t("list.menu.shortcuts"), testid: "menu-shortcuts", onclick: openShortcuts },
  ];
  openMenu(anchor, items.filter(Boolean), { label: t("app.menu") });
}

/** openNewMenu begins a conversation. */
export function openNewMenu(anchor) {
  openMenu(
    anchor,
    [
      { icon: "user-plus", label: t("list.add_contact"), testid: "new-contact", onclick: addContact },
      { icon: "users", label: t("list.new_group"), testid: "new-group", onclick: newGroup },
    ],
    { label: t("list.new") },
  );
}

/** addContact opens the dialog that adds somebody. */
export function addContact() {
  return open(() => import("./add_contact.js"), (m) => m.openAddContact());
}

/** newGroup opens the dialog that makes a group. */
export function newGroup() {
  return open(() => import("./new_group.js"), (m) => m.openNewGroup());
}

/** openShortcuts lists what the keyboard can do. */
export function openShortcuts() {
  return open(() => import("./shortcuts.js"), (m) => m.openShortcuts());
}

/** open shows a dialog with its style; without the server it says so. */
async function open(load, show) {
  try {
    const [module] = await Promise.all([load(), loadStyle("forms.css"), loadStyle("panels.css")]);
    show(module);
  } catch (err) {
    if (!(err instanceof TypeError)) throw err;
    toast(t("err.offline"));
  }
}
