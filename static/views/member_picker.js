// Choosing people for a group: contacts first, then everybody of this server.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { byName } from "../lib/initial.js";
import { asQuery } from "../lib/number.js";
import { language, t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { avatar } from "./avatar.js";
import { createLoadable } from "./loadable.js";
import { fetchPeople } from "./people.js";
import { nameOf } from "./person.js";
import { searchBox } from "./search_box.js";

/** createMemberPicker offers everybody but oneself; those in `members` are shown as in already. */
export function createMemberPicker({ label, hiddenLabel = false, members = new Set(), onchange }) {
  const chosen = new Map(); // user → profile
  const chips = h("ul", { class: "chips", "aria-label": label });
  const count = h("p", { class: "visually-hidden", role: "status" });
  const search = searchBox({ label: t("group.picker.label"), onquery: () => found.reload(), testid: "picker-search" });
  const found = createLoadable({
    rows: 3,
    load: () => fetchPeople(asQuery(search.value)),
    render: ({ users }) => renderPeople(users),
  });
  const root = h(
    "fieldset",
    { class: "picker", "data-testid": "member-picker" },
    h("legend", { class: hiddenLabel ? "visually-hidden" : "field__label" }, label),
    chips,
    count,
    search.root,
    h("div", { class: "picker__list" }, found.root),
  );
  renderChips();
  found.reload();

  function renderPeople(users) {
    const me = state.get("me").user;
    const others = users.filter((profile) => profile.user !== me && !profile.disabled);
    if (others.length === 0) return h("p", { class: "picker__none" }, t(search.value ? "group.picker.no_match" : "group.picker.nobody"));
    const contacts = state.get("contacts");
    const compare = byName(language());
    const rank = (profile) => (contacts.has(profile.user) ? 0 : 1);
    // A search comes best match first; the whole list is sorted for the eye.
    if (search.value === "") others.sort((a, b) => rank(a) - rank(b) || compare(nameOf(a), nameOf(b)));
    return h("ul", { class: "rows" }, others.map(personOption));
  }

  function personOption(profile) {
    const name = nameOf(profile);
    const isIn = members.has(profile.user);
    const box = h("input", {
      type: "checkbox",
      value: profile.user,
      checked: isIn || chosen.has(profile.user),
      disabled: isIn,
      onchange: () => choose(profile, box.checked),
    });
    return h(
      "li",
      { dataset: { testid: "picker-row", user: profile.user } },
      h(
        "label",
        { class: "row picker__option" },
        avatar({ id: profile.user, name, size: 34 }),
        h("span", { class: "row__texts" }, h("span", { class: "row__title" }, h("bdi", { class: "ellipsis" }, name)), isIn && h("span", { class: "row__detail" }, t("group.picker.in"))),
        box,
      ),
    );
  }

  function choose(profile, isChosen) {
    if (isChosen) chosen.set(profile.user, profile);
    else chosen.delete(profile.user);
    renderChips();
    onchange?.();
  }

  function renderChips() {
    chips.hidden = chosen.size === 0;
    count.textContent = chosen.size > 0 ? t("group.picker.chosen", { n: chosen.size }) : "";
    replace(
      chips,
      [...chosen.values()].map((profile) =>
        h(
          "li",
          null,
          h(
            "button",
            { type: "button", class: "chip", "aria-label": t("group.picker.remove", { name: nameOf(profile) }), onclick: () => takeOut(profile) },
            h("bdi", { class: "ellipsis" }, nameOf(profile)),
            icon("close"),
          ),
        ),
      ),
    );
  }

  function takeOut(profile) {
    choose(profile, false);
    const box = [...root.querySelectorAll(".picker__option input")].find((input) => input.value === profile.user);
    if (box) box.checked = false;
    (chips.querySelector("button") ?? search.input).focus();
  }

  return {
    root,
    get users() {
      return [...chosen.keys()];
    },
    destroy() {
      search.destroy();
      found.destroy();
    },
  };
}
