// Who has read a message of a group.

import { h } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { t } from "../i18n/i18n.js";
import { api } from "../net/api.js";
import { state } from "../state/store.js";
import { sync } from "../state/session.js";
import { avatar } from "./avatar.js";
import { createLoadable } from "./loadable.js";
import { userName } from "./naming.js";

/** openReaders lists them, fetched anew. */
export function openReaders({ conv, seq }) {
  const list = createLoadable({
    load: async () => {
      const { readers, users } = await api.get(`/api/conversations/${conv}/readers?seq=${seq}`);
      sync.applyUsers(users);
      sync.learnReaders(conv, seq, readers);
      return readers.filter((user) => user !== state.get("me").user);
    },
    render: (readers) =>
      readers.length === 0
        ? h("p", { class: "dialog__text" }, t("chat.readers.none"))
        : h(
            "ul",
            { class: "readers", "data-testid": "readers-list" },
            readers.map((user) =>
              h("li", { class: "readers__row" }, avatar({ id: user, name: userName(user), size: 34 }), h("bdi", null, userName(user))),
            ),
          ),
  });
  openDialog({ title: t("chat.readers"), body: list.root, onclose: list.destroy });
  list.reload();
}
