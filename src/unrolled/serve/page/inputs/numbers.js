import { element } from "../dom.js";
import { Field, room } from "../field.js";

const WIDER = 1.25; // times: numbers in a message take more room than as they are written

export const create = (model, wake) => new Numbers(model, wake);

/** Rows of numbers, a row a step. */
class Numbers {
  constructor(model, wake) {
    Object.assign(this, { step: "step", spread: true, known: "" });
    this.field = new Field(model, "Your numbers", {
      class: "letters", placeholder: "A row of numbers for each step, such as\n0.5, -1.2\n0.7, -0.9", "aria-describedby": `hint-${model.name}`,
    }, Math.floor(room(model).bytes / WIDER));
    this.fault = element("p", { class: "fault", id: `hint-${model.name}`, role: "status" });
    this.field.area.addEventListener("input", wake);
    this.root = this.field.root;
    this.root.append(this.field.left, this.fault);
  }

  connected() {
    this.known = "";
  }

  get content() {
    return this.field.area.value.trim();
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
    this.field.clear();
  }
}
