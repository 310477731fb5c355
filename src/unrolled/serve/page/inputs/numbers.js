import { element } from "../dom.js";
import { empty } from "../typed.js";

const LONGEST = 50_000; // characters, within a message

export const create = (model, wake) => new Numbers(model, wake);

/** Rows of numbers, a row a step. */
class Numbers {
  constructor(model, wake) {
    Object.assign(this, { step: "step", spread: true, known: "" });
    this.field = element("textarea", {
      id: `text-${model.name}`, class: "letters", maxLength: LONGEST, spellcheck: false, autocomplete: "off",
      placeholder: "A row of numbers for each step, such as\n0.5, -1.2\n0.7, -0.9", "aria-describedby": `hint-${model.name}`,
    });
    this.fault = element("p", { class: "fault", id: `hint-${model.name}`, role: "status" });
    this.field.addEventListener("input", wake);
    this.root = element("div", { class: "writing" },
      element("label", { class: "unseen", htmlFor: this.field.id }, "Your numbers"), this.field, this.fault);
  }

  connected() {
    this.known = "";
  }

  get content() {
    return this.field.value.trim();
  }

  message() {
    const wanted = this.content;
    this.fault.textContent = "";
    if (wanted === this.known) return null;
    const rows = wanted ? wanted.split("\n").map((line) => line.trim().split(/[\s,;]+/).filter(Boolean).map(Number)) : [];
    const wrong = rows.findIndex((row) => !row.every(Number.isFinite) || row.length !== rows[0].length || !row.length);
    if (wrong < 0) return { reset: true, numbers: rows };
    this.fault.textContent = `Line ${wrong + 1}: expected ${rows[0].length || "some"} numbers, such as 0.5 -1.2`;
    return null;
  }

  settle(content) {
    this.known = content;
  }

  name(word, number) {
    return String(number + 1);
  }

  clear() {
    empty(this.field);
  }
}
