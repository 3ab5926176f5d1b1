// What was sent and is not acked. An item is on the disk before it goes out, and
// goes out again after each reconnect with its old client_id until the server
// says what became of it.

const RETRY_MS = [1000, 2000, 4000, 8000];
const INTERNAL = 5; // the server failed at the same item this often: the item may be why
const RETRYABLE = new Set(["unavailable", "internal", "rate_limited"]);
const UNACKED = 200; // the server allows 256 and ends the session at one more
const DISK_MS = 1500; // a disk that does not answer holds a message up no longer than this

/**
 * @typedef {{ client_id: string, conv: string, body: string, created_at: number, order: number,
 *   state: "queued" | "failed" | "check", code: string, reason: string, tried: boolean,
 *   epoch: string, user: string }} Item
 *   queued: on its way, or waiting for the connection · failed: refused for good ·
 *   check: of another epoch, nobody knows whether it was sent · tried: it was
 *   handed to a socket at least once
 */

/**
 * createOutbox keeps the unsent messages of one user of one database.
 *
 * @param {{
 *   epoch: string, user: string,
 *   disk: ReturnType<import("./device.js").memoryDisk>,
 *   send: (item: Item) => boolean,      false when the session is not ready
 *   onchange: (conv: string) => void,
 *   onwarning?: () => void,             the disk refused; memory only from now on
 *   schedule?: (fn: () => void, ms: number) => any,
 *   now?: () => number,
 * }} deps
 */
export function createOutbox({ epoch, user, disk, send, onchange, onwarning = () => {}, schedule = setTimeout, now = Date.now }) {
  /** @type {Map<string, Item>} in the order of sending */
  const items = new Map();
  const inFlight = new Set(); // handed to the current session
  const stored = new Set(); // on the disk, or known not to get there
  const internal = new Map(); // client_id → how often the server failed at it
  let order = 0;
  let failures = 0;
  let paused = false;
  let closed = false;

  /** load takes in what an earlier page left; what is here already stays. */
  async function load() {
    let left = [];
    try {
      left = await disk.all();
    } catch {
      onwarning();
    }
    left.sort((a, b) => a.order - b.order);
    const early = [...items.values()];
    items.clear();
    for (const item of left) {
      if (item.user !== user || closed || early.some((one) => one.client_id === item.client_id)) continue;
      stored.add(item.client_id);
      items.set(item.client_id, item.epoch === epoch ? item : { ...item, state: "check" });
      order = Math.max(order, item.order);
    }
    for (const item of early) items.set(item.client_id, { ...item, order: ++order });
    for (const conv of new Set([...items.values()].map((item) => item.conv))) onchange(conv);
    flush();
  }

  async function persist(item) {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("late")), DISK_MS)));
    try {
      await Promise.race([disk.put({ ...item }), late]);
    } catch {
      onwarning();
    } finally {
      clearTimeout(timer);
    }
    stored.add(item.client_id);
  }

  /**
   * add queues a draft: shown at once, on the disk first, then sent. It resolves
   * when it has been handed over or waits for the connection.
   */
  async function add({ client_id, conv, body }) {
    /** @type {Item} */
    const item = {
      client_id, conv, body, epoch, user,
      created_at: now(), order: ++order, state: "queued", code: "", reason: "", tried: false,
    };
    items.set(client_id, item);
    onchange(conv);
    await persist(item);
    flush();
  }

  /**
   * flush sends everything that waits, in order, up to the first item that is not
   * on the disk yet: add flushes again once it is.
   */
  function flush() {
    if (paused || closed) return;
    for (const item of items.values()) {
      if (item.state !== "queued" || inFlight.has(item.client_id)) continue;
      if (!stored.has(item.client_id) || inFlight.size >= UNACKED || !send(item)) return;
      inFlight.add(item.client_id);
      if (!item.tried) {
        item.tried = true;
        persist(item);
      }
    }
  }

  /** disconnected: nothing is in flight any more; outcomes are unknown. */
  function disconnected() {
    inFlight.clear();
    paused = false;
  }

  function take(item) {
    items.delete(item.client_id);
    inFlight.delete(item.client_id);
    internal.delete(item.client_id);
    onchange(item.conv);
  }

  async function remove(id) {
    const item = items.get(id);
    if (!item) return undefined;
    take(item);
    try {
      await disk.remove(id);
    } catch {
      onwarning();
    }
    return item;
  }

  /** acked takes the item out and returns it, or undefined if it is not here. */
  function acked(id) {
    const item = items.get(id);
    failures = 0;
    if (item) remove(id);
    flush();
    return item;
  }

  /** refused applies an error with a client_id: final, or one to try again. */
  function refused(id, { code, reason }) {
    const item = items.get(id);
    if (!item) return;
    inFlight.delete(id);
    if (RETRYABLE.has(code) && !(code === "internal" && failedOften(id))) return pause();
    fail(item, code, reason);
    flush();
  }

  function failedOften(id) {
    internal.set(id, (internal.get(id) || 0) + 1);
    return internal.get(id) >= INTERNAL;
  }

  /** setAside marks items as failed whose frames the server could not read. */
  function setAside(ids) {
    for (const id of ids) {
      const item = items.get(id);
      if (item) fail(item, "invalid", "not_readable");
    }
  }

  function fail(item, code, reason) {
    inFlight.delete(item.client_id);
    internal.delete(item.client_id);
    Object.assign(item, { state: "failed", code, reason });
    persist(item);
    onchange(item.conv);
  }

  /** A refusal that may pass holds everything back, or later messages would overtake. */
  function pause() {
    if (paused) return;
    paused = true;
    const delay = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
    schedule(() => {
      if (!paused) return;
      paused = false;
      flush();
    }, delay);
  }

  /**
   * retry sends a failed item again, or one of another epoch after a look at it, at
   * the end of the line. It keeps its client_id, so that a message that did get
   * there, or is sent again from another tab too, is there once. Only where that id
   * stands for another text is the item replaced by one with newID.
   */
  async function retry(id, newID) {
    const item = items.get(id);
    if (!item || item.state === "queued") return;
    if (item.code === "conflict") {
      remove(id);
      return add({ client_id: newID, conv: item.conv, body: item.body });
    }
    items.delete(id);
    stored.delete(id);
    items.set(id, Object.assign(item, { state: "queued", code: "", reason: "", epoch, order: ++order }));
    onchange(item.conv);
    await persist(item);
    flush();
  }

  return {
    load,
    add,
    flush,
    acked,
    refused,
    setAside,
    disconnected,
    remove,
    retry,

    get: (id) => items.get(id),

    /** list returns the items of a conversation, oldest first. */
    list: (conv) => [...items.values()].filter((item) => item.conv === conv),

    /** hasFailed says whether a row of the list needs its mark. */
    hasFailed: (conv) => [...items.values()].some((item) => item.conv === conv && item.state !== "queued"),

    /** size counts what is unsent. */
    get size() {
      return items.size;
    },

    /** drop takes an item off this page that another tab has seen to. */
    drop(id) {
      const item = items.get(id);
      if (item) take(item);
    },

    /** wipe forgets everything of this user (logout). */
    async wipe() {
      closed = true;
      for (const id of [...items.keys()]) await remove(id);
    },

    close() {
      closed = true;
      disk.close();
    },
  };
}
