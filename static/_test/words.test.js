// Time, addresses, emoji: what text becomes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setLanguage } from "../i18n/i18n.js";
import { linkify } from "../lib/linkify.js";
import * as time from "../lib/time.js";
import { isJumbo } from "../views/message_text.js";
import { newClientID } from "../lib/id.js";

const links = (text) => linkify(text).filter((piece) => piece.href).map((piece) => piece.text);

test("addresses are found where they begin and end", () => {
  const cases = [
    ["see http://192.168.1.20:8080/wiki/a-b_c?d=e&f#g now", ["http://192.168.1.20:8080/wiki/a-b_c?d=e&f#g"]],
    ["http://x.y/wiki/安装说明-第二版-最终-不再改 很长", ["http://x.y/wiki/安装说明-第二版-最终-不再改"]],
    ["看http://a.example/x这个，还有http://b.example。", ["http://a.example/x", "http://b.example"]],
    ["(https://a.example/x_(y)) and https://b.example/z.", ["https://a.example/x_(y)", "https://b.example/z"]],
    ["https://例子.测试/路 end", ["https://例子.测试/路"]],
    ["www.example.org, http://localhost:8686/#/c/g_48213977!", ["www.example.org", "http://localhost:8686/#/c/g_48213977"]],
    ["http://[fe80::1]:8686/ ok", ["http://[fe80::1]:8686/"]],
    ["javascript:alert(1) file:///etc/passwd mailto:a@b.c http:// https://", []],
    ["user@www.example.org", []],
    ['<a href="http://a.example/">b</a>', ["http://a.example/"]],
    ["http://a.example/\u202Egpj.exe", ["http://a.example/"]],
  ];
  for (const [text, want] of cases) assert.deepEqual(links(text), want, text);
  for (const [text] of cases) assert.equal(linkify(text).map((piece) => piece.text).join(""), text, "nothing is lost");
  assert.equal(linkify("www.example.org")[0].href, "http://www.example.org/");
});

test("one to three emoji are large, nothing else is", () => {
  for (const text of ["👍", "👍🏽", "❤️", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇨🇳🇫🇷", "😀 😀 😀"]) assert.ok(isJumbo(text), text);
  for (const text of ["", " ", "1", "12", "a👍", "😀😀😀😀", "好", "©a", "#"]) assert.ok(!isJumbo(text), text);
});

test("client ids are 22 characters and differ", () => {
  const ids = new Set(Array.from({ length: 1000 }, newClientID));
  assert.equal(ids.size, 1000);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{22}$/);
});

test("times are said in the reader's language and by the server's clock", async () => {
  const noon = new Date(2026, 10, 24, 12, 0, 0).getTime();
  time.setServerNow(noon);
  const ago = (minutes) => noon - minutes * 60_000;
  await setLanguage("en", { remember: false });
  assert.equal(time.clock(new Date(2026, 10, 24, 0, 5).getTime()), "00:05");
  assert.equal(time.listTime(ago(5)), "11:55");
  assert.equal(time.listTime(ago(24 * 60)), "yesterday");
  assert.equal(time.listTime(ago(3 * 24 * 60)), "Sat");
  assert.equal(time.listTime(ago(10 * 24 * 60)), "Nov 14");
  assert.equal(time.listTime(ago(400 * 24 * 60)), "Oct 20, 2025");
  assert.equal(time.listTime(0), "");
  assert.equal(time.dayLabel(ago(1)), "Today");
  assert.equal(time.dayLabel(ago(13 * 60)), "Yesterday", "by midnights, not by hours");
  assert.equal(time.lastSeen(ago(5)), "last seen 5 minutes ago");
  assert.equal(time.lastSeen(0), "");
  await setLanguage("zh-CN", { remember: false });
  assert.equal(time.clock(new Date(2026, 10, 24, 0, 5).getTime()), "00:05");
  assert.equal(time.listTime(ago(24 * 60)), "昨天");
  assert.equal(time.lastSeen(ago(5)), "5分钟前在线");
});
