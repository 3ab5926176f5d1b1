// Copying. navigator.clipboard is missing on plain http, which is how most
// people open this page; the old command works there.

/** copyText puts text on the clipboard; it resolves to whether that worked. */
export async function copyText(text) {
  try {
    if (navigator.clipboard && globalThis.isSecureContext) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // refused: the old way may still be allowed
  }
  return copyByCommand(text);
}

function copyByCommand(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true; // no keyboard pops up on a phone
  area.className = "visually-hidden";
  area.style.setProperty("white-space", "pre"); // nowrap copies every line break and tab as a space
  area.setAttribute("aria-hidden", "true");
  // What lies outside an open modal dialog cannot be selected.
  const dialogs = document.querySelectorAll("dialog[open]");
  (dialogs[dialogs.length - 1] || document.body).append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}
