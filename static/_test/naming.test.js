// What happened in a group, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setLanguage } from "../i18n/i18n.js";
import { state } from "../state/store.js";
import { eventText } from "../views/naming.js";

const ME = "u_100000001";
const ANA = "u_100000002";

function begin() {
  state.set("me", { user: ME });
  state.set("users", new Map([[ME, { user: ME, name: "me" }], [ANA, { user: ANA, name: "Ana" }]]));
}

test("changed rules say who may join and what newcomers read", async () => {
  await setLanguage("en", { remember: false });
  begin();
  const texts = new Set();
  for (const join of ["open", "members"]) {
    for (const history of ["all", "joined"]) {
      for (const by of [ME, ANA]) texts.add(eventText({ type: "rules", by, join, history }));
    }
  }
  assert.equal(texts.size, 8);
  for (const text of texts) assert.match(text, /^(You|Ana) changed the rules: (anybody can join|the owner adds members); newcomers read /);
});

test("what I did is worded as mine", async () => {
  await setLanguage("en", { remember: false });
  begin();
  assert.equal(eventText({ type: "noticed", by: ME, name: "" }), "You took the notice away");
  assert.equal(eventText({ type: "noticed", by: ANA, name: "" }), "Ana took the notice away");
  assert.equal(eventText({ type: "dissolved", by: ME }), "You dissolved the group");
});
