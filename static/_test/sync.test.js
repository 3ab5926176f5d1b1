import assert from "node:assert/strict";
import { test } from "node:test";
import { createState } from "../state/store.js";
import { createSync } from "../state/sync.js";
import { settled, timers } from "./fixtures.js";

const ME = "u_100000001";
const BEN = "u_200000002";
const DIRECT = "d_100000001_200000002";
const GROUP = "g_48213977";

const text = (conv, seq, from = BEN, more = {}) => ({ conv, seq, at: seq * 1000, kind: "text", from, client_id: `id-${from}-${seq}`.padEnd(16, "x"), body: `m${seq}`, n: seq, ...more });
const frame = (message) => ({ type: "message", ...message });
const event = (seq, type, user, n) => ({ conv: GROUP, seq, at: seq * 1000, kind: "system", event: { type, user }, n });

function direct(head, more = {}) {
  return {
    conv: DIRECT, kind: "direct", head: [head, head * 1000], from_seq: 1, read: head, delivered: head, unread: 0,
    last: head ? text(DIRECT, head) : null, at: head * 1000, writable: true, peer: { user: BEN, delivered: 0, read: 0 }, ...more,
  };
}

function group(head, more = {}) {
  return {
    conv: GROUP, kind: "group", name: "walks", head: [head, head * 1000], from_seq: 1, read: head, delivered: head, unread: 0,
    last: text(GROUP, head), at: head * 1000, writable: true, member_count: 3, role: "member", join: "open", history: "all", ...more,
  };
}

function bootstrap(conversations, more = {}) {
  return {
    epoch: "e1", rev: 10, people: 5, version: "dev", me: { user: ME, name: "ada", display_name: "Ada" }, server: { name: "S" },
    contacts: [{ user: BEN, at: 1 }], conversations, users: [ME, BEN].map((user) => ({ user, name: user, display_name: user })), ...more,
  };
}

function start(conversations, answers = {}) {
  const state = createState();
  const schedule = timers();
  const asked = [];
  let restarted = 0;
  const api = {
    async get(path) {
      asked.push(path);
      const answer = answers[path.replace(/\?.*/, "")];
      if (!answer) throw Object.assign(new Error(path), { reason: "offline" });
      return typeof answer === "function" ? answer(new URLSearchParams(path.split("?")[1])) : answer;
    },
  };
  let clock = 0;
  const sync = createSync({ state, api, schedule, now: () => clock, onepoch: () => restarted++ });
  sync.begin(bootstrap(conversations));
  return {
    state, sync, schedule, asked, answers,
    pass: (ms) => (clock += ms),
    conv: (id) => state.get("conversations").get(id),
    live: () => (sync.apply({ type: "ready", now: 0, rev: 10, people: 5 }), sync.apply({ type: "live" })),
    get restarted() {
      return restarted;
    },
  };
}

const pages = (conv, all) => ({
  [`/api/conversations/${conv}/messages`]: (query) => {
    const after = query.get("after");
    const before = query.get("before");
    const limit = Number(query.get("limit"));
    const found = all.filter((m) => (after !== null ? m.seq > Number(after) : m.seq < Number(before)));
    return { messages: after !== null ? found.slice(0, limit) : found.slice(-limit), users: [] };
  },
});

test("hello names the end of the run of each conversation", () => {
  const t = start([direct(7), group(40)]);
  assert.deepEqual(t.sync.hello(), { epoch: "e1", rev: 10, people: 5, cursors: { [DIRECT]: [7, 7000], [GROUP]: [40, 40_000] } });
  t.sync.apply(frame(text(DIRECT, 8)));
  t.sync.apply(frame(text(GROUP, 42)));
  assert.deepEqual(t.sync.hello().cursors, { [DIRECT]: [8, 8000], [GROUP]: [40, 40_000] }, "never a maximum");
});

test("unread is computed from counts, never counted up", () => {
  const t = start([direct(7)]);
  t.sync.apply(frame(text(DIRECT, 8)));
  t.sync.apply(frame(text(DIRECT, 9)));
  t.sync.apply(frame(text(DIRECT, 9)));
  assert.equal(t.conv(DIRECT).unread, 2);
  t.sync.apply({ type: "receipt", conv: DIRECT, cursors: [[ME, 9, 8]], unread: 1 });
  assert.equal(t.conv(DIRECT).unread, 1);
  t.sync.apply({ type: "receipt", conv: DIRECT, cursors: [[ME, 7, 7]], unread: 2 });
  assert.equal(t.conv(DIRECT).unread, 1, "an older receipt changes nothing");
  t.sync.markRead(DIRECT, 9);
  assert.equal(t.conv(DIRECT).unread, 0);
});

test("a system message is never unread and counts the members", () => {
  const t = start([group(40)]);
  t.sync.apply(frame(event(41, "joined", "u_300000003", 40)));
  t.sync.apply(frame(event(42, "left", "u_300000003", 40)));
  t.sync.apply(frame(event(43, "joined", BEN, 40)));
  t.sync.apply(frame(event(43, "joined", BEN, 40)));
  assert.equal(t.conv(GROUP).unread, 0);
  assert.equal(t.conv(GROUP).member_count, 4);
});

test("who left is no reader any more", () => {
  const t = start([group(40)]);
  t.sync.apply({ type: "receipt", conv: GROUP, cursors: [[BEN, 40, 40], ["u_300000003", 40, 40], ["u_400000004", 40, 39]] });
  t.sync.apply(frame(event(41, "left", "u_300000003", 40)));
  t.sync.apply(frame(event(42, "removed", "u_400000004", 40)));
  assert.deepEqual([...t.sync.readersOf(GROUP)], [[BEN, 40]]);
});

test("what was read elsewhere while this page was away is asked for by its count", async () => {
  const all = Array.from({ length: 30 }, (_, i) => text(DIRECT, i + 1));
  const t = start([direct(20, { read: 5, unread: 15 })], pages(DIRECT, all));
  t.sync.apply({ type: "ready", now: 0 });
  t.sync.apply({ type: "receipt", conv: DIRECT, cursors: [[ME, 20, 12]], unread: 18 });
  for (let seq = 21; seq <= 30; seq++) t.sync.apply(frame(text(DIRECT, seq)));
  await settled();
  assert.equal(t.conv(DIRECT).unread, 18);
});

test("an ack before the message makes the row, and the message is then known", () => {
  const t = start([direct(7)]);
  const draft = { client_id: "a".repeat(22), conv: DIRECT, body: "mine" };
  t.sync.applyAck({ client_id: draft.client_id, conv: DIRECT, seq: 8, at: 8000, n: 8 }, draft);
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [8, 8000]);
  assert.equal(t.sync.history(DIRECT).get(8).body, "mine");
  t.sync.apply(frame(text(DIRECT, 8, ME, { client_id: draft.client_id, body: "mine" })));
  assert.equal(t.sync.history(DIRECT).size, 2);
  assert.equal(t.conv(DIRECT).unread, 0, "one's own is read when all before it was");
});

test("an ack after the message changes nothing", () => {
  const t = start([direct(7)]);
  const draft = { client_id: "a".repeat(22), conv: DIRECT, body: "mine" };
  t.sync.apply(frame(text(DIRECT, 8, ME, { client_id: draft.client_id, body: "mine" })));
  t.sync.applyAck({ client_id: draft.client_id, conv: DIRECT, seq: 8, at: 8000, n: 8, duplicate: true }, draft);
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [8, 8000]);
  assert.equal(t.sync.history(DIRECT).size, 2);
});

test("an ack above a hole does not advance the run", async () => {
  const all = Array.from({ length: 12 }, (_, i) => text(DIRECT, i + 1));
  const t = start([direct(7)], pages(DIRECT, all));
  t.live();
  const draft = { client_id: "a".repeat(22), conv: DIRECT, body: "mine" };
  t.sync.applyAck({ client_id: draft.client_id, conv: DIRECT, seq: 12, at: 12_000, n: 12 }, draft);
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [7, 7000]);
  await t.schedule.run();
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [12, 12_000], "the hole was fetched");
  assert.equal(t.sync.history(DIRECT).get(12).body, "mine");
});

test("an ack whose row is gone is a hole to fetch", async () => {
  const all = Array.from({ length: 8 }, (_, i) => text(DIRECT, i + 1, ME));
  const t = start([direct(7)], pages(DIRECT, all));
  t.live();
  t.sync.applyAck({ client_id: "a".repeat(22), conv: DIRECT, seq: 8, at: 8000, n: 8 }, undefined);
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [7, 7000]);
  await t.schedule.run();
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [8, 8000]);
});

test("no hole is fetched before live", async () => {
  const all = Array.from({ length: 9 }, (_, i) => text(DIRECT, i + 1));
  const t = start([direct(7)], pages(DIRECT, all));
  t.sync.apply({ type: "ready", now: 0 });
  t.sync.apply(frame(text(DIRECT, 9)));
  await t.schedule.run();
  assert.deepEqual(t.asked, []);
  t.sync.apply({ type: "live" });
  await t.schedule.run();
  assert.equal(t.asked.length, 1);
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [9, 9000]);
});

test("a hole that fills by itself is not fetched", async () => {
  const t = start([direct(7)]);
  t.live();
  t.sync.apply(frame(text(DIRECT, 9)));
  t.sync.apply(frame(text(DIRECT, 8)));
  await t.schedule.run();
  assert.deepEqual(t.asked.filter((path) => path.includes("messages")), []);
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [9, 9000]);
});

test("a bootstrap is applied first, then again what came since it was asked for", async () => {
  let answer;
  const t = start([direct(7), group(40)]);
  t.answers["/api/bootstrap"] = () => new Promise((resolve) => (answer = resolve));
  t.sync.apply({ type: "ready", now: 0, stale: true });
  await settled();
  t.sync.apply(frame(text(DIRECT, 8)));
  t.sync.apply({ type: "gone", conv: GROUP, rev: 12 });
  t.sync.apply({ type: "receipt", conv: DIRECT, cursors: [[BEN, 8, 8]] });
  // What the server read before any of that.
  answer(bootstrap([direct(7), group(40)], { rev: 11 }));
  await settled();
  assert.equal(t.conv(GROUP).gone, true, "a bootstrap older than a gone does not bring it back");
  assert.deepEqual(t.conv(DIRECT).head, [8, 8000]);
  assert.equal(t.conv(DIRECT).peer.read, 8);
  assert.equal(t.sync.hello().rev, 11, "what is whole is the bootstrap");
});

/** refreshing has a bootstrap asked for; answer is what the server says. */
async function refreshing(t) {
  let answer;
  t.answers["/api/bootstrap"] = () => new Promise((resolve) => (answer = resolve));
  t.sync.apply({ type: "ready", now: 0, stale: true });
  t.sync.apply({ type: "live" });
  await settled();
  return async (bootstrap) => {
    answer(bootstrap);
    await settled();
  };
}

test("a frame does not raise what hello says to know", () => {
  const t = start([group(40)]);
  t.live();
  t.sync.apply({ type: "contact", rev: 11, contact: { user: BEN, at: 1 } });
  t.sync.apply({ type: "conversation", rev: 12, conversation: group(40) });
  t.sync.apply({ type: "gone", rev: 13, conv: GROUP });
  assert.equal(t.sync.hello().rev, 10, "one rev comes as several frames");
});

test("a frame older than the bootstrap is not applied over it, a newer one is", async () => {
  const CAT = "u_300000003";
  const t = start([direct(7), group(40)]);
  const answer = await refreshing(t);
  t.sync.apply({ type: "conversation", rev: 11, conversation: group(40, { name: "older" }) });
  t.sync.apply({ type: "contact", rev: 12, contact: { user: BEN, removed: true } });
  t.sync.apply({ type: "conversation", rev: 15, conversation: direct(7, { writable: false }) });
  t.sync.apply({ type: "contact", contact: { user: CAT, at: 2 } });
  t.sync.apply({ type: "user", people: 5, user: { user: BEN, name: BEN, display_name: "Older" } });
  t.sync.apply({ type: "user", people: 6, user: { user: ME, name: ME, display_name: "Newer" } });
  await answer(bootstrap([direct(7), group(40, { name: "newer" })], { rev: 14 }));
  assert.equal(t.conv(GROUP).name, "newer");
  assert.equal(t.conv(DIRECT).writable, false);
  assert.deepEqual([...t.state.get("contacts").keys()], [BEN, CAT], "an HTTP answer has no rev and stands");
  assert.equal(t.state.get("users").get(BEN).display_name, BEN);
  assert.equal(t.state.get("users").get(ME).display_name, "Newer");
  assert.equal(t.sync.hello().rev, 14);
});

test("a gone older than the bootstrap that is under way does not take the conversation", async () => {
  const t = start([group(40)]);
  const answer = await refreshing(t);
  t.sync.apply({ type: "gone", conv: GROUP, rev: 12 });
  await answer(bootstrap([group(44, { from_seq: 44 })], { rev: 13 }));
  assert.equal(t.conv(GROUP).gone, false);
  assert.deepEqual(t.sync.hello().cursors[GROUP], [44, 44_000]);
});

test("a ready that came during a bootstrap is not repeated: who is online stays", async () => {
  const t = start([direct(7)]);
  const answer = await refreshing(t);
  t.sync.apply({ type: "ready", now: 0 });
  t.state.set("presence", new Map([[BEN, { online: true, last_seen: 0 }]]));
  t.sync.apply({ type: "live" });
  t.sync.lost();
  await answer(bootstrap([direct(7)]));
  assert.equal(t.state.get("presence").get(BEN).online, true);
  assert.equal(t.sync.isLive, false);
});

test("a profile that a frame brought is not undone by an answer asked for before", async () => {
  let answer;
  const t = start([group(40)], { "/api/users": () => new Promise((resolve) => (answer = resolve)) });
  t.live();
  const CAT = "u_300000003";
  t.sync.needUsers([CAT, "u_400000004"]);
  await t.schedule.run();
  t.sync.apply({ type: "user", people: 6, user: { user: CAT, name: "cat", display_name: "New" } });
  answer({ users: [{ user: CAT, name: "cat", display_name: "Old" }, { user: "u_400000004", name: "dan", display_name: "Dan" }] });
  await settled();
  assert.equal(t.state.get("users").get(CAT).display_name, "New");
  assert.equal(t.state.get("users").get("u_400000004").display_name, "Dan");
  t.pass(30_000);
  t.sync.applyUsers([{ user: CAT, name: "cat", display_name: "Newest" }]);
  assert.equal(t.state.get("users").get(CAT).display_name, "Newest", "no answer takes that long");
});

test("the server's limit of a message is kept with it", async () => {
  const t = start([]);
  assert.equal(t.state.get("server").body_bytes, 16 * 1024);
  const answer = await refreshing(t);
  await answer(bootstrap([], { limits: { body_bytes: 4096 } }));
  assert.deepEqual(t.state.get("server"), { name: "S", body_bytes: 4096 });
});

test("a bootstrap newer than a gone brings the conversation back", async () => {
  const t = start([group(40)]);
  t.sync.apply({ type: "gone", conv: GROUP, rev: 12 });
  t.answers["/api/bootstrap"] = bootstrap([group(44)], { rev: 13 });
  t.sync.apply({ type: "ready", now: 0, stale: true });
  await settled();
  assert.equal(t.conv(GROUP).gone, false);
  assert.deepEqual(t.sync.hello().cursors[GROUP], [44, 44_000]);
});

test("a message of a conversation that is not here waits for its bootstrap", async () => {
  const t = start([direct(7)]);
  t.answers["/api/bootstrap"] = bootstrap([direct(7), group(40)]);
  t.live();
  t.sync.apply(frame(text(GROUP, 41)));
  await settled();
  assert.deepEqual(t.conv(GROUP).head, [41, 41_000]);
  assert.equal(t.conv(GROUP).unread, 1);
});

test("joining again is a new membership", () => {
  const t = start([group(40)]);
  t.sync.apply({ type: "gone", conv: GROUP, rev: 12 });
  t.sync.apply(frame(text(GROUP, 41)));
  assert.equal(t.conv(GROUP).gone, true);
  t.sync.apply({ type: "conversation", rev: 13, conversation: group(50, { from_seq: 50 }) });
  assert.equal(t.conv(GROUP).gone, false);
  assert.deepEqual(t.sync.hello().cursors[GROUP], [50, 50_000]);
  assert.equal(t.sync.history(GROUP).get(40), undefined);
});

test("far behind, the old run stays apart; another copy of the database drops it", () => {
  const t = start([direct(7), group(40)]);
  t.answers["/api/bootstrap"] = bootstrap([direct(7), group(40)]);
  t.sync.apply({ type: "reset", conv: DIRECT, head: [5000, 1], reason: "behind" });
  assert.ok(t.sync.history(DIRECT).get(7));
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [5000, 1]);
  t.sync.apply({ type: "reset", conv: GROUP, head: [30, 2], reason: "other" });
  assert.equal(t.sync.history(GROUP).size, 0);
  assert.deepEqual(t.sync.hello().cursors[GROUP], [30, 2]);
});

test("another epoch begins anew", async () => {
  const t = start([direct(7)]);
  t.sync.apply({ type: "reset", reason: "epoch" });
  assert.equal(t.restarted, 1);
  t.answers["/api/bootstrap"] = bootstrap([], { epoch: "e2" });
  t.sync.apply({ type: "ready", now: 0, stale: true });
  await settled();
  assert.equal(t.restarted, 2);
});

test("a damaged message keeps its place and tells nothing else", () => {
  const t = start([direct(7)]);
  t.sync.apply({ type: "message", conv: DIRECT, seq: 8, at: 0, kind: "text", n: 0, damaged: true });
  assert.deepEqual(t.conv(DIRECT).head, [8, 0]);
  assert.equal(t.conv(DIRECT).at, 7000);
  assert.equal(t.conv(DIRECT).unread, 0);
  t.sync.apply(frame(text(DIRECT, 9)));
  assert.deepEqual(t.sync.hello().cursors[DIRECT], [9, 9000]);
});

test("profiles that are missing are fetched together", async () => {
  const t = start([group(40)], { "/api/users": (query) => ({ users: query.get("ids").split(",").map((user) => ({ user, name: user, display_name: "X" })) }) });
  t.live();
  t.sync.apply(frame(text(GROUP, 41, "u_300000003")));
  t.sync.apply(frame(text(GROUP, 42, "u_400000004")));
  await t.schedule.run();
  assert.deepEqual(t.asked, ["/api/users?ids=u_300000003,u_400000004"]);
  assert.equal(t.state.get("users").get("u_400000004").display_name, "X");
});

test("of more conversations than a frame can name, the newest are named and a bootstrap is asked for", async () => {
  const many = Array.from({ length: 2100 }, (_, i) => group(1, { conv: `g_${10_000_000 + i}`, at: i, last: null }));
  const t = start(many);
  t.answers["/api/bootstrap"] = bootstrap(many);
  const { cursors } = t.sync.hello();
  assert.equal(Object.keys(cursors).length, 2000);
  assert.ok("g_10002099" in cursors && !("g_10000000" in cursors));
  assert.ok(JSON.stringify(cursors).length < 100 * 1024);
  t.sync.apply({ type: "ready", now: 0 });
  await settled();
  assert.deepEqual(t.asked, ["/api/bootstrap"]);
});
