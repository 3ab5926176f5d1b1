// The small frames that nothing depends on: who is online, who is typing, what was
// read and what has arrived.

import { readFrame, receivedFrame } from "../net/protocol.js";

const TYPING_MS = 5000;

/**
 * createPresence applies the frames presence and typing to their slices:
 * presence is a Map of user to {online, last_seen}, typing a Map of conversation
 * to an array of users.
 */
export function createPresence({ state, schedule = setTimeout, now = Date.now }) {
  const until = new Map(); // conv → Map user → when it lapses
  let timer = null;

  function applyPresence({ users }) {
    const map = state.get("presence");
    for (const [user, online, last_seen] of users) map.set(user, { online, last_seen });
    state.set("presence", map);
  }

  function applyTyping({ conv, users }) {
    if (!until.has(conv)) until.set(conv, new Map());
    for (const user of users) until.get(conv).set(user, now() + TYPING_MS);
    publish();
  }

  /** stopped is told when a message of user came: they are done typing it. */
  function stopped(conv, user) {
    if (until.get(conv)?.delete(user)) publish();
  }

  function publish() {
    const typing = new Map();
    let next = Infinity;
    for (const [conv, users] of until) {
      for (const [user, when] of users) {
        if (when <= now()) users.delete(user);
        else next = Math.min(next, when);
      }
      if (users.size > 0) typing.set(conv, [...users.keys()]);
      else until.delete(conv);
    }
    state.set("typing", typing);
    if (timer === null && next < Infinity) {
      timer = schedule(() => {
        timer = null;
        publish();
      }, Math.max(50, next - now()));
    }
  }

  /** clear forgets who types: the connection ended. */
  function clear() {
    until.clear();
    state.set("typing", new Map());
  }

  return { applyPresence, applyTyping, stopped, clear };
}

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
