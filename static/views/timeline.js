// The transcript: a window of plain rows in sections by day, whose place is kept
// by hand whatever is added or taken away above or below.

import { createRowCache, h, soon } from "../lib/dom.js";
import { fromEnd, keepPlace, NEAR_END_PX, toEnd } from "../lib/scroll.js";
import { clock } from "../lib/time.js";
import { t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { current, sync } from "../state/session.js";
import { createWindow, WINDOW } from "../state/timeline_window.js";
import { createItems } from "./timeline_items.js";
import { createDays } from "./timeline_days.js";
import { createTimelineKeys } from "./timeline_keys.js";
import { createTimelineTop } from "./timeline_top.js";
import { createSeen } from "./timeline_seen.js";
import { messageRow, messageSignature } from "./message.js";

const EDGE_PX = 800; // nearer to an edge than this, more is fetched
const FIRST_PAGE = 60;
const PAGE = 100;
const NEAR_UNREAD = 150; // fewer new messages than this come in one page with the newest
const BEFORE_UNREAD = 40;
const DIVIDER_AT = 0.25; // of the height
const SKELETON_AFTER_MS = 200;

/**
 * createTimeline shows the messages of one conversation.
 *
 * @param {{ conv: string, on: any, announce: (message: any) => void, onedge: () => void,
 *   onvisit: () => void, onempty: () => void }} deps
 *   on: what rows can do (message.js); announce hears each new message of others;
 *   onedge is told when isPinned, unread or the divider's place may have changed,
 *   onvisit when the place of the divider was found anew, onempty when the row
 *   that had the focus was the last
 */
export function createTimeline({ conv, on, announce, onedge, onvisit, onempty }) {
  const win = createWindow();
  const items = createItems({ conv, win });
  const list = h("div", { class: "timeline__list" });
  const top = createTimelineTop({ onretry: retry });
  const scroller = h("div", { class: "timeline__scroll", "data-testid": "timeline", onscroll }, top.root, list);
  const rows = createRowCache({ keyOf: (item) => item.key, signatureOf: messageSignature, build: (item) => messageRow(item, on) });
  const seen = createSeen({ conv, scroller, rowsOf });
  const later = soon(render);
  const days = createDays(list);
  const keys = createTimelineKeys({ rowsOf, itemOf: (row) => items.get(row.dataset.key), on });
  const divider = h(
    "div",
    { class: "divider", role: "separator", "aria-label": t("chat.new_messages"), "data-testid": "unread-divider" },
    h("span", { class: "divider__text", "aria-hidden": "true" }, t("chat.new_messages")),
  );

  let pinned = true; // the end is in sight and stays so
  let placing = ""; // where to scroll once the rows are laid out: "open" or "end"
  let wasEnd = 0; // end of the followed run when last looked at
  let loading = { up: false, down: false, first: false };
  let failed = { up: false, down: false, first: false };
  let generation = 0;
  let destroyed = false;
  let waiting = false; // for the bootstrap after a reset
  let away = !document.hasFocus();

  const offs = [
    sync.onChange(onchange),
    current().onOutbox((changed) => changed === conv && later()),
    ...["users", "connection"].map((slice) => state.subscribe(slice, later)),
  ];
  const observer = new ResizeObserver(settle);
  observer.observe(scroller);
  observer.observe(list);
  scroller.addEventListener("keydown", keys.onkeydown);
  addEventListener("focus", comeBack);
  addEventListener("blur", comeBack);
  document.addEventListener("visibilitychange", comeBack);
  open();

  function held() {
    return state.get("conversations").get(conv);
  }

  function own() {
    return sync.history(conv);
  }

  // ── what is shown ──

  /** open shows the newest messages, or where the unread ones begin. */
  async function open() {
    const mine = ++generation;
    waiting = false;
    loading = { up: false, down: false, first: false };
    failed = { up: false, down: false, first: false };
    win.show(1, 0);
    const c = held();
    if (!c) return;
    items.begin(c);
    onvisit();
    const { unread } = c;
    const read = Math.max(c.read, c.from_seq - 1);
    const end = own().end[0];
    wasEnd = end;
    const far = unread > 0 && end - read > NEAR_UNREAD;
    const first = far ? read + 1 : Math.max(c.from_seq, end - (unread > 0 ? end - read + BEFORE_UNREAD : FIRST_PAGE) + 1);
    if (end > 0 && !covers(first, far ? first : end)) {
      if (!(await fetchFirst(mine, c, far, end, end - first + 1))) return;
    }
    showAround(far ? read + 1 : own().end[0], first);
    placing = "open";
    pinned = !far;
    render();
  }

  function covers(from, to) {
    const run = own().runAt(to);
    return Boolean(run) && run.from <= from;
  }

  async function fetchFirst(mine, c, far, end, limit) {
    const wait = setTimeout(() => {
      loading.first = true;
      render();
    }, SKELETON_AFTER_MS);
    try {
      if (far) {
        await Promise.all([
          sync.page(conv, { after: Math.max(c.read, c.from_seq - 1), limit: PAGE }),
          c.read >= c.from_seq && sync.page(conv, { before: c.read + 1, limit: BEFORE_UNREAD }),
        ]);
      } else {
        await sync.page(conv, { before: end + 1, limit: Math.min(200, Math.max(1, limit)) });
      }
      return mine === generation && !destroyed;
    } catch {
      if (mine === generation && !destroyed) {
        failed.first = true;
        showAround(end, end);
        placing = "end";
        render();
      }
      return false;
    } finally {
      clearTimeout(wait);
      if (mine === generation) loading.first = false;
    }
  }

  function showAround(seq, first) {
    const run = own().runAt(seq);
    if (!run) return win.show(1, 0);
    const lo = Math.max(run.from, Math.min(first, seq) - BEFORE_UNREAD);
    win.show(lo, Math.min(run.to, lo + WINDOW - 1));
  }

  /** atEnd: the window reaches the newest message. */
  function atEnd() {
    const history = own();
    return !history || win.hi >= history.end[0] || (win.isEmpty && history.size === 0);
  }

  // ── changes ──

  function onchange(change) {
    if (change.conv !== conv || destroyed) return;
    if (change.reset && (pinned || !covers(win.lo, win.hi))) return wait();
    if (change.begun || (waiting && change.conversation)) return void open();
    if (change.messages) {
      follow();
      if (change.fresh) for (const message of change.messages) announceOthers(message);
    }
    later();
  }

  /** After a reset the bootstrap says what is unread; until then nothing is shown. */
  function wait() {
    generation++;
    waiting = true;
    win.show(1, 0);
    loading = { up: false, down: false, first: true };
    later();
  }

  /** Whoever comes back to the window begins a new visit to what came meanwhile. */
  function comeBack() {
    if (document.visibilityState !== "visible" || !document.hasFocus()) {
      away = true;
      return;
    }
    const c = held();
    if (!away) return;
    away = false;
    if (!c || c.unread === 0 || waiting) return;
    items.begin(c);
    onvisit();
    later();
  }

  function follow() {
    if (waiting) return;
    const end = own()?.end[0] || 0;
    if (end === wasEnd) return;
    if (win.isEmpty) showAround(end, Math.max(wasEnd + 1, 1));
    else if (win.hi >= wasEnd) win.follow(end, pinned);
    wasEnd = end;
  }

  function announceOthers(message) {
    if (message.from && message.from !== current()?.user) announce(message);
  }

  // ── drawing ──

  function render() {
    if (destroyed) return;
    const change = () => {
      const list = items.list({ atEnd: atEnd(), unsent: current()?.unsent(conv) || [] });
      drawTop(list.length);
      drawRows(list);
    };
    if (pinned) {
      change();
      if (!placing) toEnd(scroller);
    } else keepPlace(scroller, rowsOf, change);
    settle();
    onedge();
  }

  function drawRows(all) {
    const held = list.contains(document.activeElement) && document.activeElement.closest("article");
    const at = held ? [...rowsOf()].indexOf(held) : -1;
    const nodes = rows(all);
    days.draw(all, nodes, { divider, dividerSeq: items.dividerSeq });
    keys.rove(nodes);
    if (held && !held.isConnected) refocus(nodes, held.dataset.key, at);
  }

  /** The row that had the focus was built anew or is gone: it goes on there or beside it. */
  function refocus(nodes, key, at) {
    const next = nodes.find((row) => row.dataset.key === key) || nodes[Math.min(at, nodes.length - 1)];
    queueMicrotask(() => (next ? keys.focus(next) : onempty()));
  }

  function drawTop(count) {
    top.show(topKind(count), held());
  }

  function topKind(count) {
    const c = held();
    if (failed.first || failed.up) return "failed";
    if (loading.first) return "loading";
    if (!c) return "";
    const first = Math.max(1, c.from_seq);
    if (win.isEmpty) return count === 0 && own().end[0] < first ? "empty" : "";
    return win.lo <= first ? "beginning" : "more";
  }

  function retry() {
    if (failed.first) return void open();
    failed.up = failed.down = false;
    later();
    loadEdges();
  }

  /** rowsOf returns the rows on the page, in order. */
  function rowsOf() {
    return list.querySelectorAll("article");
  }

  // ── place ──

  /** settle runs whenever something was laid out anew, before it is painted. */
  function settle() {
    if (destroyed || !scroller.isConnected || scroller.clientHeight === 0) return;
    if (placing) place();
    else if (pinned) toEnd(scroller);
    loadEdges();
    seen.check();
  }

  function place() {
    if (win.isEmpty && loading.first) return;
    const where = placing;
    placing = "";
    toEnd(scroller);
    if (where === "open" && divider.isConnected) {
      const wanted = divider.getBoundingClientRect().top - scroller.getBoundingClientRect().top - scroller.clientHeight * DIVIDER_AT;
      if (wanted < 0) scroller.scrollTop += wanted;
    }
    pinned = atEnd() && fromEnd(scroller) < NEAR_END_PX;
    onedge();
  }

  function onscroll() {
    if (placing) return;
    pinned = atEnd() && fromEnd(scroller) < NEAR_END_PX;
    loadEdges();
    seen.check();
    onedge();
  }

  function loadEdges() {
    if (placing || win.isEmpty) return;
    if (scroller.scrollTop < EDGE_PX) loadUp();
    if (fromEnd(scroller) < EDGE_PX && !atEnd()) loadDown();
  }

  async function loadUp() {
    const c = held();
    if (!c || loading.up || failed.up) return;
    const run = own().runAt(win.lo);
    if (run && run.from < win.lo) {
      win.growUp(run);
      return later();
    }
    if (win.lo <= Math.max(1, c.from_seq) || c.gone) return;
    await fetchEdge("up", { before: win.lo, limit: PAGE });
  }

  async function loadDown() {
    const c = held();
    if (!c || loading.down || failed.down) return;
    const run = own().runAt(win.hi);
    if (run && run.to > win.hi) {
      win.growDown(run);
      return later();
    }
    if (!c.gone) await fetchEdge("down", { after: win.hi, limit: PAGE });
  }

  async function fetchEdge(edge, bounds) {
    const mine = generation;
    loading[edge] = true;
    let came = 0;
    try {
      came = (await sync.page(conv, bounds)).length;
    } catch {
      if (mine === generation) failed[edge] = true;
    }
    if (mine !== generation || destroyed) return;
    loading[edge] = false;
    if (came > 0) {
      const run = own().runAt(edge === "up" ? win.lo : win.hi);
      if (run) edge === "up" ? win.growUp(run) : win.growDown(run);
    }
    later();
  }

  /** toNewest shows the end, from wherever; an opening under way is given up. */
  async function toNewest() {
    const c = held();
    if (c && !c.gone && !atEnd()) {
      const mine = ++generation;
      loading = { up: false, down: true, first: false };
      const end = own().end[0];
      if (!covers(Math.max(c.from_seq, end - FIRST_PAGE + 1), end)) {
        try {
          await sync.page(conv, { before: end + 1, limit: FIRST_PAGE });
        } catch {
          failed.down = true;
        }
        if (mine !== generation || destroyed) return;
      }
      loading.down = false;
      const run = own().runAt(own().end[0]);
      if (!run) return later();
      win.show(Math.max(run.from, run.to - FIRST_PAGE + 1), run.to);
      wasEnd = own().end[0];
    }
    pinned = true;
    placing = "end";
    render();
  }

  /** toDivider shows where the unread messages begin. */
  function toDivider() {
    const seq = items.dividerSeq;
    if (!seq) return;
    if (!divider.isConnected) {
      const run = own().runAt(seq);
      if (!run) return;
      win.show(Math.max(run.from, seq - BEFORE_UNREAD), Math.min(run.to, seq + 2 * BEFORE_UNREAD));
    }
    pinned = false;
    placing = "open";
    render();
  }

  return {
    root: scroller,

    /** item returns what the row with this key shows. */
    item: (key) => items.get(key),

    /** open shows a long text whole. */
    open(key) {
      items.open(key);
      later();
    },

    toNewest,
    toDivider,
    render: later,

    /** isPinned: the newest message is in sight. */
    get isPinned() {
      return pinned;
    },

    /** dividerPlace says where the divider is: "" for none, above, seen or below. */
    get dividerPlace() {
      const seq = items.dividerSeq;
      if (!seq) return "";
      if (!divider.isConnected) return seq < win.lo ? "above" : "below";
      const box = divider.getBoundingClientRect();
      const view = scroller.getBoundingClientRect();
      if (box.bottom < view.top) return "above";
      return box.top > view.bottom ? "below" : "seen";
    },

    /** unreadSince says how many messages were unread at the opening, and since when. */
    get unreadSince() {
      const message = own()?.get(items.dividerSeq);
      return { n: items.unreadAtOpen, time: message ? clock(message.at) : "" };
    },

    focusLast: keys.focusLast,
    focusRoving: keys.focusRoving,

    destroy() {
      destroyed = true;
      generation++;
      for (const off of offs) off();
      observer.disconnect();
      removeEventListener("focus", comeBack);
      removeEventListener("blur", comeBack);
      document.removeEventListener("visibilitychange", comeBack);
      later.cancel();
      seen.destroy();
    },
  };
}
