// A small emoji picker: the system's own font, no images. One Tab stop, arrows move.

import { h, replace } from "../lib/dom.js";
import { t } from "../i18n/i18n.js";

const RECENT = "teahouse:emoji";
const RECENT_COUNT = 16;
const COLUMNS = 8;

const groups = {
  smileys:
    "😀 😃 😄 😁 😆 😅 😂 🤣 😊 😇 🙂 🙃 😉 😌 😍 🥰 😘 😋 😜 🤪 🤨 🧐 🤓 😎 🥳 😏 😒 😞 😔 😟 🙁 😣 😫 😩 🥺 😢 😭 😤 😠 😡 🤯 😳 🥵 🥶 😱 😨 😰 🤗 🤔 🤭 🤫 😶 😐 😑 😬 🙄 😴 🤤 😷 🤒 🤕 🥴 😈 💩",
  people: "👍 👎 👌 🤌 ✌️ 🤞 🤟 🤙 👈 👉 👆 👇 ☝️ ✋ 🖐️ 👋 🤝 👏 🙌 🙏 💪 ✍️ 🫡 🤷 🤦 🙋 🙇 🙅 🏃 🚶 👀 🧠",
  nature: "🌞 🌙 ⭐ 🌈 ☁️ ⛅ 🌧️ ⛈️ ❄️ 🔥 💧 🌊 🌱 🌲 🎋 🍀 🌸 🌻 🍁 🐶 🐱 🐼 🐯 🐷 🐔 🐟 🐝 🦋",
  food: "🍵 ☕ 🧋 🥤 🍺 🍷 🥂 🍚 🍜 🥟 🍣 🍕 🍔 🍎 🍉 🍓 🥑 🥕 🍰 🎂 🍫 🍪",
  things: "💻 📱 ⌨️ 🖨️ 📷 🔋 💡 🔧 🔨 🪛 ⚙️ 📦 📎 📌 ✏️ 📝 📅 📊 📁 🔒 🔑 🚀 🚗 🚲 ✈️ 🏠 🏭 ⏰ 🎁 🎉 🎵 ⚽ 🏆 💰",
  signs: "❤️ 🧡 💛 💚 💙 💜 🖤 💔 💯 ✅ ❌ ⚠️ ❓ ❗ ➕ ➖ ⬆️ ⬇️ ⬅️ ➡️ 🔄 🆗 🔴 🟡 🟢",
};

/** createEmojiPicker calls onpick(emoji) for each one chosen and stays open. */
export function createEmojiPicker({ onpick, onclose, anchor }) {
  const body = h("div", { class: "emoji__body" });
  const root = h("div", { class: "emoji", role: "dialog", "aria-label": t("composer.emoji"), "data-testid": "emoji-picker", onkeydown }, body);
  const onpress = (event) => {
    if (!root.contains(event.target) && !anchor.contains(event.target)) onclose();
  };
  addEventListener("pointerdown", onpress, true);
  const recent = readRecent();
  replace(
    body,
    recent.length > 0 && section("recent", recent),
    Object.entries(groups).map(([name, text]) => section(name, text.split(" "))),
  );
  rove(buttons()[0]);

  function section(name, emoji) {
    return h(
      "section",
      { "aria-label": t(`composer.emoji.${name}`) },
      h("h3", { class: "emoji__title", "aria-hidden": "true" }, t(`composer.emoji.${name}`)),
      h("div", { class: "emoji__grid" }, emoji.map((one) => h("button", { type: "button", class: "emoji__one", tabindex: "-1", onclick: () => pick(one) }, one))),
    );
  }

  function pick(emoji) {
    onpick(emoji);
    const next = [emoji, ...readRecent().filter((one) => one !== emoji)].slice(0, RECENT_COUNT);
    try {
      localStorage.setItem(RECENT, next.join(" "));
    } catch {
      // not remembered
    }
  }

  function buttons() {
    return [...root.querySelectorAll("button")];
  }

  function rove(button) {
    for (const one of buttons()) one.tabIndex = one === button ? 0 : -1;
  }

  function onkeydown(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return onclose();
    }
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (step === undefined || at < 0) return;
    event.preventDefault();
    const to = all[Math.max(0, Math.min(all.length - 1, at + step))];
    rove(to);
    to.focus();
  }

  return {
    root,
    focus: () => buttons()[0]?.focus({ preventScroll: true }),
    destroy() {
      removeEventListener("pointerdown", onpress, true);
      root.remove();
    },
  };
}

function readRecent() {
  try {
    return (localStorage.getItem(RECENT) || "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}
