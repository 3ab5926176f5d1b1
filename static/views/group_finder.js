// My groups, and the open ones I could join.

import { h, soon } from "../lib/dom.js";
import { toast } from "../lib/dialog.js";
import { asQuery, spoken } from "../lib/number.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import { joinGroup, openConversation } from "../state/actions.js";
import { state } from "../state/store.js";
import { avatar } from "./avatar.js";
import { act } from "./errors.js";
import { createLoadable, emptyState } from "./loadable.js";
import { openNewGroup } from "./new_group.js";
import { isolated } from "./person.js";
import { searchBox } from "./search_box.js";

/** groupName words a group; Everyone has no name until it is renamed. */
export function groupName(group) {
  return group.name || t("chat.everyone");
}

/** createGroupFinder is the list of groups with its search. */
export function createGroupFinder() {
  const search = searchBox({ label: t("contacts.search.groups"), onquery: () => loadable.reload(), testid: "groups-search" });
  const loadable = createLoadable({
    load: () => api.get(`/api/groups?query=${encodeURIComponent(asQuery(search.value))}`),
    render: ({ groups }) => {
      if (groups.length === 0) return search.value ? noMatch(search.value) : none();
      const mine = groups.filter((group) => group.member);
      const others = groups.filter((group) => !group.member);
      return [part(t("contacts.groups.mine"), mine), part(t("contacts.groups.found"), others)];
    },
  });
  // Joined, left or renamed elsewhere: ask again, once for a burst of changes.
  let known = membership();
  const later = soon(() => {
    const now = membership();
    if (now === known) return;
    known = now;
    loadable.reload();
  });
  const off = state.subscribe("conversations", later);
  loadable.reload();

  return {
    root: h("div", { class: "contact-list" }, search.root, loadable.root),
    destroy() {
      off();
      later.cancel();
      search.destroy();
      loadable.destroy();
    },
  };
}

function membership() {
  const groups = [...state.get("conversations").values()].filter((c) => c.kind === "group");
  return JSON.stringify(groups.map((c) => [c.conv, c.name]).sort());
}

function part(title, groups) {
  if (groups.length === 0) return null;
  return h("section", null, h("h2", { class: "letters__letter" }, title), h("ul", { class: "rows", "aria-label": title }, groups.map(groupRow)));
}

function groupRow(group) {
  const name = groupName(group);
  return h(
    "li",
    { class: "row", dataset: { testid: "group-row", conv: group.conv } },
    h(
      group.member ? "button" : "div",
      { type: group.member ? "button" : null, class: "row__main", onclick: group.member ? () => openConversation(group.conv) : null },
      avatar({ id: group.conv, name }),
      h(
        "span",
        { class: "row__texts" },
        h("span", { class: "row__title" }, h("bdi", { class: "ellipsis" }, name)),
        h("span", { class: "row__detail ellipsis" }, countAndNumber(group)),
      ),
    ),
    !group.member && h("span", { class: "row__actions" }, joinButton(group)),
  );
}

/** countAndNumber is what tells groups of one name apart. */
export function countAndNumber(group) {
  return t("group.count_number", { n: group.member_count, number: spoken(group.conv) });
}

/** joinButton joins an open group and shows its chat. */
export function joinButton(group) {
  const name = groupName(group);
  return h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": t("contacts.groups.join.name", { name }),
      "data-testid": "join",
      onclick: (event) => act(event.currentTarget, () => join(group, name)),
    },
    t("contacts.groups.join"),
  );
}

async function join(group, name) {
  try {
    const conv = await joinGroup(group.conv);
    toast(t("contacts.groups.joined", { name: isolated(name) }));
    openConversation(conv);
  } catch (error) {
    if (error.reason !== "removed_from_group") throw error;
    toast(t("group.join.removed"));
  }
}

function none() {
  return emptyState({
    mark: "users",
    title: t("contacts.groups.empty"),
    text: t("contacts.groups.empty.text"),
    actions: [h("button", { type: "button", class: "button button--primary", onclick: () => openNewGroup() }, t("contacts.new_group"))],
  });
}

function noMatch(query) {
  return emptyState({ title: t("contacts.groups.no_match", { query }), text: t("contacts.groups.no_match.text") });
}
