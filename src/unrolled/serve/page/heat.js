import { parts, SIGNS } from "./colours.js";
import { context, element } from "./dom.js";
import { Readout } from "./readout.js";
import { isolated, writeWithin } from "./scripts.js";
import { Steps } from "./steps.js";
import { dark } from "./theme.js";

const ROWS = 20, GAP = 2; // rows shown; pixels between them

const label = (word) => word === "\n" ? "↵" : word || "␣";
const number = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value / 127).toFixed(2)}`;

let count = 0;

/**
 * The memory as a heat map: a row for each step, a column for each unit.
 *
 * `step` says what a step is. The newest are shown, or, where they are to be `spread`, some of all.
 */
export class Heat {
  constructor(step = "word", spread = false, bidirectional = false) {
    Object.assign(this, { step, spread, steps: new Steps(["words", "rows"], spread ? 512 : 64), at: null });
    const help = `heat-help-${++count}`;
    this.canvas = element("canvas", {
      class: "heat", tabIndex: 0, role: "img", "aria-describedby": help, "aria-label": "The memory is empty",
    });
    this.readout = new Readout(this.canvas, (event) => this.point(event), (event) => this.walk(event), (at) => this.look(at));
    this.legend = element("span", { class: "scale" });
    this.size = element("span", {}, "a list of numbers");
    this.list = element("ol", { class: "strongest" });
    this.details = element("details", { ontoggle: () => this.write() },
      element("summary", {}, "The strongest units in words"), this.list);
    this.root = element("section", { class: "memory", "aria-label": "The model's memory", hidden: true },
      element("div", { class: "heading" }, element("h2", {}, "The memory"),
        element("span", { class: "legend quiet" }, "−1", this.legend, "+1")),
      element("p", { class: "quiet", id: help },
        `Each row is the memory ${bidirectional ? "at" : "after reading"} that ${step}: `, this.size,
        bidirectional ? ", half of them read from the end. " : ". ",
        "The same weights wrote every row. Point at one, or go through them with the arrow keys, to read a value."),
      this.readout.root, this.details);
    window.addEventListener("theme", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.root);
    this.look(null);
  }

  clear() {
    this.take({ first: 0, words: [], rows: [] });
  }

  /** What an answer brings: rows from `first` on, in place of what was there. */
  take(memory) {
    if (!this.steps.take(memory)) return;
    const { rows } = this.steps;
    if (rows.length) {
      this.root.hidden = !rows[0].length;
      this.size.textContent = `${rows[0].length} numbers`;
    }
    this.look(null);
    this.write();
  }

  get shown() {
    const { words, rows } = this.steps, count = Math.min(ROWS, rows.length);
    const last = rows.length - 1, share = (i) => Math.round(last - (count - 1 - i) * last / Math.max(1, count - 1));
    const chosen = Array.from({ length: count }, (_, i) => this.spread ? share(i) : rows.length - count + i);
    return { words: chosen.map((i) => words[i]), rows: chosen.map((i) => rows[i]) };
  }

  draw() {
    const { words, rows } = this.shown, width = this.canvas.clientWidth;
    const narrow = width < 480, height = narrow ? 16 : 21;
    this.left = narrow ? 78 : 110;
    this.height = height;
    const pen = context(this.canvas, width, (this.spread ? rows.length : ROWS) * height);
    if (!pen) return;
    const style = getComputedStyle(this.canvas), spread = width - this.left;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    pen.imageSmoothingEnabled = false;
    if (rows.length) {
      const image = this.image(rows);
      rows.forEach((row, i) => {
        const y = i * height;
        pen.drawImage(image, 0, i, row.length, 1, this.left, y, spread, height - GAP);
        pen.font = `${i === rows.length - 1 ? "600" : "400"} ${narrow ? 12 : 13.5}px ${style.fontFamily}`;
        pen.fillStyle = style.color;
        writeWithin(pen, label(words[i]), this.left - 12, this.left - 8, y + (height - GAP) / 2);
      });
    }
    if (this.at) this.mark(pen, style.color, spread / rows[0].length);
    this.legend.style.background = `linear-gradient(to right, ${scale().map((c) => `rgb(${c})`)})`;
  }

  /** One pixel for each value. */
  image(rows) {
    const [low, zero, high] = scale(), wide = rows[0].length;
    const data = new ImageData(wide, rows.length);
    rows.flat().forEach((value, i) => {
      const end = value < 0 ? low : high, share = Math.abs(value) / 127;
      for (let c = 0; c < 3; c++) data.data[4 * i + c] = zero[c] + share * (end[c] - zero[c]);
      data.data[4 * i + 3] = 255;
    });
    const canvas = new OffscreenCanvas(wide, rows.length);
    canvas.getContext("2d").putImageData(data, 0, 0);
    return canvas;
  }

  mark(pen, colour, column) {
    const x = this.left + this.at.unit * column, y = this.at.row * this.height;
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.strokeRect(x - 2, y - 1.5, Math.max(column, 1) + 4, this.height - GAP + 3);
  }

  point(event) {
    const { rows } = this.shown;
    if (!rows.length) return;
    const unit = Math.floor((event.offsetX - this.left) / (this.canvas.clientWidth - this.left) * rows[0].length);
    const row = Math.floor(event.offsetY / this.height);
    this.look(unit >= 0 && unit < rows[0].length && row >= 0 && row < rows.length ? { row, unit } : null);
  }

  walk(event) {
    const { rows } = this.shown;
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === "Escape") this.look(null);
    if (!step || !rows.length) return;
    event.preventDefault();
    const many = event.shiftKey ? 10 : 1, wide = rows[0].length;
    const from = this.at ?? { row: rows.length - 1 - step[0], unit: -step[1] * many };
    const within = (value, size) => Math.min(Math.max(value, 0), size - 1);
    this.look({ row: within(from.row + step[0], rows.length), unit: within(from.unit + many * step[1], wide) });
  }

  /** Show one value. */
  look(at) {
    const { words, rows } = this.shown;
    this.at = at;
    const latest = words.length ? `${this.spread ? "" : "the newest "}${words.length} ${this.step}s: ${words.map(label).map(isolated).join(" ")}` : "empty";
    this.canvas.setAttribute("aria-label", `Heat map of the memory, ${latest}`);
    this.draw();
    if (!at) return this.readout.hide();
    const column = (this.canvas.clientWidth - this.left) / rows[0].length, top = at.row * this.height;
    this.readout.show(
      `after “${isolated(label(words[at.row]))}”: unit ${at.unit + 1} of ${rows[0].length} is ${number(rows[at.row][at.unit])}`,
      this.left + (at.unit + 0.5) * column, top, top + this.height);
  }

  /** The text alternative: each word's three strongest units. */
  write() {
    if (!this.details.open) return;
    const { words, rows } = this.shown;
    this.list.replaceChildren(...rows.map((row, i) => {
      const strongest = [...row.keys()].sort((a, b) => Math.abs(row[b]) - Math.abs(row[a])).slice(0, 3);
      const units = strongest.map((unit) => `unit ${unit + 1} ${number(row[unit])}`).join(", ");
      return element("li", {}, element("b", {}, isolated(label(words[i]))), ` ${units}`);
    }));
  }
}

/** Of −1, 0 and 1. */
const scale = () => {
  const { below, zero, above } = SIGNS[dark() ? "dark" : "light"];
  return [below, zero, above].map(parts);
};
