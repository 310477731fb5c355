import { Decision } from "../decision.js";
import { element } from "../dom.js";
import { Heat } from "../heat.js";
import { Numbers } from "../inputs/numbers.js";
import { Sound } from "../inputs/sound.js";
import { Typed } from "../inputs/typed.js";
import { Latency } from "../latency.js";
import { Link, showState } from "../link.js";

const INPUTS = { text: Typed, dna: Typed, numbers: Numbers, sound: Sound };
const QUIET = 800; // milliseconds without an answer before the decision is read out
const AGAIN = 2000; // milliseconds until what was refused is sent again

export const show = (root, model, page) => new Card(root, model, page);

/** What is written, said or dropped; and the decision and the memory as they grow. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { model, page, refused: null });
    this.input = new INPUTS[model.reads](model, () => this.link?.wake(), this);
    this.decision = new Decision(model.labels, this.input.step);
    this.heat = new Heat(this.input.step, this.input.spread, model.bidirectional);
    this.latency = new Latency();
    this.status = element("p", { class: "status", role: "status", hidden: true });
    root.append(
      element("div", { class: "about" }, element("h1", {}, model.name), element("p", { class: "quiet" }, model.description)),
      this.input.root, this.status,
      element("div", { class: "phone" }, this.decision.root, this.latency.root,
        element("div", { class: "controls" }, element("button", { type: "button", onclick: () => this.clear() }, "Clear"))),
      this.heat.root);
    this.link = new Link(model.name, this);
  }

  clear() {
    this.input.clear();
    this.link.wake();
  }

  // ---- the conversation, as a Link has it -------------------------------------------------------------------------

  fresh() {
    this.refused = null;
    this.input.fresh();
    this.wipe();
  }

  wipe() {
    this.decision.clear();
    this.heat.clear();
  }

  next() {
    const content = this.input.content;
    if (content === this.refused) return null;
    const message = this.input.message();
    if (!message) return null;
    this.asked = content;
    return { n: 1, memory: true, ...message };
  }

  receive(answer, milliseconds) {
    if (answer.error) {
      this.refused = this.asked;
      setTimeout(() => { this.refused = null; this.link.wake(); }, AGAIN);
      this.state("open", `The server refused this: ${answer.error}`);
      return;
    }
    this.refused = null;
    this.state("open", "");
    this.input.settle(this.asked);
    this.input.show?.(answer);
    if (answer.memory) this.grow(answer.memory);
    if (!answer.steps) this.wipe();
    this.latency.add(answer.microseconds, milliseconds);
    this.announce();
  }

  /** Steps as the server tells them, from number `first` on. */
  grow({ first, words, rows, decisions }) {
    const named = words.map((word, i) => this.input.name(word, first + i));
    this.heat.take({ first, words: named, rows });
    this.decision.take({ first, words: named, decisions });
    this.decision.decide(this.decision.steps.decisions.at(-1) ?? null);
  }

  announce() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.decision.say(), QUIET);
  }

  state(name, message) {
    showState(this, name, message, "Trying again … ");
  }
}
