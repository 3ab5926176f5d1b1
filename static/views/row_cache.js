/**
 * createRowCache keeps the rows of a list from one rendering to the next:
 * rows(items) builds a row only where its signature changed, so that focus and
 * scroll stay. Give the result to reconcile.
 */
export function createRowCache({ keyOf, signatureOf, build }) {
  let rows = new Map();
  return function rowsOf(items) {
    const next = new Map();
    for (const item of items) {
      const key = keyOf(item);
      const signature = signatureOf(item);
      const old = rows.get(key);
      next.set(key, old?.signature === signature ? old : rebuilt(old, signature, build(item)));
    }
    rows = next;
    return [...rows.values()].map((row) => row.node);
  };
}

function rebuilt(old, signature, node) {
  // The new row is not in the page yet; the focus comes back once it is.
  if (old?.node.contains(document.activeElement)) queueMicrotask(() => node.querySelector("button, a, input")?.focus());
  return { signature, node };
}
