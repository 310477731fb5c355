import { context, element } from "./dom.js";
import { dark } from "./theme.js";

const HEIGHT = 320, LEFT = 40, FOOT = 24; // pixels: of all, for the notes' names, for the seconds
const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const BLACK = [1, 3, 6, 8, 10]; // keys of an octave
const COLOURS = {
  light: { white: "#fffefb", black: "#f1ede4", rule: "#dad5c8", sound: "#1a5ba6", sounding: "#d65a08" },
  dark: { white: "#1f232a", black: "#191c21", rule: "#343942", sound: "#6cb0fa", sounding: "#fc9840" },
};
const LISTED = 300; // moments in the text alternative

export const nameOf = (note) => `${NAMES[note % 12]}${Math.floor(note / 12) - 1}`;

/** Notes as a player piano has them: time from left to right, the higher the note the higher its bar. */
export class Roll {
  constructor() {
    Object.assign(this, { notes: [], length: 0, at: null });
    this.canvas = element("canvas", { class: "roll", role: "img" });
    this.list = element("ol", { class: "strongest" });
    this.details = element("details", { ontoggle: () => this.write() }, element("summary", {}, "The notes in words"), this.list);
    this.root = element("div", { class: "music", hidden: true }, this.canvas, this.details);
    window.addEventListener("theme", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  show(notes) {
    this.notes = notes;
    this.length = Math.max(...notes.map(({ start, seconds }) => start + seconds), 0);
    const numbers = notes.map(({ note }) => note);
    this.low = Math.min(...numbers) - 2;
    this.high = Math.max(...numbers) + 2;
    this.root.hidden = !notes.length;
    this.canvas.setAttribute("aria-label", notes.length
      ? `Piano roll: ${notes.length} notes from ${nameOf(this.low + 2)} to ${nameOf(this.high - 2)} in ${this.length.toFixed(1)} seconds` : "No notes");
    this.move(null);
    this.write();
  }

  /** Where the music is, in seconds; null where it does not play. */
  move(at) {
    this.at = at;
    this.draw();
  }

  draw() {
    const width = this.canvas.clientWidth, pen = context(this.canvas, width, HEIGHT);
    if (!pen || !this.notes.length) return;
    const style = getComputedStyle(this.canvas), colours = { ...COLOURS[dark() ? "dark" : "light"], ink: style.color };
    const rowHeight = (HEIGHT - FOOT) / (this.high - this.low + 1), y = (note) => (this.high - note) * rowHeight;
    const x = (time) => LEFT + (width - LEFT - 8) * time / this.length;
    pen.font = `12px ${style.fontFamily}`;
    pen.textBaseline = "middle";
    this.keys(pen, colours, y, rowHeight, width);
    this.seconds(pen, colours, x, width);
    for (const { start, seconds, note } of this.notes) {
      const sounds = this.at !== null && start <= this.at && this.at < start + seconds;
      pen.fillStyle = sounds ? colours.sounding : colours.sound;
      pen.beginPath();
      pen.roundRect(x(start) + 0.5, y(note) + 0.5, Math.max(2, x(start + seconds) - x(start) - 1.5), Math.max(2, rowHeight - 1), 2.5);
      pen.fill();
    }
    if (this.at === null) return;
    pen.fillStyle = colours.sounding;
    pen.fillRect(x(this.at) - 1, 0, 2, HEIGHT - FOOT);
  }

  keys(pen, colours, y, rowHeight, width) {
    pen.textAlign = "right";
    for (let note = this.low; note <= this.high; note++) {
      pen.fillStyle = BLACK.includes(note % 12) ? colours.black : colours.white;
      pen.fillRect(LEFT, y(note), width - LEFT, rowHeight);
      if (note % 12) continue;
      pen.fillStyle = colours.ink;
      pen.fillText(nameOf(note), LEFT - 8, y(note) + rowHeight / 2);
      pen.fillStyle = colours.rule;
      pen.fillRect(LEFT, y(note) + rowHeight - 0.5, width - LEFT, 1);
    }
  }

  seconds(pen, colours, x, width) {
    const apart = [1, 2, 5, 10, 20, 60].find((step) => (width - LEFT) * step / this.length >= 56) ?? 60;
    pen.textAlign = "center";
    for (let time = 0; time < this.length; time += apart) {
      pen.fillStyle = colours.rule;
      pen.fillRect(x(time), 0, 1, HEIGHT - FOOT);
      pen.fillStyle = colours.ink;
      pen.fillText(`${time} s`, Math.max(x(time), LEFT + 8), HEIGHT - 9);
    }
  }

  /** The text alternative: what begins when. */
  write() {
    if (!this.details.open) return;
    const moments = new Map();
    for (const { start, note } of this.notes) moments.set(start, [...(moments.get(start) ?? []), nameOf(note)]);
    this.list.replaceChildren(...[...moments].slice(0, LISTED).map(([start, notes]) =>
      element("li", {}, element("b", {}, `${start.toFixed(1)} s`), ` ${notes.join(" ")}`)));
  }
}
