// The frame of everything a logged-in user sees: the list, what is open beside
// it, the drawer, the banner on top.

import { h, loadStyle, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { onLanguage, t } from "../i18n/i18n.js";
import { totalUnread } from "../state/conversations.js";
import { state } from "../state/store.js";
import { back, navigate, onRoute, route } from "../router.js";
import { createBanner } from "./banner.js";
import { createSidebar } from "./sidebar.js";
import { titleOf } from "./naming.js";

const SKELETON_AFTER_MS = 200;
const PREFETCH_AFTER_MS = 5000; // what most people open next, long after the list is there

const screens = {
  chat: { load: () => import("./chat.js"), styles: ["chat.css", "timeline.css"], create: (m, here) => m.createChat({ conv: here.conv }) },
  contacts: { load: () => import("./contacts.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createContacts() },
  settings: { load: () => import("./settings.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createSettings({}) },
  admin: { load: () => import("./admin.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createAdmin({}) },
  invite: { load: () => import("./addresses.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createAddresses({}) },
};

/** createShell shows the current route and every one after it. */
export function createShell() {
  const banner = createBanner();
  let sidebar = createSidebar();
  const main = h("main", { class: "app__main", id: "main", tabindex: "-1" });
  const drawer = h("div", { class: "app__info", hidden: true });
  const root = h("div", { class: "app" }, banner.root, sidebar.root, main, drawer);
  let view = null; // what main shows: { root, destroy }
  let viewKey = "";
  let info = null;
  let infoKey = "";
  let turn = 0;
  let infoTurn = 0;

  const offs = [
    onRoute(show),
    onLanguage(again),
    state.subscribe("conversations", retitle),
    state.subscribe("users", retitle),
    state.subscribe("server", retitle),
  ];
  document.addEventListener("keydown", onkeydown);
  const narrow = matchMedia("(max-width: 719px)"); // one pane at a time, see css/shell.css
  narrow.addEventListener("change", giveRoles);
  show(route());
  const prefetch = setTimeout(() => {
    const all = [screens.chat.load(), loadStyle("chat.css"), loadStyle("timeline.css"), import("./menus.js"), import("./errors.js"), import("../state/actions.js")];
    for (const one of all) one.catch(() => {}); // it is tried again when it is needed
  }, PREFETCH_AFTER_MS);

  function again() {
    const old = sidebar;
    sidebar = createSidebar();
    old.root.replaceWith(sidebar.root);
    old.destroy();
    banner.render();
    if (route().screen === "chat" || route().screen === "list") viewKey = infoKey = "";
    show(route());
  }

  function show(here) {
    root.dataset.pane = here.screen === "list" ? "list" : "main";
    root.dataset.info = String(here.info);
    sidebar.showRoute();
    showMain(here);
    showInfo(here);
    giveRoles();
    retitle();
  }

  // Where the list or the drawer is all there is, it is the main part of the page.
  function giveRoles() {
    const here = route();
    sidebar.root.setAttribute("role", narrow.matches && here.screen === "list" ? "main" : "navigation");
    info?.root.setAttribute("role", narrow.matches && here.info ? "main" : "complementary");
  }

  async function showMain(here) {
    const key = here.screen === "chat" ? here.conv : here.screen;
    if (key === viewKey) return;
    viewKey = key;
    const mine = ++turn;
    const screen = screens[here.screen];
    if (!screen) return put(placeholder());
    const wait = setTimeout(() => mine === turn && put({ root: skeleton() }), SKELETON_AFTER_MS);
    try {
      const [module] = await Promise.all([screen.load(), ...screen.styles.map(loadStyle)]);
      if (mine !== turn) return;
      put(screen.create(module, here));
      focusView();
    } catch (err) {
      if (mine !== turn) return;
      if (!(err instanceof TypeError)) throw err;
      put({ root: failed(() => ((viewKey = ""), show(route()))) });
    } finally {
      clearTimeout(wait);
    }
  }

  function put(next) {
    view?.destroy?.();
    view = next;
    replace(main, next.root);
  }

  async function showInfo(here) {
    const key = here.info ? here.conv : "";
    if (key === infoKey) return;
    infoKey = key;
    const mine = ++infoTurn;
    if (!key) {
      const hadFocus = drawer.contains(document.activeElement);
      info?.destroy();
      info = null;
      drawer.hidden = true;
      replace(drawer);
      if (hadFocus) view?.focusHeader?.();
      return;
    }
    try {
      const [module] = await Promise.all([import("./info.js"), loadStyle("forms.css"), loadStyle("panels.css")]);
      if (mine !== infoTurn) return;
      info?.destroy();
      info = module.createInfo({ conv: key, onclose: () => back(`#/c/${key}`) });
      replace(drawer, info.root);
    } catch {
      if (mine !== infoTurn) return;
      replace(drawer, failed(() => ((infoKey = ""), showInfo(route()))));
    }
    drawer.hidden = false;
    giveRoles();
    drawer.querySelector("h1, button")?.focus({ preventScroll: true });
  }

  function focusView() {
    if (isSomethingOver()) return;
    if (view.focusFirst) view.focusFirst();
    else main.querySelector("h1")?.focus({ preventScroll: true });
  }

  function placeholder() {
    return {
      root: h(
        "div",
        { class: "empty main__empty" },
        h("span", { class: "empty__mark" }, icon("cup")),
        h("p", { class: "empty__title", dir: "auto" }, state.get("server")?.name || t("app.name")),
        h("p", { class: "empty__text" }, t("chat.none_open")),
      ),
    };
  }

  function skeleton() {
    return h("div", { class: "main__loading", role: "status" }, h("span", { class: "visually-hidden" }, t("app.loading")));
  }

  // With the server there, what cannot be loaded belongs to a version it has no
  // more; some browsers also remember a failed module until the page is reloaded.
  function failed(retry) {
    const updated = state.get("connection").status === "ready";
    const again = updated ? () => location.reload() : retry;
    return h(
      "div",
      { class: "empty", role: "alert" },
      h("p", { class: "empty__title" }, t(updated ? "conn.outdated" : "err.offline")),
      h(
        "div",
        { class: "empty__actions" },
        h("button", { type: "button", class: "button", onclick: again }, icon("refresh"), t(updated ? "conn.reload" : "app.retry")),
      ),
    );
  }

  // Keys that work everywhere; those of the timeline and the composer are theirs.
  function onkeydown(event) {
    if (event.defaultPrevented || event.isComposing || isSomethingOver()) return;
    if (handleKey(event)) event.preventDefault();
  }

  function handleKey(event) {
    const { key, altKey, shiftKey } = event;
    const command = event.ctrlKey || event.metaKey;
    if (command && !altKey && !shiftKey && key.toLowerCase() === "k") return search(), true;
    if (altKey && !command && key === "ArrowUp") return sidebar.neighbour(-1, shiftKey), true;
    if (altKey && !command && key === "ArrowDown") return sidebar.neighbour(1, shiftKey), true;
    if (key === "F6" && !command && !altKey) return focusRegion(shiftKey ? -1 : 1), true;
    if (key === "?" && !command && !altKey && !isTyping(event.target)) return import("./menus.js").then((m) => m.openShortcuts()), true;
    if (key === "Escape" && !command && !altKey) return escape();
    return false;
  }

  function search() {
    if (narrow.matches) navigate("#/"); // the list is not beside what is open
    sidebar.focusSearch();
  }

  function escape() {
    const { info: isOpen, conv } = route();
    if (!isOpen) return Boolean(view?.onEscape?.());
    back(`#/c/${conv}`);
    return true;
  }

  // F6: list, timeline, composer, info.
  function focusRegion(step) {
    const regions = [
      { root: sidebar.root, focus: () => sidebar.focusList() },
      ...(view?.regions?.() || [{ root: main, focus: () => main.querySelector("h1, button, a, input")?.focus() }]),
      { root: drawer, focus: () => drawer.querySelector("h1, button")?.focus() },
    ].filter((region) => region.root.offsetParent !== null && region.root.isConnected);
    const at = regions.findIndex((region) => region.root.contains(document.activeElement));
    const to = at < 0 ? 0 : (at + step + regions.length) % regions.length;
    regions[to]?.focus();
  }

  function retitle() {
    const here = route();
    const c = state.get("conversations").get(here.conv);
    const name = c ? titleOf(c) : state.get("server")?.name || t("app.name");
    const unread = totalUnread(state.get("conversations"));
    document.title = unread > 0 ? t("app.title_unread", { n: unread > 999 ? "999+" : unread, name }) : name;
  }

  return {
    root,
    destroy() {
      for (const off of offs) off();
      clearTimeout(prefetch);
      turn++;
      infoTurn++;
      dispatchEvent(new Event("teahouse:close-dialogs"));
      document.removeEventListener("keydown", onkeydown);
      narrow.removeEventListener("change", giveRoles);
      view?.destroy?.();
      info?.destroy();
      sidebar.destroy();
      banner.destroy();
    },
  };
}

/** A dialog or a menu takes the keys. */
function isSomethingOver() {
  return document.querySelector("dialog[open], .menu") !== null;
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
