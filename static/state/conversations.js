// A conversation as this page keeps it: the wire's object and what is derived
// from it. Functions here are pure; sync.js holds the map.

/**
 * @typedef {import("../net/protocol.js").Conversation & {
 *   read_n: number | null,  messages that are not of the system up to `read`; null if not known
 *   counted: number,        member_count holds up to this seq
 *   gone: boolean,          left or removed; kept while it is on the screen
 * }} Held
 */

/** fromWire makes what the page keeps of the wire's object. */
export function fromWire(wire) {
  const c = { ...wire, last: wire.last || null, gone: false, counted: wire.head[0], read_n: 0 };
  c.read_n = wire.read >= wire.head[0] ? nOf(c.last) : c.last ? c.last.n - wire.unread : null;
  return withUnread(c);
}

function nOf(message) {
  return message ? message.n : 0;
}

/**
 * merge takes a newer report of a conversation that is held already. Cursors only
 * rise, and the head is the higher of both: the report may be older than what the
 * socket has brought since.
 *
 * @param {Held} held
 */
export function merge(held, wire) {
  const fresh = fromWire(wire);
  const c = { ...held, ...fresh };
  if (held.head[0] > fresh.head[0]) {
    c.head = held.head;
    c.last = held.last;
    c.at = held.at;
  }
  if (held.read > fresh.read) {
    c.read = held.read;
    c.read_n = held.read_n;
  }
  c.delivered = Math.max(held.delivered, fresh.delivered);
  if (held.peer && fresh.peer) {
    c.peer = {
      user: fresh.peer.user,
      delivered: Math.max(held.peer.delivered, fresh.peer.delivered),
      read: Math.max(held.peer.read, fresh.peer.read),
    };
  }
  // What the wire leaves out is no longer so.
  for (const name of ["name", "notice", "role", "join", "history", "everyone", "hidden_at"]) {
    if (!(name in wire)) delete c[name];
  }
  return withUnread(c);
}

/** withMessage takes notice of a message: head, preview, unread. */
export function withMessage(held, message, me) {
  const c = { ...held };
  const allRead = c.unread === 0;
  if (message.seq > c.head[0]) {
    c.head = [message.seq, message.at];
    // A damaged message tells neither its time nor its count.
    c.last = message.damaged ? { ...message, n: nOf(held.last) } : message;
    c.at = message.damaged ? held.at : message.at;
  }
  if (message.seq === c.read && !message.damaged) c.read_n = message.n;
  if (message.from === me && allRead && message.seq > c.read) {
    c.read = message.seq;
    c.read_n = message.n;
  }
  return withUnread(c);
}

/** withRead moves one's own read cursor up; n is that of the message there, if known. */
export function withRead(held, seq, n) {
  if (seq < held.read || (seq === held.read && held.read_n !== null)) return held;
  return withUnread({ ...held, read: seq, read_n: n ?? null });
}

/** withMembers counts joins and leaves in messages after `counted`. */
export function withMembers(held, messages) {
  if (held.kind !== "group") return held;
  let { member_count: count = 0, counted } = held;
  for (const message of messages) {
    if (message.seq <= counted) continue;
    counted = message.seq;
    const type = message.event && message.event.type;
    if (type === "joined") count++;
    else if (type === "left" || type === "removed") count--;
  }
  return counted === held.counted ? held : { ...held, member_count: Math.max(0, count), counted };
}

function withUnread(c) {
  if (c.read >= c.head[0]) c.unread = 0;
  else if (c.read_n !== null && c.last) c.unread = Math.max(0, c.last.n - c.read_n);
  return c;
}

/** isHidden: taken off the list until something new comes. */
function isHidden(c) {
  return Boolean(c.hidden_at) && c.head[0] <= c.hidden_at;
}

/** listed returns the conversations of the list, newest first. */
export function listed(conversations) {
  return [...conversations.values()]
    .filter((c) => !c.gone && !isHidden(c))
    .sort((a, b) => b.at - a.at || (a.conv < b.conv ? -1 : 1));
}

/** totalUnread is the number in the tab's title. */
export function totalUnread(conversations) {
  let sum = 0;
  for (const c of conversations.values()) if (!c.gone && !isHidden(c)) sum += c.unread;
  return sum;
}
