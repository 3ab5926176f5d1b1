import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { loadPanels, parts, setLanguage, t } from "../i18n/i18n.js";
import enFirst from "../i18n/en.js";
import enPanels from "../i18n/en.panels.js";
import zhFirst from "../i18n/zh-CN.js";
import zhPanels from "../i18n/zh-CN.panels.js";

const en = { ...enFirst, ...enPanels };
const zh = { ...zhFirst, ...zhPanels };

const root = new URL("../", import.meta.url);

/** Modules of the page, tests left out. */
function sources(folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith("_") || entry.name.startsWith(".")) return [];
    const url = new URL(entry.isDirectory() ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory()) return sources(url);
    return entry.name.endsWith(".js") ? [{ name: url.pathname.slice(root.pathname.length), text: readFileSync(url, "utf8") }] : [];
  });
}

const isCatalogue = (source) => /^i18n\/(en|zh-CN)(\.panels)?\.js$/.test(source.name);
const base = (key) => key.replace(/_(one|other)$/, "");
const bases = (words) => [...new Set(Object.keys(words).map(base))].sort();
const holes = (text) => [...new Set(text.match(/\{\w+\}/g) || [])].sort();

test("both languages have the same keys", () => {
  assert.deepEqual(bases(zhFirst), bases(enFirst));
  assert.deepEqual(bases(zhPanels), bases(enPanels));
});

test("who uses the words of the panels loads them", () => {
  const areas = new Set(Object.keys(enPanels).map((key) => key.split(".")[0]));
  for (const key of Object.keys(enFirst)) assert.ok(!areas.has(key.split(".")[0]), `${key} belongs to the panels`);
  const use = new RegExp(`["\`](${[...areas].join("|")})\\.[\\w.$]`);
  for (const source of sources()) {
    if (isCatalogue(source) || !use.test(source.text)) continue;
    assert.ok(source.text.includes('import "../i18n/panels.js";'), source.name);
  }
});

test("the words of the panels come with each language once they are wanted", async () => {
  await setLanguage("en", { remember: false });
  assert.equal(t("settings.title"), "settings.title");
  await Promise.all([loadPanels(), setLanguage("zh-CN", { remember: false })]);
  assert.equal(t("settings.title"), zhPanels["settings.title"]);
  await setLanguage("en", { remember: false });
  assert.equal(t("settings.title"), enPanels["settings.title"]);
  assert.equal(t("app.name"), enFirst["app.name"]);
});

test("a plural has every form its language needs", () => {
  for (const key of Object.keys(en)) if (key.endsWith("_one")) assert.ok(`${base(key)}_other` in en, key);
  for (const key of Object.keys(en)) if (key.endsWith("_other")) assert.ok(`${base(key)}_one` in en, key);
  for (const key of Object.keys(zh)) assert.ok(!key.endsWith("_one"), `${key}: Chinese has one form`);
});

test("the same things are filled in", () => {
  for (const key of bases(en)) {
    const english = en[key] ?? en[`${key}_other`];
    const chinese = zh[key] ?? zh[`${key}_other`];
    assert.deepEqual(holes(chinese), holes(english), key);
  }
});

test("nothing is empty, and Chinese is Chinese", () => {
  const same = new Set(["app.title_unread", "chat.members_online"]);
  for (const [key, text] of Object.entries(en)) assert.ok(text.trim(), key);
  for (const [key, text] of Object.entries(zh)) {
    assert.ok(text.trim(), key);
    const words = text.replace(/\{\w+\}/g, "");
    if (/[a-z]{3}/i.test(words) && text === en[key] && !same.has(key)) assert.fail(`${key} is not translated: ${text}`);
    assert.ok(!/[\u4e00-\u9fff][,;:!?]/.test(words), `${key}: half-width punctuation after Chinese: ${text}`);
  }
});

test("every key that is asked for exists", () => {
  const missing = [];
  for (const source of sources()) {
    if (isCatalogue(source)) continue;
    for (const [, key] of source.text.matchAll(/\b(?:t|parts)\(\s*"([^"]+[^".])"/g)) {
      if (!(key in en) && !(`${key}_other` in en)) missing.push(`${source.name}: ${key}`);
    }
    for (const [, key] of source.text.matchAll(/"((?:app|conn|list|chat|message|composer|event|time|shortcut)\.[\w.]+)"/g)) {
      if (/\.(css|js)$/.test(key)) continue;
      if (!(key in en) && !(`${key}_other` in en)) missing.push(`${source.name}: ${key}`);
    }
  }
  assert.deepEqual(missing, []);
});

test("every key of the chats is asked for", () => {
  const all = sources()
    .filter((source) => !isCatalogue(source))
    .map((source) => source.text)
    .join("\n");
  const built = /^(event\.|list\.menu\.|message\.(sent|delivered|read)$|composer\.emoji\.)/; // put together of parts
  const unused = bases(en).filter((key) => /^(app|conn|list|chat|message|composer|time|shortcut)\./.test(key) && !built.test(key) && !all.includes(`"${key}"`));
  assert.deepEqual(unused, []);
});

test("words are filled in as text, by number where there is one", async () => {
  await setLanguage("en", { remember: false });
  assert.equal(t("list.unread", { n: 1 }), "1 unread message");
  assert.equal(t("list.unread", { n: 0 }), "0 unread messages");
  assert.equal(t("list.preview", { name: "<b>{text}</b>", text: "$& {name}" }), "<b>{text}</b>: $& {name}");
  assert.equal(t("no.such.key"), "no.such.key");
  assert.deepEqual(parts("event.joined", { user: "محمد" }), [{ text: "محمد", filled: true }, { text: " joined", filled: false }]);
  await setLanguage("zh-CN", { remember: false });
  assert.equal(t("list.unread", { n: 1 }), "1 条未读消息");
});

test("nothing turns text into markup or needs an exception from the policy", () => {
  const forbidden = /\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|eval\(|new Function|setAttribute\("style"|setAttribute\("on)/;
  for (const source of sources()) assert.ok(!forbidden.test(source.text), source.name);
  const page = readFileSync(new URL("index.html", root), "utf8");
  assert.ok(!/\son\w+=|\sstyle=|<script(?![^>]*src=)/.test(page), "index.html");
});
