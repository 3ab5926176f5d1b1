// What the keyboard can do.

import { h } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { t } from "../i18n/i18n.js";
import { pref } from "../state/prefs.js";

const groups = () => [
  [
    "shortcut.everywhere",
    [
      ["shortcut.search", [["Ctrl", "K"]]],
      ["shortcut.neighbour", [["Alt", "↑"], ["Alt", "↓"]]],
      ["shortcut.unread", [["Alt", "Shift", "↑"], ["Alt", "Shift", "↓"]]],
      ["shortcut.regions", [["F6"], ["Shift", "F6"]]],
      ["shortcut.escape", [["Esc"]]],
      ["shortcut.list", [["?"]]],
    ],
  ],
  [
    "shortcut.writing",
    pref("enter") === "newline"
      ? [["shortcut.send", [["Ctrl", "Enter"]]], ["shortcut.newline", [["Enter"]]], ["shortcut.last_own", [["↑"]]]]
      : [["shortcut.send", [["Enter"], ["Ctrl", "Enter"]]], ["shortcut.newline", [["Shift", "Enter"]]], ["shortcut.last_own", [["↑"]]]],
  ],
  [
    "shortcut.messages",
    [
      ["shortcut.move", [["↑"], ["↓"], ["Home"], ["End"]]],
      ["shortcut.copy", [["C"]]],
      ["shortcut.menu", [["Enter"], ["Shift", "F10"]]],
    ],
  ],
];

/** openShortcuts shows the list as a dialog. */
export function openShortcuts() {
  openDialog({
    title: t("shortcut.title"),
    testid: "shortcuts",
    wide: true,
    body: groups().map(([title, rows]) =>
      h(
        "section",
        { class: "shortcuts" },
        h("h3", { class: "shortcuts__title" }, t(title)),
        h(
          "dl",
          { class: "shortcuts__list" },
          rows.map(([what, ways]) => h("div", { class: "shortcuts__row" }, h("dt", null, t(what)), h("dd", null, ways.map(keys)))),
        ),
      ),
    ),
  });
}

function keys(combination) {
  return h("span", { class: "keys" }, combination.map((key) => h("kbd", { class: "key" }, key)));
}
