import { Decision } from "../decision.js";
import { element } from "../dom.js";
import { Heat } from "../heat.js";
import { Latency } from "../latency.js";
import { Link } from "../link.js";

const QUIET = 800; // milliseconds without an answer before the decision is read out

export const showsInput = true; // `show` gets the module of the input, inputs/KIND.js

export const show = (root, model, page, part) => new Card(root, model, page, part);

/** What is written, said or dropped; and the decision and the memory after each of its steps. */
class Card {
  constructor(root, model, page, part) {
    Object.assign(this, { model, page });
    this.input = part.create(model, () => this.link.wake(), this);
    this.decision = new Decision(model.labels, this.input.step);
    this.heat = new Heat(this.input.step, this.input.spread, model.bidirectional);
    this.latency = new Latency();
    this.link = new Link(model.name, this, "Trying again …");
    root.append(
      this.input.root, this.link.status,
      element("div", { class: "phone" }, this.decision.root, this.latency.root,
        element("div", { class: "controls" }, element("button", { type: "button", onclick: () => this.clear() }, "Clear"))),
      this.heat.root);
  }

  clear() {
    this.input.clear();
    this.link.wake();
  }

  wipe() {
    this.decision.clear();
    this.heat.clear();
  }

  // ---- the conversation, as a Link has it -------------------------------------------------------------------------

  get content() {
    return this.input.content;
  }

  connected() {
    this.input.connected();
    this.wipe();
  }

  next() {
    const message = this.input.message();
    return message && { n: 1, memory: true, ...message };
  }

  receive(answer, milliseconds, content) {
    this.input.settle(content);
    this.input.show?.(answer);
    if (answer.memory) this.extend(answer.memory);
    if (!answer.steps) this.wipe();
    this.latency.add(answer.microseconds, milliseconds);
    this.announce();
  }

  /** Steps as the server tells them, from number `first` on. */
  extend({ first, words, rows, decisions }) {
    const named = words.map((word, i) => this.input.name(word, first + i));
    this.heat.take({ first, words: named, rows });
    this.decision.take({ first, words: named, decisions });
    this.decision.decide(this.decision.steps.decisions.at(-1) ?? null);
  }

  announce() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.decision.say(), QUIET);
  }
}
