// Everybody on this server, searchable, a page at a time.

import { createRowCache, h, reconcile, soon } from "../lib/dom.js";
import { asQuery } from "../lib/number.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { createLoadable, emptyState } from "./loadable.js";
import { identityText, personRow, personSignature } from "./person.js";
import { searchBox } from "./search_box.js";
import { act } from "./errors.js";

/** createPeople is the list of people with its search. */
export function createPeople() {
  const search = searchBox({ label: t("contacts.search.people"), onquery: () => loadable.reload(), testid: "people-search" });
  const list = h("ul", { class: "rows", "data-testid": "people" });
  const more = h("button", { type: "button", class: "button rows__more", hidden: true, onclick: (e) => act(e.currentTarget, loadMore) }, t("contacts.people.more"));
  const rows = createRowCache({
    keyOf: (profile) => profile.user,
    signatureOf: personSignature,
    build: (profile) => personRow({ profile, detail: identityText(profile) }),
  });
  let people = [];
  let query = "";

  const loadable = createLoadable({
    rows: 6,
    load: () => fetchPeople((query = asQuery(search.value))),
    render(page) {
      people = [];
      append(page);
      if (query !== "" && people.length === 0) return noMatch(search.value);
      const alone = query === "" && people.length <= 1;
      return [list, more, alone && nobodyElse()];
    },
  });
  const later = soon(renderRows);
  const offs = ["contacts", "users", "presence"].map((slice) => state.subscribe(slice, later));
  loadable.reload();

  function append(page) {
    people = people.concat(page.users);
    more.hidden = !page.more;
    renderRows();
  }

  async function loadMore() {
    const asked = query;
    const page = await fetchPeople(asked, people.at(-1)?.user);
    if (asked !== query) return;
    const first = people.length;
    append(page);
    list.children[first]?.querySelector("button").focus();
  }

  function renderRows() {
    const known = state.get("users");
    reconcile(list, rows(people.map((profile) => known.get(profile.user) ?? profile)));
  }

  return {
    root: h("div", { class: "contact-list" }, search.root, loadable.root),
    destroy() {
      for (const off of offs) off();
      later.cancel();
      search.destroy();
      loadable.destroy();
    },
  };
}

/** fetchPeople is one page of the people that match query. */
export function fetchPeople(query, after = "") {
  return api.get(`/api/users?query=${encodeURIComponent(query)}${after && `&after=${after}`}`);
}

function noMatch(query) {
  return emptyState({ title: t("contacts.no_match", { query }), text: t("contacts.no_match.text") });
}

function nobodyElse() {
  return emptyState({
    mark: "users",
    title: t("contacts.people.empty"),
    text: t("contacts.people.empty.text"),
    actions: [h("a", { class: "button button--primary", href: "#/invite" }, t("contacts.people.addresses"))],
  });
}
