// Keeping the reader's place by hand: no browser does it alike, and Safari not at all.

/** NEAR_END_PX: closer to the end than this counts as being there. */
export const NEAR_END_PX = 120;

/** fromEnd is how far the end is below what is seen. */
export function fromEnd(scroller) {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
}

/** toEnd shows the end at once. */
export function toEnd(scroller) {
  scroller.scrollTop = scroller.scrollHeight;
}

/**
 * keepPlace runs change and puts the first row that is in sight, and stays in the
 * page, where it was, before anything is painted.
 *
 * @param {Element} scroller
 * @param {() => Element[]} rows in their order
 * @param {() => void} change
 */
export function keepPlace(scroller, rows, change) {
  const top = scroller.getBoundingClientRect().top;
  const seen = [];
  for (const row of rows()) {
    const box = row.getBoundingClientRect();
    if (box.bottom <= top) continue;
    seen.push([row, box.top]);
    if (box.top > top + scroller.clientHeight) break;
  }
  change();
  const anchor = seen.find(([row]) => row.isConnected);
  if (!anchor) return;
  const moved = anchor[0].getBoundingClientRect().top - anchor[1];
  if (moved !== 0) scroller.scrollTop += moved;
}
