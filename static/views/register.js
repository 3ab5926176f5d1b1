// Making one's own account, with or without an invite.

import { h } from "../lib/dom.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { api } from "../net/api.js";
import { language, t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { createEntryPage, notePage } from "./entry_page.js";
import { createFormErrors } from "./errors.js";

/**
 * createRegister makes an account and logs it in, then calls onready(answer).
 * With an invite code the server's rule does not matter; without one, a server
 * that does not let people register says whom to ask. onback leads to the
 * log-in form.
 */
export function createRegister({ server, invite, onready = () => location.assign("/"), onback, ondead }) {
  let errors = null;
  const page = createEntryPage({ name: () => server?.name, testid: "register", render });
  return {
    root: page.root,
    destroy() {
      errors?.destroy();
      page.destroy();
    },
  };

  function render() {
    const rule = server?.registration;
    if (!invite && (rule === "closed" || rule === "invite")) {
      return {
        ...notePage({ title: t(`register.${rule}.title`), text: t(`register.${rule}.text`) }),
        foot: backToLogin(),
      };
    }
    return renderForm();
  }

  function renderForm() {
    const name = field({
      label: t("login.name"),
      name: "name",
      hint: t("register.name.hint"),
      maxlength: 32,
      required: true,
      autocomplete: "username",
    });
    const displayName = field({
      label: t("register.display_name"),
      name: "display_name",
      hint: t("register.display_name.hint"),
      maxlength: 64,
      autocomplete: "name",
    });
    const password = field({
      label: t("login.password"),
      name: "password",
      type: "password",
      hint: t("register.password.hint"),
      required: true,
      autocomplete: "new-password",
    });
    const submit = submitButton(t("register.submit"));
    errors?.destroy();
    errors = createFormErrors({
      submit,
      fields: {
        bad_name: name,
        reserved_name: name,
        name_taken: name,
        bad_title: displayName,
        bad_password: password,
        common_password: password,
      },
    });
    const form = h(
      "form",
      { class: "form", novalidate: true, "data-testid": "register-form" },
      name.root,
      password.root,
      displayName.root,
      errors.root,
      submit,
    );
    onSubmit(form, async () => {
      errors.clear();
      if (errors.missing([name, password])) return;
      const wanted = { name: name.value.trim(), password: password.value, language: language() };
      if (displayName.value.trim()) wanted.display_name = displayName.value.trim();
      if (invite) wanted.invite = invite;
      try {
        onready(await api.post("/api/users", wanted));
      } catch (error) {
        if (error.reason === "invite_invalid" && ondead) ondead();
        else errors.show(error);
      }
    });
    return {
      title: server?.name ? t("register.title.server", { name: server.name }) : t("register.title"),
      lead: invite ? t("invite.welcome") : null,
      content: form,
      foot: backToLogin(),
    };
  }

  function backToLogin() {
    return onback
      ? h("button", { type: "button", class: "button button--quiet", "data-testid": "to-login", onclick: onback }, t("register.login"))
      : h("a", { class: "button button--quiet", href: "/" }, t("register.login"));
  }
}
