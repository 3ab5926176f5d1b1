// Oneself and this device: profile, look, password, logins, logging out.

import { applyTheme, h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { confirmDialog, openDialog, toast } from "../lib/dialog.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { digitsOf, spoken } from "../lib/number.js";
import { listTime } from "../lib/time.js";
import { api } from "../net/api.js";
import { setLanguage, t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { changeProfile, logOut, unsentCount } from "../state/actions.js";
import { pref, setPref } from "../state/prefs.js";
import { state } from "../state/store.js";
import { avatar } from "./avatar.js";
import { segments } from "./choice.js";
import { copyButton } from "./copy_button.js";
import { languageChoice } from "./entry_page.js";
import { act, createFormErrors } from "./errors.js";
import { createLoadable } from "./loadable.js";
import { createPanel, linkRow, panelSection } from "./panel.js";
import { fact, nameOf } from "./person.js";

/** createSettings is the screen #/settings. */
export function createSettings() {
  return createPanel({
    testid: "settings",
    render: (own) => ({
      title: t("settings.title"),
      content: [profileSection(own), lookSection(), waysSection(), passwordSection(), loginsSection(own), aboutSection(), logOutButton()],
    }),
  });
}

function profileSection(own) {
  const me = state.get("me");
  const name = field({ label: t("settings.display_name"), name: "display_name", value: nameOf(me), maxlength: 64, required: true, autocomplete: "name" });
  const submit = h("button", { type: "submit", class: "button" }, t("group.save"));
  const errors = own(createFormErrors({ submit, fields: { bad_title: name } }));
  const face = h("span", { class: "profile__face" }, avatar({ id: me.user, name: nameOf(me), size: 64 }));
  const form = h("form", { class: "form", "data-testid": "profile-form" }, h("div", { class: "field-row" }, name.root, submit), errors.root);
  onSubmit(form, async () => {
    errors.clear();
    if (errors.missing([name])) return;
    try {
      const now = await changeProfile({ display_name: name.value.trim() });
      face.replaceChildren(avatar({ id: now.user, name: nameOf(now), size: 64 }));
      toast(t("group.saved"));
    } catch (error) {
      errors.show(error);
    }
  });
  return panelSection(
    { title: t("settings.profile") },
    h(
      "div",
      { class: "profile" },
      face,
      h(
        "dl",
        { class: "facts" },
        fact(t("settings.account"), h("bdi", null, me.name)),
        fact(t("settings.number"), spoken(me.user), copyButton({ text: digitsOf(me.user), label: t("contacts.number.copy"), quiet: true })),
      ),
    ),
    form,
  );
}

function lookSection() {
  const enterHint = h("p", { class: "hint" }, t(`settings.enter.hint.${pref("enter")}`));
  return panelSection(
    { title: t("settings.look") },
    h(
      "div",
      { class: "form" },
      languageChoice({ hiddenLegend: false, onchange: changeLanguage }).root,
      segments({
        legend: t("settings.theme"),
        value: pref("theme"),
        options: ["auto", "light", "dark"].map((value) => ({ value, label: t(`settings.theme.${value}`) })),
        onchange: (value) => {
          setPref("theme", value);
          applyTheme(value);
        },
        testid: "theme-choice",
      }).root,
      h(
        "div",
        null,
        segments({
          legend: t("settings.enter"),
          value: pref("enter"),
          options: ["send", "newline"].map((value) => ({ value, label: t(`settings.enter.${value}`) })),
          onchange: (value) => {
            setPref("enter", value);
            enterHint.textContent = t(`settings.enter.hint.${value}`);
          },
          testid: "enter-choice",
        }).root,
        enterHint,
      ),
    ),
  );
}

// This device speaks it at once; the account keeps it for the next one.
async function changeLanguage(tag) {
  await setLanguage(tag);
  await changeProfile({ language: tag }).catch(() => {});
}

function waysSection() {
  return h(
    "nav",
    { class: "section section--rows", "aria-label": t("settings.addresses") },
    linkRow({ href: "#/invite", mark: "globe", title: t("settings.addresses"), text: t("settings.addresses.text"), testid: "to-addresses" }),
    state.get("me").admin &&
      linkRow({ href: "#/admin", mark: "shield", title: t("settings.admin"), text: t("settings.admin.text"), testid: "to-admin" }),
  );
}

function passwordSection() {
  return panelSection(
    { title: t("login.password") },
    h("button", { type: "button", class: "button", "data-testid": "change-password", onclick: openPasswordDialog }, icon("key"), t("settings.password.change")),
  );
}

function openPasswordDialog() {
  const old = field({ label: t("settings.password.old"), name: "old_password", type: "password", required: true, autocomplete: "current-password", autofocus: true });
  const fresh = field({
    label: t("settings.password.new"),
    name: "password",
    type: "password",
    hint: t("settings.password.new.hint"),
    required: true,
    autocomplete: "new-password",
  });
  const submit = submitButton(t("settings.password.change"));
  const errors = createFormErrors({ submit, fields: { bad_password: fresh, common_password: fresh } });
  const form = h(
    "form",
    { class: "form", "data-testid": "password-form" },
    // Password managers want to know whose password this is.
    h("input", { type: "text", name: "username", value: state.get("me").name, autocomplete: "username", hidden: true }),
    old.root,
    fresh.root,
    errors.root,
    submit,
  );
  onSubmit(form, async () => {
    errors.clear();
    if (errors.missing([old, fresh])) return;
    try {
      await api.put("/api/users/me/password", { old_password: old.value, password: fresh.value });
      dialog.close();
      toast(t("settings.password.done"));
    } catch (error) {
      if (error.reason !== "wrong_password") return errors.show(error);
      old.setError(t("settings.password.wrong"));
      old.input.focus();
    }
  });
  const dialog = openDialog({ title: t("settings.password.change"), testid: "password-dialog", body: form, onclose: errors.destroy });
}

function loginsSection(own) {
  const logins = own(
    createLoadable({
      rows: 2,
      load: () => api.get("/api/logins"),
      render: ({ logins: list }) => {
        const sorted = [...list].sort((a, b) => b.current - a.current || b.seen_at - a.seen_at);
        return h("ul", { class: "rows", "data-testid": "logins" }, sorted.map((login) => loginRow(login, logins.reload)));
      },
    }),
  );
  logins.reload();
  return panelSection({ title: t("settings.logins") }, logins.root);
}

function loginRow(login, reload) {
  const device = login.device === "Other" ? t("settings.device.unknown") : login.device;
  const end = async (event) => {
    const done = await act(event.currentTarget, () => api.delete(`/api/logins/${login.id}`));
    if (!done) return;
    toast(t("settings.logins.ended"));
    reload();
  };
  return h(
    "li",
    { class: "row" },
    h("span", { class: "row__mark" }, icon("device")),
    h(
      "span",
      { class: "row__texts" },
      h("span", { class: "row__title" }, device, login.current && h("span", { class: "tag tag--on" }, t("settings.logins.current"))),
      h("span", { class: "row__detail" }, login.current ? login.remote_addr : t("settings.logins.seen", { time: listTime(login.seen_at), address: login.remote_addr })),
    ),
    !login.current &&
      h(
        "button",
        { type: "button", class: "button", "aria-label": t("settings.logins.end.name", { name: device }), "data-testid": "end-login", onclick: end },
        t("settings.logins.end"),
      ),
  );
}

function aboutSection() {
  return panelSection(
    { title: t("settings.about") },
    h("p", null, t("settings.version", { version: state.get("server")?.version ?? "" })),
    h("p", { class: "hint" }, t("settings.readable")),
  );
}

function logOutButton() {
  return h(
    "button",
    { type: "button", class: "button button--wide button--risky", "data-testid": "log-out", onclick: (event) => askLogOut(event.currentTarget) },
    icon("log-out"),
    t("settings.log_out"),
  );
}

// Asks, louder when messages would be lost, and logs out.
async function askLogOut(button) {
  const unsent = unsentCount();
  const sure = await confirmDialog({
    title: t("settings.log_out.title"),
    text: unsent > 0 ? t("settings.log_out.unsent", { n: unsent }) : t("settings.log_out.text"),
    confirm: t(unsent > 0 ? "settings.log_out.anyway" : "settings.log_out"),
    danger: unsent > 0,
  });
  if (sure) await act(button, logOut);
}
