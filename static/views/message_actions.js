// What can be done with a message: copied, sent again, deleted before it is sent,
// and in a group one can see who has read it.

import { loadStyle } from "../lib/dom.js";
import { copyText } from "../lib/clipboard.js";
import { confirmDialog, toast } from "../lib/dialog.js";
import { newClientID } from "../lib/id.js";
import { linkify } from "../lib/linkify.js";
import { openMenu } from "../lib/menu.js";
import { t } from "../i18n/i18n.js";
import { current } from "../state/session.js";
import { state } from "../state/store.js";
import { cut } from "./conversation_row.js";
import { isLong } from "./message_text.js";
import { userName } from "./naming.js";
import { openNotice } from "./notice.js";

const LONG_PRESS_MS = 500;
const LINKS_IN_MENU = 5;
const LINK_CHARS = 48;

/**
 * createMessageActions serves the rows of one conversation (message.js). onopen
 * shows a long text whole.
 */
export function createMessageActions({ conv, onopen }) {
  function onmenu(item, anchor, at) {
    if (item?.event?.type === "noticed" && item.event.name) return onnotice(item);
    if (!item || item.kind === "system" || item.kind === "damaged") return;
    const failed = item.state === "failed" || item.state === "check";
    const menu = [
      item.kind === "text" && { icon: "copy", label: t("message.copy"), testid: "menu-copy", onclick: () => oncopy(item) },
      ...linksOf(item),
      item.kind === "text" && isLong(item.body) && !item.opened && { icon: "down", label: t("message.show_all", { n: item.body.length }), testid: "menu-show-all", onclick: () => onopen(item) },
      item.group && !item.mine && { icon: "user", label: t("message.about", { name: userName(item.from) }), testid: "menu-person", onclick: () => onperson(item.from) },
      item.mine && item.group && item.seq > 0 && { icon: "checks", label: t("message.who_read"), testid: "menu-readers", onclick: () => onreaders(item) },
      failed && { icon: "refresh", label: t("message.retry"), onclick: () => onretry(item) },
      item.state !== "sent" && { icon: "trash", label: t("message.delete"), danger: true, onclick: () => ondelete(item) },
    ].filter(Boolean);
    if (menu.length > 0) openMenu(anchor, menu, { label: t("message.actions"), ...at });
  }

  async function oncopy(item) {
    if (!item || item.kind !== "text") return;
    toast((await copyText(item.body)) ? t("app.copied") : t("app.copy_failed"));
  }

  function onretry(item) {
    current().retry(item.clientID, newClientID());
  }

  async function ondelete(item) {
    const unknown = item.tried && item.state !== "failed";
    const yes = await confirmDialog({
      title: t("message.delete.title"),
      text: unknown ? t("message.delete.text") : "",
      confirm: t("message.delete"),
      danger: true,
    });
    if (yes) current()?.discard(item.clientID);
  }

  function onreaders(item) {
    return late(() => import("./readers.js"), (m) => m.openReaders({ conv, seq: item.seq }));
  }

  function onnotice(item) {
    openNotice(item.event.name);
  }

  function onperson(user) {
    const profile = state.get("users").get(user);
    if (profile) late(() => import("./person.js"), (m) => m.openPerson(profile));
  }

  return { onmenu, oncopy, onretry, ondelete, onreaders, onnotice, onopen: (item) => onopen(item), onperson };
}

/** The menu is the keyboard's way to the addresses in a text. */
function linksOf(item) {
  if (item.kind !== "text") return [];
  const links = new Map(linkify(item.body).map(({ href, text }) => [href, text]));
  links.delete(undefined);
  return [...links].slice(0, LINKS_IN_MENU).map(([href, text]) => ({
    icon: "link",
    label: t("message.open_link", { address: text.length > LINK_CHARS ? `${cut(text, LINK_CHARS)}…` : text }),
    testid: "menu-link",
    onclick: () => window.open(href, "_blank", "noopener,noreferrer"),
  }));
}

/** late shows a dialog with its style; without the server it says so. */
async function late(load, show) {
  try {
    const [module] = await Promise.all([load(), loadStyle("forms.css"), loadStyle("panels.css")]);
    show(module);
  } catch (err) {
    if (!(err instanceof TypeError)) throw err;
    toast(t("err.offline"));
  }
}

/** onLongPress calls fn(row) for a row a finger rests on; returns the way to stop. */
export function onLongPress(scroller, fn) {
  let timer = 0;
  const cancel = () => clearTimeout(timer);
  scroller.addEventListener("pointerdown", (event) => {
    cancel();
    const row = event.target.closest?.(".message");
    if (event.pointerType === "mouse" || !row || event.target.closest("a, button")) return;
    timer = setTimeout(() => fn(row), LONG_PRESS_MS);
  });
  for (const end of ["pointerup", "pointercancel", "pointermove", "scroll"]) {
    scroller.addEventListener(end, cancel, { passive: true });
  }
  return cancel;
}
