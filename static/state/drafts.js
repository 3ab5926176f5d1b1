// Text that is written and not sent, by (epoch, user, conversation), on this
// device only. Tabs tell each other.

/**
 * createDrafts keeps the slice "drafts", a Map of conversation to text.
 *
 * @param {{ state: any, epoch: string, user: string, storage?: Storage | null,
 *   tell?: (conv: string, text: string) => void }} deps
 */
export function createDrafts({ state, epoch, user, storage = localStorageOrNull(), tell = () => {} }) {
  const prefix = `teahouse:draft:${epoch}:${user}:`;
  const drafts = new Map();
  for (const key of storage ? Object.keys(storage) : []) {
    if (key.startsWith(prefix)) drafts.set(key.slice(prefix.length), storage.getItem(key));
  }
  state.set("drafts", drafts);

  function put(conv, text) {
    if (text) drafts.set(conv, text);
    else drafts.delete(conv);
    state.set("drafts", drafts);
  }

  return {
    get: (conv) => drafts.get(conv) || "",

    /** set keeps text, "" removes; the other tabs hear of it. */
    set(conv, text) {
      if ((drafts.get(conv) || "") === text) return;
      put(conv, text);
      try {
        if (text) storage?.setItem(prefix + conv, text);
        else storage?.removeItem(prefix + conv);
      } catch {
        // full: the draft lives as long as the page
      }
      tell(conv, text);
    },

    /** applyRemote takes what another tab has kept already. */
    applyRemote: put,

    /** wipe forgets all drafts of this user on this device. */
    wipe() {
      for (const conv of [...drafts.keys()]) {
        put(conv, "");
        storage?.removeItem(prefix + conv);
      }
    },
  };
}

function localStorageOrNull() {
  try {
    return globalThis.localStorage || null;
  } catch {
    return null;
  }
}
