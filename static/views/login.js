// Logging in.

import { h } from "../lib/dom.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { api } from "../net/api.js";
import { errorText, t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { codeIn } from "./code_link.js";
import { createEntryPage } from "./entry_page.js";
import { createFormErrors } from "./errors.js";
import { createRegister } from "./register.js";

/**
 * createLogin is shown to whoever is not logged in; creating an account takes
 * its place and gives it back. onready(answer) is called once logged in; why is
 * the key of what ended the login before.
 */
export function createLogin({ server, onready = () => location.assign("/"), why = "" } = {}) {
  const root = h("div", { class: "entry-root" });
  let shown = null;
  show(createForm);

  function show(create) {
    shown?.destroy();
    shown = create();
    root.replaceChildren(shown.root);
  }

  function createForm() {
    let errors = null;
    const page = createEntryPage({ name: () => server?.name, testid: "login", render });

    function render() {
      const name = field({ label: t("login.name"), name: "name", required: true, autocomplete: "username" });
      const password = field({
        label: t("login.password"),
        name: "password",
        type: "password",
        required: true,
        autocomplete: "current-password",
      });
      const submit = submitButton(t("login.submit"));
      errors?.destroy();
      errors = createFormErrors({ submit, fields: { wrong_password: password, bad_name: name, bad_password: password } });
      const form = h(
        "form",
        { class: "form", novalidate: true, "data-testid": "login-form" },
        name.root,
        password.root,
        errors.root,
        submit,
      );
      onSubmit(form, async () => {
        errors.clear();
        if (errors.missing([name, password])) return;
        try {
          onready(await api.post("/api/logins", { name: name.value.trim(), password: password.value }));
        } catch (error) {
          errors.show(error);
        }
      });
      return {
        title: t("login.title"),
        lead: why && t(why),
        content: [form, registerWay(), forgot()],
      };
    }

    return {
      root: page.root,
      destroy() {
        errors?.destroy();
        page.destroy();
      },
    };
  }

  function registerWay() {
    if (server?.registration === "closed") return h("p", { class: "entry__note" }, t("login.closed"));
    if (server?.registration === "invite") return haveInvite();
    return h(
      "button",
      {
        type: "button",
        class: "button button--wide",
        "data-testid": "to-register",
        onclick: () => show(() => createRegister({ server, onready, onback: () => show(createForm) })),
      },
      t("login.register"),
    );
  }

  // The link may have come on paper or to another device.
  function haveInvite() {
    const link = field({ label: t("invite.link"), name: "invite", hint: t("invite.link.hint"), autocomplete: "off" });
    const form = h(
      "form",
      { class: "form", "data-testid": "have-invite-form" },
      link.root,
      h("button", { type: "submit", class: "button button--wide", "data-testid": "submit" }, t("setup.no_token.submit")),
    );
    onSubmit(form, async () => {
      const code = codeIn(link.value);
      if (code === "") return link.setError(t("login.required"));
      try {
        await api.post("/api/invites", { code });
      } catch (error) {
        return link.setError(errorText(error));
      }
      show(() => createRegister({ server, invite: code, onready, onback: () => show(createForm) }));
    });
    return h("details", { class: "entry__more" }, h("summary", null, t("invite.have")), h("p", null, t("login.invite")), form);
  }

  function forgot() {
    return h(
      "details",
      { class: "entry__more" },
      h("summary", null, t("login.forgot")),
      h("p", null, t("login.forgot.text")),
      h("a", { class: "link", href: "/reset" }, t("login.forgot.link")),
    );
  }

  return {
    root,
    destroy() {
      shown.destroy();
    },
  };
}
