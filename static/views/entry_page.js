// The frame of every page that is shown to somebody who is not logged in: the
// brand, the language switch, one card.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { language, onLanguage, setLanguage, t } from "../i18n/i18n.js";
import { segments } from "./choice.js";

/** languageChoice switches the page between its languages at once. */
export function languageChoice({ hiddenLegend = true, onchange } = {}) {
  return segments({
    legend: t("login.language"),
    hiddenLegend,
    value: language(),
    options: [
      { value: "zh-CN", label: "中文", lang: "zh-CN" },
      { value: "en", label: "English", lang: "en" },
    ],
    onchange: (tag) => (onchange ? onchange(tag) : setLanguage(tag)),
    testid: "language-choice",
  });
}

/**
 * createEntryPage keeps root filled with what render returns, { title, lead,
 * content, foot }, and renders again when the language changes. A field whose
 * name stays keeps its value and the focus.
 */
export function createEntryPage({ name, testid, render }) {
  const root = h("main", { class: "entry", "data-testid": testid });

  function update() {
    const kept = keep(root);
    const { title, lead, content, foot } = render();
    replace(
      root,
      h("header", { class: "entry__bar" }, brand(name?.()), languageChoice().root),
      h(
        "section",
        { class: "entry__card" },
        h("h1", { class: "entry__title", tabindex: "-1" }, title),
        lead && h("p", { class: "entry__lead" }, lead),
        content,
      ),
      foot && h("footer", { class: "entry__foot" }, foot),
    );
    document.title = title;
    restore(root, kept);
  }

  const off = onLanguage(update);
  update();
  setTimeout(() => focusFirst(root)); // once it is in the page
  return { root, update, destroy: off };
}

// A keyboard may begin at once; on a phone that would cover half of the page.
function focusFirst(root) {
  if (!root.isConnected || document.activeElement !== document.body) return;
  const withKeyboard = matchMedia("(pointer: fine)").matches;
  const first = withKeyboard && root.querySelector(".form input:not([type=radio])");
  (first || root.querySelector("h1")).focus({ preventScroll: true });
}

function brand(name) {
  return h(
    "p",
    { class: "entry__brand" },
    h("span", { class: "entry__mark" }, icon("cup")),
    h("span", { class: "entry__name", dir: "auto" }, name || t("app.name")),
  );
}

/** notePage is an entry card without a form: a text and perhaps a way on. */
export function notePage({ title, text, more, link }) {
  return {
    title,
    lead: text,
    content: [
      more && h("p", { class: "entry__note" }, more),
      link && h("a", { class: "button button--primary button--wide", href: link.href }, link.label),
    ],
  };
}

const CONTROLS = "input[name], textarea[name]";

function keep(root) {
  const values = new Map();
  for (const el of root.querySelectorAll(CONTROLS)) {
    if (el.type === "checkbox") values.set(el.name, el.checked);
    else if (el.type !== "radio") values.set(el.name, el.value);
  }
  const active = root.contains(document.activeElement) ? document.activeElement : null;
  return { values, focused: active?.name, value: active?.value };
}

function restore(root, { values, focused, value }) {
  for (const el of root.querySelectorAll(CONTROLS)) {
    if (!values.has(el.name)) continue;
    if (el.type === "checkbox") el.checked = values.get(el.name);
    else el.value = values.get(el.name);
  }
  const back = [...root.querySelectorAll("input, textarea")].find((el) =>
    el.type === "radio" ? el.value === value : focused && el.name === focused,
  );
  back?.focus();
}
