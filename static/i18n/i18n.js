// Words in the reader's language. Both catalogues are flat: one key, one whole
// sentence. `key_one` and `key_other` are chosen by params.n; `{name}` is
// replaced by params.name, always as text.

const STORED = "teahouse:language";
const LANGUAGES = ["en", "zh-CN"];
const loaders = {
  en: () => import("./en.js"),
  "zh-CN": () => import("./zh-CN.js"),
};
const panelLoaders = {
  en: () => import("./en.panels.js"),
  "zh-CN": () => import("./zh-CN.panels.js"),
};

const catalogues = {};
const listeners = new Set();
const withPanels = new Set(); // languages whose catalogue has the panels' words
let panelsWanted = false;
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
  await load(next);
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

async function load(tag) {
  if (!catalogues[tag]) catalogues[tag] = (await loaders[tag]()).default;
  if (!panelsWanted || withPanels.has(tag)) return;
  catalogues[tag] = { ...catalogues[tag], ...(await panelLoaders[tag]()).default };
  withPanels.add(tag);
}

/**
 * loadPanels adds the words of the screens that are loaded when first opened, in
 * the language in use and from now on in each that is chosen (panels.js).
 */
export async function loadPanels() {
  panelsWanted = true;
  while (!withPanels.has(current)) await load(current);
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
  return parts(key, params)
    .map((part) => part.text)
    .join("");
}

/**
 * parts words key in pieces, so that what was filled in can be set apart: a name
 * in another direction of writing must not turn the sentence round.
 *
 * @returns {{ text: string, filled: boolean }[]}
 */
export function parts(key, params = {}) {
  return wordsOf(key, params)
    .split(/(\{\w+\})/)
    .filter(Boolean)
    .map((piece) => {
      const name = /^\{(\w+)\}$/.exec(piece)?.[1];
      const filled = name !== undefined && name in params;
      return { text: filled ? String(params[name]) : piece, filled };
    });
}

function wordsOf(key, params) {
  const words = catalogues[current] || {};
  if (words[key] !== undefined) return words[key];
  if ("n" in params) {
    const form = new Intl.PluralRules(current).select(Number(params.n));
    return words[`${key}_${form}`] ?? words[`${key}_other`] ?? key;
  }
  return key;
}

/** errorText words what went wrong: by reason, else by code, else in general. */
export function errorText(err) {
  for (const name of [err?.reason, err?.code]) {
    if (name && has("err." + name)) return t("err." + name, { n: err.retryAfter || 0 });
  }
  return t("err.internal");
}
