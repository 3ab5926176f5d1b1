// A group as its members see it, with what its owner may change.

import { createRowCache, h, reconcile, replace, soon } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { linkify } from "../lib/linkify.js";
import { spoken, digitsOf } from "../lib/number.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { copyButton } from "./copy_button.js";
import { countAndNumber, groupName, joinButton } from "./group_finder.js";
import { askDissolve, askHandOver, askLeave, askRemoveMember, openAddMembers, openNotice, openRename, openRules } from "./group_actions.js";
import { hideButton, infoHead } from "./info_parts.js";
import { createLoadable } from "./loadable.js";
import { visible } from "./message_text.js";
import { fact, isCalled, isOnline, openPerson, personRow, personSignature, presenceText } from "./person.js";
import { searchBox } from "./search_box.js";

const MEMBERS_SHOWN = 50; // before "show all"
const SEARCH_FROM = 12; // members; fewer are found by looking

/** createGroupInfo shows one group and follows its changes. */
export function createGroupInfo(conv) {
  let members = null;
  const loadable = createLoadable({
    load: () => api.get(`/api/groups/${conv}`),
    render(answer) {
      if (!answer.group.member) return renderStranger(answer.group);
      rememberPresence(answer.members);
      members?.destroy();
      members = createMembers(answer);
      return renderGroup(answer, members);
    },
  });
  let known = shape(conv);
  const later = soon(() => {
    const now = shape(conv);
    if (now === known) return;
    known = now;
    if (now !== "") loadable.reload();
    else replace(loadable.root, h("p", { class: "info__gone" }, t("group.gone")));
  });
  const off = state.subscribe("conversations", later);
  loadable.reload();

  return {
    root: loadable.root,
    destroy() {
      off();
      later.cancel();
      loadable.destroy();
      members?.destroy();
    },
  };
}

// What, when it changes, makes the drawer ask again; "" once one is no member.
function shape(conv) {
  const c = state.get("conversations").get(conv);
  if (!c || c.gone) return "";
  return JSON.stringify([c.name, c.notice, c.join, c.history, c.role, c.member_count]);
}

// The answer knows who is online even where the socket has not told yet.
function rememberPresence(members) {
  const presence = state.get("presence");
  for (const { user, online } of members) {
    if (!presence.has(user)) presence.set(user, { online, last_seen: 0 });
  }
}

// An open group as those see it who are not in it.
function renderStranger(group) {
  return h(
    "div",
    { class: "info" },
    infoHead({ id: group.conv, name: groupName(group), detail: countAndNumber(group) }),
    h("div", { class: "stack" }, joinButton(group)),
  );
}

function renderGroup({ group, members, users }, list) {
  const name = groupName(group);
  const isOwner = group.role === "owner";
  const mayAdd = isOwner || group.join === "open";
  return h(
    "div",
    { class: "info" },
    infoHead({
      id: group.conv,
      name,
      detail: list.summary,
      action: isOwner && editButton(t("group.rename"), "rename", () => openRename(group)),
    }),
    part(
      t("group.notice"),
      isOwner && editButton(t("group.notice.edit"), "edit-notice", () => openNotice(group)),
      group.notice ? h("p", { class: "info__notice", dir: "auto" }, linked(group.notice)) : h("p", { class: "info__none" }, t("group.notice.none")),
    ),
    part(
      t("group.number"),
      copyButton({ text: digitsOf(group.conv), label: t("contacts.number.copy"), quiet: true }),
      h("p", { class: "info__number" }, spoken(group.conv)),
      h("p", { class: "hint" }, t(group.join === "open" ? "group.number.hint" : "group.number.hint.members")),
    ),
    part(
      t("group.rules"),
      isOwner && editButton(t("group.rules"), "edit-rules", () => openRules(group)),
      h("dl", { class: "facts facts--plain" }, fact(t("group.join"), t(`group.join.${group.join}`)), fact(t("group.history"), t(`group.history.${group.history}`))),
    ),
    part(
      t("group.members"),
      mayAdd &&
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": t("group.add"),
            title: t("group.add"),
            "data-testid": "add-members",
            onclick: () => openAddMembers(group, new Set(members.map((member) => member.user))),
          },
          icon("user-plus"),
        ),
      list.root,
    ),
    h(
      "div",
      { class: "stack info__ways-out" },
      hideButton(group.conv),
      wayOut(t("group.leave"), "log-out", "leave", () => askLeave(group, members, users)),
      isOwner && !group.everyone && wayOut(t("group.dissolve"), "trash", "dissolve", () => askDissolve(group)),
    ),
  );
}

// A notice is as untrusted as a message: what is invisible is drawn.
function linked(text) {
  return linkify(text).map(({ text: piece, href }) =>
    href ? h("a", { href, target: "_blank", rel: "noopener noreferrer", dir: "ltr" }, visible(piece)) : visible(piece),
  );
}

function part(title, action, ...children) {
  return h("section", { class: "info__part" }, h("header", { class: "info__part-head" }, h("h2", null, title), action), children);
}

function editButton(label, testid, onclick) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, "data-testid": testid, onclick }, icon("edit"));
}

function wayOut(label, mark, testid, onclick) {
  return h("button", { type: "button", class: "button button--wide button--risky", "data-testid": testid, onclick }, icon(mark), label);
}

// The members, owner first, with a search once there are many.
function createMembers({ group, members, users }) {
  const profiles = new Map(users.map((profile) => [profile.user, profile]));
  const roles = new Map(members.map((member) => [member.user, member.role]));
  const summary = h("span");
  const ul = h("ul", { class: "rows rows--tight", "data-testid": "members" });
  const search = searchBox({ label: t("group.members.search"), onquery: render, testid: "members-search" });
  const all = h("button", { type: "button", class: "button rows__more", onclick: showAll }, t("group.members.more"));
  let limit = MEMBERS_SHOWN;
  const rows = createRowCache({
    keyOf: (profile) => profile.user,
    signatureOf: (profile) => personSignature(profile) + presenceText(profile.user) + roles.get(profile.user),
    build: memberRow,
  });
  const later = soon(render);
  const offs = ["presence", "users", "contacts"].map((slice) => state.subscribe(slice, later));
  render();

  function render() {
    const people = members.map(({ user }) => profileOf(user));
    const found = people.filter((p) => isCalled(p, search.value));
    const online = people.filter((p) => isOnline(p.user)).length;
    summary.textContent = t("group.summary", { n: members.length, online });
    all.hidden = found.length <= limit;
    reconcile(ul, rows(found.slice(0, limit)));
  }

  function profileOf(user) {
    return state.get("users").get(user) ?? profiles.get(user) ?? { user, name: spoken(user) };
  }

  function showAll() {
    limit = Infinity;
    render();
    ul.children[MEMBERS_SHOWN]?.querySelector("button").focus();
  }

  function memberRow(profile) {
    const isOwner = roles.get(profile.user) === "owner";
    return personRow({
      profile,
      detail: presenceText(profile.user),
      tag: isOwner ? t("group.role.owner") : null,
      actions: null,
      onopen: () => openPerson(profile, { more: group.role === "owner" && !isOwner ? ownerActions(profile) : [] }),
    });
  }

  function ownerActions(profile) {
    return [
      { label: t("group.hand_over"), mark: "crown", testid: "hand-over", action: () => askHandOver(group, profile) },
      { label: t("group.remove"), mark: "close", danger: true, testid: "remove-member", action: () => askRemoveMember(group, profile) },
    ];
  }

  return {
    root: h("div", { class: "stack" }, members.length >= SEARCH_FROM && search.root, ul, all),
    summary,
    destroy() {
      for (const off of offs) off();
      later.cancel();
      search.destroy();
    },
  };
}
