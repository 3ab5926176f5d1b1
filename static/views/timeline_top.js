// What stands over the first row of a timeline: more to come, the beginning,
// nothing yet, or that it could not be loaded.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { t } from "../i18n/i18n.js";

/** createTimelineTop shows one of the kinds below, or nothing (""). */
export function createTimelineTop({ onretry }) {
  const root = h("div", { class: "timeline__top" });
  const kinds = {
    "": () => [],

    failed: () => [
      h(
        "div",
        { class: "timeline__failed", role: "alert" },
        h("p", null, t("chat.load_failed")),
        h("button", { type: "button", class: "button", onclick: onretry }, icon("refresh"), t("app.retry")),
      ),
    ],

    loading: () => [
      h(
        "div",
        { class: "timeline__skeleton", role: "status" },
        h("span", { class: "visually-hidden" }, t("app.loading")),
        [62, 38, 50, 70, 30, 46].map(bone),
      ),
    ],

    more: () => [h("div", { class: "timeline__skeleton", "aria-hidden": "true" }, [44, 60].map(bone))],

    beginning: () => [h("p", { class: "timeline__beginning" }, t("chat.beginning"))],

    empty: (c) => [
      h(
        "div",
        { class: "empty timeline__empty" },
        h("span", { class: "empty__mark" }, icon("message")),
        h("p", { class: "empty__title" }, t(c.kind === "group" ? "chat.empty.group" : "chat.empty")),
        h("p", { class: "empty__text" }, t("chat.empty.text")),
      ),
    ],
  };
  let shown = "";

  return {
    root,
    /** show changes nothing when the kind is the same. */
    show(kind, c) {
      if (kind === shown) return;
      shown = kind;
      root.replaceChildren(...kinds[kind](c));
    },
  };
}

function bone(width, i) {
  return h("span", {
    class: "skeleton timeline__bone" + (i % 3 === 2 ? " timeline__bone--mine" : ""),
    style: { "inline-size": `${width}%` },
  });
}
