// Who is online and who is typing. Neither is promised; both lapse by themselves.

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
