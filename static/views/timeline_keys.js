// The keyboard in a timeline: one Tab stop, arrows move from row to row.

/**
 * createTimelineKeys handles the keys of a timeline.
 *
 * @param {{ rowsOf: () => Iterable<HTMLElement>, itemOf: (row: HTMLElement) => any,
 *   on: { onmenu: (item: any, row: HTMLElement) => void, oncopy: (item: any) => void } }} deps
 */
export function createTimelineKeys({ rowsOf, itemOf, on }) {
  let roving = ""; // key of the row that Tab comes to

  /** rove makes one of the rows the Tab stop: the last one focused, or the newest. */
  function rove(rows) {
    const at = rows.find((row) => row.dataset.key === roving) || rows[rows.length - 1];
    for (const row of rows) row.tabIndex = row === at ? 0 : -1;
  }

  function focus(row) {
    if (!row) return;
    roving = row.dataset.key;
    rove([...rowsOf()]);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function onkeydown(event) {
    const row = event.target.closest("article");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...rowsOf()];
    const at = all.indexOf(row);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) focus(all[Math.max(0, Math.min(to, all.length - 1))]);
    else if (event.target !== row) return;
    else if (event.key === "Enter" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) on.onmenu(itemOf(row), row);
    else if (event.key.toLowerCase() === "c" && !event.shiftKey) on.oncopy(itemOf(row));
    else return;
    event.preventDefault();
  }

  return {
    onkeydown,
    rove,
    focus,

    /** focusLast goes to the newest row, or the newest own one; false if there is none. */
    focusLast({ mine = false } = {}) {
      const all = [...rowsOf()].filter((row) => !mine || row.classList.contains("message--mine"));
      focus(all[all.length - 1]);
      return all.length > 0;
    },

    /** focusRoving goes to the row that was last focused. */
    focusRoving() {
      focus([...rowsOf()].find((row) => row.tabIndex === 0));
    },
  };
}
