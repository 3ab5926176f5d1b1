// The page /invite#CODE: somebody was sent a link to register with.

import { h } from "../lib/dom.js";
import { api } from "../net/api.js";
import { errorText, t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { codeIn } from "./code_link.js";
import { createEntryPage, notePage } from "./entry_page.js";
import { createRegister } from "./register.js";

/**
 * createInvite asks at once whether the code still works, so that nobody fills a
 * form in vain. onready(answer) is called once the account is made.
 */
export function createInvite({ server, onready = () => location.assign("/") } = {}) {
  const code = codeIn(location.hash);
  const root = h("div", { class: "entry-root", "data-testid": "invite" });
  let shown = null;
  let gone = false;
  check();

  function show(view) {
    shown?.destroy();
    shown = view;
    root.replaceChildren(view.root);
  }

  function note(render) {
    show(createEntryPage({ name: () => server?.name, testid: "invite-note", render }));
  }

  async function check() {
    if (!code) return showDead("empty");
    note(() => ({ title: t("invite.checking"), content: h("div", { class: "steeping", "aria-hidden": "true" }, h("span"), h("span"), h("span")) }));
    try {
      server ??= await api.get("/api/server");
      await api.post("/api/invites", { code });
      if (gone) return;
      show(createRegister({ server, invite: code, onready, ondead: () => showDead("dead") }));
    } catch (error) {
      if (gone) return;
      if (error.code === "forbidden" || error.code === "invalid" || error.code === "not_found") showDead("dead");
      else showRetry(error);
    }
  }

  function showDead(kind) {
    note(() => ({
      ...notePage({ title: t(`invite.${kind}.title`), text: t(`invite.${kind}.text`) }),
      foot: h("a", { class: "button button--quiet", href: "/" }, t("register.login")),
    }));
  }

  function showRetry(error) {
    note(() => ({
      title: t("register.title"),
      lead: errorText(error),
      content: h("button", { type: "button", class: "button button--primary button--wide", onclick: check }, t("app.retry")),
    }));
  }

  return {
    root,
    destroy() {
      gone = true;
      shown?.destroy();
    },
  };
}
