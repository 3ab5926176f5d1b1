// The people and groups one knows, all people of this server, and the groups
// one could join.

import { createRowCache, h, reconcile, replace, soon } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { byLetter } from "../lib/initial.js";
import { asQuery } from "../lib/number.js";
import { language, t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { openAddContact } from "./add_contact.js";
import { keepFocus } from "./focus_place.js";
import { createGroupFinder } from "./group_finder.js";
import { emptyState } from "./loadable.js";
import { openNewGroup } from "./new_group.js";
import { createPanel } from "./panel.js";
import { createPeople } from "./people.js";
import { identityText, nameOf, personRow, personSignature, presenceText } from "./person.js";
import { searchBox } from "./search_box.js";
import { createTabs } from "./tabs.js";

let lastTab = "contacts"; // where one was, for as long as the page is open

/** createContacts is the screen #/contacts. */
export function createContacts() {
  return createPanel({ testid: "contacts", render });

  function render(own) {
    const tabs = own(
      createTabs({
        label: t("contacts.title"),
        selected: lastTab,
        onchange: (id) => (lastTab = id),
        tabs: [
          { id: "contacts", label: t("contacts.tab.contacts"), create: () => createContactList({ onpeople: () => tabs.select("people") }) },
          { id: "people", label: t("contacts.tab.people"), create: createPeople },
          { id: "groups", label: t("contacts.tab.groups"), create: createGroupFinder },
        ],
      }),
    );
    return {
      title: t("contacts.title"),
      actions: [
        action("user-plus", t("contacts.add"), "add-contact", openAddContact),
        action("users", t("contacts.new_group"), "new-group", openNewGroup),
      ],
      content: tabs.root,
    };
  }
}

function action(mark, label, testid, onclick) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, "data-testid": testid, onclick: () => onclick() },
    icon(mark),
  );
}

// My contacts, A to Z, filtered as one types.
function createContactList({ onpeople }) {
  const search = searchBox({ label: t("contacts.search.contacts"), onquery: render, testid: "contacts-search" });
  const list = h("div", { class: "letters" });
  const root = h("div", { class: "contact-list" }, search.root, list);
  const rows = createRowCache({
    keyOf: (profile) => profile.user,
    signatureOf: (profile) => personSignature(profile) + presenceText(profile.user),
    build: (profile) => personRow({ profile, detail: presenceText(profile.user) || identityText(profile) }),
  });
  const sections = new Map(); // letter → {root, list}
  const later = soon(render);
  const offs = ["contacts", "users", "presence"].map((slice) => state.subscribe(slice, later));
  render();

  function render() {
    const query = search.value;
    const profiles = contactProfiles();
    search.root.hidden = profiles.length === 0;
    const found = profiles.filter((profile) => matches(profile, query));
    if (found.length === 0) {
      replace(list, profiles.length === 0 ? nobody() : noMatch(query));
      return;
    }
    const focusBack = keepFocus(list);
    const groups = byLetter(found, nameOf, language());
    const nodes = rows(groups.flatMap((group) => group.items));
    reconcile(
      list,
      groups.map(({ letter, items }) => {
        const section = sectionOf(letter);
        reconcile(section.list, nodes.splice(0, items.length));
        return section.root;
      }),
    );
    queueMicrotask(focusBack);
  }

  function sectionOf(letter) {
    if (!sections.has(letter)) {
      const ul = h("ul", { class: "rows", "aria-label": letter });
      sections.set(letter, { list: ul, root: h("section", null, h("h2", { class: "letters__letter", "aria-hidden": "true" }, letter), ul) });
    }
    return sections.get(letter);
  }

  function nobody() {
    return emptyState({
      mark: "user",
      title: t("contacts.empty"),
      text: t("contacts.empty.text"),
      actions: [
        h("button", { type: "button", class: "button button--primary", onclick: () => openAddContact() }, t("contacts.add")),
        h("button", { type: "button", class: "button", onclick: onpeople }, t("contacts.empty.people")),
      ],
    });
  }

  return {
    root,
    destroy() {
      for (const off of offs) off();
      later.cancel();
      search.destroy();
    },
  };
}

function noMatch(query) {
  return emptyState({ title: t("contacts.no_match", { query }), text: t("contacts.no_match.text") });
}

function contactProfiles() {
  const users = state.get("users");
  return [...state.get("contacts").keys()].map((user) => users.get(user)).filter(Boolean);
}

function matches(profile, query) {
  const wanted = asQuery(query).toLocaleLowerCase();
  return [profile.display_name, profile.name, profile.user].some((text) => text?.toLocaleLowerCase().includes(wanted));
}
