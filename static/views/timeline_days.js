// The rows of a timeline in sections by day. A day's label sticks to the top
// inside its own section, or the labels would lie upon each other.

import { h, reconcile } from "../lib/dom.js";
import { dayKey, dayLabel } from "../lib/time.js";

/** createDays fills list with sections. */
export function createDays(list) {
  let sections = new Map(); // day#times → section

  /**
   * draw puts nodes, one for each item, into the sections of their days; before
   * the item with dividerSeq goes the divider.
   */
  function draw(items, nodes, { divider, dividerSeq }) {
    const kept = new Map();
    const times = new Map(); // a clock set back may bring a day twice
    let today = "";
    let section = null;
    items.forEach((item, i) => {
      const day = dayKey(item.at);
      if (day !== today) {
        today = day;
        times.set(day, (times.get(day) || 0) + 1);
        const key = `${day}#${times.get(day)}`;
        section = sections.get(key) || makeSection();
        section.inside = [];
        section.name(dayLabel(item.at));
        kept.set(key, section);
      }
      if (item.seq && item.seq === dividerSeq) section.inside.push(divider);
      section.inside.push(nodes[i]);
    });
    sections = kept;
    for (const one of sections.values()) reconcile(one.body, one.inside);
    reconcile(list, [...sections.values()].map((one) => one.root));
  }

  return { draw };
}

function makeSection() {
  const label = h("span", { class: "day__label" });
  const body = h("div", { class: "day__body" });
  const root = h("section", { class: "day" }, h("div", { class: "day__pill" }, label), body);
  return {
    root,
    body,
    inside: [],
    name(text) {
      if (label.textContent === text) return;
      label.textContent = text;
      root.setAttribute("aria-label", text);
    },
  };
}
