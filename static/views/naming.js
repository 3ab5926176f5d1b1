// What people, conversations and events are called, in the reader's language.

import { t } from "../i18n/i18n.js";
import { state } from "../state/store.js";

/** userName is what others see of a user; the number until the profile is here. */
export function userName(user) {
  const profile = state.get("users").get(user);
  if (!profile) return user ? user.slice(2) : "";
  return profile.display_name || profile.name;
}

/** titleOf names a conversation. */
export function titleOf(c) {
  if (c.kind === "direct") return userName(c.peer.user);
  return c.name || t(c.everyone ? "chat.everyone" : "chat.unnamed");
}

/** avatarOf says whose colour and initial stand for a conversation. */
export function avatarOf(c) {
  return { id: c.kind === "direct" ? c.peer.user : c.conv, name: titleOf(c) };
}

/** eventText words a system message. */
export function eventText(event) {
  const me = state.get("me")?.user;
  const params = { user: userName(event.user), by: userName(event.by), name: event.name || t("chat.everyone") };
  switch (event.type) {
    case "created":
      return t(event.by === me ? "event.created.me" : "event.created", params);
    case "joined":
      if (event.by && event.by !== event.user) {
        if (event.user === me) return t("event.added.me", params);
        return t(event.by === me ? "event.added.by_me" : "event.added", params);
      }
      return t(event.user === me ? "event.joined.me" : "event.joined", params);
    case "left":
      return t(event.user === me ? "event.left.me" : "event.left", params);
    case "removed":
      if (event.user === me) return t("event.removed.me", params);
      return t(event.by === me ? "event.removed.by_me" : "event.removed", params);
    case "renamed":
      return t(event.by === me ? "event.renamed.me" : "event.renamed", params);
    case "noticed":
      if (!event.name) return t("event.noticed.empty", params);
      return t(event.by === me ? "event.noticed.me" : "event.noticed", { ...params, name: event.name });
    case "owner":
      return t(event.user === me ? "event.owner.me" : "event.owner", params);
    case "rules":
      return t(`event.rules.${event.join === "members" ? "members" : "open"}`, params);
    case "dissolved":
      return t("event.dissolved", params);
  }
  return t("event.unknown");
}
