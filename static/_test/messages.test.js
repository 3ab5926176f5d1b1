import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../state/messages.js";

const message = (seq) => ({ conv: "g_48213977", seq, at: seq * 1000, kind: "text", body: `m${seq}`, n: seq });
const page = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));

function historyAt(seq) {
  const history = new History([seq, seq * 1000]);
  history.insert([message(seq)]);
  return history;
}

test("the next message is appended and moves the end", () => {
  const history = historyAt(5);
  assert.equal(history.add(message(6)), "appended");
  assert.deepEqual(history.end, [6, 6000]);
  assert.equal(history.add(message(6)), "known");
  assert.equal(history.add(message(3)), "older");
  assert.deepEqual(history.end, [6, 6000]);
});

test("a message beyond a hole does not move the end until the hole is filled", () => {
  const history = historyAt(5);
  assert.equal(history.add(message(8)), "ahead");
  assert.equal(history.add(message(10)), "ahead");
  assert.deepEqual(history.end, [5, 5000]);
  assert.equal(history.hole, 6);
  assert.equal(history.last, 10);
  assert.equal(history.add(message(6)), "appended");
  assert.equal(history.add(message(7)), "appended");
  assert.deepEqual(history.end, [8, 8000], "8 joins when 7 comes");
  assert.equal(history.hole, 9);
  history.insert([message(9)]);
  assert.deepEqual(history.end, [10, 10_000]);
  assert.equal(history.hole, 0);
});

test("pages of history join the run they touch and stay apart where they do not", () => {
  const history = historyAt(1000);
  assert.equal(history.insert(page(300, 399)), 100);
  assert.deepEqual(history.runAt(350), { from: 300, to: 399 });
  assert.equal(history.runAt(500), null);
  assert.deepEqual(history.end, [1000, 1_000_000]);
  history.insert(page(400, 999));
  assert.deepEqual(history.runAt(350), { from: 300, to: 1000 });
  assert.equal(history.insert(page(300, 310)), 0, "nothing new");
  assert.deepEqual(history.slice(398, 401).map((m) => m.seq), [398, 399, 400, 401]);
});

test("a reset follows from another end and keeps the old run apart", () => {
  const history = historyAt(5);
  history.resetTo([5000, 5_000_000]);
  assert.deepEqual(history.end, [5000, 5_000_000]);
  assert.deepEqual(history.runAt(5), { from: 5, to: 5 });
  assert.equal(history.add(message(5001)), "appended");
  assert.equal(history.hole, 0);
});

test("any order of arrival ends the same", () => {
  // A small generator, so that a failure can be repeated.
  let seed = 20261124;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 200; round++) {
    const history = historyAt(1);
    const order = page(2, 40).sort(() => random() - 0.5);
    const seen = new Set([1]);
    for (const m of order) {
      history.add(m);
      if (random() < 0.2) history.add(m);
      seen.add(m.seq);
      let end = 1;
      while (seen.has(end + 1)) end++;
      assert.equal(history.end[0], end, `round ${round}`);
    }
    assert.deepEqual(history.runAt(1), { from: 1, to: 40 });
  }
});

test("trimming keeps the newest and what is ahead", () => {
  const history = historyAt(1);
  history.insert(page(2, 500));
  history.add(message(600));
  history.trim(100);
  assert.deepEqual(history.runAt(450), { from: 401, to: 500 });
  assert.equal(history.get(400), undefined);
  assert.ok(history.get(600));
  assert.equal(history.size, 101);
  assert.deepEqual(history.end, [500, 500_000]);
});
