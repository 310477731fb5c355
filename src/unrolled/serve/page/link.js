import { ask, socket } from "./api.js";
import { element } from "./dom.js";
import { FULL, ofEnd, ofMessage, ofRequest, STOPPING } from "./faults.js";

const FIRST_WAIT = 250, LONGEST_WAIT = 8000; // milliseconds between attempts
const PATIENCE = 15000; // milliseconds for one answer

const AGAIN = 2000; // milliseconds until what was refused is sent again

/**
 * A card's conversation with its model, which outlives its connections, and the line `status` that tells its state.
 *
 * Nothing queues: when the line is free, the card's `next()` is asked for the message that is wanted now (null: none),
 * so what was typed while an answer was on its way goes out as one message. The card's `content` is what that message
 * is about: where the server refused it, nothing is sent until it is another, or a while has passed. `connected()` is
 * told of each new connection, behind which the server knows nothing; `receive(answer, milliseconds, content)` gets the
 * answers, `refused?.()` is told of a refusal. `comfort` stands before the button that tries again to connect.
 */
export class Link {
  constructor(model, card, comfort) {
    Object.assign(this, { model, card, comfort, wait: FIRST_WAIT, count: 0, outstanding: null, timer: 0, refused: null });
    this.status = element("p", { class: "status", role: "status", hidden: true });
    window.addEventListener("online", () => this.now());
    this.connect();
  }

  /** There may be something to send. */
  wake() {
    if (this.outstanding || this.socket?.readyState !== WebSocket.OPEN) return;
    const { content } = this.card;
    if (content === this.refused) return;
    const message = this.card.next();
    if (!message) return;
    const id = ++this.count;
    const late = setTimeout(() => this.socket.close(), PATIENCE);
    this.outstanding = { id, late, content, began: performance.now() };
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
      this.refused = null;
      this.card.connected();
      this.tell("open", "");
      this.wake();
    };
    line.onmessage = (event) => this.hear(JSON.parse(event.data));
    line.onclose = (event) => this.lost(event);
  }

  hear(answer) {
    if (!this.outstanding || (answer.id !== undefined && answer.id !== this.outstanding.id)) return; // stale
    const { began, content } = this.outstanding, milliseconds = performance.now() - began;
    this.settle();
    if (answer.error) {
      this.refuse(answer.error, content);
    } else {
      this.refused = null;
      this.tell("open", "");
      this.card.receive(answer, milliseconds, content);
    }
    this.wake();
  }

  /** The session is as it was: what is wanted is sent again once it is another, or after a while. */
  refuse(error, content) {
    this.refused = content;
    this.card.refused?.();
    setTimeout(() => { this.refused = null; this.wake(); }, AGAIN);
    this.tell("open", ofMessage(error));
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
    const said = ofEnd(event.code, event.reason);
    const [name, message] = said === null ? await this.reason() : ["busy", said];
    if (this.socket?.readyState === WebSocket.OPEN) return;
    if (name === "token") clearTimeout(this.timer);
    this.tell(name, message);
  }

  /** A browser does not say why a WebSocket was refused: an ordinary request does. */
  async reason() {
    try {
      const { models } = await ask("v1/models");
      if (!models.some(({ name }) => name === this.model)) return ["busy", ofRequest(404)];
      return ["busy", await ask("healthz").then(() => FULL, () => STOPPING)];
    } catch (error) {
      return [error.status === 401 ? "token" : error.status ? "busy" : "gone", error.message];
    }
  }

  /** Show the state (connecting, open, gone, busy or token) and a message, where there is one. */
  tell(name, message) {
    if (name === "token") this.card.page.askToken();
    this.status.hidden = !message;
    this.status.dataset.state = name;
    if (!message) return;
    this.status.replaceChildren(message);
    if (name === "open" || name === "token") return;
    this.status.append(` ${this.comfort} `, element("button", { type: "button", onclick: () => this.now() }, "Try now"));
  }
}
