// Choosing one of a few: cards that explain themselves, or a row of segments.
// Both are plain radio buttons, so that arrow keys and screen readers know them.

import { h } from "../lib/dom.js";

let groups = 0;

function choice(className, { legend, hiddenLegend, value, options, onchange, testid }) {
  const name = `choice-${++groups}`;
  let current = value;
  const inputs = options.map((option) =>
    h("input", {
      type: "radio",
      name,
      value: option.value,
      checked: option.value === value,
      onchange: () => {
        current = option.value;
        onchange?.(current);
      },
    }),
  );
  const root = h(
    "fieldset",
    { class: className, "data-testid": testid },
    h("legend", { class: hiddenLegend ? "visually-hidden" : `${className}__legend` }, legend),
    options.map((option, i) =>
      h(
        "label",
        { class: `${className}__option`, lang: option.lang },
        inputs[i],
        h("span", { class: `${className}__label` }, option.label),
        option.text && h("span", { class: `${className}__text` }, option.text),
      ),
    ),
  );
  return {
    root,
    get value() {
      return current;
    },
    set(next) {
      current = next;
      for (const input of inputs) input.checked = input.value === next;
    },
  };
}

/** radioCards offers options [{value, label, text}] as cards under a legend. */
export function radioCards(props) {
  return choice("radio-cards", props);
}

/** segments offers options [{value, label}] side by side. */
export function segments(props) {
  return choice("segments", props);
}
