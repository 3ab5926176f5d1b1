import { h } from "../lib/dom.js";

let groups = 0;

/**
 * createTabs shows one of tabs [{id, label, create() → {root, destroy()}}] at a
 * time. Arrow keys, Home and End move between them; onchange(id) follows.
 */
export function createTabs({ label, tabs, selected, onchange }) {
  const group = `tabs-${++groups}`;
  const panel = h("div", { class: "tabs__panel", role: "tabpanel", id: `${group}-panel` });
  const buttons = tabs.map((tab) =>
    h(
      "button",
      {
        type: "button",
        class: "tabs__tab",
        role: "tab",
        id: `${group}-${tab.id}`,
        "aria-controls": panel.id,
        "data-testid": `tab-${tab.id}`,
        onclick: () => select(tab),
        onkeydown: onKey,
      },
      tab.label,
    ),
  );
  const root = h("div", { class: "tabs" }, h("div", { class: "tabs__list", role: "tablist", "aria-label": label }, buttons), panel);
  let current = null;
  let view = null;
  select(tabs.find((tab) => tab.id === selected) ?? tabs[0]);

  function select(tab) {
    if (tab === current) return;
    current = tab;
    tabs.forEach((other, i) => {
      buttons[i].setAttribute("aria-selected", String(other === tab));
      buttons[i].tabIndex = other === tab ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `${group}-${tab.id}`);
    view?.destroy();
    view = tab.create();
    panel.replaceChildren(view.root);
    onchange?.(tab.id);
  }

  function onKey(event) {
    const at = tabs.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    select(tabs[next]);
    buttons[next].focus();
  }

  return {
    root,
    select: (id) => select(tabs.find((tab) => tab.id === id)),
    destroy: () => view.destroy(),
  };
}
