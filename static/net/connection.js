// One WebSocket at a time, opened again whenever it ends: backoff with full
// jitter from 0.5 to 30 s, at once when the network or the person comes back.

import { decode, pack, pongFrame } from "./protocol.js";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const SILENCE_MS = 65_000; // the server pings after 25 s of quiet and gives up after 60
const CHECK_MS = 5_000;
const OPEN_TIMEOUT_MS = 15_000; // a handshake into nowhere may hang for minutes
const STEADY_MS = 5_000; // a session that lasted this long clears the backoff
const NUDGE_EVERY_MS = 5_000; // coming back to the tab retries at most this often

/** Close codes that the page acts on; everything else is a retry. */
export const CLOSE = {
  resync: 4003,
  unauthorized: 4500,
  badFrame: 4501,
  loginRevoked: 4502,
  tooManySessions: 4503,
  tooBig: 1009,
};

/**
 * @typedef {{ status: "idle" | "connecting" | "ready" | "waiting" | "stopped", retryAt: number,
 *   attempts: number, since: number, why: string }} ConnectionState
 *   retryAt and since in Unix milliseconds of this device; why says what stopped
 *   it: too_many_sessions, upgrade
 */

/**
 * createConnection keeps a session with the server.
 *
 * @param {{
 *   url: string,
 *   hello: () => any,                              the first frame of each session
 *   onframe: (frame: any) => void,                 every frame but ping, in order
 *   onstate: (state: ConnectionState) => void,
 *   onlogin: () => void,                           the login is over
 *   onrefused?: (frames: any[]) => void,           frames of the last message written before the server called it unreadable
 *   checkLogin: () => Promise<boolean>,            false if the login is over; rejects when it cannot be asked
 *   WebSocket?: any, random?: () => number,
 * }} options
 */
export function createConnection(options) {
  const { url, hello, onframe, onstate, onlogin, onrefused = () => {}, checkLogin } = options;
  const Socket = options.WebSocket || globalThis.WebSocket;
  const random = options.random || Math.random;

  /** @type {ConnectionState} */
  let current = { status: "idle", retryAt: 0, attempts: 0, since: Date.now(), why: "" };
  let socket = null;
  let opened = false;
  let readyAt = 0;
  let heardAt = 0;
  let nudgedAt = 0;
  let hint = 0; // what the server asked to wait, in ms
  let retryTimer = 0;
  let checkTimer = 0;
  let outgoing = [];
  let lastWritten = [];

  function become(change) {
    const since = change.status && change.status !== current.status ? Date.now() : current.since;
    current = { ...current, ...change, since };
    onstate(current);
  }

  function open() {
    clearTimeout(retryTimer);
    drop();
    opened = false;
    lastWritten = [];
    heardAt = Date.now();
    become({ status: "connecting", retryAt: 0 });
    const mine = new Socket(url);
    socket = mine;
    mine.onopen = () => {
      opened = true;
      heardAt = Date.now();
      write([hello()]);
    };
    mine.onmessage = (event) => hear(event.data);
    mine.onclose = (event) => ended(event.code);
    clearInterval(checkTimer);
    checkTimer = setInterval(checkSilence, CHECK_MS);
  }

  /** drop forgets the socket without waiting for its end. */
  function drop() {
    clearInterval(checkTimer);
    outgoing = [];
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    try {
      socket.close(1000);
    } catch {
      // it was not open yet
    }
    socket = null;
  }

  function hear(data) {
    heardAt = Date.now();
    const mine = socket;
    for (const frame of decode(data)) {
      if (socket !== mine) return; // a frame before this one ended the session
      if (frame.type === "ping") write([pongFrame()]);
      else if (frame.type === "bye") applyBye(frame);
      else if (frame.type === "ready") becomeReady(frame);
      else onframe(frame);
    }
  }

  function becomeReady(frame) {
    readyAt = Date.now();
    become({ status: "ready", retryAt: 0, why: "" });
    onframe(frame);
  }

  function applyBye(frame) {
    hint = Number(frame.retry_after) || 0;
    if (frame.why === "upgrade") stop("upgrade");
    else onframe(frame);
  }

  function checkSilence() {
    const limit = opened ? SILENCE_MS : OPEN_TIMEOUT_MS;
    if (socket && Date.now() - heardAt > limit) ended(0);
  }

  function ended(code) {
    const wasOpen = opened;
    const steady = readyAt && Date.now() - readyAt > STEADY_MS;
    const refused = lastWritten;
    drop();
    readyAt = 0;
    if (steady) current.attempts = 0;
    if (code === CLOSE.unauthorized || code === CLOSE.loginRevoked) {
      stop("login");
      return onlogin();
    }
    if (code === CLOSE.tooManySessions) return stop("too_many_sessions");
    if (code === CLOSE.badFrame || code === CLOSE.tooBig) onrefused(refused);
    scheduleRetry();
    if (!wasOpen) askLogin();
  }

  /** A refused upgrade looks like any failure (1006): only HTTP can tell. */
  async function askLogin() {
    try {
      if (!(await checkLogin()) && current.status !== "stopped") {
        stop("login");
        onlogin();
      }
    } catch {
      // the server cannot be reached; the retry is scheduled
    }
  }

  function scheduleRetry() {
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** current.attempts);
    const delay = Math.max(hint, random() * ceiling);
    hint = 0;
    become({ status: "waiting", retryAt: Date.now() + delay, attempts: current.attempts + 1 });
    clearTimeout(retryTimer);
    retryTimer = setTimeout(open, delay);
  }

  function stop(why) {
    clearTimeout(retryTimer);
    drop();
    become({ status: "stopped", retryAt: 0, why });
  }

  function write(frames) {
    if (!socket || socket.readyState !== 1) return;
    for (const { text, frames: packed } of pack(frames)) {
      lastWritten = packed;
      socket.send(text);
    }
  }

  function flush() {
    const frames = outgoing;
    outgoing = [];
    if (frames.length > 0) write(frames);
  }

  return {
    get state() {
      return current;
    },

    /** open begins; it goes on by itself until stop. */
    open,

    /** stop ends for good (logout). */
    stop: () => stop("closed"),

    /**
     * send hands a frame over if the session is ready, together with what else is
     * sent in the same turn. false means that it was not.
     */
    send(frame) {
      if (current.status !== "ready") return false;
      if (outgoing.length === 0) queueMicrotask(flush);
      outgoing.push(frame);
      return true;
    },

    /** retryNow does not wait for the backoff. */
    retryNow() {
      if (current.status === "waiting" || (current.status === "stopped" && current.why === "too_many_sessions")) {
        current.attempts = 0;
        open();
      }
    },

    /** restart ends this session and opens the next (another epoch). */
    restart() {
      if (current.status !== "stopped") open();
    },

    /**
     * nudge is told when the network, the tab or the page came back: a waiting
     * retry is made now, and a socket that died in its sleep is noticed.
     */
    nudge({ force = false } = {}) {
      checkSilence();
      if (current.status !== "waiting") return;
      if (!force && Date.now() - nudgedAt < NUDGE_EVERY_MS) return;
      nudgedAt = Date.now();
      current.attempts = 0;
      open();
    },
  };
}
