// What the person has really seen: on the screen for a second in a window that is
// visible and has the focus. The same look finds out who has read one's own.

import { api } from "../net/api.js";
import { state } from "../state/store.js";
import { current, sync } from "../state/session.js";

const SEEN_MS = 1000;
const LOOK_MS = 250; // after a scroll, at most this often

/** createSeen reports what of the rows was seen. */
export function createSeen({ conv, scroller, rowsOf }) {
  const counted = new Set(); // seqs whose readers were asked for in this connection
  let seenTimer = 0;
  let lookTimer = 0;
  let asking = false;

  const off = state.subscribe("connection", ({ status }) => status !== "ready" && counted.clear());
  const look = () => {
    if (!lookTimer) lookTimer = setTimeout(looked, LOOK_MS);
  };
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);

  function isLookedAt() {
    return document.visibilityState === "visible" && document.hasFocus();
  }

  function looked() {
    lookTimer = 0;
    if (isLookedAt() && !seenTimer) {
      const before = lastSeen();
      if (before > (state.get("conversations").get(conv)?.read || 0)) {
        seenTimer = setTimeout(() => {
          seenTimer = 0;
          if (isLookedAt()) report(Math.min(before, lastSeen()));
          look(); // what came meanwhile has its own second
        }, SEEN_MS);
      }
    }
    countReaders();
  }

  function report(seq) {
    const c = state.get("conversations").get(conv);
    if (c && !c.gone && seq > c.read) current()?.read(conv, seq);
  }

  /** The last row that is whole on the screen, or covers it. */
  function lastSeen() {
    const view = scroller.getBoundingClientRect();
    const rows = rowsOf();
    for (let i = rows.length - 1; i >= 0; i--) {
      const seq = Number(rows[i].dataset.seq);
      if (!seq) continue;
      const box = rows[i].getBoundingClientRect();
      const covers = box.top <= view.top && box.bottom >= view.bottom;
      if (covers || box.bottom <= view.bottom + 4) return seq;
    }
    return 0;
  }

  /** In a group, the readers of one's own messages in sight are asked for, newest first. */
  async function countReaders() {
    const c = state.get("conversations").get(conv);
    if (asking || !c || c.gone || c.kind !== "group" || state.get("connection").status !== "ready") return;
    const seq = ownInSight().find((own) => !counted.has(own));
    if (!seq) return;
    asking = true;
    counted.add(seq);
    try {
      const { readers, users } = await api.get(`/api/conversations/${conv}/readers?seq=${seq}`);
      sync.applyUsers(users);
      sync.learnReaders(conv, seq, readers);
    } catch {
      // counted as asked; the receipts to come tell the rest
    } finally {
      asking = false;
      look();
    }
  }

  function ownInSight() {
    const view = scroller.getBoundingClientRect();
    const found = [];
    const rows = scroller.querySelectorAll(".message--mine[data-seq]");
    for (let i = rows.length - 1; i >= 0; i--) {
      const box = rows[i].getBoundingClientRect();
      if (box.bottom < view.top) break;
      if (box.top < view.bottom) found.push(Number(rows[i].dataset.seq));
    }
    return found;
  }

  return {
    /** check looks again soon. */
    check: look,
    destroy() {
      off();
      clearTimeout(seenTimer);
      clearTimeout(lookTimer);
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    },
  };
}
