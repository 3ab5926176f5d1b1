// Dialogs on <dialog>: a card in the middle of a wide window, a sheet from the
// bottom of a narrow one (css/base.css). The browser keeps focus inside and gives
// it back to the opener. The history's back button closes the topmost one.

import { h } from "./dom.js";
import { icon } from "./icon.js";
import { t } from "../i18n/i18n.js";

const open = []; // topmost last
let ids = 0;

/** closeAllDialogs closes what is open without asking (logout). */
export function closeAllDialogs() {
  for (const dialog of [...open].reverse()) dialog.close();
}

// Whoever cannot wait for this module says so to the window.
addEventListener("teahouse:close-dialogs", closeAllDialogs);

// Each dialog has an entry in the history, so that a step back closes it. Closed
// otherwise, its entry stays and is marked as spent: the router takes it over with
// the next navigation, and a step back from it goes on to the one before. (To step
// back right away would race with whatever the person does next.)
let onSpent = false;

function spend(id) {
  if (history.state?.dialog !== id) return;
  const { dialog: _, ...rest } = history.state;
  history.replaceState({ ...rest, spent: true }, "");
  onSpent = true;
}

function pushEntry(id) {
  const { spent, ...rest } = history.state || {};
  if (spent) history.replaceState({ ...rest, dialog: id }, "");
  else history.pushState({ ...rest, dialog: id }, "");
  onSpent = false;
}

addEventListener("teahouse:moved", () => (onSpent = Boolean(history.state?.spent)));

addEventListener("popstate", () => {
  const wasSpent = onSpent;
  onSpent = Boolean(history.state?.spent);
  const top = open[open.length - 1];
  if (top && history.state?.dialog !== top.id) top.close();
  else if (wasSpent && !onSpent && history.state !== null) history.back();
});

/**
 * openDialog shows a modal dialog.
 *
 * @param {{ title: string, body: any, actions?: any[], onclose?: () => void,
 *   wide?: boolean, testid?: string }} options body and actions as children of
 *   h(); actions sit at the end, the main one last
 * @returns {{ root: HTMLDialogElement, close: () => void }}
 */
export function openDialog({ title, body, actions = [], onclose, wide = false, testid }) {
  const id = ++ids;
  const titleID = `dialog-title-${id}`;
  const root = h(
    "dialog",
    {
      class: "dialog" + (wide ? " dialog--wide" : ""),
      "aria-labelledby": titleID,
      "data-testid": testid,
      oncancel: (event) => {
        event.preventDefault();
        close();
      },
      onmousedown: (event) => {
        if (event.target === root) close(); // the backdrop
      },
    },
    h(
      "div",
      { class: "dialog__card" },
      h(
        "header",
        { class: "dialog__head" },
        h("h2", { class: "dialog__title", id: titleID, dir: "auto" }, title),
        h(
          "button",
          { type: "button", class: "icon-button", "aria-label": t("app.close"), onclick: close },
          icon("close"),
        ),
      ),
      h("div", { class: "dialog__body" }, body),
      actions.length > 0 && h("footer", { class: "dialog__actions" }, actions),
    ),
  );
  const opener = document.activeElement;
  const entry = { id, close };
  let closed = false;

  function close() {
    if (closed) return;
    closed = true;
    open.splice(open.indexOf(entry), 1);
    root.close();
    root.remove();
    spend(id);
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    onclose?.();
  }

  document.body.append(root);
  open.push(entry);
  pushEntry(id);
  root.showModal();
  const first = root.querySelector("[autofocus], .dialog__body input, .dialog__body textarea, .dialog__actions button:last-of-type");
  if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  return { root, close };
}

/**
 * confirmDialog asks a question with two answers; closing it means no.
 *
 * @param {{ title: string, text?: string, confirm: string, danger?: boolean }} options
 * @returns {Promise<boolean>}
 */
export function confirmDialog({ title, text, confirm, danger = false }) {
  return new Promise((resolve) => {
    let answer = false;
    const say = (value) => {
      answer = value;
      dialog.close();
    };
    const dialog = openDialog({
      title,
      body: text ? h("p", { class: "dialog__text" }, text) : null,
      testid: "confirm-dialog",
      actions: [
        h("button", { type: "button", class: "button", onclick: () => say(false) }, t("app.cancel")),
        h(
          "button",
          {
            type: "button",
            class: "button " + (danger ? "button--danger" : "button--primary"),
            "data-testid": "confirm",
            onclick: () => say(true),
          },
          confirm,
        ),
      ],
      onclose: () => resolve(answer),
    });
  });
}

const TOAST_MS = 4000;
let toastTimer = 0;

/** toast says something in passing, to the eye and to screen readers. */
export function toast(text) {
  let region = document.getElementById("toasts");
  if (!region) {
    region = h("div", { id: "toasts", class: "toasts", role: "status", "aria-live": "polite" });
  }
  // A modal dialog makes the rest of the page inert: the toast goes where it is seen.
  const top = document.querySelector("dialog[open]:last-of-type");
  (top || document.body).append(region);
  region.replaceChildren(h("p", { class: "toast", dir: "auto" }, text));
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => region.replaceChildren(), TOAST_MS);
}
