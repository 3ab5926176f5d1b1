// The frame of the screens beside the chats: a bar with a title, a way back on a
// narrow window, and one column of sections.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { onLanguage, t } from "../i18n/i18n.js";
import { back } from "../router.js";
import { keepFocus } from "./focus_place.js";

let ids = 0;

/**
 * createPanel shows { title, actions, content } as render returns it, and again
 * after the language changed. render gets own(view), which hands over something
 * with destroy() that ends with the panel or before it is rendered again.
 */
export function createPanel({ testid, render }) {
  const id = `panel-${++ids}`;
  const root = h("section", { class: "panel", "aria-labelledby": id, "data-testid": testid });
  let owned = [];

  function letGo() {
    for (const view of owned) view.destroy();
    owned = [];
  }

  function update() {
    const focusBack = keepFocus(root);
    const scrolled = root.querySelector(".panel__body")?.scrollTop ?? 0;
    letGo();
    const { title, actions, content } = render((view) => {
      owned.push(view);
      return view;
    });
    const body = h("div", { class: "panel__body" }, h("div", { class: "panel__column" }, content));
    replace(
      root,
      h(
        "header",
        { class: "panel__head" },
        h("button", { type: "button", class: "icon-button panel__back", "aria-label": t("app.back"), onclick: () => back() }, icon("back")),
        h("h1", { class: "panel__title", id, tabindex: "-1" }, title),
        h("div", { class: "panel__actions" }, actions),
      ),
      body,
    );
    body.scrollTop = scrolled;
    focusBack();
  }

  const off = onLanguage(update);
  update();
  return {
    root,
    update,
    destroy() {
      off();
      letGo();
    },
  };
}

/** panelSection is one titled part of a panel. */
export function panelSection({ title, text, action }, ...children) {
  const id = `section-${++ids}`;
  return h(
    "section",
    { class: "section", "aria-labelledby": id },
    h("header", { class: "section__head" }, h("h2", { class: "section__title", id }, title), action),
    text && h("p", { class: "section__text" }, text),
    children,
  );
}

/** linkRow leads to another screen. */
export function linkRow({ href, mark, title, text, testid }) {
  return h(
    "a",
    { class: "row row--link", href, "data-testid": testid },
    h("span", { class: "row__mark" }, icon(mark)),
    h(
      "span",
      { class: "row__texts" },
      h("span", { class: "row__title" }, title),
      text && h("span", { class: "row__detail" }, text),
    ),
    icon("forward"),
  );
}
