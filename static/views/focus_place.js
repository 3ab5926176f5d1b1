// The focus when what it stood on is rendered anew.

const CONTROLS = "button, input, textarea, a[href], select, summary";

/**
 * keepFocus remembers where in root the focus is and returns what puts it back
 * there after root was filled again: on the control in the same place, or the
 * last one, or the nearest title. Does nothing if the focus was elsewhere.
 */
export function keepFocus(root) {
  const active = document.activeElement;
  if (!root.contains(active)) return () => {};
  const at = controlsOf(root).indexOf(active);
  const { testid } = active.dataset;
  return () => {
    if (root.contains(document.activeElement)) return;
    const controls = controlsOf(root);
    const named = testid ? controls.filter((el) => el.dataset.testid === testid) : [];
    const to = named.length === 1 ? named[0] : controls[Math.min(Math.max(at, 0), controls.length - 1)];
    (to ?? root.closest(".panel, dialog")?.querySelector("[tabindex='-1']"))?.focus({ preventScroll: true });
  };
}

function controlsOf(root) {
  return [...root.querySelectorAll(CONTROLS)].filter((el) => !el.hidden && !el.disabled);
}
