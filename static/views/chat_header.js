// Who or what the chat is with, and what is known of them right now.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { lastSeen } from "../lib/time.js";
import { t } from "../i18n/i18n.js";
import { api } from "../net/api.js";
import { state } from "../state/store.js";
import { sync } from "../state/session.js";
import { back, navigate } from "../router.js";
import { avatar } from "./avatar.js";
import { avatarOf, titleOf } from "./naming.js";

const COUNTED_MEMBERS = 500; // of larger groups only the size is told

/** createChatHeader is the bar over a conversation. */
export function createChatHeader({ conv }) {
  const backButton = h("button", { type: "button", class: "icon-button chat__back", "aria-label": t("app.back"), "data-testid": "back", onclick: () => back() }, icon("back"));
  const face = h("span", { class: "chat__face" });
  const title = h("h1", { class: "chat__title ellipsis", dir: "auto" });
  const detail = h("p", { class: "chat__detail ellipsis", "data-testid": "presence" });
  const infoButton = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": t("chat.info"), title: t("chat.info"), "data-testid": "info-button", onclick: toggleInfo },
    icon("info"),
  );
  const root = h(
    "header",
    { class: "bar chat__head" },
    backButton,
    face,
    h("div", { class: "chat__who" }, title, detail),
    infoButton,
  );
  const members = new Set();
  let shown = "";
  const offs = [state.subscribe("presence", showDetail), state.subscribe("connection", showDetail), sync.onChange(onchange)];
  const minute = setInterval(showDetail, 30_000); // "5 minutes ago" moves on
  const c = held();
  if (c?.kind === "group" && !c.gone && c.member_count <= COUNTED_MEMBERS) fetchMembers();

  function held() {
    return state.get("conversations").get(conv);
  }

  function toggleInfo() {
    if (location.hash.endsWith("/info")) back(`#/c/${conv}`);
    else navigate(`#/c/${conv}/info`);
  }

  async function fetchMembers() {
    try {
      const answer = await api.get(`/api/groups/${conv}`);
      for (const member of answer.members) members.add(member.user);
      sync.applyUsers(answer.users);
      showDetail();
    } catch {
      // the size alone is told
    }
  }

  function onchange(change) {
    if (change.conv !== conv || !change.messages || members.size === 0) return;
    for (const { event } of change.messages) {
      if (event?.type === "joined") members.add(event.user);
      if (event?.type === "left" || event?.type === "removed") members.delete(event.user);
    }
    showDetail();
  }

  function update(now) {
    const name = titleOf(now);
    const key = `${now.conv}|${name}`;
    if (key !== shown) {
      shown = key;
      replace(face, avatar({ ...avatarOf(now), size: 36 }));
      title.textContent = name;
    }
    infoButton.hidden = now.gone;
    showDetail();
  }

  function showDetail() {
    const now = held();
    const text = now && !now.gone ? wording(now) : "";
    if (detail.textContent !== text) detail.textContent = text;
  }

  function wording(now) {
    const { status } = state.get("connection");
    const connected = status === "ready";
    if (now.kind === "direct") {
      const presence = state.get("presence").get(now.peer.user);
      if (state.get("users").get(now.peer.user)?.disabled) return t("chat.disabled");
      if (!connected) return status === "connecting" ? t("conn.connecting") : "";
      if (!presence) return "";
      return presence.online ? t("chat.online") : lastSeen(presence.last_seen) || t("chat.offline");
    }
    const count = t("chat.members", { n: now.member_count || 0 });
    const online = connected ? onlineMembers() : 0;
    return online > 0 ? t("chat.members_online", { members: count, n: online }) : count;
  }

  function onlineMembers() {
    const presence = state.get("presence");
    const me = state.get("me")?.user;
    let count = 0;
    for (const user of members) if (user === me || presence.get(user)?.online) count++;
    return count;
  }

  return {
    root,
    update,
    focus: () => infoButton.focus(),
    destroy() {
      for (const off of offs) off();
      clearInterval(minute);
    },
  };
}
