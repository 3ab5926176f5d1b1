// Invite links: those that work now, making one, taking one back.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { confirmDialog, openDialog, toast } from "../lib/dialog.js";
import { onSubmit, submitButton } from "../lib/form.js";
import { now } from "../lib/time.js";
import { api } from "../net/api.js";
import { language, t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { segments } from "./choice.js";
import { copyButton } from "./copy_button.js";
import { act, createFormErrors } from "./errors.js";
import { createLoadable } from "./loadable.js";
import { panelSection } from "./panel.js";

const DAY_MS = 86_400_000;
const USES = [1, 10, 0]; // 0: any number of times
const EXPIRIES = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };

/** createInviteList lists the links; addresses decide where they lead to. */
export function createInviteList({ address, registration }) {
  const note = h("p", { class: "hint", hidden: registration !== "closed" }, t("admin.invites.closed"));
  const list = createLoadable({
    rows: 1,
    load: () => api.get("/api/admin/invites"),
    render: ({ invites }) =>
      invites.length === 0
        ? h("p", { class: "section__none" }, t("admin.invites.empty"))
        : h("ul", { class: "rows", "data-testid": "invites" }, invites.map((invite) => inviteRow(invite))),
  });
  list.reload();
  const root = panelSection(
    {
      title: t("admin.invites"),
      text: t("admin.invites.text"),
      action: h(
        "button",
        { type: "button", class: "button", "data-testid": "new-invite", onclick: () => openNewInvite({ address, onmade: list.reload }) },
        icon("plus"),
        t("admin.invites.new"),
      ),
    },
    note,
    list.root,
  );

  function inviteRow(invite) {
    const link = inviteLink(address, invite);
    return h(
      "li",
      { class: "row", dataset: { testid: "invite-row", code: invite.code } },
      h("span", { class: "row__mark" }, icon("link")),
      h(
        "span",
        { class: "row__texts" },
        h("span", { class: "row__title ellipsis code", translate: "no" }, invite.code),
        h("span", { class: "row__detail" }, `${usesText(invite)} · ${t("admin.invites.until", { time: untilText(invite.expires_at) })}`),
      ),
      h(
        "span",
        { class: "row__actions" },
        copyButton({ text: link, label: t("admin.invites.copy"), quiet: true, testid: "copy-invite" }),
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": t("admin.invites.revoke"),
            title: t("admin.invites.revoke"),
            "data-testid": "revoke",
            onclick: (event) => revoke(event.currentTarget, invite),
          },
          icon("trash"),
        ),
      ),
    );
  }

  async function revoke(button, invite) {
    const sure = await confirmDialog({
      title: t("admin.invites.revoke.title"),
      text: t("admin.invites.revoke.text"),
      confirm: t("admin.invites.revoke"),
      danger: true,
    });
    if (!sure) return;
    const done = await act(button, () => api.delete(`/api/admin/invites/${invite.code}`));
    if (done) toast(t("admin.invites.revoked"));
    list.reload();
  }

  return {
    root,
    setRegistration(rule) {
      note.hidden = rule !== "closed";
    },
    destroy: list.destroy,
  };
}

// What one sends; it is built from the server's own address.
function inviteLink(address, invite) {
  return `${address.replace(/\/$/, "")}/invite#${invite.code}`;
}

/** untilText is a date and a time, short. */
export function untilText(ms) {
  const shape = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language(), shape).format(ms);
}

function usesText({ uses, max_uses: max }) {
  return max === 0 ? t("admin.invites.used.unlimited", { uses }) : t("admin.invites.used", { uses, max });
}

/** openNewInvite asks how often and how long, then shows the link to copy. */
export function openNewInvite({ address, onmade }) {
  const uses = segments({
    legend: t("admin.invites.uses"),
    value: "1",
    options: USES.map((n) => ({ value: String(n), label: usesLabel(n) })),
  });
  const expiry = segments({
    legend: t("admin.invites.expiry"),
    value: "week",
    options: Object.keys(EXPIRIES).map((value) => ({ value, label: t(`admin.invites.expiry.${value}`) })),
  });
  const submit = submitButton(t("admin.invites.create"));
  const errors = createFormErrors({ submit, fields: {} });
  const form = h("form", { class: "form", "data-testid": "invite-form" }, uses.root, expiry.root, errors.root, submit);
  const box = h("div", null, form);
  onSubmit(form, async () => {
    errors.clear();
    try {
      const { invite } = await api.post("/api/admin/invites", { max_uses: Number(uses.value), expires_at: now() + EXPIRIES[expiry.value] });
      onmade?.();
      showLink(box, inviteLink(address, invite));
    } catch (error) {
      errors.show(error);
    }
  });
  openDialog({ title: t("admin.invites.new"), testid: "invite-dialog", body: box, onclose: errors.destroy });
}

function usesLabel(n) {
  if (n === 0) return t("admin.invites.uses.unlimited");
  return n === 1 ? t("admin.invites.uses.once") : t("admin.invites.uses.n", { n });
}

function showLink(box, link) {
  const copy = copyButton({ text: link, label: t("admin.invites.copy"), primary: true, testid: "copy-invite" });
  replace(
    box,
    h(
      "div",
      { class: "form" },
      h("p", { role: "status" }, t("admin.invites.ready")),
      h("p", { class: "handout", translate: "no", "data-testid": "invite-link" }, link),
      copy,
    ),
  );
  copy.focus();
}
