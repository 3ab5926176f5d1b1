// The beginning: finds out who is here and what to show. Nothing else.

import { applyTheme, h, loadStyle, replace } from "./lib/dom.js";
import { icon } from "./lib/icon.js";
import { language, preferredLanguage, setLanguage, t } from "./i18n/i18n.js";
import { api, onUnauthorized } from "./net/api.js";
import { current, start, stop } from "./state/session.js";
import { state } from "./state/store.js";
import { beginHistory } from "./router.js";
import { createShell } from "./views/shell.js";

const SKELETON_AFTER_MS = 200;
const RETRY_MS = 5000;

const root = document.getElementById("app");
let view = null;
let turn = 0;
let why = ""; // the key of what ended the login

/** Pages that are there for whoever is not logged in, by path. */
const entryPages = {
  "/setup": () => import("./views/setup.js").then((m) => m.createSetup),
  "/invite": () => import("./views/invite.js").then((m) => m.createInvite),
  "/reset": () => import("./views/reset.js").then((m) => m.createReset),
};

function put(next) {
  view?.destroy?.();
  view = next;
  replace(root, next.root);
}

/** boot shows what fits: again after each login, logout and change of database. */
async function boot() {
  const mine = ++turn;
  stop();
  dispatchEvent(new Event("teahouse:close-dialogs"));
  const wait = setTimeout(() => mine === turn && put({ root: skeleton() }), view ? 1000 : SKELETON_AFTER_MS);
  try {
    const shown = await choose();
    if (mine === turn) shown();
  } catch (err) {
    if (mine === turn) put(unreachable());
    if (!err.reason && !(err instanceof TypeError)) throw err;
  } finally {
    clearTimeout(wait);
  }
}

async function choose() {
  const entry = entryPages[location.pathname];
  if (entry) return entryView(entry);
  try {
    const bootstrap = await api.get("/api/bootstrap");
    return () => showShell(bootstrap);
  } catch (err) {
    if (err.status === 401) return entryView(() => import("./views/login.js").then((m) => m.createLogin));
    if (err.reason === "setup_required") return entryView(() => import("./views/waiting.js").then((m) => m.createWaiting));
    throw err;
  }
}

async function entryView(load) {
  const [create, server] = await Promise.all([load(), api.get("/api/server"), loadStyle("forms.css"), loadStyle("panels.css")]);
  state.clear();
  state.set("server", server);
  return () => put(create({ server, onready, why }));
}

/** onready: somebody is logged in now; every entry page leads to the chats. */
function onready({ hash = "" } = {}) {
  why = "";
  const to = hash || (location.pathname === "/setup" ? "#/invite" : location.pathname === "/" ? location.hash : "#/");
  history.replaceState({ depth: 0 }, "", "/" + to);
  boot();
}

async function showShell(bootstrap) {
  const { me } = bootstrap;
  if (me.language && me.language !== language()) await setLanguage(me.language);
  start(bootstrap, {
    onlogin: leave,
    onrestart: boot,
    onwarning: () => import("./lib/dialog.js").then((m) => m.toast(t("app.no_storage"))),
  });
  put(createShell());
}

/** The theme is a setting of this device (state/prefs.js), wanted before anything. */
function storedTheme() {
  try {
    return localStorage.getItem("teahouse:theme");
  } catch {
    return null;
  }
}

/** leave: the login is over; the next page says so to whoever did not ask for it. */
function leave({ asked = false } = {}) {
  why = asked ? "" : "err.login_required";
  stop();
  history.replaceState({ depth: 0 }, "", "/");
  boot();
}

function skeleton() {
  return h(
    "div",
    { class: "boot", role: "status" },
    h("span", { class: "visually-hidden" }, t("app.loading")),
    h(
      "div",
      { class: "boot__side", "aria-hidden": "true" },
      Array.from({ length: 6 }, () =>
        h(
          "div",
          { class: "boot__row" },
          h("span", { class: "skeleton boot__avatar" }),
          h("span", { class: "boot__lines" }, h("span", { class: "skeleton" }), h("span", { class: "skeleton" })),
        ),
      ),
    ),
  );
}

/** unreachable says which address does not answer, and keeps trying. */
function unreachable() {
  const again = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    boot();
  };
  let timer = setTimeout(again, RETRY_MS);
  addEventListener("online", again);
  return {
    root: h(
      "main",
      { class: "boot-error" },
      h(
        "div",
        { class: "empty", "data-testid": "unreachable" },
        h("span", { class: "empty__mark" }, icon("cup")),
        h("h1", { class: "empty__title" }, t("app.unreachable")),
        h("p", { class: "boot-error__address" }, h("bdi", null, location.origin)),
        h("p", { class: "empty__text" }, t("app.unreachable.text")),
        h(
          "div",
          { class: "empty__actions" },
          h("button", { type: "button", class: "button button--primary", "data-testid": "retry", onclick: again }, icon("refresh"), t("app.retry")),
        ),
      ),
    ),
    destroy() {
      clearTimeout(timer);
      timer = 0;
      removeEventListener("online", again);
    },
  };
}

beginHistory();
applyTheme(storedTheme());
onUnauthorized(() => current() && leave());
addEventListener("hashchange", () => {
  // A link like /invite#CODE pasted over another changes the fragment only.
  if (entryPages[location.pathname]) boot();
});
await setLanguage(preferredLanguage(), { remember: false });
boot();
