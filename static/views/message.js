// One row of the timeline: a text, a system message, or one that cannot be shown.

import { h, isolate } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { clock, fullTime } from "../lib/time.js";
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { oneLine } from "./conversation_row.js";
import { eventParts, eventText, userName } from "./naming.js";
import { isJumbo, messageText } from "./message_text.js";

/**
 * @typedef {{
 *   key: string, seq: number, at: number, kind: "text" | "system" | "damaged" | "unsupported",
 *   from: string, mine: boolean, group: boolean, continued: boolean,
 *   body?: string, event?: any, clientID?: string,
 *   state: "pending" | "waiting" | "sent" | "failed" | "check", reason: string,
 *   tick: "" | "sent" | "delivered" | "read", readers: number, opened: boolean,
 * }} Item waiting: pending without a connection
 */

/** messageSignature changes whenever the row would look different. */
export function messageSignature(item) {
  const name = item.kind === "system" ? eventText(item.event) : item.mine || item.continued || !item.group ? "" : userName(item.from);
  return [item.seq, item.kind, item.state, item.reason, item.continued, item.tick, item.readers, item.opened, name].join("|");
}

/**
 * messageRow builds the row.
 *
 * @param {Item} item
 * @param {{ onmenu: (item: Item, anchor: HTMLElement, at?: { x: number, y: number }) => void,
 *   onretry: (item: Item) => void, ondelete: (item: Item) => void,
 *   onreaders: (item: Item) => void, onnotice: (item: Item) => void, onopen: (item: Item) => void, onperson: (user: string) => void }} on
 */
export function messageRow(item, on) {
  if (item.kind === "system") return systemRow(item, on);
  if (item.kind === "damaged") return eventRow(item, t("message.damaged"), [icon("alert"), t("message.damaged")]);
  return bubbleRow(item, on);
}

function frame(item, className, label, ...children) {
  return h(
    "article",
    {
      class: className,
      tabindex: "-1",
      "aria-label": label,
      dataset: {
        testid: "message",
        key: item.key,
        seq: item.seq || null,
        kind: item.kind,
        state: { pending: "pending", waiting: "pending", check: "failed" }[item.state] || item.state,
      },
    },
    children,
  );
}

function eventRow(item, text, content) {
  return frame(
    item,
    `event event--${item.kind}`,
    t("message.label", { name: text, time: clock(item.at) }),
    h("p", { class: "event__text", title: fullTime(item.at) }, content),
  );
}

function systemRow(item, on) {
  const event = shortened(item.event);
  const words = isolate(eventParts(event));
  const isNotice = event.type === "noticed" && event.name;
  return eventRow(
    item,
    eventText(event),
    isNotice ? h("button", { type: "button", class: "event__notice ellipsis", tabindex: "-1", onclick: () => on.onnotice(item) }, words) : words,
  );
}

/** A notice may be long: one line of it is told, the button shows the rest. */
function shortened(event) {
  if (event.type !== "noticed" || !event.name) return event;
  const line = oneLine(event.name);
  return { ...event, name: event.name.length > line.length + 1 ? `${line}…` : line };
}

function bubbleRow(item, on) {
  const { mine, continued, group, state } = item;
  const classes = ["message", mine && "message--mine", continued && "message--continued", group && "message--group", state !== "sent" && `message--${state}`];
  const name = userName(item.from);
  const label = mine ? t("message.label.mine", { time: clock(item.at) }) : t("message.label", { name, time: clock(item.at) });
  return frame(
    item,
    classes.filter(Boolean).join(" "),
    label,
    group && !mine && (continued ? h("span", { class: "message__gutter" }) : person(item, name, on)),
    h(
      "div",
      { class: "message__column" },
      group && !mine && !continued && h("p", { class: "message__name" }, h("bdi", null, name)),
      h("div", { class: "message__line" }, bubble(item, on), actionsButton(item, on)),
      (state === "failed" || state === "check") && failure(item, on),
    ),
  );
}

function person(item, name, on) {
  return h(
    "button",
    { type: "button", class: "message__person", tabindex: "-1", "aria-label": name, onclick: () => on.onperson(item.from) },
    avatar({ id: item.from, name, size: 34 }),
  );
}

function bubble(item, on) {
  const jumbo = item.kind === "text" && isJumbo(item.body);
  return h(
    "div",
    {
      class: "bubble" + (jumbo ? " bubble--jumbo" : "") + (item.kind === "text" ? "" : " bubble--note"),
      oncontextmenu: (event) => {
        // The browser's own menu serves selected text and links.
        if (event.target.closest("a") || !getSelection().isCollapsed) return;
        event.preventDefault();
        on.onmenu(item, event.target.closest("article"), { x: event.clientX, y: event.clientY });
      },
    },
    h(
      "div",
      { class: "bubble__body", dir: "auto" },
      item.kind === "text"
        ? h("span", { class: "bubble__text", "data-testid": "message-text" }, messageText(item.body, { opened: item.opened, onopen: () => on.onopen(item) }))
        : h("span", { class: "bubble__text" }, icon("alert"), t("message.unsupported")),
      meta(item, on),
    ),
  );
}

function meta(item, on) {
  return h(
    "span",
    { class: "bubble__meta", dir: "ltr" },
    h("time", { datetime: new Date(item.at).toISOString(), title: fullTime(item.at) }, clock(item.at)),
    item.mine && status(item, on),
  );
}

function status(item, on) {
  if (item.state === "pending") return mark("clock", t("message.sending"));
  if (item.state === "waiting") return mark("clock", t("message.waiting"));
  if (item.state !== "sent") return mark("alert", t("message.failed"));
  if (item.readers > 0) {
    return h(
      "button",
      {
        type: "button",
        class: "bubble__readers",
        tabindex: "-1",
        "data-testid": "readers",
        "aria-label": t("message.read_by_label", { n: item.readers }),
        onclick: () => on.onreaders(item),
      },
      t("message.read_by", { n: item.readers }),
    );
  }
  const tick = item.tick || "sent";
  return mark(tick === "sent" ? "check" : "checks", t(`message.${tick}`), `tick tick--${tick}`);
}

function mark(name, label, className = "tick") {
  return h("span", { class: className, role: "img", "aria-label": label, title: label }, icon(name));
}

function actionsButton(item, on) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-button message__actions",
      tabindex: "-1",
      "aria-label": t("message.actions"),
      "aria-haspopup": "menu",
      onclick: (event) => on.onmenu(item, event.currentTarget),
    },
    icon("more"),
  );
}

function failure(item, on) {
  const check = item.state === "check";
  return h(
    "p",
    { class: "message__failure" },
    h("span", { class: "message__why" }, check ? t("message.check") : item.reason ? t("message.failed_why", { why: item.reason }) : t("message.failed")),
    h("button", { type: "button", class: "message__act", "data-testid": "retry", onclick: () => on.onretry(item) }, t(check ? "message.send_again" : "message.retry")),
    h("button", { type: "button", class: "message__act", "data-testid": "delete", onclick: () => on.ondelete(item) }, t("message.delete")),
  );
}
