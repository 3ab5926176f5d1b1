// Routes live in the fragment: #/ the list, #/c/<conv> a chat, #/c/<conv>/info,
// #/contacts, #/settings, #/admin, #/invite. Back in the browser's history goes
// from a dialog to the chat and from the chat to the list.

const listeners = new Set();
const SCREENS = new Set(["contacts", "settings", "admin", "invite"]);

/**
 * parse reads a fragment. An unknown one is the list.
 *
 * @param {string} hash
 * @returns {{ screen: "list" | "chat" | "contacts" | "settings" | "admin" | "invite", conv: string, info: boolean }}
 */
export function parse(hash) {
  const parts = hash.replace(/^#\/?/, "").split("/");
  if (parts[0] === "c" && /^(g_\d{8}|d_\d{9}_\d{9})$/.test(parts[1] || "")) {
    return { screen: "chat", conv: parts[1], info: parts[2] === "info" };
  }
  if (SCREENS.has(parts[0])) return { screen: parts[0], conv: "", info: false };
  return { screen: "list", conv: "", info: false };
}

/** route is where the page is now. */
export function route() {
  return parse(location.hash);
}

function tell() {
  lastDepth = history.state?.depth || 0;
  dispatchEvent(new Event("teahouse:moved")); // dialogs keep entries too (lib/dialog.js)
  const here = route();
  for (const fn of [...listeners]) fn(here);
}

let lastDepth = 0;

/** beginHistory marks the entry the page began at. */
export function beginHistory() {
  if (history.state === null) history.replaceState({ depth: 0 }, "");
}

addEventListener("hashchange", () => {
  // A plain link made an entry of its own, without a depth.
  if (history.state === null) history.replaceState({ depth: lastDepth + 1 }, "");
  tell();
});

/**
 * navigate goes to a fragment ("#/c/g_48213977"). `depth` in the history's state
 * counts the steps made inside the page, so that back() knows whether there is
 * one. The entry of a dialog, open or closed, is taken over.
 */
export function navigate(hash, { replace = false } = {}) {
  if (location.hash === hash || (hash === "#/" && !location.hash)) return;
  const { depth = 0, dialog, spent } = history.state || {};
  if (replace) history.replaceState({ depth }, "", hash);
  else if (dialog || spent) history.replaceState({ depth: depth + 1 }, "", hash);
  else history.pushState({ depth: depth + 1 }, "", hash);
  tell();
}

/** back goes one step back inside the page, or to `fallback` when it began here. */
export function back(fallback = "#/") {
  if (history.state?.depth > 0) history.back();
  else navigate(fallback, { replace: true });
}

/** onRoute calls fn(route) after each change; returns the way to stop. */
export function onRoute(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}
