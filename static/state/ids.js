/** directConv is the conversation of two users: both directions share one id. */
export function directConv(a, b) {
  const [x, y] = [number(a), number(b)];
  return x < y ? `d_${x}_${y}` : `d_${y}_${x}`;
}

/** peerOf is the other user of a direct conversation, or null for a group. */
export function peerOf(conv, me) {
  const match = /^d_(\d+)_(\d+)$/.exec(conv);
  if (!match) return null;
  return number(me) === Number(match[1]) ? `u_${match[2]}` : `u_${match[1]}`;
}

function number(user) {
  return Number(user.slice(2));
}
