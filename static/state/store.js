// What the page knows, in named slices. Views subscribe to a slice; state
// modules change it and say so with set. A Map may be changed in place and then
// set again: set always tells.

/** createState returns an empty store; the page has one, tests make their own. */
export function createState() {
  const slices = new Map();
  const listeners = new Map();

  function get(slice) {
    return slices.get(slice);
  }

  function set(slice, value) {
    slices.set(slice, value);
    for (const fn of [...(listeners.get(slice) || [])]) fn(value);
  }

  /** subscribe calls fn(value) after each set; returns the way to stop. */
  function subscribe(slice, fn) {
    if (!listeners.has(slice)) listeners.set(slice, new Set());
    listeners.get(slice).add(fn);
    return () => listeners.get(slice).delete(fn);
  }

  /** clear forgets what belongs to one user; the server's own facts stay. */
  function clear() {
    set("me", null);
    set("users", new Map());
    set("contacts", new Map());
    set("conversations", new Map());
    set("presence", new Map());
    set("typing", new Map());
    set("drafts", new Map());
    set("connection", { status: "idle", retryAt: 0 });
  }

  slices.set("server", null);
  clear();
  return { get, set, subscribe, clear };
}

/** state is the page's store. */
export const state = createState();
