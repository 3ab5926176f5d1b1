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

/**
 * soon returns a function that runs `render` once before the next paint however
 * often it is called (a timer in a hidden tab, where nothing is painted).
 * `cancel` on it forgets a waiting run.
 */
export function soon(render) {
  let frame = 0;
  let timer = 0;
  const run = () => {
    cancel();
    render();
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
