import { parts, SIGNS } from "./colours.js";
import { context, element } from "./dom.js";
import { lookedAt, percent, shares } from "./alignment.js";
import { Readout } from "./readout.js";
import { isolated, writeWithin } from "./scripts.js";
import { dark } from "./theme.js";

const CELL = 26, GAP = 2, WIDEST = 44; // pixels: a row's height, between cells, and how wide a cell may be

/** Where each word of a translation looked: a row for each, a column for each word of the source. */
export class AttentionMap {
  constructor() {
    Object.assign(this, { target: [], source: [], weights: [], at: null });
    this.canvas = element("canvas", { class: "heat", tabIndex: 0, role: "img" });
    this.readout = new Readout(this.canvas, (event) => this.point(event), (event) => this.walk(event), (at) => this.look(at));
    this.legend = element("span", { class: "scale" });
    this.list = element("ol", { class: "strongest" });
    this.root = element("details", { class: "attention", ontoggle: () => this.draw() }, element("summary", {}, "Attention map"),
      element("p", { class: "legend quiet" }, "0", this.legend, "100 %"),
      element("p", { class: "quiet" }, "Each row is a word that was written, each column a word that was read; the stronger a cell, the more it was looked at. Point at one, or go through them with the arrow keys."),
      this.readout.root, element("details", { class: "in-words" }, element("summary", {}, "The map in words"), this.list));
    window.addEventListener("theme", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  show(target, source, attention) {
    Object.assign(this, { target, source, at: null, weights: target.map((word) => shares(attention, word, source)) });
    this.canvas.setAttribute("aria-label", target.length
      ? `Attention map of ${target.length} words that were written by ${source.length - 1} that were read` : "Attention map, empty");
    this.list.replaceChildren(...target.map((word, i) => element("li", {}, isolated(lookedAt(word, source, this.weights[i])))));
    this.look(null);
  }

  draw() {
    const width = this.canvas.clientWidth, { target, source } = this;
    if (!width || !this.root.open) return;
    const size = width < 480 ? 12 : 13.5, style = getComputedStyle(this.canvas);
    this.left = width < 480 ? 84 : 150;
    this.top = 90;
    this.column = Math.min(WIDEST, (width - this.left) / Math.max(1, source.length));
    const pen = context(this.canvas, width, this.top + target.length * CELL);
    pen.font = `400 ${size}px ${style.fontFamily}`;
    pen.fillStyle = style.color;
    pen.textBaseline = "middle";
    const every = Math.ceil(14 / this.column);
    source.forEach((word, i) => i % every === 0 && this.writeUp(pen, word, this.left + (i + 0.5) * this.column));
    pen.textAlign = "right";
    target.forEach((word, i) => writeWithin(pen, word.text, this.left - 12, this.left - 8, this.top + (i + 0.5) * CELL));
    this.fill(pen);
    if (!this.at) return;
    pen.strokeStyle = style.color;
    pen.lineWidth = 1.5;
    pen.strokeRect(this.left + this.at.column * this.column - 1, this.top + this.at.row * CELL - 1, this.column, CELL);
  }

  /** A column's word, written upwards. */
  writeUp(pen, word, x) {
    pen.save();
    pen.translate(x, this.top - 6);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "left";
    writeWithin(pen, word.isEnd ? "(end)" : word.text, this.top - 10, 0, 0);
    pen.restore();
  }

  fill(pen) {
    const { zero, above } = SIGNS[dark() ? "dark" : "light"], [low, high] = [parts(zero), parts(above)];
    this.legend.style.background = `linear-gradient(to right, ${zero}, ${above})`;
    this.weights.forEach((row, i) => row.forEach((weight, j) => {
      pen.fillStyle = `rgb(${low.map((value, c) => Math.round(value + weight * (high[c] - value)))})`;
      pen.fillRect(this.left + j * this.column, this.top + i * CELL, Math.max(this.column - GAP, 1), CELL - GAP);
    }));
  }

  point(event) {
    const column = Math.floor((event.offsetX - this.left) / this.column), row = Math.floor((event.offsetY - this.top) / CELL);
    this.look(column in this.source && row in this.target ? { row, column } : null);
  }

  walk(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === "Escape") this.look(null);
    if (!step || !this.target.length) return;
    event.preventDefault();
    const within = (value, size) => Math.min(Math.max(value, 0), size - 1), from = this.at ?? { row: -step[0], column: -step[1] };
    this.look({ row: within(from.row + step[0], this.target.length), column: within(from.column + step[1], this.source.length) });
  }

  look(at) {
    this.at = at;
    this.draw();
    if (!at) return this.readout.hide();
    const word = this.source[at.column], top = this.top + at.row * CELL;
    this.readout.show(`“${isolated(this.target[at.row].text)}” looked at ${word.isEnd ? "the end" : `“${isolated(word.text)}”`}: ${percent(this.weights[at.row][at.column])}`,
      this.left + (at.column + 0.5) * this.column, top, top + CELL);
  }
}
