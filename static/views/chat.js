// One conversation: header, notice, timeline, composer, and the bar that stands
// in for the composer where nobody can write.

import { h, isolate, replace, soon } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { newClientID } from "../lib/id.js";
import { followViewport } from "../lib/viewport.js";
import { parts as sentence, t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { current, sync } from "../state/session.js";
import { addContact } from "../state/actions.js";
import { navigate } from "../router.js";
import { createAnnouncer } from "./announcer.js";
import { createChatHeader } from "./chat_header.js";
import { createComposer } from "./composer.js";
import { oneLine } from "./conversation_row.js";
import { act } from "./errors.js";
import { titleOf, userName } from "./naming.js";
import { createMessageActions, onLongPress } from "./message_actions.js";
import { createNotice } from "./notice.js";
import { createTimeline } from "./timeline.js";

followViewport();

/** createChat shows a conversation; it waits for one that is not here yet. */
export function createChat({ conv }) {
  const session = current();
  const announcer = createAnnouncer();
  const root = h("section", { class: "chat", "data-testid": "chat" });
  let parts = null;
  const later = soon(update);
  const offs = [state.subscribe("conversations", later), state.subscribe("users", later)];
  update();

  function update() {
    const c = state.get("conversations").get(conv);
    if (!c) {
      drop();
      return replace(root, missing());
    }
    if (!parts) {
      parts = createParts(c);
      replace(root, parts.nodes, announcer.root);
      session.watch(conv);
    }
    parts.update(c);
  }

  function drop() {
    parts?.destroy();
    parts = null;
  }

  function createParts(c) {
    let ready = false;
    let pillAway = false; // the person has seen to the unread messages
    let cameBy = "scrolling"; // how the end was reached: scrolling or jumping
    let dividerSeen = false;
    let barKind = "";
    const header = createChatHeader({ conv });
    const notice = createNotice();
    const actions = createMessageActions({ conv, onopen: (item) => timeline.open(item.key) });
    const timeline = createTimeline({
      conv,
      on: actions,
      announce: (message) =>
        message.body !== undefined && announcer.announce(t("chat.announce", { name: userName(message.from), text: oneLine(message.body) })),
      onedge: () => ready && edge(),
      onvisit: () => {
        pillAway = dividerSeen = false;
        cameBy = "scrolling";
      },
      onempty: () => composer.focus(),
    });
    const composer = createComposer({
      conv,
      onsend: (text) => {
        session.send(conv, text, newClientID());
        pillAway = true;
        timeline.toNewest();
      },
      onup: () => timeline.focusLast({ mine: true }),
    });
    const jumpCount = h("span", { class: "badge jump__count", "aria-hidden": "true", hidden: true });
    const jump = h(
      "button",
      { type: "button", class: "jump", hidden: true, "data-testid": "jump-newest", onclick: jumpToEnd },
      icon("down"),
      jumpCount,
    );
    const pill = h(
      "button",
      {
        type: "button",
        class: "since",
        hidden: true,
        "data-testid": "unread-pill",
        onclick: () => {
          pillAway = true;
          timeline.toDivider();
        },
      },
      icon("up"),
      h("span", { class: "since__text" }),
    );
    const typing = h("p", { class: "typing", hidden: true, "data-testid": "typing" });
    const region = h(
      "div",
      { class: "timeline", role: "region", "aria-label": t("chat.transcript", { name: titleOf(c) }) },
      timeline.root,
      pill,
      jump,
      typing,
    );
    const foot = h("div", { class: "chat__foot" }, composer.root);
    const stopPress = onLongPress(timeline.root, (row) => actions.onmenu(timeline.item(row.dataset.key), row));
    const offTyping = [state.subscribe("typing", showTyping), state.subscribe("users", showTyping)];

    function edge() {
      const now = state.get("conversations").get(conv);
      const unread = now?.unread || 0;
      jump.hidden = timeline.isPinned;
      jump.setAttribute("aria-label", unread > 0 ? t("chat.to_newest_unread", { n: unread }) : t("chat.to_newest"));
      jumpCount.hidden = unread === 0;
      jumpCount.textContent = unread > 999 ? "999+" : String(unread);
      const place = timeline.dividerPlace;
      dividerSeen ||= place === "seen";
      // Read through from the divider to the end, there is nothing to go back for.
      if (dividerSeen && cameBy === "scrolling" && timeline.isPinned) pillAway = true;
      pill.hidden = pillAway || place !== "above";
      if (!pill.hidden) pill.lastChild.textContent = t("chat.new_since", timeline.unreadSince);
    }

    function jumpToEnd() {
      cameBy = "jumping";
      timeline.toNewest();
    }

    function showTyping() {
      const users = (state.get("typing").get(conv) || []).filter((user) => user !== session.user);
      typing.hidden = users.length === 0;
      const [name, other] = users.map(userName);
      if (users.length === 1) replace(typing, isolate(sentence("chat.typing.one", { name })));
      else if (users.length === 2) replace(typing, isolate(sentence("chat.typing.two", { name, other })));
      else if (users.length > 2) replace(typing, t("chat.typing.many", { n: users.length }));
    }

    function updateParts(now) {
      header.update(now);
      notice.update(now);
      region.setAttribute("aria-label", t("chat.transcript", { name: titleOf(now) }));
      const kind = now.gone ? "gone" : now.writable ? "" : now.peer && !state.get("contacts").has(now.peer.user) ? "not_contact" : "read_only";
      composer.update(now);
      if (kind !== barKind) {
        barKind = kind;
        const hadFocus = foot.contains(document.activeElement);
        replace(foot, kind ? bar(kind, now) : composer.root);
        // Not to a button of the bar: whoever is writing would press it.
        if (hadFocus) kind ? timeline.focusRoving() : composer.focus();
      }
    }

    ready = true;
    showTyping();
    edge();
    return {
      nodes: [header.root, notice.root, region, foot],
      header,
      timeline,
      composer,
      jumpToEnd,
      region,
      foot,
      update: updateParts,
      destroy() {
        stopPress();
        for (const off of offTyping) off();
        header.destroy();
        notice.destroy();
        timeline.destroy();
        composer.destroy();
      },
    };
  }

  function bar(kind, c) {
    const text = {
      gone: t(c.kind === "group" ? "chat.gone" : "chat.gone.direct"),
      not_contact: t("chat.not_contact", { name: titleOf(c) }),
      read_only: t("chat.read_only"),
    }[kind];
    return h(
      "div",
      { class: "chat__bar", role: "status", "data-testid": "chat-bar" },
      h("p", { dir: "auto" }, text),
      kind === "gone" && h("button", { type: "button", class: "button", onclick: () => navigate("#/", { replace: true }) }, t("chat.to_list")),
      kind === "not_contact" &&
        h(
          "button",
          { type: "button", class: "button button--primary", onclick: (event) => act(event.currentTarget, () => addContact({ user: c.peer.user })) },
          icon("user-plus"),
          t("chat.not_contact.add"),
        ),
    );
  }

  function missing() {
    return h(
      "div",
      { class: "empty", "data-testid": "chat-missing" },
      h("span", { class: "empty__mark" }, icon("message")),
      h("h1", { class: "empty__title" }, t("chat.missing")),
      h("p", { class: "empty__text" }, t("chat.missing.text")),
      h("div", { class: "empty__actions" }, h("button", { type: "button", class: "button", onclick: () => navigate("#/", { replace: true }) }, t("chat.to_list"))),
    );
  }

  return {
    root,
    /** focusFirst: the composer, but on a touch screen, where the keyboard would jump up. */
    focusFirst() {
      if (matchMedia("(hover: none) and (pointer: coarse)").matches) return;
      parts?.composer.focus();
    },
    focusHeader: () => parts?.header.focus(),
    regions: () =>
      parts
        ? [
            { root: parts.region, focus: () => parts.timeline.focusRoving() },
            { root: parts.foot, focus: () => (parts.composer.focus() ? null : parts.foot.querySelector("button")?.focus()) },
          ]
        : [],
    /** onEscape: back to the end, then out of the field. */
    onEscape() {
      if (!parts) return false;
      if (!parts.timeline.isPinned) parts.jumpToEnd();
      else if (document.activeElement instanceof HTMLElement && root.contains(document.activeElement)) document.activeElement.blur();
      else return false;
      return true;
    },
    destroy() {
      for (const off of offs) off();
      later.cancel();
      drop();
      announcer.destroy();
      session.unwatch(conv);
      sync.forget(conv);
    },
  };
}
