// The first run: whoever holds the set-up link makes the first admin and says
// what the server is called and who may register.

import { h } from "../lib/dom.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { api } from "../net/api.js";
import { language, t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { radioCards } from "./choice.js";
import { createEntryPage, notePage } from "./entry_page.js";
import { createFormErrors } from "./errors.js";
import { codeIn } from "./code_link.js";
import { REGISTRATIONS, registrationOptions } from "./registration.js";

/**
 * createSetup is the page /setup#TOKEN. onready({hash}) is called once the
 * admin is made and logged in.
 */
export function createSetup({ server, onready = openAddresses } = {}) {
  let token = codeIn(location.hash);
  let state = server && !server.setup_required ? "done" : token ? "form" : "no_token";
  let tokenWrong = false;
  let registration = REGISTRATIONS[0];
  let errors = null;

  const page = createEntryPage({ testid: "setup", render });
  if (!server) askWhetherDone();
  return {
    root: page.root,
    destroy() {
      errors?.destroy();
      page.destroy();
    },
  };

  function become(next) {
    state = next;
    page.update();
    page.root.querySelector("input:not([type=radio]), h1")?.focus();
  }

  async function askWhetherDone() {
    try {
      if (!(await api.get("/api/server")).setup_required) become("done");
    } catch {
      // The form says so when it is sent.
    }
  }

  function render() {
    if (state === "done") {
      return notePage({
        title: t("setup.done.title"),
        text: t("setup.done.text"),
        link: { href: "/", label: t("setup.done.link") },
      });
    }
    return state === "no_token" ? renderNoToken() : renderForm();
  }

  function renderNoToken() {
    const code = tokenField();
    const form = h("form", { class: "form", novalidate: true }, code.root, submitButton(t("setup.no_token.submit")));
    onSubmit(form, async () => {
      token = codeIn(code.value);
      if (token) become("form");
      else code.setError(t("err.bad_code"));
    });
    return { title: t("setup.no_token.title"), lead: t("setup.no_token.text"), content: form };
  }

  function tokenField() {
    return field({ label: t("setup.token"), name: "token", hint: t("setup.token.hint"), required: true, autocomplete: "off" });
  }

  function renderForm() {
    const code = tokenWrong ? tokenField() : null;
    const serverName = field({
      label: t("setup.server_name"),
      name: "server_name",
      hint: t("setup.server_name.hint"),
      maxlength: 64,
      required: true,
      autocomplete: "off",
    });
    const name = field({
      label: t("setup.name"),
      name: "name",
      hint: t("register.name.hint"),
      maxlength: 32,
      required: true,
      autocomplete: "username",
    });
    const password = field({
      label: t("login.password"),
      name: "password",
      type: "password",
      hint: t("register.password.hint"),
      required: true,
      autocomplete: "new-password",
    });
    const rule = radioCards({
      legend: t("setup.registration"),
      value: registration,
      options: registrationOptions(),
      onchange: (value) => (registration = value),
      testid: "setup-registration",
    });
    const everyone = h("input", { type: "checkbox", name: "everyone", checked: true });
    const submit = submitButton(t("setup.submit"));
    errors?.destroy();
    errors = createFormErrors({
      submit,
      fields: {
        bad_title: serverName,
        bad_name: name,
        reserved_name: name,
        name_taken: name,
        bad_password: password,
        common_password: password,
        ...(code && { bad_code: code }),
      },
    });
    const form = h(
      "form",
      { class: "form", novalidate: true, "data-testid": "setup-form" },
      code?.root,
      serverName.root,
      h("hr", { class: "form__rule" }),
      h("h2", { class: "form__heading" }, t("setup.you")),
      name.root,
      password.root,
      h("hr", { class: "form__rule" }),
      rule.root,
      h(
        "label",
        { class: "check-card" },
        everyone,
        h("span", { class: "check-card__label" }, t("setup.everyone")),
        h("span", { class: "check-card__text" }, t("setup.everyone.hint")),
      ),
      errors.root,
      submit,
    );
    onSubmit(form, async () => {
      errors.clear();
      if (errors.missing([code, serverName, name, password].filter(Boolean))) return;
      await claim({
        token: code ? codeIn(code.value) : token,
        server_name: serverName.value.trim(),
        name: name.value.trim(),
        password: password.value,
        registration: rule.value,
        everyone: everyone.checked,
        language: language(),
      });
    });
    return { title: t("setup.title"), lead: t("setup.lead"), content: form };
  }

  async function claim(wanted) {
    try {
      await api.post("/api/setup", wanted);
    } catch (error) {
      refuse(error);
      return;
    }
    onready();
  }

  function refuse(error) {
    if (error.reason === "not_found") become("done");
    else if (error.reason === "bad_code" && !tokenWrong) {
      tokenWrong = true;
      page.update();
      errors.show(error);
    } else errors.show(error);
  }
}

function openAddresses() {
  location.assign("/#/invite");
}
