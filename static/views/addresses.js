// How others get here: the addresses of this server, best first.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { api } from "../net/api.js";
import { t } from "../i18n/i18n.js";
import "../i18n/panels.js";
import { state } from "../state/store.js";
import { openNewInvite } from "./admin_invites.js";
import { copyButton } from "./copy_button.js";
import { createLoadable, emptyState } from "./loadable.js";
import { createPanel } from "./panel.js";

const HELP = ["wifi", "guest", "firewall", "vpn", "wechat"];

/** createAddresses is the screen #/invite. */
export function createAddresses() {
  return createPanel({
    testid: "addresses",
    render(own) {
      const list = own(createLoadable({ rows: 2, load: loadAddresses, render: renderAddresses }));
      list.reload();
      return {
        title: t("admin.addresses.title"),
        content: [
          h("div", { class: "section__text" }, h("p", null, t("admin.addresses.lead")), h("p", null, t(`admin.addresses.lead.registration.${state.get("server")?.registration ?? "open"}`))),
          list.root,
          h("details", { class: "fold fold--card" }, h("summary", null, t("admin.addresses.help")), h("ul", { class: "bullets" }, HELP.map((key) => h("li", null, t(`admin.addresses.help.${key}`))))),
          h("a", { class: "button button--wide", href: "#/", "data-testid": "to-chats" }, t("admin.addresses.chats")),
        ],
      };
    },
  });
}

// Admins may ask the server; others know the address they came by.
async function loadAddresses() {
  if (!state.get("me").admin) return [location.origin];
  return (await api.get("/api/admin/settings")).addresses;
}

// Nobody else can use such an address.
function isLocalOnly(address) {
  return /^https?:\/\/(localhost|127\.|\[::1\])/.test(address);
}

function renderAddresses(addresses) {
  if (addresses.length === 0) return emptyState({ mark: "globe", title: t("admin.addresses.empty"), text: t("admin.addresses.empty.text") });
  const { admin } = state.get("me");
  return [
    addressList(addresses),
    !admin && h("p", { class: "hint" }, t(isLocalOnly(addresses[0]) ? "admin.addresses.localhost" : "admin.addresses.this_device")),
    admin &&
      state.get("server")?.registration === "invite" &&
      h(
        "button",
        { type: "button", class: "button button--primary button--wide", "data-testid": "new-invite", onclick: () => openNewInvite({ address: addresses[0] }) },
        icon("link"),
        t("admin.invites.new"),
      ),
  ];
}

// Where an address does not fit its line, it breaks before the port.
function breakable(address) {
  const port = address.lastIndexOf(":");
  return port > 5 ? [address.slice(0, port), h("wbr"), address.slice(port)] : address;
}

/** addressList shows addresses large enough to be typed off a screen. */
export function addressList(addresses) {
  return h(
    "ol",
    { class: "addresses", "data-testid": "address-list" },
    addresses.map((address, i) =>
      h(
        "li",
        { class: "address" },
        h(
          "span",
          { class: "row__texts" },
          i === 0 && addresses.length > 1 && h("span", { class: "tag tag--on" }, t("admin.addresses.best")),
          h("span", { class: "address__url", translate: "no" }, breakable(address.replace(/\/$/, ""))),
        ),
        copyButton({ text: address, label: t("admin.addresses.copy", { address }), quiet: true, testid: "copy-address" }),
      ),
    ),
  );
}
