import { ask, socket } from "./api.js";
import { element } from "./dom.js";

const FIRST_WAIT = 250, LONGEST_WAIT = 8000; // milliseconds between attempts
const PATIENCE = 15000; // milliseconds for one answer

/**
 * A conversation with a model that outlives its connections.
 *
 * Nothing queues: when the line is free, `next()` is asked for the message that is wanted now (null: none), so what
 * was typed while an answer was on its way goes out as one message. `fresh()` is told of each new connection, behind
 * which the server knows nothing; `receive(answer, milliseconds)` gets the answers; `state(name, message)` the state:
 * connecting, open, gone, busy or token.
 */
export class Link {
  constructor(model, card) {
    Object.assign(this, { model, card, wait: FIRST_WAIT, count: 0, outstanding: null, timer: 0 });
    window.addEventListener("online", () => this.now());
    this.connect();
  }

  /** There may be something to send. */
  wake() {
    if (this.outstanding || this.socket?.readyState !== WebSocket.OPEN) return;
    const message = this.card.next();
    if (!message) return;
    const id = ++this.count;
    const late = setTimeout(() => this.socket.close(), PATIENCE);
    this.outstanding = { id, late, began: performance.now() };
    this.socket.send(JSON.stringify({ id, ...message }));
  }

  /** Try again at once. */
  now() {
    if (this.socket) return;
    clearTimeout(this.timer);
    this.connect();
  }

  connect() {
    const line = this.socket = socket(this.model);
    line.onopen = () => {
      this.wait = FIRST_WAIT;
      this.card.fresh();
      this.card.state("open", "");
      this.wake();
    };
    line.onmessage = (event) => this.hear(JSON.parse(event.data));
    line.onclose = (event) => this.lost(event);
  }

  hear(answer) {
    if (!this.outstanding || (answer.id !== undefined && answer.id !== this.outstanding.id)) return; // stale
    const took = performance.now() - this.outstanding.began;
    this.settle();
    this.card.receive(answer, took);
    this.wake();
  }

  settle() {
    clearTimeout(this.outstanding?.late);
    this.outstanding = null;
  }

  async lost(event) {
    this.settle();
    this.socket = null;
    const wait = this.wait * (0.8 + 0.4 * Math.random()); // not all pages at the same moment
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
    this.timer = setTimeout(() => this.connect(), wait);
    const [name, message] = event.code === 1013 ? ["busy", "The server is busy."] : await this.reason();
    if (this.socket?.readyState === WebSocket.OPEN) return;
    if (name === "token") clearTimeout(this.timer);
    this.card.state(name, message);
  }

  /** A browser does not say why a WebSocket was refused: an ordinary request does. */
  async reason() {
    try {
      await ask("v1/models");
      return ["busy", "The server takes no more sessions just now."];
    } catch (error) {
      if (error.status === 401) return ["token", error.message];
      return error.status ? ["busy", error.message] : ["gone", "The server does not answer."];
    }
  }
}

/** Tell in a card's `status` what its link's `state` is; `comfort` stands before the button that tries again at once. */
export function showState(card, name, message, comfort) {
  if (name === "token") card.page.askToken();
  card.status.hidden = !message;
  card.status.dataset.state = name;
  if (!message) return;
  card.status.replaceChildren(message);
  if (name === "open" || name === "token") return;
  card.status.append(` ${comfort}`, element("button", { type: "button", onclick: () => card.link.now() }, "Try now"));
}
