import { context, element } from "./dom.js";

const KEPT = 50;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const shown = (ms) => ms < 1 ? `${Math.round(1000 * ms)} µs` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

/** How long the last answers took: in the model, and from key to answer. */
export class Latency {
  constructor() {
    this.inside = [];
    this.around = [];
    this.numbers = element("span", { class: "numbers" }, "not measured yet");
    this.line = element("canvas", { class: "spark", role: "img", "aria-label": "Round trips of the last answers" });
    this.root = element("p", { class: "latency quiet", title: `Median of the last ${KEPT} answers` }, this.numbers, this.line);
    window.addEventListener("theme", () => this.draw());
  }

  add(microseconds, milliseconds) {
    for (const [list, value] of [[this.inside, microseconds / 1000], [this.around, milliseconds]]) {
      list.push(value);
      if (list.length > KEPT) list.shift();
    }
    this.numbers.replaceChildren(
      "model ", element("b", {}, shown(median(this.inside))), " · round trip ", element("b", {}, shown(median(this.around))),
      element("span", { class: "of" }, ` · median of ${this.around.length}`),
    );
    this.draw();
  }

  draw() {
    const width = this.line.clientWidth, height = 24;
    const pen = context(this.line, width, height);
    if (!pen || this.around.length < 2) return;
    const top = Math.max(...this.around);
    pen.strokeStyle = getComputedStyle(this.line).color;
    pen.lineWidth = 1.5;
    pen.lineJoin = "round";
    this.around.forEach((value, i) => {
      pen.lineTo(1 + i * (width - 2) / (KEPT - 1), height - 2 - (height - 4) * value / top);
    });
    pen.stroke();
  }
}
