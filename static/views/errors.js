// What a refused request looks like: a text of its own for each reason, beside
// the field it is about, or above the button when it is about none.

import { h } from "../lib/dom.js";
import { toast } from "../lib/dialog.js";
import { errorText, t } from "../i18n/i18n.js";

/**
 * createFormErrors shows the errors of one form. fields maps a reason to the
 * field it is about; any other reason is shown in root, which belongs above the
 * submit button. A rate limit disables the button and counts down on it.
 */
export function createFormErrors({ submit, fields }) {
  const root = h("p", { class: "form__error", role: "alert" });
  const label = submit.textContent;
  let timer = 0;

  function say(text) {
    root.textContent = text;
  }

  function countDown(until) {
    const left = Math.ceil((until - Date.now()) / 1000);
    submit.disabled = left > 0;
    submit.textContent = left > 0 ? t("login.wait", { n: left }) : label;
    if (left > 0) timer = setTimeout(countDown, 1000, until);
    else say("");
  }

  // A button that was disabled while busy has lost the focus.
  function refocus() {
    if (document.activeElement !== document.body || !submit.isConnected) return;
    (submit.disabled ? submit.form.querySelector("input") : submit).focus();
  }

  return {
    root,
    clear() {
      say("");
      for (const field of new Set(Object.values(fields))) field.setError("");
    },
    /** missing marks the empty ones among required fields; true if there are any. */
    missing(required) {
      const empty = required.filter((field) => field.value === "");
      for (const field of empty) field.setError(t("login.required"));
      empty[0]?.input.focus();
      return empty.length > 0;
    },
    show(error) {
      const field = fields[error.reason];
      if (field) {
        field.setError(errorText(error));
        field.input.focus();
        return;
      }
      say(errorText(error));
      clearTimeout(timer);
      // After the form has enabled its button again.
      if (error.retryAfter > 0) timer = setTimeout(countDown, 0, Date.now() + error.retryAfter * 1000);
      setTimeout(refocus);
    },
    destroy() {
      clearTimeout(timer);
    },
  };
}

/**
 * act runs what a button stands for, once at a time, and says in a toast why it
 * was refused. It returns whether it was done; an action that was called off
 * returns false.
 */
export async function act(button, action) {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  try {
    return (await action()) !== false;
  } catch (error) {
    if (!error.reason) throw error;
    toast(errorText(error));
    return false;
  } finally {
    button.removeAttribute("aria-busy");
  }
}
