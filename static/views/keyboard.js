// Keys that work everywhere. Those of the timeline and the composer are theirs.

import { isDialogOpen } from "../lib/dialog.js";
import { isMenuOpen } from "../lib/menu.js";
import { openShortcuts } from "./menus.js";

/** isTyping says whether a key goes into a text field. */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/**
 * createKeyboard listens on the document. The shell offers sidebar, view and
 * focusRegion.
 */
export function createKeyboard(shell) {
  function onkeydown(event) {
    if (event.defaultPrevented || event.isComposing || isDialogOpen() || isMenuOpen()) return;
    if (handle(event)) event.preventDefault();
  }

  function handle(event) {
    const { key, altKey, shiftKey } = event;
    const command = event.ctrlKey || event.metaKey;
    if (command && !altKey && !shiftKey && key.toLowerCase() === "k") return shell.sidebar.focusSearch(), true;
    if (altKey && !command && key === "ArrowUp") return shell.sidebar.neighbour(-1, shiftKey), true;
    if (altKey && !command && key === "ArrowDown") return shell.sidebar.neighbour(1, shiftKey), true;
    if (key === "F6" && !command && !altKey) return shell.focusRegion(shiftKey ? -1 : 1), true;
    if (key === "?" && !command && !altKey && !isTyping(event.target)) return openShortcuts(), true;
    if (key === "Escape" && !command && !altKey) return Boolean(shell.view?.onEscape?.());
    return false;
  }

  document.addEventListener("keydown", onkeydown);
  return { destroy: () => document.removeEventListener("keydown", onkeydown) };
}
