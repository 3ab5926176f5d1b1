import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { copyText } from "../lib/clipboard.js";
import { toast } from "../lib/dialog.js";
import { t } from "../i18n/i18n.js";

/**
 * copyButton copies text, on plain http too, and says so. label is what it is
 * called; with quiet it is an icon only and label is what a screen reader hears.
 */
export function copyButton({ text, label, quiet = false, primary = false, testid = "copy" }) {
  return h(
    "button",
    {
      type: "button",
      class: quiet ? "icon-button" : primary ? "button button--primary" : "button",
      "aria-label": quiet ? label : null,
      title: quiet ? label : null,
      "data-testid": testid,
      onclick: async () => toast((await copyText(text)) ? t("app.copied") : t("app.copy_failed")),
    },
    icon("copy"),
    !quiet && label,
  );
}
