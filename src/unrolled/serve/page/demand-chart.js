import { context, element } from "./dom.js";
import { ticks, tickTexts, written } from "./scales.js";
import { COLOURS } from "./series-chart.js";
import { dark } from "./theme.js";

const HEIGHT = 200, TOP = 26, FOOT = 24, SIDE = 8; // pixels

/** The demand that an order is for, as a histogram: what is met, what is lost, and the level that is ordered up to. */
export class DemandChart {
  constructor() {
    this.canvas = element("canvas", { class: "demand", role: "img" });
    this.root = element("div", { hidden: true }, this.canvas);
    window.addEventListener("theme", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  show(order) {
    this.order = order;
    this.root.hidden = false;
    const { demand: { edges }, position, order_up_to: level } = order;
    this.canvas.setAttribute("aria-label",
      `Histogram of the demand, from ${written(edges[0])} to ${written(edges.at(-1))}: ${written(position)} is on hand and on order, ordered is up to ${written(level)}, and ${percent(this.met)} of the demands are met`);
    this.draw();
  }

  /** What there will be. */
  get reached() {
    return this.order.position + this.order.order;
  }

  /** The share of demands that are met in full. */
  get met() {
    const { edges, shares } = this.order.demand;
    return shares.reduce((sum, share, i) => sum + (this.isMet(edges, i) ? share : 0), 0);
  }

  isMet(edges, bar) {
    return (edges[bar] + edges[bar + 1]) / 2 <= this.reached;
  }

  draw() {
    const width = this.canvas.clientWidth, pen = this.order && context(this.canvas, width, HEIGHT);
    if (!pen) return;
    const { demand: { edges, shares }, position, order_up_to: level } = this.order, style = getComputedStyle(this.canvas);
    const near = [position, level].map((value) => Math.min(Math.max(value, 2 * edges[0] - edges.at(-1)), 2 * edges.at(-1) - edges[0]));
    const low = Math.min(edges[0], ...near), high = Math.max(edges.at(-1), ...near), floor = HEIGHT - FOOT;
    const x = (value) => SIDE + (value - low) / (high - low) * (width - 2 * SIDE), most = Math.max(...shares);
    const colours = COLOURS[dark() ? "dark" : "light"];
    shares.forEach((share, i) => {
      pen.fillStyle = this.isMet(edges, i) ? colours.forecast : colours.beyond;
      const tall = share / most * (floor - TOP - 8);
      pen.globalAlpha = 0.8;
      pen.fillRect(x(edges[i]) + 0.5, floor - tall, Math.max(1, x(edges[i + 1]) - x(edges[i]) - 1), tall);
    });
    pen.globalAlpha = 1;
    this.along(pen, style, ticks(low, high, Math.max(2, Math.floor(width / 90))), x, width);
    this.mark(pen, style.color, [3, 4], x(position), "there", width, 13);
    this.mark(pen, getComputedStyle(document.body).color, [], x(level), `up to ${written(level)}`, width, 13, x(position));
  }

  along(pen, style, values, x, width) {
    pen.font = `12px ${style.fontFamily}`;
    pen.textAlign = "center";
    pen.fillStyle = style.borderTopColor;
    pen.fillRect(SIDE, HEIGHT - FOOT, width - 2 * SIDE, 1);
    pen.fillStyle = style.color;
    const texts = tickTexts(values);
    for (const [i, value] of values.entries()) {
      const text = texts[i], half = pen.measureText(text).width / 2;
      pen.fillText(text, Math.min(Math.max(x(value), half), width - half), HEIGHT - 7);
    }
  }

  /** A line with a name above it; the name stands aside of what another line has there. */
  mark(pen, colour, dash, x, text, width, y, other = null) {
    const half = pen.measureText(text).width / 2;
    let middle = Math.min(Math.max(x, half), width - half);
    if (other !== null && Math.abs(middle - other) < half + 24) middle = x >= other ? Math.min(other + half + 24, width - half) : Math.max(other - half - 24, half);
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 2;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(x, TOP - 6);
    pen.lineTo(x, HEIGHT - FOOT);
    pen.stroke();
    pen.setLineDash([]);
    pen.fillText(text, middle, y);
  }
}

const percent = (share) => `${(100 * share).toFixed(share > 0.99 && share < 1 ? 1 : 0)} %`;
