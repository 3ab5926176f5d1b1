import { h } from "../lib/dom.js";
import { t } from "../i18n/i18n.js";
import { radioCards } from "./choice.js";

const JOINS = ["open", "members"];
const HISTORIES = ["all", "joined"];

const historyOf = { open: "all", members: "joined" }; // unless it is chosen

/**
 * createGroupRules asks who may join and what newcomers may read. Until somebody
 * chooses what they read in a new group, it follows who may join.
 */
export function createGroupRules({ join = "open", history } = {}) {
  let follows = history === undefined;
  const joinChoice = radioCards({
    legend: t("group.join"),
    value: join,
    options: JOINS.map((value) => ({ value, label: t(`group.join.${value}`), text: t(`group.join.${value}.text`) })),
    testid: "join-rule",
    onchange: (value) => follows && historyChoice.set(historyOf[value]),
  });
  const historyChoice = radioCards({
    legend: t("group.history"),
    value: history ?? historyOf[join],
    options: HISTORIES.map((value) => ({ value, label: t(`group.history.${value}`), text: t(`group.history.${value}.text`) })),
    testid: "history-rule",
    onchange: () => (follows = false),
  });
  return {
    root: h("div", { class: "form" }, joinChoice.root, historyChoice.root),
    get value() {
      return { join: joinChoice.value, history: historyChoice.value };
    },
  };
}
