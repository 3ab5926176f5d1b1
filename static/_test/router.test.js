import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.addEventListener ??= () => {};
const { parse } = await import("../router.js");

test("fragments name screens; what is unknown is the list", () => {
  const list = { screen: "list", conv: "", info: false };
  assert.deepEqual(parse(""), list);
  assert.deepEqual(parse("#/"), list);
  assert.deepEqual(parse("#/nonsense"), list);
  assert.deepEqual(parse("#/c/"), list);
  assert.deepEqual(parse("#/c/../../x"), list);
  assert.deepEqual(parse("#/c/g_48213977"), { screen: "chat", conv: "g_48213977", info: false });
  assert.deepEqual(parse("#/c/d_100000001_200000002/info"), { screen: "chat", conv: "d_100000001_200000002", info: true });
  for (const screen of ["contacts", "settings", "admin", "invite"]) assert.deepEqual(parse(`#/${screen}`), { screen, conv: "", info: false });
});
