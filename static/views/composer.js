// Where one writes. Enter that ends a composition never sends; the text is taken
// as it is, never trimmed in the middle, never rewritten while composing.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { toast } from "../lib/dialog.js";
import { t } from "../i18n/i18n.js";
import { byteLength, MAX_BODY_BYTES, wellFormed } from "../net/protocol.js";
import { current } from "../state/session.js";
import { pref } from "../state/prefs.js";
import { state } from "../state/store.js";
import { titleOf } from "./naming.js";

const COUNT_BYTES = 2048; // nearer to the limit than this, the rest is told
const DRAFT_AFTER_MS = 400;
const MAX_HEIGHT = 0.4; // of the window

/** maxBytes of one message: the server says so. */
const maxBytes = () => state.get("server")?.body_bytes || MAX_BODY_BYTES;

/** createComposer sends with onsend(text); onup is the Up key in an empty field. */
export function createComposer({ conv, onsend, onup }) {
  const session = current();
  const touch = matchMedia("(hover: none) and (pointer: coarse)");
  const counterID = `counter-${conv}`;
  const input = h("textarea", {
    class: "composer__input",
    rows: "1",
    dir: "auto",
    placeholder: t("composer.label"),
    "data-testid": "composer-input",
    autocomplete: "off",
    enterkeyhint: touch.matches ? "enter" : "send",
    oninput,
    onkeydown,
    oncompositionend: () => queueMicrotask(changed),
    onblur: () => takeDraft(),
  });
  const counter = h("p", { class: "composer__counter", id: counterID, hidden: true, "data-testid": "counter" });
  const spoken = h("span", { class: "visually-hidden", role: "status" });
  const emojiButton = h(
    "button",
    { type: "button", class: "icon-button composer__emoji", "aria-label": t("composer.emoji"), title: t("composer.emoji"), "aria-haspopup": "dialog", "aria-expanded": false, "data-testid": "emoji", onclick: toggleEmoji },
    icon("smile"),
  );
  const send = h(
    "button",
    { type: "submit", class: "composer__send", "aria-label": t("composer.send"), title: t("composer.send"), "data-testid": "send", disabled: true },
    icon("send"),
  );
  const root = h(
    "form",
    {
      class: "composer",
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    h("div", { class: "composer__field" }, input, emojiButton),
    send,
    counter,
    spoken,
  );
  let draftTimer = 0;
  let composing = false;
  let picker = null;
  let told = "";

  input.addEventListener("compositionstart", () => (composing = true));
  input.addEventListener("compositionend", () => (composing = false));
  // Another tab's draft comes in only while nobody writes here.
  const takeDraft = () => !draftTimer && setText(session.drafts.get(conv));
  const offDrafts = state.subscribe("drafts", () => document.activeElement !== input && takeDraft());
  setText(session.drafts.get(conv));

  function setText(text) {
    if (composing || input.value === text) return;
    input.value = text;
    changed();
  }

  function oninput() {
    changed();
    clearTimeout(draftTimer);
    draftTimer = setTimeout(saveDraft, DRAFT_AFTER_MS);
    if (input.value.trim()) session.typing(conv);
    else session.stoppedTyping();
  }

  function saveDraft() {
    clearTimeout(draftTimer);
    draftTimer = 0;
    session.drafts.set(conv, input.value.trim() ? input.value : "");
  }

  function changed() {
    fit();
    const left = maxBytes() - bytes();
    send.disabled = input.value.trim() === "" || left < 0;
    const near = left < COUNT_BYTES;
    counter.hidden = !near;
    counter.classList.toggle("composer__counter--over", left < 0);
    counter.textContent = !near ? "" : left < 0 ? t("composer.over", { n: -left }) : t("composer.left", { n: left });
    const over = left < 0 ? "over" : "";
    if (over !== told) {
      told = over;
      spoken.textContent = over ? counter.textContent : "";
      if (over) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    if (near) input.setAttribute("aria-describedby", counterID);
    else input.removeAttribute("aria-describedby");
  }

  function bytes() {
    const text = input.value;
    // Most texts are far from the limit: three bytes a character is the most.
    return text.length * 3 < maxBytes() - COUNT_BYTES ? text.length : byteLength(wellFormed(text));
  }

  /** field-sizing is younger than the browser floor: the height follows by hand. */
  function fit() {
    if (!input.isConnected) return;
    input.style.height = "auto";
    const border = input.offsetHeight - input.clientHeight;
    input.style.height = `${Math.min(input.scrollHeight + border, Math.round(innerHeight * MAX_HEIGHT))}px`;
  }

  function onkeydown(event) {
    // Safari ends a composition before the keydown; 229 tells that one apart.
    if (event.isComposing || composing || event.keyCode === 229) return;
    if (event.key === "ArrowUp" && input.value === "" && !event.altKey && !event.shiftKey) {
      if (onup()) event.preventDefault();
      return;
    }
    if (event.key !== "Enter" || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    const plainSends = !touch.matches && pref("enter") !== "newline";
    if (command || (!event.shiftKey && plainSends)) {
      event.preventDefault();
      submit();
    }
  }

  function submit() {
    const text = input.value;
    if (composing || text.trim() === "" || byteLength(wellFormed(text)) > maxBytes()) return;
    input.value = "";
    session.stoppedTyping();
    saveDraft();
    changed();
    onsend(text);
    input.focus({ preventScroll: true });
  }

  async function toggleEmoji() {
    if (picker) return closeEmoji();
    try {
      const { createEmojiPicker } = await import("./emoji.js");
      if (picker) return;
      picker = createEmojiPicker({ onpick: insert, onclose: closeEmoji, anchor: emojiButton });
      root.append(picker.root);
      picker.focus();
      emojiButton.setAttribute("aria-expanded", "true");
    } catch {
      toast(t("err.offline"));
    }
  }

  function closeEmoji() {
    picker?.destroy();
    picker = null;
    emojiButton.setAttribute("aria-expanded", "false");
    if (!touch.matches) input.focus({ preventScroll: true });
  }

  function insert(emoji) {
    const { selectionStart, selectionEnd } = input;
    input.setRangeText(emoji, selectionStart, selectionEnd, "end");
    oninput();
  }

  const resized = () => fit();
  addEventListener("resize", resized);
  const fitted = new ResizeObserver(() => input.style.height === "" && fit());
  fitted.observe(root);

  return {
    root,
    update(c) {
      input.setAttribute("aria-label", t("composer.label.to", { name: titleOf(c) }));
    },
    /** focus returns false when there is no field to write in. */
    focus() {
      if (!root.isConnected) return false;
      input.focus({ preventScroll: true });
      return true;
    },
    destroy() {
      if (draftTimer) saveDraft(); // what only lies here may be older than another tab's
      offDrafts();
      fitted.disconnect();
      removeEventListener("resize", resized);
      picker?.destroy();
    },
  };
}
