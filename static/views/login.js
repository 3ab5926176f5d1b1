// Logging in.

import { h } from "../lib/dom.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import { createEntryPage } from "./entry_page.js";
import { createFormErrors } from "./errors.js";
import { createRegister } from "./register.js";

/**
 * createLogin is shown to whoever is not logged in; creating an account takes
 * its place and gives it back. onready(answer) is called once logged in.
 */
export function createLogin({ server, onready = () => location.assign("/") } = {}) {
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
    if (server?.registration === "invite") return h("p", { class: "entry__note" }, t("login.invite"));
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
