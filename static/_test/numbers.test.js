import assert from "node:assert/strict";
import test from "node:test";
import { byLetter, initialLetter } from "../lib/initial.js";
import { asQuery, digitsOf, spoken } from "../lib/number.js";
import { codeIn } from "../views/code_link.js";
import { createRequestIDs } from "../views/request_ids.js";

test("a number is read in groups and found however it is typed", () => {
  assert.equal(spoken("u_482139770"), "482\u2009139\u2009770");
  assert.equal(spoken("g_48213977"), "4821\u20093977");
  assert.equal(digitsOf("g_48213977"), "48213977");
  for (const typed of ["482139770", "482 139 770", " u_482139770 ", "482\u2009139\u2009770", "482-139-770"]) {
    assert.equal(asQuery(typed), "482139770", typed);
  }
});

test("what is no number is searched as it is typed", () => {
  assert.equal(asQuery(" Ann Lee "), "Ann Lee");
  assert.equal(asQuery("12 34"), "12 34");
  assert.equal(asQuery("u_1"), "u_1");
});

test("a name stands under its letter, a Chinese one under its pinyin", () => {
  const letters = { Ann: "A", émile: "E", 张三: "Z", 李四: "L", 王芳: "W", 安: "A", 欧阳: "O", 许: "X", "９": "#", محمد: "#", "": "#" };
  for (const [name, letter] of Object.entries(letters)) assert.equal(initialLetter(name), letter, name);
});

test("letters come in order, what has none at the end", () => {
  const groups = byLetter(["赵敏", "9 Lives", "bo", "Ann", "安", "张三"], (name) => name, "zh-CN");
  assert.deepEqual(
    groups.map(({ letter, items }) => [letter, items]),
    [
      ["A", ["安", "Ann"]],
      ["B", ["bo"]],
      ["Z", ["张三", "赵敏"]],
      ["#", ["9 Lives"]],
    ],
  );
});

test("a code is taken out of whatever was pasted", () => {
  for (const text of ["aB3-_x", "#aB3-_x", "http://192.168.1.5:8686/reset#aB3-_x\n", " aB3-_x "]) assert.equal(codeIn(text), "aB3-_x");
  assert.equal(codeIn(""), "");
  assert.equal(codeIn("#%E0%A4%A"), "%E0%A4%A");
});

test("the same wish keeps its client_id, a changed one gets another", () => {
  const ids = createRequestIDs();
  const first = ids.idFor({ name: "a", members: [] });
  assert.equal(ids.idFor({ name: "a", members: [] }), first);
  const second = ids.idFor({ name: "a", members: ["u_482139770"] });
  assert.notEqual(second, first);
  assert.match(second, /^[\w-]{22}$/);
});
