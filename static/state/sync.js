// What the server says, applied in order. Every frame goes through apply, and so
// does the answer of an HTTP request, as the frame that says the same. A bootstrap
// is applied first and then again everything that came since it was asked for, so
// that neither can undo the other.

import { setServerNow } from "../lib/time.js";
import { MAX_BODY_BYTES } from "../net/protocol.js";
import { fromWire, merge, withMembers, withMessage, withRead } from "./conversations.js";
import { History } from "./messages.js";

const HOLE_WAIT_MS = 2000; // a hole may fill by itself: frames of one batch
const PAGE = 200;
const REFRESH_RETRY_MS = 5000;
const ANSWER_MS = 25_000; // an HTTP request gives up earlier, so no answer is older
const HELLO_CURSORS = 2000; // a frame has 128 KiB; each cursor takes about 50 bytes

/**
 * createSync makes the one place where state changes.
 *
 * @param {{
 *   state: ReturnType<import("./store.js").createState>,
 *   api: { get: (path: string) => Promise<any> },
 *   onepoch?: () => void,  the server's database is another one: begin anew
 *   schedule?: (fn: () => void, ms: number) => any,
 *   now?: () => number,
 * }} deps
 */
export function createSync({ state, api, onepoch = () => {}, schedule = setTimeout, now = Date.now }) {
  const histories = new Map(); // conv → History
  const goneAt = new Map(); // conv → rev of its gone
  const readers = new Map(); // conv → Map user → read, groups only
  const holeTimers = new Set();
  const missing = new Map(); // conv → seq that is known to exist and not held
  const asking = new Set(); // users whose profiles are on their way
  const framed = new Map(); // user → when a frame brought the profile
  const listeners = new Set();
  let epoch = "";
  let rev = 0; // of the last bootstrap; several frames share one, so none of them proves it whole
  let people = 0;
  let live = false;
  let partial = false; // hello could not name all conversations
  let recorded = null; // frames since a bootstrap was asked for
  let refreshAgain = false;
  let replaying = false;
  let wanted = new Set();
  let generation = 0; // rises with each begin; answers of an older one are void

  // ── the map of conversations ──

  const held = (conv) => state.get("conversations").get(conv);
  const me = () => state.get("me")?.user;

  function put(c) {
    const map = state.get("conversations");
    map.set(c.conv, c);
    state.set("conversations", map);
  }

  function tell(change) {
    for (const fn of [...listeners]) fn(change);
  }

  /** history returns what is held of a conversation, made when first asked for. */
  function history(conv) {
    const c = held(conv);
    let own = histories.get(conv);
    if (!own && c) {
      own = new History([...c.head]);
      if (c.last) own.insert([c.last]);
      histories.set(conv, own);
    }
    return own;
  }

  // ── bootstrap ──

  function begin(bootstrap) {
    generation++;
    histories.clear();
    goneAt.clear();
    readers.clear();
    holeTimers.clear();
    missing.clear();
    asking.clear();
    framed.clear();
    recorded = null;
    live = false;
    epoch = bootstrap.epoch;
    rev = people = 0;
    state.set("conversations", new Map());
    applyBootstrap(bootstrap);
  }

  function applyBootstrap(b) {
    rev = b.rev;
    people = Math.max(people, b.people);
    state.set("me", b.me);
    const body_bytes = b.limits?.body_bytes || MAX_BODY_BYTES;
    state.set("server", { ...state.get("server"), ...b.server, body_bytes });
    applyUsers(b.users);
    state.set("contacts", new Map(b.contacts.map((contact) => [contact.user, contact])));
    const listedNow = new Set();
    for (const wire of b.conversations) {
      if ((goneAt.get(wire.conv) || 0) > b.rev) continue;
      listedNow.add(wire.conv);
      applyConversation(wire);
    }
    for (const c of [...state.get("conversations").values()]) if (!listedNow.has(c.conv)) lose(c.conv);
    for (const conv of listedNow) history(conv);
  }

  /**
   * refresh fetches a bootstrap while the session goes on. One at a time; asked
   * again meanwhile, it runs once more.
   */
  async function refresh() {
    if (recorded) {
      refreshAgain = true;
      return;
    }
    const mine = generation;
    recorded = [];
    refreshAgain = false;
    let bootstrap = null;
    try {
      bootstrap = await api.get("/api/bootstrap");
    } catch {
      schedule(() => mine === generation && live && refresh(), REFRESH_RETRY_MS);
    }
    if (mine !== generation) return;
    const since = recorded;
    recorded = null;
    if (bootstrap) {
      if (bootstrap.epoch !== epoch) return onepoch();
      applyBootstrap(bootstrap);
      replaying = true;
      for (const frame of since) if (tellsMore(frame, bootstrap)) dispatch(frame);
      replaying = false;
      fillHoles();
    }
    if (refreshAgain) refresh();
  }

  /** tellsMore says whether a recorded frame is news to the bootstrap it preceded. */
  function tellsMore(frame, b) {
    switch (frame.type) {
      case "ready":
      case "live":
        return false; // of the session, which went on meanwhile
      case "conversation":
      case "contact":
      case "gone":
        return !frame.rev || frame.rev > b.rev; // without one, it is an HTTP answer
      case "user":
        return !frame.people || frame.people > b.people || !b.users.some(({ user }) => user === frame.user.user);
      default:
        return true;
    }
  }

  // ── frames ──

  /** apply takes one frame of the socket, or an answer in the shape of one. */
  function apply(frame) {
    if (recorded) recorded.push(frame);
    dispatch(frame);
  }

  function dispatch(frame) {
    switch (frame.type) {
      case "ready":
        return applyReady(frame);
      case "live":
        live = true;
        return fillHoles();
      case "message":
        return applyMessage(frame);
      case "receipt":
        return applyReceipt(frame);
      case "conversation":
        return applyConversation(frame.conversation);
      case "contact":
        return applyContact(frame.contact);
      case "user":
        people = Math.max(people, frame.people || 0);
        framed.delete(frame.user.user);
        framed.set(frame.user.user, now()); // the newest last
        return applyUsers([frame.user]);
      case "gone":
        return applyGone(frame);
      case "reset":
        return applyReset(frame);
    }
  }

  function applyReady(frame) {
    live = false;
    if (frame.now) setServerNow(frame.now);
    state.set("presence", new Map());
    if (frame.stale || partial) refresh();
  }

  function applyMessage(frame) {
    const { type: _, ...message } = frame;
    const c = held(message.conv);
    if (!c || c.gone) return missConversation(frame);
    const own = history(message.conv);
    const from = own.end[0];
    const result = own.add(message);
    settle(message.conv, from, [message]);
    if (result === "ahead") watchHole(message.conv);
    if (result !== "known") tell({ conv: message.conv, messages: [message], fresh: result !== "older" });
    needUsersOf([message]);
  }

  /** A message of a conversation that is not here yet: its bootstrap is. */
  function missConversation(frame) {
    // The newest bootstrap does not know it either: it was lost meanwhile.
    if (replaying || goneAt.has(frame.conv)) return;
    const waiting = Boolean(recorded);
    refresh();
    if (!waiting && recorded) recorded.push(frame);
  }

  /** settle takes what was added to a history into its conversation. */
  function settle(conv, from, messages) {
    const own = histories.get(conv);
    let c = held(conv);
    for (const message of messages) c = withMessage(c, message, me());
    c = withMembers(c, own.slice(Math.max(from, c.counted) + 1, own.end[0]));
    for (const { event } of own.slice(from + 1, own.end[0])) {
      if (event?.type === "left" || event?.type === "removed") readers.get(conv)?.delete(event.user);
    }
    put(c);
  }

  /**
   * applyAck makes the row of one's own message from the draft that was sent. An
   * ack beyond the run is kept apart; without its draft its seq is a hole.
   */
  function applyAck(ack, draft) {
    const c = held(ack.conv);
    if (!c || c.gone) return;
    const own = history(ack.conv);
    if (own.get(ack.seq)) return;
    if (draft) {
      const { conv, seq, at, n } = ack;
      applyMessage({ type: "message", conv, seq, at, n, kind: "text", from: me(), client_id: draft.client_id, body: draft.body });
    } else if (ack.seq > own.end[0]) {
      missing.set(ack.conv, Math.max(ack.seq, missing.get(ack.conv) || 0));
      watchHole(ack.conv);
    }
  }

  function applyReceipt({ conv, cursors }) {
    let c = held(conv);
    if (!c) return;
    for (const [user, delivered, read] of cursors) {
      if (user === me()) {
        c = withRead(c, read, histories.get(conv)?.get(read)?.n);
        c = { ...c, delivered: Math.max(c.delivered, delivered) };
      } else if (c.peer && c.peer.user === user) {
        const { peer } = c;
        c = { ...c, peer: { user, delivered: Math.max(peer.delivered, delivered), read: Math.max(peer.read, read) } };
      } else if (c.kind === "group") {
        raiseReader(conv, user, read);
      }
    }
    put(c);
    if (c.read_n === null && c.read < c.head[0]) learnReadCount(c);
    tell({ conv, receipts: true });
  }

  /** The unread count needs n at the read cursor; one message says it. */
  async function learnReadCount(c) {
    const mine = generation;
    if (c.read < c.from_seq) return;
    try {
      const { messages } = await api.get(`/api/conversations/${c.conv}/messages?after=${c.read - 1}&limit=1`);
      const now = held(c.conv);
      if (mine !== generation || !now || messages[0]?.seq !== now.read) return;
      put(withRead({ ...now, read_n: null }, now.read, messages[0].n));
    } catch {
      // the server's own count stands until the next receipt
    }
  }

  function raiseReader(conv, user, read) {
    if (!readers.has(conv)) readers.set(conv, new Map());
    const map = readers.get(conv);
    if ((map.get(user) || 0) < read) map.set(user, read);
  }

  function applyConversation(wire) {
    if (!wire) return;
    const old = held(wire.conv);
    const begun = !old || old.gone;
    if (begun) histories.delete(wire.conv);
    let c = begun ? fromWire(wire) : merge(old, wire);
    const own = histories.get(wire.conv);
    if (own) c = withMembers(c, own.slice(c.counted + 1, own.end[0]));
    put(c);
    history(wire.conv);
    if (wire.last) needUsersOf([wire.last]);
    if (wire.peer) needUsers([wire.peer.user]);
    tell({ conv: wire.conv, conversation: true, begun });
  }

  function applyContact(contact) {
    const map = state.get("contacts");
    if (contact.removed) map.delete(contact.user);
    else map.set(contact.user, contact);
    state.set("contacts", map);
    if (!contact.removed) needUsers([contact.user]);
  }

  /** applyAnswer takes profiles of an HTTP answer: a frame that came since it was asked for is newer. */
  function applyAnswer(profiles) {
    if (!profiles) return;
    for (const [user, at] of framed) {
      if (now() - at < ANSWER_MS) break;
      framed.delete(user);
    }
    for (const { user } of profiles) asking.delete(user);
    applyUsers(profiles.filter(({ user }) => !framed.has(user)));
  }

  function applyUsers(profiles) {
    if (!profiles || profiles.length === 0) return;
    const map = state.get("users");
    const mine = state.get("me");
    for (const profile of profiles) {
      map.set(profile.user, profile);
      asking.delete(profile.user);
      if (mine && profile.user === mine.user) state.set("me", { ...mine, ...profile });
    }
    state.set("users", map);
  }

  function applyGone({ conv, rev: at = 0 }) {
    goneAt.set(conv, Math.max(at, goneAt.get(conv) || 0));
    lose(conv);
  }

  /** lose marks a conversation as gone; forget takes it away when nobody looks. */
  function lose(conv) {
    const c = held(conv);
    if (!c || c.gone) return;
    put({ ...c, gone: true, writable: false, unread: 0 });
    tell({ conv, gone: true });
  }

  /** forget drops a conversation that is gone, or trims one that is not looked at. */
  function forget(conv, keep = 200) {
    const c = held(conv);
    if (c && !c.gone) {
      histories.get(conv)?.trim(keep);
      return;
    }
    const map = state.get("conversations");
    histories.delete(conv);
    readers.delete(conv);
    if (map.delete(conv)) state.set("conversations", map);
  }

  /**
   * applyReset begins again at the head. What is held stays only if it is merely
   * far behind: otherwise this database may be another copy.
   */
  function applyReset(frame) {
    if (!frame.conv) return onepoch();
    const c = held(frame.conv);
    if (!c) return;
    const head = Array.isArray(frame.head) ? frame.head : [frame.head || 0, 0];
    const own = histories.get(frame.conv);
    if (frame.reason === "behind" && own) own.resetTo(head);
    else histories.set(frame.conv, new History(head));
    put({ ...c, head, last: null, counted: head[0] });
    tell({ conv: frame.conv, reset: true });
    refresh();
  }

  // ── holes ──

  function watchHole(conv) {
    if (holeTimers.has(conv)) return;
    holeTimers.add(conv);
    const mine = generation;
    schedule(() => {
      if (mine !== generation) return;
      holeTimers.delete(conv);
      if (live) fillHole(conv);
    }, HOLE_WAIT_MS);
  }

  function fillHoles() {
    for (const conv of histories.keys()) if (hasHole(conv)) watchHole(conv);
  }

  function hasHole(conv) {
    const own = histories.get(conv);
    if (!own) return false;
    if (own.end[0] >= (missing.get(conv) || 0)) missing.delete(conv);
    return own.hole > 0 || missing.has(conv);
  }

  async function fillHole(conv) {
    const own = histories.get(conv);
    if (!hasHole(conv) || !held(conv) || held(conv).gone) return;
    const from = own.end[0];
    try {
      await page(conv, { after: from, limit: PAGE });
    } catch {
      return watchHole(conv);
    }
    if (own.end[0] > from) fillHole(conv);
  }

  // ── pages ──

  /**
   * page fetches messages before or after a seq (exclusive) and keeps them.
   *
   * @returns {Promise<any[]>} ascending
   */
  async function page(conv, { before, after, limit }) {
    const bound = before !== undefined ? `before=${before}` : `after=${after}`;
    const mine = generation;
    const { messages, users } = await api.get(`/api/conversations/${conv}/messages?${bound}&limit=${limit}`);
    if (mine !== generation) return [];
    applyAnswer(users);
    const own = history(conv);
    if (!own) return messages;
    const from = own.end[0];
    const fresh = own.insert(messages);
    if (held(conv) && !held(conv).gone) settle(conv, from, messages);
    if (fresh > 0) tell({ conv, messages, fresh: false });
    return messages;
  }

  // ── profiles ──

  function needUsersOf(messages) {
    for (const message of messages) needUsers([message.from, message.event?.user, message.event?.by]);
  }

  /** needUsers fetches profiles that are not here, all of one turn together. */
  function needUsers(ids) {
    const known = state.get("users");
    const before = wanted.size;
    for (const id of ids) if (id && !known.has(id) && !asking.has(id)) wanted.add(id);
    if (before === 0 && wanted.size > 0) schedule(fetchUsers, 20);
  }

  async function fetchUsers() {
    const ids = [...wanted].slice(0, 200);
    wanted = new Set([...wanted].slice(200));
    for (const id of ids) asking.add(id);
    try {
      const { users } = await api.get(`/api/users?ids=${ids.join(",")}`);
      applyAnswer(users);
    } catch {
      for (const id of ids) asking.delete(id);
    }
    if (wanted.size > 0) schedule(fetchUsers, 20);
  }

  return {
    begin,
    apply,
    applyAck,
    applyUsers: applyAnswer,
    refresh,
    history,
    forget,
    page,
    needUsers,

    /** isLive: everything the cursors asked for has come. */
    get isLive() {
      return live;
    },

    /** lost is told when the connection ends. */
    lost() {
      live = false;
    },

    get epoch() {
      return epoch;
    },

    /** hello says what this device has and follows. */
    hello() {
      const all = [...state.get("conversations").values()].filter((c) => !c.gone);
      // Beyond what a frame can name, the newest count; a bootstrap tells of the rest.
      partial = all.length > HELLO_CURSORS;
      if (partial) all.sort((a, b) => b.at - a.at).splice(HELLO_CURSORS);
      const cursors = {};
      for (const c of all) cursors[c.conv] = history(c.conv).end;
      return { epoch, rev, people, cursors };
    },

    /** markRead moves one's own cursor on this device; reading.js reports it. */
    markRead(conv, seq) {
      const c = held(conv);
      if (!c || seq <= c.read) return;
      put(withRead(c, seq, histories.get(conv)?.get(seq)?.n));
      tell({ conv, receipts: true });
    },

    /** readersOf is what is known of which members read up to where in a group. */
    readersOf(conv) {
      return readers.get(conv) || new Map();
    },

    /** learnReaders takes the answer of GET …/readers. */
    learnReaders(conv, seq, users) {
      for (const user of users) raiseReader(conv, user, seq);
      tell({ conv, receipts: true });
    },

    /**
     * onChange calls fn({conv, …}) with messages (and whether they came from the
     * socket: fresh), receipts, conversation, gone or reset. Returns the way to stop.
     */
    onChange(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
  };
}
