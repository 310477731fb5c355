// Requests to this server, with its token where it asks for one.

import { ofRequest } from "./faults.js";
import { storage } from "./storage.js";

export const token = {
  get: () => storage.get("token"),
  set: (value) => storage.set("token", value),
};

/** The parsed answer to a question in JSON, or, without one, at an address; throws as `post` does. */
export async function ask(path, body) {
  return body === undefined ? (await request(path, {})).json() : post(path, new Blob([JSON.stringify(body)], { type: "application/json" }));
}

/** The parsed answer to a Blob of a type; throws an Error with `status` (0: no server) and a message to show. */
export async function post(path, blob) {
  return (await request(path, { method: "POST", headers: { "content-type": blob.type }, body: blob })).json();
}

/** The same answer as a Blob. */
export async function fetchBlob(path, body) {
  const blob = new Blob([JSON.stringify(body)], { type: "application/json" });
  return (await request(path, { method: "POST", headers: { "content-type": blob.type }, body: blob })).blob();
}

/** The lines of JSON that answer a question in JSON, as they come; throws as `post` does, also for a line that says so. */
export async function* lines(path, body) {
  const blob = new Blob([JSON.stringify(body)], { type: "application/json" });
  const answer = await request(path, { method: "POST", headers: { "content-type": blob.type }, body: blob });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => { throw Object.assign(new Error(ofRequest(0)), { status: 0 }); });
      if (done) return;
      const whole = (rest + value).split("\n");
      rest = whole.pop();
      for (const line of whole.map((one) => JSON.parse(one))) {
        if (line.error) throw Object.assign(new Error(ofRequest(line.status, line.error)), { status: line.status });
        yield line;
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // whoever stops reading lets the server stop
  }
}

async function request(path, options) {
  const headers = { ...options.headers, ...(token.get() ? { authorization: `Bearer ${token.get()}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch {
    throw Object.assign(new Error(ofRequest(0)), { status: 0 });
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(ofRequest(answer.status, body.error)), { status: answer.status });
}

/** The WebSocket of a model. A browser cannot set its headers: the token goes as a subprotocol. */
export function socket(model) {
  const url = new URL(`v1/models/${encodeURIComponent(model)}/stream`, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  if (!token.get()) return new WebSocket(url);
  const coded = btoa(token.get()).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return new WebSocket(url, ["unrolled", `bearer.${coded}`]);
}
