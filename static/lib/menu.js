// A menu beside the button that opens it: arrows move, Escape and a press outside
// close, the focus goes back.

import { h } from "./dom.js";
import { icon } from "./icon.js";

let closeOpen = null;

/**
 * openMenu shows items beside anchor, or at a point.
 *
 * @param {HTMLElement} anchor gets the focus back
 * @param {{ icon: string, label: string, onclick: () => void, danger?: boolean, testid?: string }[]} items
 * @param {{ label: string, x?: number, y?: number }} options
 */
export function openMenu(anchor, items, { label, x, y }) {
  closeOpen?.();
  const buttons = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        tabindex: "-1",
        class: "menu__item" + (item.danger ? " menu__item--danger" : ""),
        "data-testid": item.testid,
        onclick: () => {
          close();
          item.onclick();
        },
      },
      icon(item.icon),
      h("span", null, item.label),
    ),
  );
  const root = h("div", { class: "menu", role: "menu", "aria-label": label, onkeydown }, buttons);
  const cover = h("div", {
    class: "menu-cover",
    onpointerdown: (event) => {
      event.preventDefault();
      close();
    },
    oncontextmenu: (event) => event.preventDefault(),
  });

  const region = h("section", { "aria-label": label }, cover, root); // a landmark: nothing lies outside of one

  function onkeydown(event) {
    const at = buttons.indexOf(document.activeElement);
    const last = buttons.length - 1;
    const to = { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to !== undefined) buttons[to].focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function close() {
    if (closeOpen !== close) return;
    closeOpen = null;
    region.remove();
    anchor.setAttribute("aria-expanded", "false");
    removeEventListener("resize", settle);
    removeEventListener("popstate", left);
    if (anchor.isConnected) anchor.focus({ preventScroll: true });
  }

  // A keyboard that goes away makes the window taller; the menu stays.
  function settle() {
    place(root, anchor, x, y);
  }

  // A step back closes it, but not one that was under way when it opened.
  const opened = Date.now();
  function left() {
    if (Date.now() - opened > STEP_MS) close();
  }

  document.body.append(region);
  settle();
  anchor.setAttribute("aria-expanded", "true");
  addEventListener("resize", settle);
  addEventListener("popstate", left);
  closeOpen = close;
  buttons[0]?.focus({ preventScroll: true });
  return close;
}

const STEP_MS = 400;
const GAP = 4;
const MARGIN = 8;

function place(root, anchor, x, y) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = root;
  const left = x ?? (box.left + width + MARGIN > innerWidth ? box.right - width : box.left);
  let top = y ?? box.bottom + GAP;
  if (top + height + MARGIN > innerHeight) top = (y ?? box.top - GAP) - height;
  root.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  root.style.top = `${Math.max(MARGIN, Math.min(top, innerHeight - height - MARGIN))}px`;
}
