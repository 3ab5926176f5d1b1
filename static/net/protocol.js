// Frames: one JSON object a line, several lines in one WebSocket message, both
// ways. No input or output here. The server's side is hub/frame.go; the examples
// in hub/testdata/frames are read by both.

/** PROTO is the version of the wire this page speaks. */
export const PROTO = 1;

/** MAX_BODY_BYTES of UTF-8 in one message, where the server names no limit (state "server".body_bytes). */
export const MAX_BODY_BYTES = 16 * 1024;

/** MAX_BEHIND: further behind than this many messages, a conversation is reset to its head. */
export const MAX_BEHIND = 1000;

/**
 * PACK_BYTES of frames go into one WebSocket message. The server takes more, but a
 * message that has begun must be there within seconds, on a slow line too.
 */
export const PACK_BYTES = 32 * 1024;

/**
 * @typedef {{ user: string, name: string, display_name: string, avatar?: string, disabled?: boolean }} User
 * @typedef {{ type: string, user?: string, by?: string, name?: string, join?: string, history?: string }} Event
 * @typedef {{ conv: string, seq: number, at: number, kind: "text" | "system", from?: string, client_id?: string,
 *   body?: string, event?: Event, n: number, damaged?: boolean }} Message
 * @typedef {{ conv: string, kind: "direct" | "group", name?: string, head: [number, number], from_seq: number,
 *   read: number, delivered: number, unread: number, last: Message | null, at: number, role?: string,
 *   member_count?: number, join?: string, history?: string, notice?: string, everyone?: boolean,
 *   writable: boolean, hidden_at?: number, peer?: { user: string, delivered: number, read: number } }} Conversation
 */

/** helloFrame opens a session: what this device follows, by conversation. */
export function helloFrame({ epoch, rev, people, cursors }) {
  return { type: "hello", proto: PROTO, epoch, rev, people, cursors, max_behind: MAX_BEHIND };
}

/** sendFrame asks for one message to be appended. */
export function sendFrame({ client_id, conv, body }) {
  return { type: "send", client_id, conv, body };
}

/** readFrame reports that everything up to seq was on the screen. */
export function readFrame(conv, seq) {
  return { type: "read", conv, seq };
}

/** receivedFrame reports that everything up to seq is on this device. */
export function receivedFrame(conv, seq) {
  return { type: "received", conv, seq };
}

/** typingFrame: at most one a second. */
export function typingFrame(conv) {
  return { type: "typing", conv };
}

/** watchFrame names the conversation on the screen; without one, none is. */
export function watchFrame(conv) {
  return conv ? { type: "watch", conv } : { type: "watch" };
}

/** pongFrame answers a ping. */
export function pongFrame() {
  return { type: "pong" };
}

/** encode writes one frame as one line without its end. */
export function encode(frame) {
  return JSON.stringify(frame);
}

/**
 * decode reads the frames of one WebSocket message. A line that is no frame is
 * left out: a newer server may say things this page does not know.
 *
 * @param {string} text
 * @returns {any[]}
 */
export function decode(text) {
  const frames = [];
  for (const line of text.split("\n")) {
    if (!line) continue;
    try {
      const frame = JSON.parse(line);
      if (frame && typeof frame.type === "string") frames.push(frame);
    } catch {
      // not a frame
    }
  }
  return frames;
}

/**
 * pack joins lines into as few WebSocket messages as the limit allows, in order.
 *
 * @param {any[]} frames
 * @returns {{ text: string, frames: any[] }[]}
 */
export function pack(frames, limit = PACK_BYTES) {
  const packs = [];
  let size = limit;
  for (const frame of frames) {
    const line = encode(frame);
    const bytes = byteLength(line) + 1;
    if (size + bytes > limit) {
      packs.push({ text: line, frames: [frame] });
      size = bytes;
    } else {
      const last = packs[packs.length - 1];
      last.text += "\n" + line;
      last.frames.push(frame);
      size += bytes;
    }
  }
  return packs;
}

/** byteLength counts the bytes of text in UTF-8. */
export function byteLength(text) {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(i + 1))) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

function isLow(unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

/**
 * wellFormed replaces half surrogate pairs, which no UTF-8 can hold, by U+FFFD.
 * String.prototype.toWellFormed is younger than the browser floor.
 */
export function wellFormed(text) {
  if (typeof text.toWellFormed === "function") return text.toWellFormed();
  return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, (unit) => (unit.length === 2 ? unit : "\uFFFD"));
}
