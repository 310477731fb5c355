// What went wrong, as one would say it.

const BUSY = "The server is busy just now.";
const BY_STATUS = {
  401: "This server asks for its token.",
  403: "The server does not answer pages from this address.",
  404: "The server no longer has this model.",
  408: "What was sent took too long to reach the server.",
  413: "That is more than the server takes at once.",
  415: "That is no kind of file that this model reads.",
  421: "The server is not to be called by the address of this page.",
  429: BUSY,
  500: "Something went wrong in the server.",
  501: "The server lacks what it takes to read this.",
  503: BUSY,
};

/** Of a request: its status (0: no answer), and the server's own words. */
export function ofRequest(status, said) {
  if (!status) return navigator.onLine ? "The server does not answer." : "The network is gone.";
  if ((status === 400 || status === 422) && said) return `This cannot be read: ${said}.`;
  return BY_STATUS[status] ?? "The server could not answer.";
}

/** Of a message within a conversation. */
export function ofMessage(said) {
  if (/messages a second/.test(said)) return "That came faster than the server reads. It goes on in a moment.";
  if (/is busy/.test(said)) return `${BUSY} It is asked again in a moment.`;
  return `This cannot be read: ${said}.`;
}

/** Of a conversation that the server ended, by its code and reason; null where that does not say why. */
export function ofEnd(code, reason) {
  if (code === 1001) return ""; // nothing was said for long: the next one begins
  if (code === 1008) return `The server cannot begin a conversation: ${reason || "no reason is given"}.`;
  return {
    1009: "That was more than the server takes at once.", 1011: "Something went wrong in the server.",
    1012: "The server is being stopped or started anew.", 1013: BUSY,
  }[code] ?? null;
}

export const FULL = "The server holds as many conversations as it may. Close another page of it, or wait.";
export const STOPPING = ofEnd(1012);
