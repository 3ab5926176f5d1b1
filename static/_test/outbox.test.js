import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryDisk } from "../state/device.js";
import { createOutbox } from "../state/outbox.js";
import { timers } from "./fixtures.js";

const CONV = "g_48213977";

function begin({ disk = memoryDisk(), epoch = "e1", user = "u_100000001", ready = true } = {}) {
  const sent = [];
  const schedule = timers();
  const line = { ready };
  let warnings = 0;
  const outbox = createOutbox({
    epoch,
    user,
    disk,
    schedule,
    send: (item) => line.ready && sent.push(item.client_id) > 0,
    onchange: () => {},
    onwarning: () => warnings++,
    now: () => 1,
  });
  return { outbox, disk, sent, schedule, line, warnings: () => warnings };
}

const draft = (client_id, body = client_id) => ({ client_id, conv: CONV, body });

test("an item is on the disk before it is sent", async () => {
  const order = [];
  const disk = memoryDisk();
  const put = disk.put;
  disk.put = async (item) => {
    await put(item);
    order.push(`disk ${item.client_id}`);
  };
  const outbox = createOutbox({ epoch: "e1", user: "u", disk, onchange() {}, send: (item) => (order.push(`sent ${item.client_id}`), true) });
  await Promise.all([outbox.add(draft("a")), outbox.add(draft("b"))]);
  assert.deepEqual(order.filter((step) => /a/.test(step)).slice(0, 2), ["disk a", "sent a"]);
  assert.ok(order.indexOf("disk b") < order.indexOf("sent b"));
  assert.ok(order.indexOf("sent a") < order.indexOf("sent b"), "in the order of writing");
});

test("what is not acked goes out again after a reconnect, with its old id", async () => {
  const t = begin();
  await t.outbox.add(draft("a"));
  await t.outbox.add(draft("b"));
  t.outbox.flush();
  assert.deepEqual(t.sent, ["a", "b"], "once a session");
  assert.equal(t.outbox.acked("a").body, "a");
  t.outbox.disconnected();
  t.outbox.flush();
  assert.deepEqual(t.sent, ["a", "b", "b"]);
  assert.equal(t.outbox.acked("b").client_id, "b");
  assert.equal(t.outbox.acked("b"), undefined, "a double ack finds nothing");
  assert.equal(t.outbox.size, 0);
});

test("it survives the page, in order", async () => {
  const first = begin({ ready: false });
  for (const id of ["a", "b", "c"]) await first.outbox.add(draft(id));
  const next = begin({ disk: first.disk });
  await next.outbox.add(draft("d"));
  await next.outbox.load();
  assert.deepEqual(next.sent.filter((id) => id !== "d"), ["a", "b", "c"]);
  assert.deepEqual(next.outbox.list(CONV).map((item) => item.client_id), ["a", "b", "c", "d"]);
  next.outbox.acked("a");
  assert.deepEqual((await first.disk.all()).map((item) => item.client_id).sort(), ["b", "c", "d"]);
});

test("another user's items are not touched; another epoch's wait for a look", async () => {
  const old = begin({ ready: false });
  await old.outbox.add(draft("a"));
  const stranger = begin({ disk: old.disk, user: "u_200000002" });
  await stranger.outbox.load();
  assert.equal(stranger.outbox.size, 0);
  const restored = begin({ disk: old.disk, epoch: "e2" });
  await restored.outbox.load();
  assert.deepEqual(restored.sent, []);
  assert.equal(restored.outbox.list(CONV)[0].state, "check");
  await restored.outbox.retry("a", "fresh");
  assert.deepEqual(restored.sent, ["a"], "the same one: the other database may have it");
  assert.equal((await old.disk.all())[0].epoch, "e2");
  assert.equal(restored.outbox.list(CONV)[0].body, "a");
});

test("a final error keeps the text; what may pass is tried again later, in order", async () => {
  const t = begin();
  for (const id of ["a", "b", "c"]) await t.outbox.add(draft(id));
  t.outbox.refused("a", { code: "too_large", reason: "message_too_long" });
  assert.equal(t.outbox.get("a").state, "failed");
  assert.ok(t.outbox.hasFailed(CONV));
  t.outbox.refused("b", { code: "unavailable", reason: "storage_full" });
  t.outbox.refused("c", { code: "rate_limited", reason: "rate_limited" });
  assert.deepEqual(t.sent, ["a", "b", "c"], "held back");
  assert.deepEqual(t.schedule.waiting.map(({ ms }) => ms), [1000]);
  await t.schedule.run();
  assert.deepEqual(t.sent, ["a", "b", "c", "b", "c"]);
  t.outbox.refused("b", { code: "internal", reason: "internal" });
  assert.deepEqual(t.schedule.waiting.map(({ ms }) => ms), [2000]);
});

test("sent again, a message keeps its id unless another text has it", async () => {
  const t = begin();
  for (const id of ["a", "b", "c"]) await t.outbox.add(draft(id));
  t.outbox.setAside(["a"]);
  t.outbox.refused("b", { code: "conflict", reason: "client_id_reused" });
  await t.outbox.retry("a", "x");
  await t.outbox.retry("b", "y");
  assert.deepEqual(t.sent, ["a", "b", "c", "a", "y"]);
  assert.deepEqual(t.outbox.list(CONV).map(({ client_id, state }) => `${client_id} ${state}`), ["c queued", "a queued", "y queued"]);
  assert.deepEqual((await t.disk.all()).map((item) => item.client_id).sort(), ["a", "c", "y"]);
});

test("what may pass is tried again every eight seconds", async () => {
  const t = begin();
  await t.outbox.add(draft("a"));
  const pauses = [];
  for (let i = 0; i < 8; i++) {
    t.outbox.refused("a", { code: "unavailable", reason: "storage_full" });
    pauses.push(t.schedule.waiting[0].ms);
    await t.schedule.run();
  }
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000]);
  assert.equal(t.outbox.get("a").state, "queued");
});

test("a message the server fails at again and again does not hold up the others", async () => {
  const t = begin();
  for (const id of ["a", "b"]) await t.outbox.add(draft(id));
  for (let i = 0; i < 4; i++) {
    t.outbox.refused("a", { code: "internal", reason: "internal" });
    await t.schedule.run();
  }
  t.outbox.refused("a", { code: "internal", reason: "internal" });
  assert.equal(t.outbox.get("a").state, "failed");
  assert.equal(t.outbox.get("a").body, "a");
  assert.equal(t.outbox.get("b").state, "queued");
  assert.equal(t.schedule.waiting.length, 0);
  await t.outbox.add(draft("c"));
  assert.equal(t.sent.at(-1), "c");
});

test("frames the server could not read are set aside", async () => {
  const t = begin();
  await t.outbox.add(draft("a"));
  t.outbox.setAside(["a", "unknown"]);
  t.outbox.disconnected();
  t.outbox.flush();
  assert.deepEqual(t.sent, ["a"]);
  assert.equal(t.outbox.get("a").state, "failed");
});

test("no more are in flight than the server reads", async () => {
  const t = begin();
  for (let i = 0; i < 300; i++) await t.outbox.add(draft(`m${i}`));
  assert.equal(t.sent.length, 200);
  t.outbox.acked("m0");
  assert.equal(t.sent.length, 201);
});

test("a disk that refuses is said once and does not stop anything", async () => {
  const disk = { all: () => Promise.reject(new Error("no")), put: () => Promise.reject(new Error("no")), remove: () => Promise.reject(new Error("no")), close() {} };
  const t = begin({ disk });
  await t.outbox.load();
  await t.outbox.add(draft("a"));
  assert.deepEqual(t.sent, ["a"]);
  assert.ok(t.warnings() > 0);
  assert.ok(t.outbox.acked("a"));
});

test("logging out wipes", async () => {
  const t = begin({ ready: false });
  await t.outbox.add(draft("a"));
  await t.outbox.wipe();
  assert.deepEqual(await t.disk.all(), []);
});
