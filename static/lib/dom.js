// The only way this page makes elements: text goes in as text nodes, so nothing
// that a person typed is ever read as markup.

/**
 * h makes an element. Props: `class`, `id`, any attribute; `on…` takes a
 * function; `dataset` and `style` take objects (style is set through the CSSOM,
 * which the content security policy allows); `value` and `checked` are set as
 * properties. For attributes, true means present, and false, null and undefined
 * mean absent, except aria-*, where booleans are written out.
 *
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...any} children strings, numbers, nodes, arrays of these; null,
 *   undefined, true and false are skipped
 * @returns {any}
 */
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) setProp(el, name, value);
  append(el, children);
  return el;
}

function setProp(el, name, value) {
  if (name === "dataset") {
    for (const [key, v] of Object.entries(value)) if (v !== null && v !== undefined) el.dataset[key] = String(v);
  } else if (name === "style") {
    for (const [key, v] of Object.entries(value)) el.style.setProperty(key, v);
  } else if (name.startsWith("on") && typeof value === "function") {
    el.addEventListener(name.slice(2), value);
  } else if (name === "value" || name === "checked") {
    el[name] = value;
  } else if (name.startsWith("aria-") && typeof value === "boolean") {
    el.setAttribute(name, String(value));
  } else if (value !== false && value !== null && value !== undefined) {
    el.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(el, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(el, child);
    else if (child instanceof Node) el.append(child);
    else if (child !== null && child !== undefined && typeof child !== "boolean") el.append(String(child));
  }
}

/** replace empties node and puts children (as for h) into it. Returns node. */
export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/**
 * reconcile makes the children of parent exactly `wanted`, in that order, moving
 * and removing as little as it can, so that focus, selection and scroll stay.
 *
 * @param {Element} parent
 * @param {Node[]} wanted
 */
export function reconcile(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!keep.has(child)) child.remove();
  let at = parent.firstChild;
  for (const node of wanted) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

const PRESS_MS = 1000; // no click takes longer; holding still to select text does

// When the pointer went down, 0 once its click has been told. An element that is
// replaced between press and release gets no click at all.
let pressedAt = 0;
globalThis.addEventListener?.("pointerdown", () => (pressedAt = performance.now()), true);
for (const type of ["pointerup", "pointercancel"]) {
  globalThis.addEventListener?.(type, () => setTimeout(() => (pressedAt = 0)), true);
}

/**
 * soon returns a function that runs `render` once before the next paint however
 * often it is called (a timer in a hidden tab, where nothing is painted), but not
 * while a button is being pressed. `cancel` on it forgets a waiting run.
 */
export function soon(render) {
  let frame = 0;
  let timer = 0;
  const run = () => {
    cancel();
    if (pressedAt && performance.now() - pressedAt < PRESS_MS) schedule();
    else render();
  };
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = timer = 0;
  };
  const schedule = () => {
    if (frame || timer) return;
    if (document.hidden) timer = setTimeout(run, 50);
    else {
      frame = requestAnimationFrame(run);
      timer = setTimeout(run, 500); // a tab hidden after the request gets no frame
    }
  };
  schedule.cancel = cancel;
  return schedule;
}

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

const styles = new Map();

/**
 * loadStyle resolves when css/<name> applies: the styles of screens that are
 * loaded when first opened. The address is taken from this module's, so that it
 * carries the same hash.
 */
export function loadStyle(name) {
  if (!styles.has(name)) {
    const link = h("link", { rel: "stylesheet", href: new URL(`../css/${name}`, import.meta.url).href });
    const loaded = new Promise((resolve, reject) => {
      link.onload = () => resolve();
      link.onerror = () => {
        styles.delete(name);
        link.remove();
        reject(new TypeError(`stylesheet ${name}`)); // as a module that cannot be fetched
      };
    });
    styles.set(name, loaded);
    document.head.append(link);
  }
  return styles.get(name);
}

/** applyTheme shows "light" or "dark", or what the device prefers ("auto"). */
export function applyTheme(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}

/**
 * isolate makes nodes of a sentence's parts (i18n.js): what is filled in is set
 * apart, so that a name keeps together and does not turn the sentence around.
 */
export function isolate(pieces) {
  return pieces.map(({ text, filled }) => (filled ? h("bdi", null, text) : text));
}
