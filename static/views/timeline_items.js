// What the rows of a timeline are made of: the messages of the window, then what
// is not sent yet.

import { has, t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { current, sync } from "../state/session.js";
import { dayKey } from "../lib/time.js";

const TOGETHER_MS = 5 * 60_000; // messages of one person this close share a name

/** createItems makes the rows' items of one conversation. */
export function createItems({ conv, win }) {
  const opened = new Set(); // keys of long texts that are shown whole
  const known = new Map(); // key → item, of the last list
  let readAtOpen = 0;
  let unreadAtOpen = 0;
  let dividerSeq = 0;

  /** begin freezes where the unread messages begin, for the whole visit. */
  function begin(c) {
    readAtOpen = c.read;
    unreadAtOpen = c.unread;
    dividerSeq = 0;
  }

  /** list returns the items from the top down. */
  function list({ atEnd, unsent }) {
    const history = sync.history(conv);
    const c = state.get("conversations").get(conv);
    if (!history || !c) return [];
    const me = current()?.user;
    const messages = history.slice(win.lo, win.hi);
    findDivider(messages, c, me);
    const cameAt = c.kind === "group" ? comingsIn(history.slice(win.lo, history.last)) : new Map();
    // Own messages that were acked beyond a hole stay in sight until it is filled.
    if (atEnd) messages.push(...history.slice(history.end[0] + 1, history.last).filter((m) => m.from === me));
    let at = messages.find((message) => message.at > 0)?.at || 0;
    const items = messages.map((message) => {
      at = message.at || at; // a damaged one has no time of its own
      return fromMessage(message, at, c, me, cameAt);
    });
    if (atEnd) {
      // An item whose message is here already: its ack got lost with the page.
      const here = new Set(items.map((item) => item.key));
      for (const item of unsent) if (!here.has(`c${item.client_id}`)) items.push(fromUnsent(item, c, me));
    }
    for (let i = 0; i < items.length; i++) items[i].continued = isContinued(items[i - 1], items[i]);
    known.clear();
    for (const item of items) known.set(item.key, item);
    return items;
  }

  function findDivider(messages, c, me) {
    if (dividerSeq || unreadAtOpen === 0 || messages.length === 0) return;
    // A window that begins later cannot tell which is the first.
    if (messages[0].seq > Math.max(readAtOpen + 1, c.from_seq)) return;
    const first = messages.find((m) => m.seq > readAtOpen && !m.event && m.from !== me);
    if (first) dividerSeq = first.seq;
  }

  function fromMessage(message, at, c, me, cameAt) {
    const mine = message.from === me;
    const key = mine && message.client_id ? `c${message.client_id}` : `m${message.seq}`;
    return {
      key,
      seq: message.seq,
      at,
      kind: kindOf(message),
      from: message.from || "",
      mine,
      group: c.kind === "group",
      continued: false,
      body: message.body,
      event: message.event,
      state: "sent",
      reason: "",
      tick: mine ? tickOf(c, message.seq) : "",
      readers: mine && c.kind === "group" ? readersOf(message.seq, me, cameAt) : 0,
      opened: opened.has(key),
    };
  }

  function kindOf(message) {
    if (message.damaged) return "damaged";
    if (message.event) return "system";
    return typeof message.body === "string" ? "text" : "unsupported";
  }

  function tickOf(c, seq) {
    if (!c.peer) return "sent";
    if (c.peer.read >= seq) return "read";
    return c.peer.delivered >= seq ? "delivered" : "sent";
  }

  /** readersOf counts whom the server lists: those who were there already and still are. */
  function readersOf(seq, me, cameAt) {
    let count = 0;
    for (const [user, read] of sync.readersOf(conv)) {
      if (user !== me && read >= seq && (cameAt.get(user) || 0) <= seq) count++;
    }
    return count;
  }

  function fromUnsent(item, c, me) {
    const key = `c${item.client_id}`;
    const connected = state.get("connection").status === "ready";
    return {
      key,
      seq: 0,
      at: item.created_at,
      kind: "text",
      from: me,
      mine: true,
      group: c.kind === "group",
      continued: false,
      body: item.body,
      clientID: item.client_id,
      tried: item.tried,
      state: item.state === "queued" ? (connected ? "pending" : "waiting") : item.state,
      reason: item.reason && has(`err.${item.reason}`) ? t(`err.${item.reason}`) : "",
      tick: "",
      readers: 0,
      opened: opened.has(key),
    };
  }

  /** comingsIn tells since which seq a user has been a member, Infinity for one who went. */
  function comingsIn(messages) {
    const cameAt = new Map();
    for (const { seq, event } of messages) {
      if (event?.type === "joined") cameAt.set(event.user, seq);
      else if (event?.type === "left" || event?.type === "removed") cameAt.set(event.user, Infinity);
    }
    return cameAt;
  }

  function isContinued(before, item) {
    return Boolean(
      before &&
        item.kind !== "system" &&
        before.kind !== "system" &&
        before.from === item.from &&
        item.at - before.at < TOGETHER_MS &&
        dayKey(before.at) === dayKey(item.at) &&
        item.seq !== dividerSeq,
    );
  }

  return {
    begin,
    list,
    get: (key) => known.get(key),
    open: (key) => opened.add(key),
    get dividerSeq() {
      return dividerSeq;
    },
    get unreadAtOpen() {
      return unreadAtOpen;
    },
  };
}
