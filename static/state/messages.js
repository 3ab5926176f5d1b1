// What this device holds of one conversation: runs of messages without gaps, by
// seq. One of them is followed: its end is the cursor that hello names.

/**
 * History is the messages of one conversation in one membership.
 *
 * The end is that of the contiguous run, never a maximum: a message beyond it is
 * kept as a run of its own until the hole between is filled.
 */
export class History {
  #messages = new Map();
  #runs = []; // { from, to }, ascending, neither touching nor overlapping
  #end;

  /** @param {[number, number]} end seq and time of the message it begins at */
  constructor(end) {
    this.#end = end;
  }

  /** end is [seq, at] of the last message of the gapless run that is followed. */
  get end() {
    return this.#end;
  }

  /** last is the highest seq held or followed. */
  get last() {
    const top = this.#runs[this.#runs.length - 1];
    return Math.max(this.#end[0], top ? top.to : 0);
  }

  /** size is how many messages are held. */
  get size() {
    return this.#messages.size;
  }

  /** get returns the message at seq, or undefined. */
  get(seq) {
    return this.#messages.get(seq);
  }

  /** runAt returns the run that holds seq as { from, to }, or null. */
  runAt(seq) {
    for (const run of this.#runs) if (run.from <= seq && seq <= run.to) return { ...run };
    return null;
  }

  /**
   * slice returns the held messages from lo to hi, ascending; the caller takes
   * both from one run.
   */
  slice(lo, hi) {
    const found = [];
    for (let seq = lo; seq <= hi; seq++) {
      const message = this.#messages.get(seq);
      if (message) found.push(message);
    }
    return found;
  }

  /**
   * add takes one message from the socket.
   *
   * @returns {"appended" | "known" | "ahead" | "older"} ahead: there is a hole before it
   */
  add(message) {
    if (this.#messages.has(message.seq)) return "known";
    const wasEnd = this.#end[0];
    this.#put(message);
    if (message.seq <= wasEnd) return "older";
    return this.#end[0] >= message.seq ? "appended" : "ahead";
  }

  /** insert takes a page. Returns how many of its messages were new. */
  insert(page) {
    let fresh = 0;
    for (const message of page) {
      if (this.#messages.has(message.seq)) continue;
      this.#put(message);
      fresh++;
    }
    return fresh;
  }

  /** hole is the first seq that is missing below what is held, or 0. */
  get hole() {
    return this.last > this.#end[0] ? this.#end[0] + 1 : 0;
  }

  /**
   * resetTo follows from another end: the server said that what lies between is
   * too much. What is held stays as a run of its own.
   */
  resetTo(end) {
    this.#end = end;
    this.#advance();
  }

  /** trim forgets all but the last `keep` messages of the followed run. */
  trim(keep) {
    const low = this.#end[0] - keep;
    for (const seq of [...this.#messages.keys()]) if (seq <= low) this.#messages.delete(seq);
    this.#runs = this.#runs
      .filter((run) => run.to > low)
      .map((run) => ({ from: Math.max(run.from, low + 1), to: run.to }));
  }

  #put(message) {
    this.#messages.set(message.seq, message);
    this.#join(message.seq);
    this.#advance();
  }

  #join(seq) {
    const runs = this.#runs;
    let i = runs.length;
    while (i > 0 && runs[i - 1].from > seq) i--;
    const before = runs[i - 1];
    const after = runs[i];
    const touchesBefore = before && before.to === seq - 1;
    const touchesAfter = after && after.from === seq + 1;
    if (touchesBefore && touchesAfter) {
      before.to = after.to;
      runs.splice(i, 1);
    } else if (touchesBefore) before.to = seq;
    else if (touchesAfter) after.from = seq;
    else runs.splice(i, 0, { from: seq, to: seq });
  }

  #advance() {
    const run = this.runAt(this.#end[0] + 1);
    if (run) this.#end = [run.to, this.#messages.get(run.to).at];
  }
}
