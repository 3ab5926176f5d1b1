// Words in the reader's language. Both catalogues are flat: one key, one whole
// sentence. `key_one` and `key_other` are chosen by params.n; `{name}` is
// replaced by params.name, always as text.

const STORED = "teahouse:language";
const LANGUAGES = ["en", "zh-CN"];
const loaders = {
  en: () => import("./en.js"),
  "zh-CN": () => import("./zh-CN.js"),
};

const catalogues = {};
const listeners = new Set();
let current = "en";

/** languages lists the tags this page speaks. */
export function languages() {
  return [...LANGUAGES];
}

/** language returns the tag in use: "en" or "zh-CN". */
export function language() {
  return current;
}

/** preferredLanguage: stored on this device, else the browser's, else English. */
export function preferredLanguage() {
  let stored = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    // storage may be forbidden; the browser's own list is next
  }
  return match([stored, ...(navigator.languages || [])]);
}

/** match returns the first language of this page among tags. */
export function match(tags) {
  for (const tag of tags) {
    if (!tag) continue;
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/**
 * setLanguage loads the catalogue, then tells every listener. It resolves when
 * t() answers in the new language.
 */
export async function setLanguage(tag, { remember = true } = {}) {
  const next = match([tag]);
  if (!catalogues[next]) catalogues[next] = (await loaders[next]()).default;
  if (remember) {
    try {
      localStorage.setItem(STORED, next);
    } catch {
      // not remembered, still spoken
    }
  }
  const changed = next !== current;
  current = next;
  if (globalThis.document) document.documentElement.lang = next;
  if (changed) for (const fn of [...listeners]) fn(next);
}

/** onLanguage calls fn(tag) after each change; returns the way to stop. */
export function onLanguage(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

/** has says whether the language in use has this key. */
export function has(key) {
  return Boolean(catalogues[current] && key in catalogues[current]);
}

/** t words key. An unknown key comes back as itself, which a test looks for. */
export function t(key, params = {}) {
  const words = catalogues[current] || {};
  let text = words[key];
  if (text === undefined && "n" in params) {
    const form = new Intl.PluralRules(current).select(Number(params.n));
    text = words[`${key}_${form}`] ?? words[`${key}_other`];
  }
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

/** errorText words what went wrong: by reason, else by code, else in general. */
export function errorText(err) {
  for (const name of [err?.reason, err?.code]) {
    if (name && has("err." + name)) return t("err." + name, { n: err.retryAfter || 0 });
  }
  return t("err.internal");
}
