// Form parts: a labelled field with hint and error, a button, and a submit that
// runs once however often it is pressed.

import { h } from "./dom.js";
import { icon } from "./icon.js";
import { errorText, t } from "../i18n/i18n.js";

let ids = 0;

/**
 * field is a labelled input. A password gets a button that shows it. The hint and
 * the error are tied to the input with aria-describedby.
 *
 * @param {{ label: string, name: string, type?: string, value?: string, hint?: string,
 *   autocomplete?: string, maxlength?: number, required?: boolean, rows?: number,
 *   inputmode?: string, placeholder?: string, autofocus?: boolean }} options
 *   type "textarea" makes one
 */
export function field({ label, name, type = "text", value = "", hint, autocomplete, maxlength, required, rows = 3, inputmode, placeholder, autofocus }) {
  const id = `field-${name}-${++ids}`;
  const area = type === "textarea";
  const input = h(area ? "textarea" : "input", {
    id,
    name,
    class: "field__input",
    type: area ? null : type,
    rows: area ? rows : null,
    autocomplete: autocomplete || "off",
    autocapitalize: type === "password" || autocomplete === "username" ? "none" : null,
    spellcheck: type === "password" || autocomplete === "username" ? "false" : null,
    maxlength,
    required,
    inputmode,
    placeholder,
    autofocus,
    dir: "auto",
    "data-testid": `field-${name}`,
    value,
    oninput: () => setError(""),
  });
  const error = h("p", { class: "field__error", id: `${id}-error`, role: "alert" });
  const hintText = hint ? h("p", { class: "field__hint", id: `${id}-hint` }, hint) : null;
  if (hintText) input.setAttribute("aria-describedby", hintText.id);
  const root = h(
    "div",
    { class: "field" },
    h("label", { class: "field__label", for: id }, label),
    h("div", { class: "field__box" }, input, type === "password" && revealButton(input)),
    hintText,
    error,
  );

  function setError(text) {
    error.textContent = text || "";
    root.classList.toggle("field--error", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    const described = [hintText && hintText.id, text && error.id].filter(Boolean).join(" ");
    if (described) input.setAttribute("aria-describedby", described);
    else input.removeAttribute("aria-describedby");
  }

  return {
    root,
    input,
    get value() {
      return input.value;
    },
    set value(v) {
      input.value = v;
    },
    setError,
  };
}

function revealButton(input) {
  const button = h(
    "button",
    {
      type: "button",
      class: "icon-button field__reveal",
      "aria-label": t("app.show_password"),
      "aria-pressed": false,
      onclick: () => {
        const shown = input.type === "password";
        input.type = shown ? "text" : "password";
        button.setAttribute("aria-pressed", String(shown));
        button.replaceChildren(icon(shown ? "eye-off" : "eye"));
      },
    },
    icon("eye"),
  );
  return button;
}

/** submitButton is the form's main button, as wide as the form. */
export function submitButton(text, { testid = "submit" } = {}) {
  return h("button", { type: "submit", class: "button button--primary button--wide", "data-testid": testid }, text);
}

/**
 * onSubmit runs fn when form is submitted, and not again until it has settled:
 * a double click acts once. What fn throws and does not handle itself is worded
 * into the form's element with class form__error, made when there is none.
 */
export function onSubmit(form, fn) {
  let busy = false;
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    setBusy(form, true);
    showFormError(form, "");
    try {
      await fn();
    } catch (err) {
      showFormError(form, errorText(err));
    } finally {
      busy = false;
      setBusy(form, false);
    }
  });
}

function setBusy(form, busy) {
  form.toggleAttribute("aria-busy", busy);
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = busy;
}

/** showFormError puts text over the form's submit button; "" takes it away. */
export function showFormError(form, text) {
  let error = form.querySelector(".form__error");
  if (!error) {
    if (!text) return;
    error = h("p", { class: "form__error", role: "alert" });
    const button = form.querySelector("button[type=submit]");
    if (button) button.before(error);
    else form.append(error);
  }
  error.textContent = text;
}
