// The other tabs of this browser: drafts, outbox and logout are theirs too. What
// was read comes from the server.

/**
 * createTabs joins the channel of all tabs.
 *
 * @param {(said: any) => void} onsaid what another tab said
 */
export function createTabs(onsaid) {
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("teahouse") : null;
  if (channel) channel.onmessage = (event) => onsaid(event.data);
  return {
    /** say tells the other tabs; this one does not hear it. */
    say: (what) => channel?.postMessage(what),
    close: () => channel?.close(),
  };
}
