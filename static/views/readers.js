// Who has read a message of a group.

import { createRowCache, h, reconcile } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { t } from "../i18n/i18n.js";
import { api } from "../net/api.js";
import { state } from "../state/store.js";
import { sync } from "../state/session.js";
import { createLoadable } from "./loadable.js";
import { identityText, personRow, personSignature } from "./person.js";

/** openReaders lists them, fetched anew. */
export function openReaders({ conv, seq }) {
  const list = h("ul", { class: "rows", "data-testid": "readers-list" });
  const rows = createRowCache({
    keyOf: (profile) => profile.user,
    signatureOf: personSignature,
    build: (profile) => personRow({ profile, detail: identityText(profile) }),
  });
  let readers = [];
  const loadable = createLoadable({
    load: async () => {
      const answer = await api.get(`/api/conversations/${conv}/readers?seq=${seq}`);
      sync.applyUsers(answer.users);
      sync.learnReaders(conv, seq, answer.readers);
      return answer.readers.filter((user) => user !== state.get("me").user);
    },
    render(users) {
      readers = users;
      draw();
      return users.length === 0 ? h("p", { class: "dialog__text" }, t("chat.readers.none")) : list;
    },
  });
  const offs = ["contacts", "users", "presence"].map((slice) => state.subscribe(slice, draw));
  openDialog({ title: t("chat.readers"), body: loadable.root, onclose });
  loadable.reload();

  function draw() {
    const known = state.get("users");
    reconcile(list, rows(readers.map((user) => known.get(user)).filter(Boolean)));
  }

  function onclose() {
    for (const off of offs) off();
    loadable.destroy();
  }
}
