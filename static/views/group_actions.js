// What changes a group. Whatever cannot be undone asks first and says what will
// happen.

import { h, replace } from "../lib/dom.js";
import { confirmDialog, openDialog, toast } from "../lib/dialog.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { t } from "../i18n/i18n.js";
import { addMembers, changeGroup, dissolveGroup, handOver, leaveGroup, removeMember } from "../state/actions.js";
import { state } from "../state/store.js";
import { act, createFormErrors } from "./errors.js";
import { groupName } from "./group_finder.js";
import { createGroupRules } from "./group_rules.js";
import { goToList } from "./info_parts.js";
import { createMemberPicker } from "./member_picker.js";
import { isCalled, isolated, nameOf, personRow } from "./person.js";
import { createRequestIDs } from "./request_ids.js";
import { searchBox } from "./search_box.js";

const NOTICE_MAX = 1000; // characters
const OWNERS_SHOWN = 50; // rows; whoever looks for somebody else searches

// A dialog with one form: what save throws is shown at its fields.
function openForm({ title, testid, content, submit = submitButton(t("group.save")), fields = {}, save, done = t("group.saved"), onclose }) {
  const errors = createFormErrors({ submit, fields });
  const form = h("form", { class: "form" }, content, errors.root, submit);
  onSubmit(form, async () => {
    errors.clear();
    try {
      const said = await save();
      dialog.close();
      toast(said ?? done);
    } catch (error) {
      errors.show(error);
    }
  });
  const dialog = openDialog({
    title,
    testid,
    body: form,
    onclose() {
      errors.destroy();
      onclose?.();
    },
  });
}

/** openRename changes the group's name. */
export function openRename(group) {
  const name = field({ label: t("group.new.name"), name: "group_name", value: groupName(group), maxlength: 64, required: true, autofocus: true });
  openForm({
    title: t("group.rename"),
    testid: "rename-dialog",
    content: name.root,
    fields: { bad_title: name },
    async save() {
      // Everyone has no name of its own: what stands here is the reader's word.
      const wanted = name.value.trim();
      if (wanted !== groupName(group)) await changeGroup(group.conv, { name: wanted });
    },
  });
}

/** openNotice changes what stands above the messages for all members. */
export function openNotice(group) {
  const notice = field({
    label: t("group.notice"),
    name: "notice",
    type: "textarea",
    rows: 6,
    value: group.notice,
    hint: t("group.notice.hint"),
    maxlength: NOTICE_MAX,
    autofocus: true,
  });
  openForm({
    title: t("group.notice.edit"),
    testid: "notice-dialog",
    content: notice.root,
    fields: { bad_notice: notice },
    save: () => changeGroup(group.conv, { notice: notice.value.trim() }).then(() => {}),
  });
}

/** openRules changes who may join and what newcomers read. */
export function openRules(group) {
  const rules = createGroupRules(group);
  openForm({
    title: t("group.rules"),
    testid: "rules-dialog",
    content: rules.root,
    save: () => changeGroup(group.conv, rules.value).then(() => {}),
  });
}

/** openAddMembers adds people to the group. */
export function openAddMembers(group, members) {
  const submit = submitButton(t("group.add.submit"));
  const picker = createMemberPicker({ label: t("group.add"), hiddenLabel: true, members, onchange: refresh });
  const requestIDs = createRequestIDs();
  openForm({
    title: t("group.add"),
    testid: "add-members-dialog",
    content: picker.root,
    submit,
    onclose: picker.destroy,
    async save() {
      const users = picker.users;
      await addMembers(group.conv, users, requestIDs.idFor(users));
      return t("group.added", { n: users.length });
    },
  });
  refresh();

  function refresh() {
    submit.disabled = picker.users.length === 0;
  }
}

/** askRemoveMember removes somebody; it returns whether it was done. */
export async function askRemoveMember(group, profile) {
  const sure = await confirmDialog({
    title: t("group.remove.title", { name: isolated(nameOf(profile)) }),
    text: t("group.remove.text"),
    confirm: t("group.remove"),
    danger: true,
  });
  if (!sure) return false;
  await removeMember(group.conv, profile.user);
  return true;
}

/** askHandOver makes another member the owner; it returns whether it was done. */
export async function askHandOver(group, profile) {
  const name = nameOf(profile);
  const sure = await confirmDialog({
    title: t("group.hand_over.title", { name: isolated(name) }),
    text: t("group.hand_over.text"),
    confirm: t("group.hand_over"),
  });
  if (!sure) return false;
  await handOver(group.conv, profile.user);
  toast(t("group.hand_over.done", { name: isolated(name) }));
  return true;
}

/** askLeave leaves; an owner who is not alone chooses the next owner first. */
export async function askLeave(group, members, users) {
  const others = members.filter((member) => member.user !== state.get("me").user);
  if (group.role === "owner" && others.length > 0) {
    pickNextOwner(group, others, users);
    return;
  }
  await confirmLeave(group, others.length === 0);
}

async function confirmLeave(group, isLast) {
  const text = isLast ? "group.leave.text.last" : group.join === "open" ? "group.leave.text" : "group.leave.text.members";
  const sure = await confirmDialog({
    title: t("group.leave.title", { name: isolated(groupName(group)) }),
    text: t(text),
    confirm: t("group.leave"),
    danger: true,
  });
  if (!sure) return;
  await act(document.body, async () => {
    await leaveGroup(group.conv);
    goToList();
  });
}

function pickNextOwner(group, others, users) {
  const profiles = new Map(users.map((profile) => [profile.user, profile]));
  const candidates = others.map(({ user }) => profiles.get(user)).filter((profile) => profile && !profile.disabled);
  const search = searchBox({ label: t("group.members.search"), onquery: render, testid: "next-owner-search" });
  const list = h("ul", { class: "rows" });
  const choose = async (profile) => {
    if (!(await act(document.body, () => askHandOver(group, profile)))) return;
    dialog.close();
    await confirmLeave({ ...group, role: "member" }, false);
  };
  const dialog = openDialog({
    title: t("group.hand_over.pick"),
    testid: "next-owner-dialog",
    body: [
      h("p", { class: "dialog__text" }, t("group.leave.owner")),
      candidates.length > OWNERS_SHOWN && search.root,
      list,
    ],
    onclose: search.destroy,
  });
  render();

  function render() {
    const found = candidates.filter((profile) => isCalled(profile, search.value)).slice(0, OWNERS_SHOWN);
    replace(
      list,
      found.map((profile) => personRow({ profile, actions: null, onopen: () => choose(profile) })),
      found.length === 0 && h("li", { class: "picker__none" }, t("group.picker.no_match")),
    );
  }
}

/** askDissolve ends the group for everybody. */
export async function askDissolve(group) {
  const sure = await confirmDialog({
    title: t("group.dissolve.title", { name: isolated(groupName(group)) }),
    text: t("group.dissolve.text"),
    confirm: t("group.dissolve"),
    danger: true,
  });
  if (!sure) return;
  await act(document.body, async () => {
    await dissolveGroup(group.conv);
    goToList();
  });
}
