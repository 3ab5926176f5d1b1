import { h } from "../lib/dom.js";
import { t } from "../i18n/i18n.js";
import { radioCards } from "./choice.js";

const JOINS = ["open", "members"];
const HISTORIES = ["all", "joined"];

/** createGroupRules asks who may join and what newcomers may read. */
export function createGroupRules({ join = "open", history = "all" } = {}) {
  const joinChoice = radioCards({
    legend: t("group.join"),
    value: join,
    options: JOINS.map((value) => ({ value, label: t(`group.join.${value}`), text: t(`group.join.${value}.text`) })),
    testid: "join-rule",
  });
  const historyChoice = radioCards({
    legend: t("group.history"),
    value: history,
    options: HISTORIES.map((value) => ({ value, label: t(`group.history.${value}`), text: t(`group.history.${value}.text`) })),
    testid: "history-rule",
  });
  return {
    root: h("div", { class: "form" }, joinChoice.root, historyChoice.root),
    get value() {
      return { join: joinChoice.value, history: historyChoice.value };
    },
  };
}
