import { context, element } from "./dom.js";

const BEGINS = 0.6; // widths of a key from where the finger came down, where a stroke begins
const MOST = 1500, APART = 4; // points of a stroke, and milliseconds between two
const FADES = 300; // milliseconds for which a finished stroke stays

/**
 * Words drawn over the letters of `keys`, in the units of a `layout`: widths of a key, rows 1 apart. `done(points)` gets
 * each stroke as points [x, y, seconds]. A tap stays a tap.
 */
export class Swipe {
  constructor(keys, layout, done) {
    Object.assign(this, { keys, layout, done, pointer: null, points: [], drawn: false });
    this.trail = element("canvas", { class: "trail", "aria-hidden": "true" });
    this.root = element("div", { class: "board" }, keys.root, this.trail);
    const { root } = keys;
    root.classList.add("swiped");
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("pointermove", (event) => this.move(event));
    root.addEventListener("pointerup", (event) => this.up(event));
    root.addEventListener("pointercancel", () => this.end());
    root.addEventListener("click", (event) => this.click(event), true);
  }

  down(event) {
    this.drawn = false;
    if (!event.isPrimary || event.button !== 0 || this.pointer !== null) return;
    if (!this.place(event.target.closest("button")?.dataset.key)) return;
    Object.assign(this, { pointer: event.pointerId, began: event.timeStamp, area: this.keys.root.getBoundingClientRect() });
    this.points = [[event.clientX, event.clientY, 0]];
    this.scale = this.measured();
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY, timeStamp } of all.length ? all : [event]) this.add(clientX, clientY, timeStamp);
    const [x, y] = this.points[0];
    if (!this.drawn && Math.hypot(event.clientX - x, event.clientY - y) > BEGINS * this.scale.width) {
      this.drawn = true;
      this.keys.root.setPointerCapture(this.pointer);
    }
    if (this.drawn) this.draw();
  }

  add(x, y, timeStamp) {
    const time = timeStamp - this.began, last = this.points.at(-1)[2];
    if (time - last >= APART && this.points.length < MOST) this.points.push([x, y, time]);
  }

  up(event) {
    if (event.pointerId !== this.pointer) return;
    const { drawn } = this;
    if (drawn) {
      this.points.push([event.clientX, event.clientY, Math.max(event.timeStamp - this.began, this.points.at(-1)[2])]);
      this.done(this.points.map((point) => this.scale.of(...point)));
    }
    this.end();
  }

  end() {
    this.pointer = null;
    setTimeout(() => { if (this.pointer === null) context(this.trail, this.trail.offsetWidth, this.trail.offsetHeight); }, FADES);
  }

  /** What a stroke ends on is not pressed. */
  click(event) {
    if (!this.drawn || event.detail === 0) return;
    this.drawn = false;
    event.stopImmediatePropagation();
  }

  draw() {
    const { left, top, width, height } = this.area, pen = context(this.trail, width, height);
    if (!pen) return;
    Object.assign(pen, { strokeStyle: getComputedStyle(this.trail).color, lineWidth: 5, lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    for (const [x, y] of this.points) pen.lineTo(x - left, y - top);
    pen.stroke();
  }

  /** Where the layout has a key. */
  place(key) {
    const letter = key?.toLocaleLowerCase();
    return [...letter ?? ""].length === 1 ? this.layout.centres[this.layout.keys.findIndex((key) => key.includes(letter))] : undefined;
  }

  /** The width of a key on the screen, and `of(x, y, milliseconds)`, which turns a place there into one of the layout. */
  measured() {
    const rows = new Map();
    for (const button of this.keys.root.querySelectorAll("button")) {
      const place = this.place(button.dataset.key);
      if (!place) continue;
      const { left, top, width, height } = button.getBoundingClientRect();
      if (!rows.has(place[1])) rows.set(place[1], []);
      rows.get(place[1]).push({ x: left + width / 2, y: top + height / 2, at: place[0] });
    }
    const lines = [...rows].sort(([a], [b]) => a - b).map(([at, keys]) => ({ at, y: keys[0].y, keys }));
    const spans = lines.map(({ keys }) => [keys.at(-1).x - keys[0].x, keys.at(-1).at - keys[0].at]).filter(([, at]) => at > 0);
    const width = spans.reduce((sum, [x]) => sum + x, 0) / spans.reduce((sum, [, at]) => sum + at, 0);
    for (const line of lines) line.x = line.keys.reduce((sum, { x, at }) => sum + x - width * at, 0) / line.keys.length;
    return { width, of: (x, y, milliseconds) => [...across(lines, width, x, y), milliseconds / 1000].map(rounded) };
  }
}

/** A place on the screen in units of the layout: each row lies where it does on the screen, what is between, between. */
function across(lines, width, x, y) {
  const last = Math.max(lines.length - 2, 0), below = lines.findIndex((line) => line.y > y);
  const i = below < 0 ? last : Math.min(Math.max(below - 1, 0), last), one = lines[i], two = lines[i + 1] ?? { ...one, y: one.y + width, at: one.at + 1 };
  const share = (y - one.y) / (two.y - one.y), held = Math.min(Math.max(share, 0), 1);
  return [(x - one.x - held * (two.x - one.x)) / width, one.at + share * (two.at - one.at)];
}

const rounded = (number) => Math.round(1000 * number) / 1000;
