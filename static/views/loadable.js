// A list that has to be fetched: skeleton rows when that takes a while, an error
// with a way to try again, what is in it, or that there is nothing.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { errorText, t } from "../i18n/i18n.js";
import { keepFocus } from "./focus_place.js";

const SKELETON_AFTER_MS = 200; // shorter waits are not worth a flicker

/**
 * createLoadable shows render(await load()). reload may be called at any time;
 * only the newest answer counts, and what is shown stays until it is there.
 */
export function createLoadable({ load, render, rows = 4 }) {
  const root = h("div", { class: "loadable" });
  let turn = 0;
  let timer = 0;
  let isFilled = false;

  async function reload() {
    const mine = ++turn;
    clearTimeout(timer);
    if (!isFilled) timer = setTimeout(() => replace(root, skeletonRows(rows)), SKELETON_AFTER_MS);
    root.setAttribute("aria-busy", "true");
    let show;
    try {
      const answer = await load();
      show = () => render(answer);
    } catch (error) {
      if (!error.reason) throw error;
      show = () => errorState(error, reload);
    }
    if (mine !== turn) return;
    clearTimeout(timer);
    root.removeAttribute("aria-busy");
    isFilled = true;
    const focusBack = keepFocus(root);
    replace(root, show());
    focusBack();
  }

  return {
    root,
    reload,
    destroy() {
      turn++;
      clearTimeout(timer);
    },
  };
}

/** skeletonRows stand where rows with an avatar will be. */
export function skeletonRows(count) {
  return h(
    "div",
    { class: "skeleton-rows", "aria-hidden": "true" },
    Array.from({ length: count }, () =>
      h(
        "div",
        { class: "row" },
        h("span", { class: "skeleton skeleton-rows__avatar" }),
        h("span", { class: "skeleton-rows__lines" }, h("span", { class: "skeleton" }), h("span", { class: "skeleton" })),
      ),
    ),
  );
}

/** errorState says what went wrong and offers to try again. */
export function errorState(error, retry) {
  return h(
    "div",
    { class: "error-row", role: "alert" },
    h("p", null, errorText(error)),
    h("button", { type: "button", class: "button", onclick: retry }, icon("refresh"), t("app.retry")),
  );
}

/** emptyState says that there is nothing, and what to do about it. */
export function emptyState({ mark, title, text, actions = [] }) {
  return h(
    "div",
    { class: "empty" },
    mark && h("span", { class: "empty__mark" }, icon(mark)),
    h("p", { class: "empty__title", dir: "auto" }, title),
    text && h("p", { class: "empty__text" }, text),
    actions.length > 0 && h("div", { class: "empty__actions" }, actions),
  );
}
