// Says new messages of the open chat to screen readers. The transcript itself is
// no live region: history that is loaded into it must not be read out.

import { h } from "../lib/dom.js";
import { t } from "../i18n/i18n.js";
import { cut } from "./conversation_row.js";

const EVERY_MS = 1000;
const CLEAR_MS = 2000;
const MAX_CHARS = 300;

/** createAnnouncer collects what comes within a second into one announcement. */
export function createAnnouncer() {
  const root = h("div", { class: "visually-hidden", role: "log", "aria-live": "polite", "aria-label": t("chat.announcer"), "data-testid": "announcer" });
  let waiting = [];
  let saidAt = 0;
  let timer = 0;
  let clearTimer = 0;

  function say() {
    timer = 0;
    const text = waiting.length === 1 ? waiting[0] : t("chat.announce_many", { n: waiting.length });
    waiting = [];
    saidAt = Date.now();
    root.replaceChildren(h("p", { dir: "auto" }, text));
    clearTimeout(clearTimer);
    clearTimer = setTimeout(() => root.replaceChildren(), CLEAR_MS);
  }

  return {
    root,
    /** announce takes "name: text". */
    announce(text) {
      waiting.push(cut(text, MAX_CHARS));
      if (!timer) timer = setTimeout(say, Math.max(0, saidAt + EVERY_MS - Date.now()));
    },
    destroy() {
      clearTimeout(timer);
      clearTimeout(clearTimer);
    },
  };
}
