// The menus of the list's bar.

import { t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { navigate } from "../router.js";
import { loadStyle } from "../lib/style.js";
import { toast } from "../lib/dialog.js";

/** appMenu leads to everything that is not a chat. */
export function appMenu() {
  return [
    { icon: "users", label: t("list.menu.contacts"), testid: "menu-contacts", onclick: () => navigate("#/contacts") },
    { icon: "phone", label: t("list.menu.addresses"), testid: "menu-addresses", onclick: () => navigate("#/invite") },
    { icon: "settings", label: t("list.menu.settings"), testid: "menu-settings", onclick: () => navigate("#/settings") },
    state.get("me")?.admin && { icon: "shield", label: t("list.menu.admin"), testid: "menu-admin", onclick: () => navigate("#/admin") },
    { icon: "keyboard", label: t("list.menu.shortcuts"), testid: "menu-shortcuts", onclick: openShortcuts },
  ].filter(Boolean);
}

/** newMenu begins a conversation. */
export function newMenu() {
  return [
    {
      icon: "user-plus",
      label: t("list.add_contact"),
      testid: "new-contact",
      onclick: () => open(() => import("./add_contact.js"), (m) => m.openAddContact()),
    },
    {
      icon: "users",
      label: t("list.new_group"),
      testid: "new-group",
      onclick: () => open(() => import("./new_group.js"), (m) => m.openNewGroup()),
    },
  ];
}

/** openShortcuts lists what the keyboard can do. */
export function openShortcuts() {
  return open(() => import("./shortcuts.js"), (m) => m.openShortcuts());
}

/** open loads a dialog with its style; without the server it says so. */
async function open(load, show) {
  try {
    const [module] = await Promise.all([load(), loadStyle("forms.css"), loadStyle("panels.css")]);
    show(module);
  } catch {
    toast(t("err.offline"));
  }
}
