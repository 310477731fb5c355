// Requests to this server, with its token where it asks for one.

export const token = {
  get: () => sessionStorage.getItem("token"),
  set: (value) => sessionStorage.setItem("token", value),
};

/** The parsed answer; throws an Error with `status` (0: the server cannot be reached) and a message to show. */
export async function ask(path, body) {
  const headers = token.get() ? { authorization: `Bearer ${token.get()}` } : {};
  const options = body === undefined ? { headers } : {
    method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw Object.assign(new Error("The server does not answer."), { status: 0 });
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  const busy = answer.status === 429 || answer.status === 503 ? "The server is busy" : `Error ${answer.status}`;
  throw Object.assign(new Error(`${busy}: ${found.error ?? "no explanation"}`), { status: answer.status });
}

/** The WebSocket of a model. A browser cannot set its headers: the token goes as a subprotocol. */
export function socket(model) {
  const url = new URL(`v1/models/${encodeURIComponent(model)}/stream`, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  if (!token.get()) return new WebSocket(url);
  const coded = btoa(token.get()).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return new WebSocket(url, ["unrolled", `bearer.${coded}`]);
}
