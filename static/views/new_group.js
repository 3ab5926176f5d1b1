// Making a group.

import { h } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { t } from "../i18n/i18n.js";
import { createGroup, openConversation } from "../state/actions.js";
import { createFormErrors } from "./errors.js";
import { createGroupRules } from "./group_rules.js";
import { createMemberPicker } from "./member_picker.js";
import { createRequestIDs } from "./request_ids.js";

/** openNewGroup opens the dialog; the new group's chat opens when it is made. */
export function openNewGroup() {
  const name = field({ label: t("group.new.name"), name: "group_name", maxlength: 64, required: true, autofocus: true });
  const picker = createMemberPicker({ label: t("group.new.members") });
  const rules = createGroupRules();
  const submit = submitButton(t("group.new.submit"));
  const errors = createFormErrors({ submit, fields: { bad_title: name } });
  const requestIDs = createRequestIDs();
  const form = h(
    "form",
    { class: "form", "data-testid": "new-group-form" },
    name.root,
    picker.root,
    h("details", { class: "fold" }, h("summary", null, t("group.rules")), rules.root),
    errors.root,
    submit,
  );
  onSubmit(form, async () => {
    errors.clear();
    if (errors.missing([name])) return;
    try {
      const wanted = { name: name.value.trim(), members: picker.users, ...rules.value };
      const conv = await createGroup({ client_id: requestIDs.idFor(wanted), ...wanted });
      dialog.close();
      openConversation(conv);
    } catch (error) {
      errors.show(error);
    }
  });
  const dialog = openDialog({
    title: t("group.new.title"),
    testid: "new-group-dialog",
    body: form,
    onclose() {
      picker.destroy();
      errors.destroy();
    },
  });
}
