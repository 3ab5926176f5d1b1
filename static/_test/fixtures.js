// What the tests share: the frames of the wire, a timer that tests wind on.

import { readFileSync, readdirSync } from "node:fs";

const FRAMES = new URL("../../hub/testdata/frames/", import.meta.url);

/** frames returns the wire's examples by name, as written. */
export function frames() {
  const found = {};
  for (const file of readdirSync(FRAMES)) {
    if (file.endsWith(".json")) found[file.slice(0, -5)] = readFileSync(new URL(file, FRAMES), "utf8").trim();
  }
  return found;
}

/** timers is a schedule that runs only when the test says so. */
export function timers() {
  let waiting = [];
  const schedule = (fn, ms) => waiting.push({ fn, ms });
  /** run calls everything that waits, and what that adds, until nothing does. */
  schedule.run = async () => {
    while (waiting.length > 0) {
      const due = waiting;
      waiting = [];
      for (const { fn } of due) fn();
      await settled();
    }
  };
  Object.defineProperty(schedule, "waiting", { get: () => waiting });
  return schedule;
}

/** settled resolves when the promises under way have gone on. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
