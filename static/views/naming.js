// What people, conversations and events are called, in the reader's language.

import { parts, t } from "../i18n/i18n.js";
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
  return t(...eventWords(event));
}

/** eventParts is the same in pieces: names are set apart from the sentence. */
export function eventParts(event) {
  return parts(...eventWords(event));
}

function eventWords(event) {
  const me = state.get("me")?.user;
  const params = { user: userName(event.user), by: userName(event.by), name: event.name || t("chat.everyone") };
  return [eventKey(event, me), params];
}

function eventKey(event, me) {
  const own = (user) => (user === me ? ".me" : "");
  switch (event.type) {
    case "created":
    case "renamed":
      return `event.${event.type}${own(event.by)}`;
    case "joined":
      if (!event.by || event.by === event.user) return `event.joined${own(event.user)}`;
      if (event.user === me) return "event.added.me";
      return event.by === me ? "event.added.by_me" : "event.added";
    case "left":
    case "owner":
      return `event.${event.type}${own(event.user)}`;
    case "removed":
      if (event.user === me) return "event.removed.me";
      return event.by === me ? "event.removed.by_me" : "event.removed";
    case "noticed":
      return event.name ? `event.noticed${own(event.by)}` : `event.noticed.empty${own(event.by)}`;
    case "rules":
      return `event.rules.${event.join === "members" ? "members" : "open"}.${event.history === "joined" ? "joined" : "all"}${own(event.by)}`;
    case "dissolved":
      return `event.dissolved${own(event.by)}`;
  }
  return "event.unknown";
}
