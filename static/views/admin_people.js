// Accounts as the admin sees them: making one by hand, a code for whoever forgot
// the password, disabling whoever left.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { confirmDialog, openDialog, toast } from "../lib/dialog.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { asQuery } from "../lib/number.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { state } from "../state/store.js";
import { untilText } from "./admin_invites.js";
import { copyButton } from "./copy_button.js";
import { act, createFormErrors } from "./errors.js";
import { createLoadable } from "./loadable.js";
import { panelSection } from "./panel.js";
import { identityText, isolated, nameOf, personRow } from "./person.js";
import { searchBox } from "./search_box.js";

/** createAccountList lists accounts, disabled ones too. */
export function createAccountList({ address }) {
  const search = searchBox({ label: t("admin.people.search"), onquery: () => list.reload(), testid: "accounts-search" });
  const rows = h("ul", { class: "rows", "data-testid": "accounts" });
  const more = h("button", { type: "button", class: "button rows__more", onclick: (event) => act(event.currentTarget, loadMore) }, t("contacts.people.more"));
  let accounts = [];
  const list = createLoadable({
    rows: 3,
    load: () => fetchAccounts(asQuery(search.value)),
    render(page) {
      accounts = [];
      append(page);
      if (accounts.length === 0) return h("p", { class: "section__none" }, t("group.picker.no_match"));
      return [rows, more];
    },
  });
  list.reload();
  const root = panelSection(
    {
      title: t("admin.people"),
      action: h(
        "button",
        { type: "button", class: "button", "data-testid": "new-account", onclick: () => openNewAccount({ address, onmade: list.reload }) },
        icon("user-plus"),
        t("admin.people.new"),
      ),
    },
    search.root,
    list.root,
  );

  function append(page) {
    accounts = accounts.concat(page.users);
    more.hidden = !page.more;
    replace(rows, accounts.map(accountRow));
  }

  async function loadMore() {
    append(await fetchAccounts(asQuery(search.value), accounts.at(-1).user));
  }

  function accountRow(account) {
    return personRow({
      profile: account,
      detail: identityText(account),
      tag: account.disabled ? t("admin.people.disabled") : account.admin ? t("admin.people.admin") : null,
      actions: null,
      onopen: () => openAccount({ account, address, onchange: list.reload }),
    });
  }

  return {
    root,
    destroy() {
      search.destroy();
      list.destroy();
    },
  };
}

function fetchAccounts(query, after = "") {
  return api.get(`/api/admin/users?query=${encodeURIComponent(query)}${after && `&after=${after}`}`);
}

// What an admin can do with one account.
function openAccount({ account, address, onchange }) {
  const name = nameOf(account);
  const isMe = account.user === state.get("me").user;
  const button = (label, mark, className, testid, action) =>
    h("button", { type: "button", class: `button ${className}`, "data-testid": testid, onclick: (event) => act(event.currentTarget, action) }, icon(mark), label);
  const dialog = openDialog({
    title: name,
    testid: "account-dialog",
    body: [
      h("p", { class: "dialog__text" }, identityText(account)),
      h(
        "div",
        { class: "stack stack--apart" },
        !account.disabled && button(t("admin.people.reset"), "key", "", "reset-code", giveCode),
        account.disabled
          ? button(t("admin.people.enable"), "check", "button--primary", "enable", () => setDisabled(false))
          : !isMe && button(t("admin.people.disable"), "close", "button--risky", "disable", askDisable),
      ),
    ],
  });

  async function giveCode() {
    const sure = await confirmDialog({
      title: t("admin.people.reset.title", { name: isolated(name) }),
      text: t("admin.people.reset.text"),
      confirm: t("admin.people.reset.make"),
    });
    if (!sure) return;
    const { code, expires_at } = await api.post(`/api/admin/users/${account.user}/reset-code`);
    dialog.close();
    openHandout({ account, code, expires_at, address });
  }

  async function askDisable() {
    const sure = await confirmDialog({
      title: t("admin.people.disable.title", { name: isolated(name) }),
      text: t("admin.people.disable.text"),
      confirm: t("admin.people.disable"),
      danger: true,
    });
    if (sure) await setDisabled(true);
  }

  async function setDisabled(disabled) {
    await api.patch(`/api/admin/users/${account.user}`, { disabled });
    dialog.close();
    toast(t(disabled ? "admin.people.disabled.done" : "admin.people.enabled.done", { name: isolated(name) }));
    onchange();
  }
}

function openNewAccount({ address, onmade }) {
  const name = field({ label: t("admin.people.new.name"), name: "name", hint: t("register.name.hint"), maxlength: 32, required: true, autofocus: true });
  const displayName = field({ label: t("register.display_name"), name: "display_name", maxlength: 64 });
  const submit = submitButton(t("admin.people.new.submit"));
  const errors = createFormErrors({ submit, fields: { bad_name: name, reserved_name: name, name_taken: name, bad_title: displayName } });
  const form = h("form", { class: "form", "data-testid": "account-form" }, name.root, displayName.root, errors.root, submit);
  onSubmit(form, async () => {
    errors.clear();
    if (errors.missing([name])) return;
    try {
      const { user: account, code, expires_at } = await api.post("/api/admin/users", { name: name.value.trim(), display_name: displayName.value.trim() });
      onmade();
      dialog.close();
      openHandout({ account, code, expires_at, address });
    } catch (error) {
      errors.show(error);
    }
  });
  const dialog = openDialog({ title: t("admin.people.new"), testid: "new-account-dialog", body: form, onclose: errors.destroy });
}

// The one-time code, shown once: as a link, and to be typed.
function openHandout({ account, code, expires_at: expiresAt, address }) {
  const name = nameOf(account);
  const page = `${address.replace(/\/$/, "")}/reset`;
  const link = `${page}#${code}`;
  openDialog({
    title: t("admin.code.title", { name: isolated(name) }),
    testid: "handout",
    body: h(
      "div",
      { class: "form" },
      h("p", null, t("admin.code.text", { name: isolated(name), time: untilText(expiresAt) })),
      h("p", { class: "handout", translate: "no", "data-testid": "reset-link" }, link),
      copyButton({ text: link, label: t("admin.invites.copy"), primary: true, testid: "copy-reset" }),
      h(
        "details",
        { class: "fold" },
        h("summary", null, t("admin.code.code", { page })),
        h("p", { class: "handout", translate: "no" }, account.name),
        h("p", { class: "handout", translate: "no", "data-testid": "reset-code-text" }, code),
      ),
    ),
  });
}
