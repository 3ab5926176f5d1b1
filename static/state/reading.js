// Reports of what was read and what has arrived: by max, at most one of each a
// second for a conversation, and again after a reconnect if they got lost.

import { readFrame, receivedFrame } from "../net/protocol.js";

const EVERY_MS = 1000;

/**
 * createReading reports cursors over the session.
 *
 * @param {{ send: (frame: any) => boolean, schedule?: any, now?: () => number }} deps
 */
export function createReading({ send, schedule = setTimeout, now = Date.now }) {
  const kinds = {
    read: { frame: readFrame, wanted: new Map(), told: new Map(), last: new Map() },
    received: { frame: receivedFrame, wanted: new Map(), told: new Map(), last: new Map() },
  };
  let scheduled = false;

  function report(kind, conv, seq) {
    if ((kind.wanted.get(conv) || 0) >= seq) return;
    kind.wanted.set(conv, seq);
    flush();
  }

  function flush() {
    let waiting = false;
    for (const kind of Object.values(kinds)) {
      for (const [conv, seq] of kind.wanted) {
        if ((kind.told.get(conv) || 0) >= seq) continue;
        if (now() - (kind.last.get(conv) || 0) < EVERY_MS) {
          waiting = true;
          continue;
        }
        if (!send(kind.frame(conv, seq))) return;
        kind.told.set(conv, seq);
        kind.last.set(conv, now());
      }
    }
    if (waiting && !scheduled) {
      scheduled = true;
      schedule(() => {
        scheduled = false;
        flush();
      }, EVERY_MS);
    }
  }

  return {
    /** read: everything up to seq was on the screen long enough. */
    read: (conv, seq) => report(kinds.read, conv, seq),

    /** received: everything up to seq is on this device. */
    received: (conv, seq) => report(kinds.received, conv, seq),

    /** ready is told when a session has begun: what was told before may be lost. */
    ready() {
      for (const kind of Object.values(kinds)) kind.told.clear();
      flush();
    },
  };
}
