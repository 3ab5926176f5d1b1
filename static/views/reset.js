// The page /reset#CODE: a new password with a one-time code from an admin.

import { h } from "../lib/dom.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { codeIn } from "./code_link.js";
import { createEntryPage } from "./entry_page.js";
import { createFormErrors } from "./errors.js";

/** createReset sets the password and logs in, then calls onready(answer). */
export function createReset({ server, onready = () => location.assign("/") } = {}) {
  const given = codeIn(location.hash);
  let askCode = !given;
  let errors = null;
  const page = createEntryPage({ name: () => server?.name, testid: "reset", render });

  function render() {
    const name = field({
      label: t("reset.name"),
      name: "name",
      hint: t("reset.name.hint"),
      required: true,
      autocomplete: "username",
    });
    const code = askCode
      ? field({ label: t("reset.code"), name: "code", value: given, hint: t("reset.code.hint"), required: true, autocomplete: "off" })
      : null;
    const password = field({
      label: t("reset.password"),
      name: "password",
      type: "password",
      hint: t("reset.password.hint"),
      required: true,
      autocomplete: "new-password",
    });
    const submit = submitButton(t("reset.submit"));
    errors?.destroy();
    errors = createFormErrors({
      submit,
      fields: { bad_name: name, bad_password: password, common_password: password, ...(code && { bad_code: code }) },
    });
    const form = h(
      "form",
      { class: "form", novalidate: true, "data-testid": "reset-form" },
      name.root,
      code?.root,
      password.root,
      errors.root,
      submit,
    );
    onSubmit(form, async () => {
      errors.clear();
      if (errors.missing([name, code, password].filter(Boolean))) return;
      try {
        onready(
          await api.post("/api/resets", {
            name: name.value.trim(),
            code: code ? codeIn(code.value) : given,
            password: password.value,
          }),
        );
      } catch (error) {
        refuse(error);
      }
    });
    return {
      title: t("reset.title"),
      lead: t("reset.lead"),
      content: form,
      foot: h("a", { class: "button button--quiet", href: "/" }, t("reset.login")),
    };
  }

  // The code in the link did not work: let it be seen and mended.
  function refuse(error) {
    if (error.reason === "bad_code" && !askCode) {
      askCode = true;
      page.update();
    }
    errors.show(error);
  }

  return {
    root: page.root,
    destroy() {
      errors?.destroy();
      page.destroy();
    },
  };
}
