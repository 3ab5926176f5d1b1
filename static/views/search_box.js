import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { t } from "../i18n/i18n.js";

const QUIET_MS = 180; // a pause in typing this long starts a search

/**
 * searchBox calls onquery(text) after a pause in typing, never in the middle of
 * composing, and at once when it is emptied.
 */
export function searchBox({ label, onquery, testid, autofocus }) {
  let timer = 0;
  const input = h("input", {
    type: "search",
    class: "search-box__input",
    "aria-label": label,
    placeholder: label,
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    dir: "auto",
    autofocus,
    "data-testid": testid,
    oninput: (event) => !event.isComposing && later(),
    oncompositionend: later,
    onkeydown: (event) => {
      if (event.key !== "Escape" || input.value === "") return;
      event.preventDefault();
      event.stopPropagation();
      clear();
    },
  });
  const clearButton = h(
    "button",
    { type: "button", class: "icon-button search-box__clear", "aria-label": t("contacts.clear"), hidden: true, onclick: clear },
    icon("close"),
  );

  function later() {
    clearButton.hidden = input.value === "";
    clearTimeout(timer);
    timer = setTimeout(() => onquery(input.value.trim()), input.value === "" ? 0 : QUIET_MS);
  }

  function clear() {
    input.value = "";
    later();
    input.focus();
  }

  return {
    root: h("div", { class: "search-box" }, icon("search"), input, clearButton),
    input,
    get value() {
      return input.value.trim();
    },
    destroy() {
      clearTimeout(timer);
    },
  };
}
