// The frame of everything a logged-in user sees: the list, what is open beside
// it, the drawer, the banner on top.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { closeAllDialogs, isDialogOpen } from "../lib/dialog.js";
import { loadStyle } from "../lib/style.js";
import { onLanguage, t } from "../i18n/i18n.js";
import { totalUnread } from "../state/conversations.js";
import { state } from "../state/store.js";
import { back, onRoute, route } from "../router.js";
import { createAnnouncer } from "./announcer.js";
import { createBanner } from "./banner.js";
import { createKeyboard } from "./keyboard.js";
import { createSidebar } from "./sidebar.js";
import { titleOf } from "./naming.js";

const SKELETON_AFTER_MS = 200;
const PREFETCH_AFTER_MS = 1500; // after the list is there, before a chat is opened

const screens = {
  chat: { load: () => import("./chat.js"), styles: ["chat.css"], create: (m, here, shell) => m.createChat({ conv: here.conv, announcer: shell.announcer }) },
  contacts: { load: () => import("./contacts.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createContacts() },
  settings: { load: () => import("./settings.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createSettings({}) },
  admin: { load: () => import("./admin.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createAdmin({}) },
  invite: { load: () => import("./addresses.js"), styles: ["forms.css", "panels.css"], create: (m) => m.createAddresses({}) },
};

/** createShell shows the current route and every one after it. */
export function createShell() {
  const announcer = createAnnouncer();
  const banner = createBanner();
  let sidebar = createSidebar();
  const main = h("main", { class: "app__main", id: "main", tabindex: "-1" });
  const drawer = h("div", { class: "app__info", hidden: true });
  const root = h("div", { class: "app" }, banner.root, sidebar.root, main, drawer, announcer.root);
  const shell = { announcer, focusRegion, get sidebar() { return sidebar; }, get view() { return view; } };
  const keyboard = createKeyboard(shell);
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
  show(route());
  const prefetch = setTimeout(() => {
    screens.chat.load().catch(() => {});
    loadStyle("chat.css").catch(() => {});
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
    retitle();
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
      put(screen.create(module, here, shell));
      focusView();
    } catch (err) {
      if (mine !== turn) return;
      if (!(err instanceof TypeError) && !/stylesheet/.test(err.message)) throw err;
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
    drawer.querySelector("h2, button")?.focus({ preventScroll: true });
  }

  function focusView() {
    if (isDialogOpen()) return;
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

  function failed(retry) {
    return h(
      "div",
      { class: "empty", role: "alert" },
      h("p", { class: "empty__title" }, t("err.offline")),
      h("div", { class: "empty__actions" }, h("button", { type: "button", class: "button", onclick: retry }, icon("refresh"), t("app.retry"))),
    );
  }

  // F6: list, timeline, composer, info.
  function focusRegion(step) {
    const regions = [
      { root: sidebar.root, focus: () => sidebar.focusList() },
      ...(view?.regions?.() || [{ root: main, focus: () => main.querySelector("h1, button, a, input")?.focus() }]),
      { root: drawer, focus: () => drawer.querySelector("h2, button")?.focus() },
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
      closeAllDialogs();
      keyboard.destroy();
      view?.destroy?.();
      info?.destroy();
      sidebar.destroy();
      banner.destroy();
      announcer.destroy();
    },
  };
}
