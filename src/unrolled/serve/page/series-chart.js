import { context, element } from "./dom.js";
import { Readout } from "./readout.js";
import { inWords, stampTicks, ticks, tickTexts, written } from "./scales.js";
import { dark } from "./theme.js";

const HEIGHT = 340, TOP = 10, FOOT = 26, RIGHT = 10; // pixels
const LABEL = 74; // pixels of a stamp along the axis
// As in the pictures of `unrolled predict --plot`.
export const COLOURS = {
  light: { forecast: "#0072b2", cut: "#a33c7c", beyond: "#c44e00" },
  dark: { forecast: "#6cb6f5", cut: "#e59ac6", beyond: "#fc9840" },
};
const STRENGTH = [0.2, 0.34, 0.4]; // of the intervals, the widest first

/** A series' last values and its forecast with intervals, which are read by a pointer, a finger or the keyboard. */
export class SeriesChart {
  constructor() {
    Object.assign(this, { series: null, at: null, points: [] });
    this.canvas = element("canvas", { class: "series", tabIndex: 0, role: "img" });
    this.readout = new Readout(this.canvas, (event) => this.point(event), (event) => this.walk(event), (at) => this.look(at));
    this.legend = element("p", { class: "quiet series-legend" });
    this.list = element("ol", { class: "strongest" });
    this.details = element("details", { ontoggle: () => this.write() }, element("summary", {}, "The forecast in words"), this.list);
    this.root = element("div", { class: "forecast-chart", hidden: true }, this.readout.root, this.legend, this.details);
    window.addEventListener("theme", () => { this.draw(); this.name(); });
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  /** A series as the server tells of it. */
  show(series) {
    const { history, intervals } = series;
    this.series = series;
    this.intervals = [...intervals].sort((a, b) => b.level - a.level);
    this.points = [
      ...history.ds.map((ds, i) => ({ ds, value: history.y[i], cut: history.cut.includes(i) })),
      ...series.ds.map((ds, i) => ({ ds, value: series.forecast[i], step: i })),
    ];
    this.root.hidden = false;
    this.look(null);
    this.write();
    this.name();
  }

  get past() {
    return this.series.history.ds.length;
  }

  get colours() {
    return COLOURS[dark() ? "dark" : "light"];
  }

  /** What the colours mean. */
  name() {
    if (!this.series) return;
    const { forecast, cut } = this.colours;
    const sample = (colour, alpha) => {
      const drawn = element("span", { class: "sample", "aria-hidden": "true" });
      Object.assign(drawn.style, { background: colour, opacity: alpha });
      return drawn;
    };
    const named = [[sample("currentcolor", 1), "history"], [sample(forecast, 1), "forecast"],
      ...this.intervals.map(({ level }, i) => [sample(forecast, this.strength(i)), `${level} % interval`]),
      ...(this.series.history.cut.length ? [[sample(cut, 1), "cut by stock: at least so much"]] : [])];
    this.legend.replaceChildren(...named.map((parts) => element("span", {}, ...parts)));
  }

  /** How dark an interval looks, those that lie under it with it. */
  strength(place) {
    return 1 - STRENGTH.slice(0, place + 1).reduce((left, alpha) => left * (1 - alpha), 1);
  }

  get range() {
    const values = [...this.points.map(({ value }) => value).filter((value) => value !== null), ...this.intervals.slice(0, 1).flatMap(({ lo, hi }) => [...lo, ...hi])];
    const low = Math.min(...values), high = Math.max(...values), from = low >= 0 && low < high / 2 ? 0 : low;
    return high > from ? [from, high] : [from - 1, high + 1];
  }

  draw() {
    const width = this.canvas.clientWidth, pen = this.series && context(this.canvas, width, HEIGHT);
    if (!pen) return;
    const style = getComputedStyle(this.canvas), [low, high] = this.range, floor = HEIGHT - FOOT;
    pen.font = `12px ${style.fontFamily}`;
    const values = ticks(low, high, 5), texts = tickTexts(values), marks = values.map((value, i) => [value, texts[i]]);
    this.left = 10 + Math.max(...marks.map(([, text]) => pen.measureText(text).width));
    const x = (at) => this.x(at, width), y = (value) => floor - (value - low) / (high - low) * (floor - TOP);
    this.grid(pen, style, marks.map(([value, text]) => [y(value), text]), width);
    this.along(pen, style, x, width);
    this.bands(pen, x, y);
    const { forecast, cut } = this.colours, ink = getComputedStyle(document.body).color;
    line(pen, ink, this.points.slice(0, this.past).map(({ value }, i) => value === null ? null : [x(i), y(value)]));
    line(pen, forecast, this.points.slice(this.past).map(({ value }, i) => [x(this.past + i), y(value)]));
    pen.fillStyle = cut;
    this.points.forEach((one, i) => one.cut && one.value !== null && triangle(pen, x(i), y(one.value)));
    if (this.at === null) return;
    pen.fillStyle = style.color;
    pen.fillRect(x(this.at) - 0.5, TOP, 1, floor - TOP);
    const { value, step } = this.points[this.at];
    pen.fillStyle = step === undefined ? ink : forecast;
    if (value !== null) dot(pen, x(this.at), y(value), 4.5);
  }

  x(at, width) {
    return this.left + (at + 0.5) / this.points.length * (width - this.left - RIGHT);
  }

  grid(pen, style, marks, width) {
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const [y, text] of marks) {
      pen.fillStyle = style.borderTopColor;
      pen.fillRect(this.left, y, width - this.left - RIGHT, 1);
      pen.fillStyle = style.color;
      pen.fillText(text, this.left - 6, y);
    }
  }

  /** Stamps along; a line where the forecast begins. */
  along(pen, style, x, width) {
    const floor = HEIGHT - FOOT, most = Math.max(2, Math.floor((width - this.left) / LABEL));
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    let free = 0;
    for (const { at, text } of stampTicks(this.points.map(({ ds }) => ds), most)) {
      const half = pen.measureText(text).width / 2, middle = Math.min(Math.max(x(at), this.left + half), width - half);
      pen.fillStyle = style.borderTopColor;
      pen.fillRect(x(at), floor, 1, 5);
      if (middle - half < free) continue;
      free = middle + half + 8;
      pen.fillStyle = style.color;
      pen.fillText(text, middle, HEIGHT - 6);
    }
    if (!this.past) return;
    pen.fillStyle = style.borderTopColor;
    pen.fillRect(x(this.past - 0.5), TOP, 1, floor - TOP);
  }

  bands(pen, x, y) {
    pen.fillStyle = this.colours.forecast;
    this.intervals.forEach(({ lo, hi }, place) => {
      const ends = lo.length === 1 ? [-0.3, 0.3].map((aside) => [0, aside]) : lo.map((_, i) => [i, 0]);
      pen.globalAlpha = STRENGTH[Math.min(place, STRENGTH.length - 1)];
      pen.beginPath();
      for (const [i, aside] of ends) pen.lineTo(x(this.past + i + aside), y(hi[i]));
      for (const [i, aside] of ends.reverse()) pen.lineTo(x(this.past + i + aside), y(lo[i]));
      pen.fill();
    });
    pen.globalAlpha = 1;
  }

  point(event) {
    const width = this.canvas.clientWidth, share = (event.offsetX - this.left) / (width - this.left - RIGHT);
    this.look(this.within(Math.floor(share * this.points.length)));
  }

  walk(event) {
    if (event.key === "Escape") return this.look(null);
    const last = this.points.length - 1, step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] * (event.shiftKey ? 7 : 1);
    const to = { Home: 0, End: last }[event.key] ?? (this.at ?? this.past - (step > 0)) + step;
    if (Number.isNaN(to)) return;
    event.preventDefault();
    this.look(this.within(to));
  }

  within(at) {
    return Math.min(Math.max(at, 0), this.points.length - 1);
  }

  /** Read one stamp. */
  look(at) {
    this.at = at;
    const { ds, forecast } = this.series, end = ds.length - 1;
    this.canvas.setAttribute("aria-label",
      `Chart of ${this.past} values and the forecast of the next ${ds.length}, from ${written(forecast[0])} on ${inWords(ds[0])} to ${written(forecast[end])} on ${inWords(ds[end])}`);
    this.draw();
    if (at === null) return this.readout.hide();
    this.readout.show(this.inWords(this.points[at]), this.x(at, this.canvas.clientWidth), TOP + 30, TOP + 30);
  }

  inWords({ ds, value, cut, step }) {
    if (step === undefined) return `${inWords(ds)}: ${value === null ? "no value" : `${cut ? "at least " : ""}${written(value)}`}`;
    const between = this.intervals.map(({ level, lo, hi }) => `${level} % ${written(lo[step], 3)} to ${written(hi[step], 3)}`).reverse();
    return `${inWords(ds)}: ${[`forecast ${written(value, 3)}`, ...between].join(", ")}`;
  }

  /** The text alternative: every step of the forecast. */
  write() {
    if (!this.details.open || !this.series) return;
    this.list.replaceChildren(...this.points.slice(this.past).map((point) => element("li", {}, this.inWords(point))));
  }
}

/** A line through places, broken at null; places that stand alone are dots. */
function line(pen, colour, places) {
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 1.75;
  pen.lineJoin = "round";
  pen.beginPath();
  places.forEach((place, i) => place && (places[i - 1] ? pen.lineTo(...place) : pen.moveTo(...place)));
  pen.stroke();
  places.forEach((place, i) => place && !places[i - 1] && !places[i + 1] && dot(pen, ...place, 2.5));
}

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function triangle(pen, x, y) {
  pen.beginPath();
  for (const [aside, above] of [[0, -5], [4.5, 3.5], [-4.5, 3.5]]) pen.lineTo(x + aside, y + above);
  pen.fill();
}
