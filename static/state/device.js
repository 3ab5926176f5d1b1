// What this device keeps while the page is closed: unsent messages in IndexedDB,
// which plain http has too, and drafts in localStorage. Either may be missing in a
// private window or when the disk is full; memory serves then.

const DB = "teahouse";
const STORE = "outbox";

const NOTE = "teahouse:outbox:";

/**
 * openDisk opens the database. It rejects when there is none to be had.
 *
 * A write to IndexedDB that is under way when the page is closed may be dropped,
 * with the message in it. So an item is noted in localStorage first, which is done
 * when setItem returns, and the note is taken away once the database has it.
 *
 * @param {IDBFactory} idb
 * @param {Storage | null} storage
 * @returns {Promise<{ all: () => Promise<any[]>, put: (item: any) => Promise<void>,
 *   remove: (id: string) => Promise<void>, close: () => void }>}
 */
export async function openDisk(idb = globalThis.indexedDB, storage = localStorageOrNull()) {
  if (!idb) throw new Error("no indexedDB");
  const db = await new Promise((resolve, reject) => {
    const request = idb.open(DB, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "client_id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  db.onversionchange = () => db.close();

  function run(mode, fn) {
    return new Promise((resolve, reject) => {
      const tx = db.transaction(STORE, mode);
      const request = fn(tx.objectStore(STORE));
      tx.oncomplete = () => resolve(request.result);
      tx.onerror = tx.onabort = () => reject(tx.error || new Error("aborted"));
    });
  }

  return {
    async all() {
      const items = new Map(notes(storage).map((item) => [item.client_id, item]));
      for (const item of await run("readonly", (store) => store.getAll())) items.set(item.client_id, item);
      return [...items.values()];
    },
    async put(item) {
      note(storage, item);
      await run("readwrite", (store) => store.put(item));
      storage?.removeItem(NOTE + item.client_id);
    },
    remove(id) {
      storage?.removeItem(NOTE + id);
      return run("readwrite", (store) => store.delete(id));
    },
    close: () => db.close(),
  };
}

function note(storage, item) {
  try {
    storage?.setItem(NOTE + item.client_id, JSON.stringify(item));
  } catch {
    // full; the database may have room
  }
}

function notes(storage) {
  const found = [];
  for (const key of storage ? Object.keys(storage) : []) {
    if (!key.startsWith(NOTE)) continue;
    try {
      found.push(JSON.parse(storage.getItem(key)));
    } catch {
      storage.removeItem(key);
    }
  }
  return found;
}

/** memoryDisk has the same shape and forgets with the page. */
export function memoryDisk() {
  const items = new Map();
  return {
    all: async () => [...items.values()].map((item) => ({ ...item })),
    put: async (item) => void items.set(item.client_id, { ...item }),
    remove: async (id) => void items.delete(id),
    close: () => {},
  };
}

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
