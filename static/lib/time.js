// Times for reading. The server's clock counts, not the device's: setServerNow
// is told it with each `ready`.

import { language, t } from "../i18n/i18n.js";

const DAY_MS = 86_400_000;

let offset = 0;
const formats = new Map();

/** setServerNow corrects for a device whose clock is wrong. */
export function setServerNow(ms) {
  offset = ms - Date.now();
}

/** now is the server's time in Unix milliseconds, as well as this page knows. */
export function now() {
  return Date.now() + offset;
}

function format(name, options) {
  const tag = language();
  const key = tag + name;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(tag, options));
  return formats.get(key);
}

/** clock: 09:05. Both languages use 24 hours: it is the shorter and the clearer. */
export function clock(ms) {
  return format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
}

/** dayKey is the same for all times of one local day: 2026-11-24. */
export function dayKey(ms) {
  const d = new Date(ms);
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
}

/** daysAgo counts midnights between ms and now: 0 is today. */
function daysAgo(ms) {
  const midnight = (v) => new Date(v).setHours(0, 0, 0, 0);
  return Math.round((midnight(now()) - midnight(ms)) / DAY_MS);
}

function shortDate(ms) {
  const sameYear = new Date(ms).getFullYear() === new Date(now()).getFullYear();
  return sameYear
    ? format("date", { month: "short", day: "numeric" }).format(ms)
    : format("yearDate", { year: "numeric", month: "short", day: "numeric" }).format(ms);
}

/** listTime: clock today, "yesterday", the weekday within a week, else the date. */
export function listTime(ms) {
  if (!ms) return "";
  const days = daysAgo(ms);
  if (days <= 0) return clock(ms);
  if (days === 1) return t("time.yesterday");
  if (days < 7) return format("weekday", { weekday: "short" }).format(ms);
  return shortDate(ms);
}

/** dayLabel heads the messages of one day. */
export function dayLabel(ms) {
  const days = daysAgo(ms);
  if (days === 0) return t("time.today");
  if (days === 1) return t("time.yesterday_title");
  const sameYear = new Date(ms).getFullYear() === new Date(now()).getFullYear();
  return sameYear
    ? format("day", { weekday: "long", month: "long", day: "numeric" }).format(ms)
    : format("yearDay", { year: "numeric", month: "long", day: "numeric" }).format(ms);
}

/** fullTime: date and time to the second, for titles and screen readers. */
export function fullTime(ms) {
  return format("full", { dateStyle: "medium", timeStyle: "medium" }).format(ms);
}

/** lastSeen: "last seen 5 minutes ago"; "" if it is not known (0). */
export function lastSeen(ms) {
  if (!ms) return "";
  const minutes = Math.floor((now() - ms) / 60_000);
  if (minutes < 1) return t("time.seen_now");
  const key = language() + "relative";
  if (!formats.has(key)) formats.set(key, new Intl.RelativeTimeFormat(language(), { numeric: "auto" }));
  const relative = formats.get(key);
  if (minutes < 60) return t("time.seen", { when: relative.format(-minutes, "minute") });
  if (minutes < 24 * 60) return t("time.seen", { when: relative.format(-Math.floor(minutes / 60), "hour") });
  const days = daysAgo(ms);
  if (days < 7) return t("time.seen", { when: relative.format(-Math.max(days, 1), "day") });
  return t("time.seen", { when: shortDate(ms) });
}
