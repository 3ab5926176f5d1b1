// What everybody but the holder of the set-up link sees before the server is set
// up. It moves on by itself.

import { h } from "../lib/dom.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { createEntryPage } from "./entry_page.js";

const POLL_MS = 5000; // a person waits this long at most after the set-up is done

/** createWaiting asks every 5 s; onready(server) is called once it is set up. */
export function createWaiting({ server, onready = () => location.reload() } = {}) {
  let host = server?.host;
  let offline = false;
  let timer = setTimeout(poll, server ? POLL_MS : 0);
  const page = createEntryPage({ testid: "waiting", render });

  async function poll() {
    try {
      const now = await api.get("/api/server");
      if (!now.setup_required) return onready(now);
      show(now.host, false);
    } catch {
      show(host, true);
    }
    timer = setTimeout(poll, POLL_MS);
  }

  function show(nextHost, nextOffline) {
    if (nextHost === host && nextOffline === offline) return;
    host = nextHost;
    offline = nextOffline;
    page.update();
  }

  function render() {
    return {
      title: t("wait.title"),
      lead: host ? t("wait.text", { host }) : null,
      content: [
        h("div", { class: "steeping", "aria-hidden": "true" }, h("span"), h("span"), h("span")),
        h("p", { class: "entry__note", role: "status" }, t(offline ? "wait.offline" : "wait.moves_on")),
        h("p", { class: "entry__note entry__note--apart" }, t("wait.admin")),
      ],
    };
  }

  return {
    root: page.root,
    destroy() {
      clearTimeout(timer);
      page.destroy();
    },
  };
}
