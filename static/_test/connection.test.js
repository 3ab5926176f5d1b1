import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createConnection } from "../net/connection.js";
import { decode } from "../net/protocol.js";

class FakeSocket {
  static all = [];
  readyState = 0;
  written = [];
  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  hear(...frames) {
    this.onmessage({ data: frames.map((frame) => JSON.stringify(frame)).join("\n") });
  }
  end(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  send(text) {
    this.written.push(...decode(text));
  }
  close() {
    this.readyState = 3;
  }
}

function begin({ random = () => 1, login = true } = {}) {
  FakeSocket.all = [];
  const t = { frames: [], states: [], logins: 0, refused: null, asked: 0 };
  t.connection = createConnection({
    url: "ws://x/ws",
    hello: () => ({ type: "hello" }),
    onframe: (frame) => t.frames.push(frame),
    onstate: (state) => t.states.push({ ...state }),
    onlogin: () => t.logins++,
    onrefused: (frames) => (t.refused = frames),
    checkLogin: async () => {
      t.asked++;
      if (login === "unreachable") throw new Error("offline");
      return login;
    },
    WebSocket: FakeSocket,
    random,
  });
  Object.defineProperty(t, "socket", { get: () => FakeSocket.all[FakeSocket.all.length - 1] });
  t.connection.open();
  t.ready = () => {
    t.socket.open();
    t.socket.hear({ type: "ready" });
  };
  return t;
}

// Timers and the clock are the test's own.
function timed(name, fn) {
  test(name, async () => {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
    try {
      await fn();
    } finally {
      mock.timers.reset();
    }
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

timed("hello comes first, a ping is answered in its handler, frames keep their order", async () => {
  const t = begin();
  assert.equal(t.connection.send({ type: "send" }), false, "not before ready");
  t.ready();
  t.socket.hear({ type: "message", seq: 1 }, { type: "ping" }, { type: "message", seq: 2 });
  assert.deepEqual(t.socket.written, [{ type: "hello" }, { type: "pong" }]);
  assert.deepEqual(t.frames.map((frame) => frame.seq || frame.type), ["ready", 1, 2]);
  assert.equal(t.connection.state.status, "ready");
});

timed("frames of one turn are one WebSocket message", async () => {
  const t = begin();
  t.ready();
  const sent = [];
  t.socket.send = (text) => sent.push(text);
  t.connection.send({ type: "read", seq: 1 });
  t.connection.send({ type: "read", seq: 2 });
  await turn();
  assert.equal(sent.length, 1);
  assert.equal(decode(sent[0]).length, 2);
});

timed("what waits goes out in messages a slow line can carry", async () => {
  const t = begin();
  t.ready();
  const sent = [];
  t.socket.send = (text) => sent.push(text);
  for (let i = 0; i < 10; i++) t.connection.send({ type: "send", body: "茶".repeat(3000) });
  await turn();
  assert.equal(sent.flatMap(decode).length, 10);
  for (const text of sent) assert.ok(Buffer.byteLength(text) <= 32 * 1024);
});

timed("backoff doubles from half a second to thirty, with full jitter", async () => {
  const t = begin({ login: "unreachable" });
  const delays = [];
  for (let i = 0; i < 9; i++) {
    t.socket.end(1006);
    delays.push(t.connection.state.retryAt - Date.now());
    mock.timers.tick(delays[i]);
    assert.equal(t.connection.state.status, "connecting");
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  const half = begin({ random: () => 0.5 });
  half.socket.end(1006);
  assert.equal(half.connection.state.retryAt - Date.now(), 250);
});

timed("a session that lasted clears the backoff, one that fell at once does not", async () => {
  const t = begin();
  t.socket.end(1006);
  mock.timers.tick(500);
  t.ready();
  t.socket.end(4001);
  assert.equal(t.connection.state.retryAt - Date.now(), 1000);
  mock.timers.tick(1000);
  t.ready();
  mock.timers.tick(6000);
  t.socket.end(4000);
  assert.equal(t.connection.state.retryAt - Date.now(), 500);
});

timed("the server's hint is kept", async () => {
  const t = begin();
  t.ready();
  t.socket.hear({ type: "bye", why: "going_away", retry_after: 7000 });
  t.socket.end(4000);
  assert.equal(t.connection.state.retryAt - Date.now(), 7000);
});

timed("a socket that closes before it opened asks whether the login is over", async () => {
  const over = begin({ login: false });
  over.socket.end(1006);
  await turn();
  assert.equal(over.logins, 1);
  assert.equal(over.connection.state.status, "stopped");
  const fine = begin({ login: true });
  fine.socket.end(1006);
  await turn();
  assert.equal(fine.logins, 0);
  assert.equal(fine.connection.state.status, "waiting");
  const after = begin();
  after.ready();
  after.socket.end(1006);
  await turn();
  assert.equal(after.asked, 0, "an open one that breaks does not ask");
});

timed("only 4500 and 4502 lead to the login; 4503 stops; the rest is tried again", async () => {
  for (const code of [4500, 4502]) {
    const t = begin();
    t.ready();
    t.socket.end(code);
    assert.equal(t.logins, 1, String(code));
    assert.equal(t.connection.state.status, "stopped");
  }
  const many = begin();
  many.ready();
  many.socket.end(4503);
  assert.deepEqual([many.connection.state.status, many.connection.state.why], ["stopped", "too_many_sessions"]);
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, 1);
  many.connection.retryNow();
  assert.equal(many.connection.state.status, "connecting");
  for (const code of [1000, 1001, 1006, 4000, 4001, 4002, 4003, 4501, 4999, 1011]) {
    const t = begin();
    t.ready();
    t.socket.end(code);
    assert.equal(t.connection.state.status, "waiting", String(code));
    assert.equal(t.logins, 0);
  }
});

timed("after unreadable bytes the last message written is handed back", async () => {
  const t = begin();
  t.ready();
  t.connection.send({ type: "send", client_id: "a" });
  await turn();
  t.connection.send({ type: "send", client_id: "b" });
  t.connection.send({ type: "read", seq: 1 });
  await turn();
  t.socket.end(4501);
  assert.deepEqual(t.refused, [{ type: "send", client_id: "b" }, { type: "read", seq: 1 }]);
});

timed("65 s of silence end a session, any bytes count as life", async () => {
  const t = begin();
  t.ready();
  const first = t.socket;
  mock.timers.tick(60_000);
  first.hear({ type: "ping" });
  mock.timers.tick(60_000);
  assert.equal(t.connection.state.status, "ready");
  mock.timers.tick(11_000);
  assert.notEqual(t.connection.state.status, "ready");
  assert.equal(first.onmessage, null, "the dead socket is not listened to any more");
});

timed("coming back retries at once, but not over and over", async () => {
  const t = begin({ login: "unreachable" });
  for (let i = 0; i < 5; i++) {
    t.socket.end(1006);
    mock.timers.tick(t.connection.state.retryAt - Date.now());
  }
  t.socket.end(1006);
  t.connection.nudge();
  assert.equal(t.connection.state.status, "connecting");
  t.socket.end(1006);
  t.connection.nudge();
  assert.equal(t.connection.state.status, "waiting", "a second nudge within five seconds waits");
  t.connection.nudge({ force: true });
  assert.equal(t.connection.state.status, "connecting", "the network itself does not");
});

timed("a server that wants a newer page stops the retries", async () => {
  const t = begin();
  t.socket.open();
  t.socket.hear({ type: "bye", why: "upgrade" });
  assert.deepEqual([t.connection.state.status, t.connection.state.why], ["stopped", "upgrade"]);
});
