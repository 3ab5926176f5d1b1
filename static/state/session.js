// One logged-in user on this page: the connection, and who hears which frame.

import { api, ApiError } from "../net/api.js";
import { createConnection } from "../net/connection.js";
import { helloFrame, sendFrame, typingFrame, watchFrame, wellFormed } from "../net/protocol.js";
import { createDrafts, memoryDisk, openDisk } from "./device.js";
import { createOutbox } from "./outbox.js";
import { createPresence, createReading } from "./signals.js";
import { state } from "./store.js";
import { createSync } from "./sync.js";

const TYPING_EVERY_MS = 1200; // the server takes one a second

let handlers = { onlogin() {}, onrestart() {}, onwarning() {} };
let running = null;

/** sync is where the server's word is applied. */
export const sync = createSync({ state, api, onepoch: () => handlers.onrestart() });

/** current is the running session, or null: outbox, drafts, reading. */
export function current() {
  return running;
}

/**
 * start begins a session from a bootstrap.
 *
 * @param {any} bootstrap
 * @param {{ onlogin: (how?: { asked: boolean }) => void, onrestart: () => void, onwarning: () => void }} on
 *   onlogin: the login is over, asked for or not · onrestart: fetch a bootstrap and start again ·
 *   onwarning: unsent messages will not survive a reload
 */
export function start(bootstrap, on) {
  stop();
  handlers = on;
  sync.begin(bootstrap);
  running = createSession(bootstrap);
}

/** stop ends the session; what is kept on this device stays. */
export function stop() {
  running?.close();
  running = null;
}

function createSession({ epoch, me, version }) {
  const user = me.user;
  const tabs = createTabs(heardTab);
  const drafts = createDrafts({ state, epoch, user, tell: (conv, text) => tabs.say({ kind: "draft", user, conv, text }) });
  const presence = createPresence({ state });
  const reading = createReading({ send: (frame) => connection.send(frame) });
  const outboxListeners = new Set();
  let outbox = null;
  let early = []; // sent before the disk was open
  let watched = "";
  let typedAt = 0;
  let typingTimer = 0;
  let warned = false;
  let closed = false;
  let leaving = false; // logging out: the end of the login is no news

  const connection = createConnection({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
    hello: () => helloFrame(sync.hello()),
    onframe,
    onstate,
    onlogin: () => leaving || handlers.onlogin(),
    onrefused: setAside,
    checkLogin,
  });

  // ── connection ──

  function onstate(next) {
    const before = state.get("connection");
    if (before.status === "ready" && next.status !== "ready") {
      sync.lost();
      presence.clear();
      outbox?.disconnected();
    }
    const reachable = next.status !== "ready" && Boolean(before.reachable);
    state.set("connection", { ...next, reachable, outdated: Boolean(before.outdated) });
  }

  async function checkLogin() {
    try {
      await api.get("/api/logins");
      setReachable(true);
      return true;
    } catch (err) {
      if (err instanceof ApiError && err.status === 401) return false;
      setReachable(false);
      throw err;
    }
  }

  /** HTTP works and the socket does not: something between them blocks it. */
  function setReachable(reachable) {
    const now = state.get("connection");
    if (now.status !== "ready") state.set("connection", { ...now, reachable });
  }

  function onframe(frame) {
    switch (frame.type) {
      case "ready":
        return onready(frame);
      case "live":
        sync.apply(frame);
        for (const c of state.get("conversations").values()) reportReceived(c.conv);
        return;
      case "message":
        return onmessage(frame);
      case "ack":
        return onack(frame);
      case "error":
        if (frame.client_id) outbox?.refused(frame.client_id, frame);
        return;
      case "presence":
        return presence.applyPresence(frame);
      case "typing":
        sync.needUsers(frame.users);
        return presence.applyTyping(frame);
      default:
        sync.apply(frame);
    }
  }

  function onready(frame) {
    sync.apply(frame);
    if (frame.version && version && frame.version !== version) {
      state.set("connection", { ...state.get("connection"), outdated: true });
    }
    if (watched) connection.send(watchFrame(watched));
    reading.ready();
    outbox?.flush();
  }

  function onmessage(frame) {
    if (frame.from === user && frame.client_id && outbox?.get(frame.client_id)) outbox.remove(frame.client_id);
    if (frame.from) presence.stopped(frame.conv, frame.from);
    sync.apply(frame);
    reportReceived(frame.conv);
  }

  function onack(frame) {
    const item = outbox?.acked(frame.client_id);
    sync.applyAck(frame, item);
    tabs.say({ kind: "sent", user, client_id: frame.client_id });
  }

  function reportReceived(conv) {
    const c = state.get("conversations").get(conv);
    const own = c && !c.gone && sync.history(conv);
    if (own && own.end[0] > c.delivered) reading.received(conv, own.end[0]);
  }

  /** What the server could not read is not sent again by itself: its text is kept. */
  function setAside(frames) {
    outbox?.setAside(frames.filter((frame) => frame.type === "send").map((frame) => frame.client_id));
  }

  // ── outbox ──

  async function openOutbox() {
    let disk;
    try {
      disk = await openDisk();
    } catch {
      disk = memoryDisk();
      warn();
    }
    if (closed) return disk.close();
    outbox = createOutbox({
      epoch,
      user,
      disk,
      send: (item) => connection.send(sendFrame(item)),
      onchange: (conv) => {
        for (const fn of [...outboxListeners]) fn(conv);
      },
      onwarning: warn,
    });
    for (const draft of early) outbox.add(draft);
    early = [];
    await outbox.load();
  }

  function warn() {
    if (warned) return;
    warned = true;
    handlers.onwarning();
  }

  // ── tabs, the network, the person ──

  function heardTab(said) {
    if (said.kind === "logout") return handlers.onlogin({ asked: true });
    if (said.user !== user) return;
    if (said.kind === "draft") drafts.applyRemote(said.conv, said.text);
    if (said.kind === "sent" || said.kind === "deleted") outbox?.drop(said.client_id);
  }

  const nudge = () => connection.nudge();
  const nudgeNow = () => connection.nudge({ force: true });
  const onvisible = () => {
    if (document.visibilityState === "visible") nudge();
  };
  addEventListener("online", nudgeNow);
  addEventListener("pageshow", nudgeNow);
  document.addEventListener("visibilitychange", onvisible);

  openOutbox();
  connection.open();

  return {
    drafts,
    reading,
    user,
    epoch,

    /** outbox is null for the moment it takes to open the disk. */
    get outbox() {
      return outbox;
    },

    /** unsent lists the items of a conversation that are not acked, oldest first. */
    unsent: (conv) => (outbox ? outbox.list(conv) : []),

    /** onOutbox calls fn(conv) after each change; returns the way to stop. */
    onOutbox(fn) {
      outboxListeners.add(fn);
      return () => outboxListeners.delete(fn);
    },

    /**
     * send queues text as it is, but for half surrogates, which no UTF-8 holds.
     * client_id is made when the person presses send.
     */
    send(conv, body, client_id) {
      const draft = { client_id, conv, body: wellFormed(body) };
      if (outbox) outbox.add(draft);
      else early.push(draft);
    },

    /** retry sends an item that was set aside again; newID is for one that cannot keep its id. */
    retry(id, newID) {
      outbox?.retry(id, newID);
      if (outbox && !outbox.get(id)) tabs.say({ kind: "deleted", user, client_id: id });
    },

    /** discard deletes an item that is not acked; it may have been sent already. */
    discard(id) {
      outbox?.remove(id);
      tabs.say({ kind: "deleted", user, client_id: id });
    },

    /** watch names the conversation on the screen. */
    watch(conv) {
      if (conv === watched) return;
      watched = conv;
      connection.send(watchFrame(conv));
    },

    /** unwatch says that conv left the screen; another one may be there already. */
    unwatch(conv) {
      if (conv === watched) this.watch("");
    },

    /** typing says so at most once in a while, and what was held back a little later. */
    typing(conv) {
      if (typingTimer) return;
      const wait = Math.max(0, typedAt + TYPING_EVERY_MS - Date.now());
      typingTimer = setTimeout(() => {
        typingTimer = 0;
        if (connection.send(typingFrame(conv))) typedAt = Date.now();
      }, wait);
    },

    /** stoppedTyping takes back what was not said yet. */
    stoppedTyping() {
      clearTimeout(typingTimer);
      typingTimer = 0;
    },

    /** read reports that everything up to seq was seen. */
    read(conv, seq) {
      sync.markRead(conv, seq);
      reading.read(conv, seq);
    },

    retryNow: () => connection.retryNow(),

    /** logOut ends the login here and in the other tabs, and wipes this device. */
    async logOut() {
      leaving = true;
      try {
        await api.delete("/api/logins/current");
      } catch (err) {
        leaving = false;
        if (err.status !== 401) throw err;
      }
      await outbox?.wipe();
      drafts.wipe();
      tabs.say({ kind: "logout" });
      handlers.onlogin({ asked: true });
    },

    close() {
      closed = true;
      clearTimeout(typingTimer);
      connection.stop();
      outbox?.close();
      tabs.close();
      presence.clear();
      removeEventListener("online", nudgeNow);
      removeEventListener("pageshow", nudgeNow);
      document.removeEventListener("visibilitychange", onvisible);
    },
  };
}

/**
 * createTabs joins the channel of this browser's tabs: drafts, outbox and logout
 * are theirs too. What was read comes from the server.
 *
 * @param {(said: any) => void} onsaid what another tab said
 */
function createTabs(onsaid) {
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("teahouse") : null;
  let closed = false; // the server ends this login's socket while logOut goes on
  if (channel) channel.onmessage = (event) => onsaid(event.data);
  return {
    say: (what) => closed || channel?.postMessage(what),
    close() {
      closed = true;
      channel?.close();
    },
  };
}
