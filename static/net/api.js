// The HTTP side of the server: JSON in, JSON out, one kind of error.

const TIMEOUT_MS = 20_000;

/**
 * ApiError is every way a request can fail. A network failure or a timeout has
 * code "unavailable" and reason "offline"; retryAfter is in seconds.
 */
export class ApiError extends Error {
  constructor({ status = 0, code, reason, message = "", retryAfter = 0 }) {
    super(message || reason);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

let unauthorized = () => {};

/** onUnauthorized sets what happens when the server says "log in first". */
export function onUnauthorized(fn) {
  unauthorized = fn;
}

async function request(method, path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      signal: abort.signal,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await response.text();
  } catch {
    throw new ApiError({ code: "unavailable", reason: "offline" });
  } finally {
    clearTimeout(timer);
  }
  const data = parse(text);
  if (response.ok && data) return data;
  throw failure(response, data);
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return null;
  }
}

function failure(response, data) {
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  // An answer that is not ours (a proxy's page) is the server out of reach.
  const known = data && typeof data.code === "string";
  const err = new ApiError({
    status: response.status,
    code: known ? data.code : "unavailable",
    reason: known ? data.reason : "offline",
    message: known ? data.message : "",
    retryAfter,
  });
  if (err.status === 401 && err.reason === "login_required") unauthorized(err);
  return err;
}

/** api has one function a method; each resolves to the parsed answer. */
export const api = {
  get: (path) => request("GET", path),
  post: (path, body = {}) => request("POST", path, body),
  patch: (path, body = {}) => request("PATCH", path, body),
  put: (path, body = {}) => request("PUT", path, body),
  delete: (path, body) => request("DELETE", path, body),
};
