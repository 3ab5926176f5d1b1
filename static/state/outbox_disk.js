// Where the outbox outlives the page: IndexedDB, which plain http has too. In a
// private window, or when the disk is full, it may be missing; memory serves then.

const DB = "teahouse";
const STORE = "outbox";

/**
 * openDisk opens the database. It rejects when there is none to be had.
 *
 * @param {IDBFactory} idb
 * @returns {Promise<{ all: () => Promise<any[]>, put: (item: any) => Promise<void>,
 *   remove: (id: string) => Promise<void>, close: () => void }>}
 */
export async function openDisk(idb = globalThis.indexedDB) {
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
    all: () => run("readonly", (store) => store.getAll()),
    put: (item) => run("readwrite", (store) => store.put(item)),
    remove: (id) => run("readwrite", (store) => store.delete(id)),
    close: () => db.close(),
  };
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
