import { newClientID } from "../lib/id.js";

/**
 * createRequestIDs gives the same client_id to the same wish, so that a request
 * whose answer was lost may be repeated and is done once, and a new one to a
 * changed wish.
 */
export function createRequestIDs() {
  let last = "";
  let id = "";
  return {
    idFor(wish) {
      const now = JSON.stringify(wish);
      if (now !== last) {
        last = now;
        id = newClientID();
      }
      return id;
    },
  };
}
