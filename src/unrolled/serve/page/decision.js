import { context, element } from "./dom.js";
import { Readout } from "./readout.js";
import { fitting, isolated, rightToLeft } from "./scripts.js";
import { Steps } from "./steps.js";
import { dark } from "./theme.js";

const BARS = 10, CURVES = 8; // labels shown at most
const HEIGHT = 164, LEFT = 40; // pixels of the curves, and beside them of per cents
const LINE = 17, LINES = 6; // of the steps' names below the curves: pixels of a line, lines at most
// Okabe and Ito's colours, which the colour-blind tell apart, a little darker or lighter than the paper asks for.
const COLOURS = {
  light: ["#0072b2", "#c44e00", "#007f5f", "#a33c7c", "#8a6d00", "#2f8fc4", "#5b3fa0", "#5a5a5a"],
  dark: ["#6cb6f5", "#fc9840", "#3fc79a", "#e59ac6", "#e8d44d", "#9fd4f5", "#b7a4f0", "#b9b9b9"],
};

export const percent = (share) => share >= 0.9995 ? "100 %" : share < 0.0005 ? "0 %" : `${(100 * share).toFixed(share < 0.1 || share > 0.9 ? 1 : 0)} %`;

/** The labels' probabilities: bars for now, curves for the steps before. `step` says what a step is. */
export class Decision {
  constructor(labels, step) {
    Object.assign(this, { labels, step, steps: new Steps(["words", "decisions"], 512), now: null, at: null });
    this.first = element("p", { class: "best-label" });
    this.spoken = element("p", { class: "unseen", "aria-live": "polite" });
    this.bars = element("ol", { class: "bars", "aria-label": "Probability of each label" });
    this.canvas = element("canvas", { class: "curves", tabIndex: 0, role: "img" });
    this.readout = new Readout(this.canvas, (event) => this.point(event), (event) => this.walk(event), (at) => this.look(at));
    this.list = element("ol", { class: "strongest" });
    this.details = element("details", { ontoggle: () => this.write() },
      element("summary", {}, "The decision in words"), this.list);
    this.history = element("div", { hidden: true },
      element("h3", {}, `After each ${step}`), this.readout.root,
      element("p", { class: "quiet" }, `Point at the curves, or go through them with the arrow keys, to read a ${step}.`), this.details);
    this.root = element("section", { class: "decision", "aria-label": "The decision" },
      this.first, this.spoken, this.bars, this.history);
    window.addEventListener("theme", () => this.show());
    new ResizeObserver(() => this.draw()).observe(this.root);
    this.clear();
  }

  clear() {
    this.steps.clear();
    this.decide(null);
    this.look(null);
  }

  /** The decision now: a probability for each label, in their order; null where nothing was read. */
  decide(now) {
    this.now = now;
    this.show();
  }

  /** What an answer brings: the decisions after the steps from `first` on. */
  take(memory) {
    if (!this.steps.take(memory)) return;
    this.look(null);
    this.write();
  }

  /** Say the decision to who listens. */
  say() {
    const [best] = this.ranked();
    this.spoken.textContent = this.now ? `${this.labels[best]}, ${percent(this.now[best])}` : "";
  }

  ranked(shares = this.now ?? this.labels.map(() => 0)) {
    return [...shares.keys()].sort((a, b) => shares[b] - shares[a]);
  }

  colour(label) {
    const all = COLOURS[dark() ? "dark" : "light"];
    return all[label % all.length];
  }

  show() {
    const [best] = this.ranked();
    this.first.replaceChildren(...(this.now
      ? [element("b", { dir: "auto" }, this.labels[best]), ` ${percent(this.now[best])}`] : ["Nothing has been read yet"]));
    this.first.classList.toggle("quiet", !this.now);
    const shown = this.labels.length > BARS ? this.ranked().slice(0, BARS) : [...this.labels.keys()];
    this.bars.replaceChildren(...shown.map((label) => this.bar(label, label === best && this.now)));
    this.draw();
  }

  bar(label, best) {
    const fill = element("span", { class: "fill" });
    fill.style.width = `${100 * (this.now?.[label] ?? 0)}%`;
    fill.style.background = this.colour(label);
    return element("li", best ? { class: "best" } : {}, element("span", { class: "name" }, element("bdi", {}, this.labels[label])),
      element("span", { class: "track" }, fill), element("span", { class: "share" }, this.now ? percent(this.now[label]) : ""));
  }

  /** The labels that were likely at some step. */
  get drawn() {
    const highest = this.labels.map((_, label) => Math.max(...this.steps.decisions.map((shares) => shares[label])));
    return this.ranked(highest).slice(0, CURVES);
  }

  /** The steps after which another label is the likeliest than before. */
  get turns() {
    const best = this.steps.decisions.map((shares) => shares.indexOf(Math.max(...shares)));
    return [...best.keys()].filter((step) => step && best[step] !== best[step - 1]);
  }

  /** Whether the steps go on to the left, as their words do. */
  get backward() {
    return rightToLeft(this.steps.words.join(" "));
  }

  x(step, width) {
    const last = this.steps.length - 1, share = last ? step / last : 0.5;
    return LEFT + 6 + (width - LEFT - 18) * (this.backward ? 1 - share : share);
  }

  draw() {
    const { decisions } = this.steps, width = this.canvas.clientWidth;
    this.history.hidden = !decisions.length;
    if (!width || !decisions.length) return;
    const style = getComputedStyle(this.canvas), font = `12px ${style.fontFamily}`, floor = HEIGHT, top = 8;
    const measure = this.canvas.getContext("2d");
    measure.font = font;
    const names = this.names(measure, width), lines = Math.max(1, ...names.map(({ line }) => line + 1));
    const pen = context(this.canvas, width, HEIGHT + lines * LINE + 9);
    const y = (share) => floor - share * (floor - top);
    pen.font = font;
    this.grid(pen, style, y, width);
    this.writeNames(pen, names, width, style);
    for (const label of this.drawn.reverse()) {
      pen.strokeStyle = pen.fillStyle = this.colour(label);
      pen.lineWidth = 2.25;
      pen.lineJoin = "round";
      pen.setLineDash(label < 8 ? [] : [6, 4]);
      pen.beginPath();
      decisions.forEach((shares, step) => pen.lineTo(this.x(step, width), y(shares[label])));
      pen.stroke();
      if (decisions.length <= 30) decisions.forEach((shares, step) => dot(pen, this.x(step, width), y(shares[label])));
    }
    if (this.at === null) return;
    pen.setLineDash([]);
    pen.strokeStyle = style.color;
    pen.lineWidth = 1;
    pen.strokeRect(this.x(this.at, width), top, 0, floor - top);
  }

  grid(pen, style, y, width) {
    pen.strokeStyle = style.borderTopColor;
    pen.fillStyle = style.color;
    pen.lineWidth = 1;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const share of [0, 0.5, 1]) {
      pen.strokeRect(LEFT, y(share), width - LEFT - 6, 0);
      pen.fillText(`${100 * share} %`, LEFT - 6, y(share));
    }
  }

  /** Where names of steps go: of each at which the decision turns, in as many lines as that takes, then of others, the
   * last one first, as far as there is room in the first line. */
  names(pen, width) {
    const turns = this.turns, others = [...this.steps.words.keys()].filter((step) => !turns.includes(step));
    const lines = [[]], names = [];
    for (const step of [...turns.reverse(), ...others.reverse()]) {
      const turn = turns.includes(step), word = this.steps.words[step], text = turn ? fitting(pen, word, width / 3) : word;
      const half = pen.measureText(text).width / 2;
      if (half > width / 4) continue;
      const middle = Math.min(Math.max(this.x(step, width), LEFT + half), width - half);
      const isFree = (line) => line.every((other) => Math.abs(other.middle - middle) >= other.half + half + 8);
      let line = turn ? lines.findIndex(isFree) : isFree(lines[0]) ? 0 : -1;
      if (line < 0 && turn && lines.length < LINES) line = lines.push([]) - 1;
      if (line < 0) continue;
      lines[line].push({ middle, half });
      names.push({ step, text, turn, middle, line });
    }
    return names;
  }

  /** Write them; a step at which the decision turns has a line up to the curves. */
  writeNames(pen, names, width, style) {
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    pen.setLineDash([2, 3]);
    for (const { step, text, turn, middle, line } of names) {
      const y = HEIGHT + (line + 1) * LINE;
      if (turn) pen.strokeRect(this.x(step, width), 8, 0, y - 20);
      pen.direction = rightToLeft(text) ? "rtl" : "ltr";
      pen.fillStyle = turn ? getComputedStyle(document.body).color : style.color;
      pen.fillText(text, middle, y);
    }
    pen.setLineDash([]);
  }

  point(event) {
    const width = this.canvas.clientWidth, last = this.steps.length - 1;
    const share = (event.offsetX - LEFT - 6) / (width - LEFT - 18);
    this.look(Math.min(Math.max(Math.round((this.backward ? 1 - share : share) * last), 0), last));
  }

  walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] * (this.backward ? -1 : 1), last = this.steps.length - 1;
    if (event.key === "Escape") this.look(null);
    if (!step) return;
    event.preventDefault();
    this.look(Math.min(Math.max((this.at ?? (step < 0 ? last + 1 : -1)) + step, 0), last));
  }

  /** Read one step. */
  look(at) {
    this.at = at;
    const turns = this.turns.map((step) => this.inWords(step, 1)).join("; ");
    this.canvas.setAttribute("aria-label", this.steps.length
      ? `Curves of the labels' probabilities over ${this.steps.length} ${this.step}s, at the end ${this.inWords(this.steps.length - 1, 1)}${turns && `; it turned ${turns}`}` : "No curves yet");
    this.draw();
    if (at === null) this.readout.hide();
    else this.readout.show(this.inWords(at, 3), this.x(at, this.canvas.clientWidth), HEIGHT / 2, HEIGHT / 2);
  }

  inWords(step, count) {
    const shares = this.steps.decisions[step];
    const labels = this.ranked(shares).slice(0, count).map((label) => `${isolated(this.labels[label])} ${percent(shares[label])}`);
    return `after “${isolated(this.steps.words[step])}”: ${labels.join(", ")}`;
  }

  /** The text alternative: the decision after each step. */
  write() {
    if (!this.details.open) return;
    this.list.replaceChildren(...this.steps.words.map((_, step) => element("li", {}, this.inWords(step, 2))));
  }
}

function dot(pen, x, y) {
  pen.beginPath();
  pen.arc(x, y, 3, 0, 2 * Math.PI);
  pen.fill();
}
