// The admin's part: the server's name and rule, invite links, people, addresses.

import { h } from "../lib/dom.js";
import { toast } from "../lib/dialog.js";
import { field, onSubmit } from "../lib/form.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { state } from "../state/store.js";
import { addressList } from "./addresses.js";
import { createInviteList } from "./admin_invites.js";
import { createAccountList } from "./admin_people.js";
import { radioCards } from "./choice.js";
import { act, createFormErrors } from "./errors.js";
import { createLoadable, emptyState } from "./loadable.js";
import { createPanel, panelSection } from "./panel.js";
import { registrationOptions } from "./registration.js";

/** createAdmin is the screen #/admin. */
export function createAdmin() {
  return createPanel({
    testid: "admin",
    render(own) {
      if (!state.get("me").admin) return { title: t("admin.title"), content: emptyState({ mark: "shield", title: t("err.not_admin") }) };
      const page = own(
        createLoadable({
          load: () => api.get("/api/admin/settings"),
          render: (settings) => renderSettings(settings, own),
        }),
      );
      page.reload();
      return { title: t("admin.title"), content: page.root };
    },
  });
}

function renderSettings(settings, own) {
  const address = settings.addresses[0] ?? location.origin;
  const invites = own(createInviteList({ address, registration: settings.registration }));
  const people = own(createAccountList({ address }));
  return [
    panelSection({ title: t("admin.server") }, nameForm(settings, own)),
    panelSection({ title: t("admin.registration") }, registrationChoice(settings, invites)),
    invites.root,
    panelSection(
      { title: t("admin.addresses") },
      settings.addresses.length > 0 ? addressList(settings.addresses) : h("p", { class: "hint" }, t("admin.addresses.empty.text")),
    ),
    people.root,
  ];
}

function nameForm(settings, own) {
  const name = field({ label: t("setup.server_name"), name: "server_name", value: settings.server_name, maxlength: 64, required: true });
  const submit = h("button", { type: "submit", class: "button" }, t("group.save"));
  const errors = own(createFormErrors({ submit, fields: { bad_title: name } }));
  const form = h("form", { class: "form", "data-testid": "server-form" }, h("div", { class: "field-row" }, name.root, submit), errors.root);
  onSubmit(form, async () => {
    errors.clear();
    try {
      applySettings(await api.patch("/api/admin/settings", { server_name: name.value.trim() }));
      toast(t("group.saved"));
    } catch (error) {
      errors.show(error);
    }
  });
  return form;
}

function registrationChoice(settings, invites) {
  let saved = settings.registration;
  let wanted = saved;
  let isSaving = false;
  const choice = radioCards({
    legend: t("admin.registration"),
    hiddenLegend: true,
    value: saved,
    options: registrationOptions(),
    testid: "registration",
    onchange(value) {
      wanted = value;
      if (!isSaving) save();
    },
  });
  return choice.root;

  // Arrow keys pass over a rule faster than it is saved: the last one counts.
  async function save() {
    isSaving = true;
    while (wanted !== saved) {
      const rule = wanted;
      const done = await act(choice.root, async () => applySettings(await api.patch("/api/admin/settings", { registration: rule })));
      if (!done) break;
      saved = rule;
      invites.setRegistration(rule);
    }
    isSaving = false;
    if (wanted === saved) toast(t("admin.registration.saved"));
    else choice.set((wanted = saved));
  }
}

function applySettings({ server_name: name, registration }) {
  state.set("server", { ...state.get("server"), name, registration });
}
