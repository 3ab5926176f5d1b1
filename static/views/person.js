// A person wherever one is shown: a row, or a card with all that can be done.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { confirmDialog, openDialog, toast } from "../lib/dialog.js";
import { spoken, digitsOf } from "../lib/number.js";
import { lastSeen } from "../lib/time.js";
import { t } from "../i18n/i18n.js";
import { addContact, messageUser, removeContact } from "../state/actions.js";
import { state } from "../state/store.js";
import { avatar } from "./avatar.js";
import { copyButton } from "./copy_button.js";
import { act } from "./errors.js";

/** nameOf is what others see. */
export function nameOf(profile) {
  return profile.display_name || profile.name;
}

/** isCalled says whether either name of somebody has text in it. */
export function isCalled(profile, text) {
  const query = text.toLocaleLowerCase();
  return [profile.display_name, profile.name].some((name) => name?.toLocaleLowerCase().includes(query));
}

/**
 * isolated keeps a name together inside a sentence, whichever way it is written:
 * "{name} is a contact now" must not turn round.
 */
export function isolated(name) {
  return `\u2068${name}\u2069`;
}

/** isOnline says whether a user is here right now, as far as this page is told. */
export function isOnline(user) {
  return Boolean(state.get("presence").get(user)?.online);
}

/** presenceText: "online", "last seen …", or "" when nothing is known. */
export function presenceText(user) {
  const presence = state.get("presence").get(user);
  if (!presence) return "";
  return presence.online ? t("contacts.online") : lastSeen(presence.last_seen);
}

/** identityText: the name to log in with, where it differs, and the number. */
export function identityText(profile) {
  const number = spoken(profile.user);
  return profile.name && profile.name !== nameOf(profile) ? `${isolated(profile.name)} · ${number}` : number;
}

/**
 * personSignature changes whenever a row of this person would look different;
 * lists build a row again only then.
 */
export function personSignature(profile) {
  const user = profile.user;
  return JSON.stringify([nameOf(profile), profile.name, profile.disabled, isOnline(user), state.get("contacts").has(user)]);
}

/**
 * personRow opens the card; beside it stand the buttons of reachButtons unless
 * actions says otherwise.
 */
export function personRow({ profile, detail, tag, actions = reachButtons(profile), onopen = () => openPerson(profile) }) {
  const name = nameOf(profile);
  return h(
    "li",
    { class: "row person-row", dataset: { testid: "person-row", user: profile.user } },
    h(
      "button",
      { type: "button", class: "row__main", onclick: onopen },
      avatar({ id: profile.user, name, online: isOnline(profile.user) }),
      h(
        "span",
        { class: "row__texts" },
        h("span", { class: "row__title" }, h("bdi", { class: "ellipsis" }, name), tag && h("span", { class: "tag" }, tag)),
        detail && h("span", { class: "row__detail ellipsis" }, detail),
      ),
    ),
    actions && h("span", { class: "row__actions" }, actions),
  );
}

/** reachButtons: message and add, as far as they make sense. */
export function reachButtons(profile) {
  const name = nameOf(profile);
  if (profile.user === state.get("me")?.user) return h("span", { class: "tag" }, t("contacts.you"));
  if (profile.disabled) return h("span", { class: "tag" }, t("contacts.disabled"));
  return [
    !state.get("contacts").has(profile.user) &&
      iconButton("user-plus", t("contacts.add.person", { name }), "add", () => add(profile)),
    iconButton("message", t("contacts.message.to", { name }), "message", () => messageUser(profile.user)),
  ];
}

function iconButton(mark, label, testid, action) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      title: label,
      "data-testid": `person-${testid}`,
      onclick: (event) => act(event.currentTarget, action),
    },
    icon(mark),
  );
}

/** addButton adds somebody who is no contact, in words. */
export function addButton(profile) {
  return h(
    "button",
    { type: "button", class: "button button--primary", "data-testid": "add-again", onclick: (event) => act(event.currentTarget, () => add(profile)) },
    icon("user-plus"),
    t("contacts.add"),
  );
}

async function add(profile) {
  await addContact({ user: profile.user });
  toast(t("contacts.added", { name: isolated(nameOf(profile)) }));
}

/** openPerson shows the card; more are further buttons, such as a group owner's. */
export function openPerson(profile, { more = [] } = {}) {
  const user = profile.user;
  const name = nameOf(profile);
  const isMe = user === state.get("me")?.user;
  const isContact = state.get("contacts").has(user);
  const reachable = !isMe && !profile.disabled;
  const presence = isMe ? t("contacts.you") : profile.disabled ? t("contacts.disabled") : presenceText(user);

  const button = (label, mark, className, testid, action) =>
    h(
      "button",
      {
        type: "button",
        class: `button ${className}`,
        "data-testid": `card-${testid}`,
        onclick: async (event) => (await act(event.currentTarget, action)) && dialog.close(),
      },
      icon(mark),
      label,
    );

  const dialog = openDialog({
    title: name,
    testid: "person-card",
    body: h(
      "div",
      { class: "person-card" },
      h(
        "div",
        { class: "person-card__head" },
        avatar({ id: user, name, size: 64, online: isOnline(user) }),
        h("dl", { class: "facts" }, fact(t("login.name"), h("bdi", null, profile.name)), fact(t("contacts.number"), spoken(user), copyButton({ text: digitsOf(user), label: t("contacts.number.copy"), quiet: true }))),
      ),
      presence && h("p", { class: "person-card__presence" }, presence),
      h(
        "div",
        { class: "stack" },
        reachable && button(t("contacts.message"), "message", "button--primary", "message", () => messageUser(user)),
        reachable && !isContact && button(t("contacts.add"), "user-plus", "", "add", () => add(profile)),
        more.map(({ label, mark, danger, testid, action }) => button(label, mark, danger ? "button--risky" : "", testid, action)),
        isContact && !isMe && removeButton(),
      ),
    ),
  });
  return dialog;

  function removeButton() {
    return h(
      "button",
      {
        type: "button",
        class: "button button--risky",
        "data-testid": "card-remove",
        onclick: async () => (await askRemoveContact(profile)) && dialog.close(),
      },
      icon("trash"),
      t("contacts.remove"),
    );
  }
}

/** fact is a line of a description list. */
export function fact(label, ...value) {
  return h("div", { class: "facts__line" }, h("dt", null, label), h("dd", null, value));
}

/** askRemoveContact asks, removes, and returns whether it was done. */
export async function askRemoveContact(profile) {
  const name = nameOf(profile);
  const sure = await confirmDialog({
    title: t("contacts.remove.title", { name: isolated(name) }),
    text: t("contacts.remove.text"),
    confirm: t("contacts.remove"),
    danger: true,
  });
  if (!sure) return false;
  return act(document.body, async () => {
    await removeContact(profile.user);
    toast(t("contacts.removed", { name: isolated(name) }));
  });
}
