import assert from "node:assert/strict";
import { test } from "node:test";
import * as protocol from "../net/protocol.js";
import { frames } from "./fixtures.js";

const examples = frames();

test("the page's frames are the examples of the wire", () => {
  const hello = JSON.parse(examples.hello);
  const mine = {
    hello: protocol.helloFrame(hello),
    send: protocol.sendFrame(JSON.parse(examples.send)),
    read: protocol.readFrame(JSON.parse(examples.read).conv, JSON.parse(examples.read).seq),
    received: protocol.receivedFrame(JSON.parse(examples.received).conv, JSON.parse(examples.received).seq),
    typing: protocol.typingFrame(JSON.parse(examples.typing).conv),
    watch: protocol.watchFrame(JSON.parse(examples.watch).conv),
    "watch-none": protocol.watchFrame(""),
    pong: protocol.pongFrame(),
  };
  for (const [name, frame] of Object.entries(mine)) {
    assert.deepEqual(JSON.parse(protocol.encode(frame)), JSON.parse(examples[name]), name);
    assert.equal(Object.keys(frame)[0], "type", `${name}: type comes first`);
  }
});

test("every example is read, several lines at once", () => {
  const names = Object.keys(examples);
  const read = protocol.decode(names.map((name) => examples[name]).join("\n") + "\n");
  assert.deepEqual(read, names.map((name) => JSON.parse(examples[name])));
});

test("what is no frame is left out", () => {
  assert.deepEqual(protocol.decode('{"type":"live"}\nnonsense\n[1]\n{"no":"type"}\n\n{"type":"ping"}'), [{ type: "live" }, { type: "ping" }]);
});

test("frames are packed in order and within the limit", () => {
  const many = Array.from({ length: 20 }, (_, n) => ({ type: "send", body: "茶".repeat(n * 10) }));
  const packs = protocol.pack(many, 1000);
  assert.deepEqual(packs.flatMap((pack) => pack.frames), many);
  for (const pack of packs) {
    assert.deepEqual(protocol.decode(pack.text), pack.frames);
    assert.ok(pack.frames.length === 1 || Buffer.byteLength(pack.text) <= 1000);
  }
  assert.ok(packs.length > 1 && packs.length < many.length);
  assert.deepEqual(protocol.pack([]), []);
});

test("bytes are those of UTF-8", () => {
  for (const text of ["", "a", "é", "茶", "👋", "👩‍👩‍👧‍👦 茶 é\n", "\u07ff\u0800\uffff"]) {
    assert.equal(protocol.byteLength(text), Buffer.byteLength(text), JSON.stringify(text));
  }
});

test("half surrogates are replaced, with and without the browser's help", () => {
  const cases = [
    ["plain 茶 👋", "plain 茶 👋"],
    ["\ud83d", "\ufffd"],
    ["a\udc4bb", "a\ufffdb"],
    ["\ud83d\ud83d\udc4b\udc4b", "\ufffd👋\ufffd"],
  ];
  const native = String.prototype.toWellFormed;
  for (const [raw, want] of cases) {
    assert.equal(protocol.wellFormed(raw), want);
    delete String.prototype.toWellFormed;
    assert.equal(protocol.wellFormed(raw), want);
    if (native) Object.defineProperty(String.prototype, "toWellFormed", { value: native, configurable: true, writable: true });
  }
});
