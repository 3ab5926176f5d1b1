// The list of chats, with a filter over it that also finds people.

import { h, reconcile, replace, soon } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { t } from "../i18n/i18n.js";
import { api } from "../net/api.js";
import { listed } from "../state/conversations.js";
import { state } from "../state/store.js";
import { current } from "../state/session.js";
import { navigate, route } from "../router.js";
import { createConversationRow, rowParts } from "./conversation_row.js";
import { searchBox } from "./search_box.js";
import { avatar } from "./avatar.js";

const PEOPLE_SHOWN = 20;

/** createSidebar is the left column, or the whole of a narrow window; the shell
 * gives it the role of either. */
export function createSidebar() {
  const search = searchBox({ label: t("list.search"), onquery, testid: "list-search" });
  const list = h("ul", { class: "rows-list", "aria-label": t("list.chats"), onkeydown });
  const found = h("div", { class: "list__people" });
  const blank = h("div", { class: "list__blank" });
  const root = h(
    "div",
    { class: "side", id: "list", "aria-label": t("list.title") },
    h(
      "div",
      { class: "bar side__bar" },
      barButton("menu", t("app.menu"), "menu", (menus, anchor) => menus.openAppMenu(anchor)),
      h("h1", { class: "bar__title ellipsis" }, t("list.title")),
      barButton("plus", t("list.new"), "new", (menus, anchor) => menus.openNewMenu(anchor)),
    ),
    h("div", { class: "side__search" }, search.root),
    h("div", { class: "side__scroll" }, list, found, blank),
  );
  const rows = new Map(); // conv → row
  const later = soon(render);
  const offs = ["conversations", "users", "presence", "drafts", "typing"].map((slice) => state.subscribe(slice, later));
  offs.push(current().onOutbox(later));
  const minute = setInterval(later, 60_000); // "yesterday" comes at midnight
  let query = "";
  let number = ""; // what was typed, if it is somebody's number
  let people = [];
  let turn = 0;
  render();

  async function onquery(text) {
    query = text.toLocaleLowerCase();
    number = "";
    const mine = ++turn;
    people = [];
    render();
    if (!text) return;
    try {
      const wanted = (await import("../lib/number.js")).asQuery(text);
      if (mine !== turn) return;
      if (/^\d+$/.test(wanted)) number = wanted;
      render();
      const answer = await api.get(`/api/users?query=${encodeURIComponent(wanted)}`);
      if (mine !== turn) return;
      people = answer.users.filter((profile) => profile.user !== state.get("me").user && !profile.disabled).slice(0, PEOPLE_SHOWN);
      render();
    } catch {
      // offline: the chats are filtered all the same
    }
  }

  function render() {
    const chosen = query ? newestFirst(state.get("conversations")).filter(matches) : listed(state.get("conversations"));
    const nodes = chosen.map(rowOf);
    for (const conv of rows.keys()) if (!state.get("conversations").has(conv)) rows.delete(conv);
    reconcile(list, nodes);
    list.hidden = nodes.length === 0;
    markCurrent();
    renderPeople(new Set(chosen.map((c) => c.peer?.user)));
    const nothing = nodes.length === 0 && found.childElementCount === 0;
    replace(blank, nothing && (query ? noMatch() : empty()));
  }

  function rowOf(c) {
    if (!rows.has(c.conv)) rows.set(c.conv, createConversationRow(c.conv));
    const row = rows.get(c.conv);
    row.update(c);
    return row.root;
  }

  function matches(c) {
    const { title, name } = rowParts(c);
    if (number && (c.peer?.user || c.conv).endsWith(`_${number}`)) return true;
    return `${title}\n${name}`.toLocaleLowerCase().includes(query);
  }

  function renderPeople(shown) {
    const others = people.filter((profile) => !shown.has(profile.user));
    replace(
      found,
      others.length > 0 && [
        h("h2", { class: "list__heading" }, t("list.people")),
        h("ul", { class: "rows-list", onkeydown }, others.map(personItem)),
      ],
    );
  }

  function personItem(profile) {
    const name = profile.display_name || profile.name;
    const isContact = state.get("contacts").has(profile.user);
    return h(
      "li",
      null,
      h(
        "button",
        {
          type: "button",
          class: "conv-row conv-row--person",
          "data-testid": "person-result",
          onclick: (event) => message(event.currentTarget, profile.user),
        },
        avatar({ id: profile.user, name, online: Boolean(state.get("presence").get(profile.user)?.online) }),
        h(
          "span",
          { class: "conv-row__texts" },
          h("bdi", { class: "conv-row__name ellipsis" }, name),
          h(
            "span",
            { class: "conv-row__preview ellipsis" },
            profile.name !== name && [h("bdi", null, profile.name), " · "],
            isContact ? t("list.message") : t("list.add_and_message"),
          ),
        ),
      ),
    );
  }

  function empty() {
    return h(
      "div",
      { class: "empty", "data-testid": "list-empty" },
      h("span", { class: "empty__mark" }, icon("cup")),
      h("p", { class: "empty__title" }, t("list.empty")),
      h("p", { class: "empty__text" }, t("list.empty.text")),
      h(
        "div",
        { class: "empty__actions" },
        h("button", { type: "button", class: "button button--primary", "data-testid": "empty-contact", onclick: () => withMenus((menus) => menus.addContact()) }, icon("user-plus"), t("list.add_contact")),
        h("button", { type: "button", class: "button", "data-testid": "empty-group", onclick: () => withMenus((menus) => menus.newGroup()) }, icon("users"), t("list.new_group")),
      ),
      h(
        "a",
        { class: "button button--quiet", href: "#/invite" },
        t("list.empty.invite"),
      ),
    );
  }

  function noMatch() {
    return h(
      "div",
      { class: "empty" },
      h("p", { class: "empty__title", dir: "auto" }, t("list.no_match", { query: search.value })),
      h("p", { class: "empty__text" }, t("list.no_match.text")),
    );
  }

  // One Tab stop for the list; arrows move inside.
  function markCurrent() {
    const conv = route().conv;
    const links = [...list.querySelectorAll("a")];
    const chosen = links.find((a) => a.dataset.conv === conv);
    for (const a of links) {
      if (a === chosen) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
      a.tabIndex = a === (chosen || links[0]) ? 0 : -1;
    }
  }

  function onkeydown(event) {
    const links = [...root.querySelectorAll(".conv-row")];
    const at = links.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    links[Math.max(0, Math.min(to, links.length - 1))].focus();
  }

  return {
    root,
    /** showRoute marks the conversation that is open. */
    showRoute: markCurrent,
    /** focusSearch is Ctrl+K. */
    focusSearch() {
      search.input.focus();
      search.input.select();
    },
    /** focusList is F6. */
    focusList() {
      (list.querySelector("a[tabindex='0']") || search.input).focus();
    },
    /** neighbour is the conversation above or below the open one; unread only on request. */
    neighbour(step, onlyUnread) {
      const convs = listed(state.get("conversations"));
      const open = route().conv;
      const start = convs.findIndex((c) => c.conv === open);
      const count = convs.length;
      for (let i = 1; i <= count; i++) {
        const at = start < 0 ? (step > 0 ? i - 1 : count - i) : (start + step * i + count * i) % count;
        const c = convs[at];
        if (c && c.conv !== open && (!onlyUnread || c.unread > 0)) return navigate(`#/c/${c.conv}`);
      }
    },
    destroy() {
      for (const off of offs) off();
      clearInterval(minute);
      later.cancel();
      search.destroy();
    },
  };
}

/** newestFirst holds the hidden ones too: whoever searches one wants it back. */
function newestFirst(conversations) {
  return [...conversations.values()].filter((c) => !c.gone).sort((a, b) => b.at - a.at || (a.conv < b.conv ? -1 : 1));
}

function barButton(mark, label, testid, open) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      title: label,
      "aria-haspopup": "menu",
      "aria-expanded": false,
      "data-testid": testid,
      onclick: ({ currentTarget }) => withMenus((menus) => open(menus, currentTarget)),
    },
    icon(mark),
  );
}

/** Menus and dialogs are not part of the first load. */
async function withMenus(use) {
  use(await import("./menus.js"));
}

async function message(button, user) {
  const [{ act }, { messageUser }] = await Promise.all([import("./errors.js"), import("../state/actions.js")]);
  act(button, () => messageUser(user));
}
