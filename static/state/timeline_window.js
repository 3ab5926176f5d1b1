// Which part of a history is on the page: a window of at most WINDOW messages
// (and a leeway) inside one run. No DOM here.

/** WINDOW is how many messages the page holds; with LEEWAY before it is cut. */
export const WINDOW = 300;
export const LEEWAY = 60;

/** STEP is how many messages are added at an edge at a time. */
export const STEP = 60;

/** createWindow is empty (hi < lo) until show is called. */
export function createWindow() {
  let lo = 1;
  let hi = 0;

  return {
    get lo() {
      return lo;
    },
    get hi() {
      return hi;
    },
    get isEmpty() {
      return hi < lo;
    },

    /** show puts the window somewhere else. */
    show(from, to) {
      lo = from;
      hi = to;
    },

    /** growUp takes in older messages of the run and lets newer ones go. */
    growUp(run) {
      lo = Math.max(run.from, lo - STEP);
      if (hi - lo + 1 > WINDOW + LEEWAY) hi = lo + WINDOW - 1;
    },

    /** growDown takes in newer messages of the run and lets older ones go. */
    growDown(run) {
      hi = Math.min(run.to, hi + STEP);
      if (hi - lo + 1 > WINDOW + LEEWAY) lo = hi - WINDOW + 1;
    },

    /**
     * follow takes in what was appended at the end. A reader who is elsewhere
     * (not pinned) keeps what is seen: the window then no longer reaches the end.
     */
    follow(end, pinned) {
      if (pinned) {
        hi = end;
        if (hi - lo + 1 > WINDOW + LEEWAY) lo = hi - WINDOW + 1;
      } else {
        hi = Math.max(hi, Math.min(end, lo + WINDOW + LEEWAY - 1));
      }
    },
  };
}
