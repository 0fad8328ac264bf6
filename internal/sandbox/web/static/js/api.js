// The sandbox's control endpoints (docs/sandbox.md), as functions.

/** Refusal is an answer that was not 2xx; its message is the sentence of the answer. */
export class Refusal extends Error {
  constructor(status, message, body) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

async function read(response) {
  const text = await response.text();
  let body = {};
  try { body = text ? JSON.parse(text) : {}; } catch { body = { error: text }; }
  if (response.ok) return body;
  const said = typeof body.error === "string" ? body.error : body.error?.message;
  throw new Refusal(response.status, said || `The sandbox answered ${response.status}.`, body);
}

const query = (params) => {
  const used = Object.entries(params).filter(([, v]) => v !== undefined && v !== null && v !== "");
  return used.length ? "?" + new URLSearchParams(used) : "";
};

/** get reads /sandbox/v1/{path}. */
export const get = async (path, params = {}, options = {}) =>
  read(await fetch(`/sandbox/v1/${path}${query(params)}`, { headers: { Accept: "application/json" }, ...options }));

/** onlyLatest gives a reader whose answer is null when another one was asked for since: a late answer must not undo a newer one. */
export function onlyLatest(reader) {
  let asked = 0;
  return async (...args) => {
    const mine = ++asked;
    const answer = await reader(...args);
    return mine === asked ? answer : null;
  };
}

/** post sends JSON to /sandbox/v1/{path}. */
export const post = async (path, body = {}) => read(await fetch(`/sandbox/v1/${path}`, {
  method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body),
}));

/** remove sends DELETE to /sandbox/v1/{path}. */
export const remove = async (path, params = {}) => read(await fetch(`/sandbox/v1/${path}${query(params)}`, { method: "DELETE" }));
