import assert from "node:assert/strict";
import { test } from "node:test";
import { createDrafts } from "../state/device.js";
import { createPresence, createReading } from "../state/signals.js";
import { createState } from "../state/store.js";
import { timers } from "./fixtures.js";

const CONV = "g_48213977";

test("read and received go out by max, once a second each", async () => {
  const sent = [];
  const schedule = timers();
  let clock = 10_000;
  const reading = createReading({ send: (frame) => (sent.push([frame.type, frame.seq]), true), schedule, now: () => clock });
  reading.read(CONV, 5);
  reading.received(CONV, 6);
  reading.read(CONV, 7);
  reading.read(CONV, 6);
  assert.deepEqual(sent, [["read", 5], ["received", 6]]);
  clock += 1000;
  await schedule.run();
  assert.deepEqual(sent.slice(2), [["read", 7]]);
});

test("what was told before the session ended is told again", () => {
  const sent = [];
  let ready = false;
  let clock = 10_000;
  const reading = createReading({ send: (frame) => ready && sent.push(frame.seq) > 0, schedule: timers(), now: () => clock });
  reading.read(CONV, 5);
  assert.deepEqual(sent, []);
  ready = true;
  reading.ready();
  assert.deepEqual(sent, [5]);
  clock += 5000;
  reading.ready();
  assert.deepEqual(sent, [5, 5]);
});

test("typing lapses after five seconds, and with the message", async () => {
  const state = createState();
  const schedule = timers();
  let clock = 0;
  const presence = createPresence({ state, schedule, now: () => clock });
  presence.applyTyping({ conv: CONV, users: ["u_1", "u_2"] });
  assert.deepEqual(state.get("typing").get(CONV), ["u_1", "u_2"]);
  presence.stopped(CONV, "u_1");
  assert.deepEqual(state.get("typing").get(CONV), ["u_2"]);
  clock = 5000;
  await schedule.run();
  assert.equal(state.get("typing").size, 0);
});

test("presence keeps what changes only", () => {
  const state = createState();
  const presence = createPresence({ state });
  presence.applyPresence({ users: [["u_1", true, 0], ["u_2", false, 7]] });
  presence.applyPresence({ users: [["u_1", false, 9]] });
  assert.deepEqual([...state.get("presence")], [["u_1", { online: false, last_seen: 9 }], ["u_2", { online: false, last_seen: 7 }]]);
});

class Storage {
  getItem(key) {
    return this[key] ?? null;
  }
  setItem(key, value) {
    this[key] = value;
  }
  removeItem(key) {
    delete this[key];
  }
}

test("drafts are kept by database and user", () => {
  const storage = new Storage();
  const told = [];
  const one = createDrafts({ state: createState(), epoch: "e1", user: "u_1", storage, tell: (...args) => told.push(args) });
  one.set(CONV, "half a thought");
  one.set(CONV, "half a thought");
  assert.deepEqual(told, [[CONV, "half a thought"]]);
  const again = (epoch, user) => createDrafts({ state: createState(), epoch, user, storage }).get(CONV);
  assert.equal(again("e1", "u_1"), "half a thought");
  assert.equal(again("e2", "u_1"), "");
  assert.equal(again("e1", "u_2"), "");
  one.wipe();
  assert.equal(again("e1", "u_1"), "");
});
