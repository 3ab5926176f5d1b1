import assert from "node:assert/strict";
import { test } from "node:test";
import { createWindow, LEEWAY, STEP, WINDOW } from "../state/timeline_window.js";

test("the window never holds more than its size and leeway, whichever way one reads", () => {
  const run = { from: 1, to: 10_000 };
  const win = createWindow();
  assert.ok(win.isEmpty);
  win.show(9941, 10_000);
  for (let i = 0; i < 50; i++) {
    const { lo } = win;
    win.growUp(run);
    assert.equal(win.lo, lo - STEP);
    assert.ok(win.hi - win.lo + 1 <= WINDOW + LEEWAY);
  }
  for (let i = 0; i < 80; i++) {
    win.growDown(run);
    assert.ok(win.hi - win.lo + 1 <= WINDOW + LEEWAY);
  }
  assert.equal(win.hi, 10_000);
  win.show(1, 30);
  win.growUp(run);
  assert.equal(win.lo, 1);
});

test("what is appended is followed at the end, and not far from a reader elsewhere", () => {
  const win = createWindow();
  win.show(1, 300);
  win.follow(400, true);
  assert.deepEqual([win.lo, win.hi], [101, 400]);
  win.follow(1000, false);
  assert.deepEqual([win.lo, win.hi], [101, 460], "the end is let go");
});
