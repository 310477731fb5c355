import { percent } from "./alignment.js";
import { element } from "./dom.js";

const DARKEST = 205; // of 255: the veil over what was not looked at
const FINE = 32; // pixels of the veil a side of a cell, which it is smoothed over
const ROWS = ["top", "middle", "bottom"], COLUMNS = ["left", "middle", "right"];
const LITTLE = 0.3; // share of the strongest part below which the picture was looked at as a whole

/** A veil over a picture that leaves clear where the model looked. */
export class Spotlight {
  constructor() {
    this.root = element("canvas", { class: "veil", hidden: true, "aria-hidden": "true" });
  }

  hide() {
    this.root.hidden = true;
  }

  /** Show weights, one for each cell of a grid, row by row. */
  show(weights, { rows, columns, box: [left, top, right, bottom] }) {
    const { root } = this, most = Math.max(...weights);
    const cells = new OffscreenCanvas(columns, rows), coarse = cells.getContext("2d"), pixels = coarse.createImageData(columns, rows);
    weights.forEach((weight, i) => { pixels.data[4 * i + 3] = Math.round(DARKEST * (1 - weight / most)); });
    coarse.putImageData(pixels, 0, 0);
    root.width = FINE * columns;
    root.height = FINE * rows;
    const pen = root.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(cells, 0, 0, root.width, root.height);
    const sides = { left, top, width: right - left, height: bottom - top };
    for (const [side, share] of Object.entries(sides)) root.style[side] = `${100 * share}%`;
    root.hidden = false;
  }
}

/** The same in words. */
export function lookedAtPlace(word, weights, { rows, columns }) {
  const parts = new Map();
  weights.forEach((weight, i) => {
    const row = ROWS[Math.floor(3 * (Math.floor(i / columns) + 0.5) / rows)], column = COLUMNS[Math.floor(3 * (i % columns + 0.5) / columns)];
    const name = row === column ? "middle" : row === "middle" ? column : column === "middle" ? row : `${row} ${column}`;
    parts.set(name, (parts.get(name) ?? 0) + weight);
  });
  const order = [...parts].sort(([, one], [, other]) => other - one);
  if (order[0][1] < LITTLE) return `“${word.text}” looked at the whole picture, most at the ${order[0][0]} ${percent(order[0][1])}`;
  return `“${word.text}” looked at the ${order.slice(0, 2).filter(([, share], i) => !i || share >= 0.1).map(([name, share]) => `${name} ${percent(share)}`).join(", the ")}`;
}
