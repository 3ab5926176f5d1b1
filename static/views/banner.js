// What the person should know about the connection, on top of everything.

import { h, isolate, replace } from "../lib/dom.js";
import { parts, t } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { current } from "../state/session.js";

const SHOW_AFTER_MS = 2000; // a short break is nobody's business
const TICK_MS = 500;
const MANY_ATTEMPTS = 3;

/** createBanner is empty while all is well. */
export function createBanner() {
  const root = h("header", { class: "banner-slot" });
  const live = h("span", { class: "visually-hidden", role: "status" });
  let timer = 0;
  let brokenSince = 0;
  let shown = "";
  const off = state.subscribe("connection", render);
  render();

  function render() {
    clearTimeout(timer);
    const connection = state.get("connection");
    const { status } = connection;
    if (status === "ready" || status === "idle") brokenSince = 0;
    else if (!brokenSince) brokenSince = Date.now();
    const due = brokenSince + SHOW_AFTER_MS - Date.now();
    if (brokenSince && status !== "stopped" && due > 0) {
      timer = setTimeout(render, due);
      return show(null);
    }
    show(wordingOf(connection));
    if (status === "waiting") timer = setTimeout(render, TICK_MS);
  }

  function show(wording) {
    const key = wording ? wording.kind : "";
    if (!wording) {
      if (shown) replace(root);
    } else if (key === shown) {
      replace(root.querySelector(".banner__text"), wording.text);
    } else {
      replace(
        root,
        h(
          "div",
          { class: "banner", "data-testid": "conn-banner", "data-kind": wording.kind },
          h("p", { class: "banner__text" }, wording.text),
          wording.action &&
            h("button", { type: "button", class: "banner__action", "data-testid": "retry-now", onclick: wording.action.run }, wording.action.label),
          live,
        ),
      );
      live.textContent = wording.spoken || "";
    }
    shown = key;
  }

  function wordingOf({ status, retryAt, attempts, why, outdated, reachable }) {
    const retry = { label: t("conn.retry"), run: () => current()?.retryNow() };
    const reload = { label: t("conn.reload"), run: () => location.reload() };
    if (status === "stopped" && why === "too_many_sessions") {
      return { kind: "too_many", text: t("conn.too_many"), spoken: t("conn.too_many"), action: { label: t("conn.use_here"), run: retry.run } };
    }
    if (status === "stopped" && why === "upgrade") return { kind: "upgrade", text: t("conn.upgrade"), action: reload };
    if (status === "waiting") {
      const n = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      const blocked = reachable && attempts >= MANY_ATTEMPTS;
      return {
        kind: blocked ? "blocked" : "waiting",
        text: isolate(parts(blocked ? "conn.blocked" : n > 0 ? "conn.waiting" : "conn.connecting_to", { n, address: location.host })),
        spoken: t("conn.lost"),
        action: retry,
      };
    }
    if (status === "connecting") return { kind: shown === "blocked" ? "blocked" : "waiting", text: isolate(parts("conn.connecting_to", { address: location.host })), spoken: t("conn.lost"), action: retry };
    if (outdated) return { kind: "outdated", text: t("conn.outdated"), action: reload };
    return null;
  }

  return {
    root,
    render() {
      shown = "";
      replace(root);
      render();
    },
    destroy() {
      off();
      clearTimeout(timer);
    },
  };
}
