import { element } from "./dom.js";

const SYMBOLS = ["1234567890", "-/:;()$&@", "\"%!?'+*"];
// Keys that are no character: what is on them, and what they are called.
const NAMED = {
  shift: ["⇧", "Shift"], backspace: ["⌫", "Backspace"], return: ["⏎", "Return"], space: ["space", "Space"],
  symbols: ["?123", "Symbols"],
};
const REPEAT_AFTER = 450, REPEAT_EVERY = 70; // milliseconds

/**
 * A phone's keys, as a layout of `layouts.js` has them. `press(text)` gets what is typed, `erase()` each backspace. One
 * Tab stop; arrow keys go on.
 */
export class Keys {
  constructor(layout, press, erase) {
    Object.assign(this, { layout, press, erase, shift: false, symbols: false, repeat: 0 });
    this.root = element("div", { class: "keys", role: "group", "aria-label": "Screen keyboard" });
    this.root.addEventListener("pointerdown", (event) => this.down(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      this.root.addEventListener(end, () => clearInterval(this.repeat));
    }
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("keydown", (event) => this.walk(event));
    this.draw();
  }

  /** The keys that there are now, in rows: characters, and the names of others. */
  get rows() {
    const { rows, shifted, cases, marks: [comma, stop, question] } = this.layout;
    const letters = this.symbols ? SYMBOLS.map((row) => [...row].map((key) => key === "?" ? question : key))
      : this.shift ? shifted ?? rows.map((row) => row.map((key) => this.capital(key))) : rows;
    const last = letters.at(-1), shift = cases || shifted ? ["shift"] : [];
    return [...letters.slice(0, -1), [...shift, ...last, "backspace"], [this.symbols ? "letters" : "symbols", comma, "space", stop, "return"]];
  }

  capital(letter) {
    const capital = letter.toLocaleUpperCase(this.layout.language);
    return [...capital].length === 1 ? capital : letter; // no ß is two letters
  }

  /** Show the keys, and give one the focus: that in a place, such as 0-3, the fourth of the first row. */
  draw(focus) {
    const { rows } = this, widest = Math.max(...rows.map((row) => row.length));
    this.root.replaceChildren(...rows.map((row, i) => element("div", {
      class: i < rows.length - 2 && row.length < widest ? "row inset" : "row",
    }, ...row.map((key, j) => this.key(key, `${i}-${j}`)))));
    const first = this.root.querySelector(focus ? `[data-place="${focus}"]` : "button");
    first.tabIndex = 0;
    if (focus) first.focus();
  }

  key(key, place) {
    const named = key === "letters" ? [this.layout.sample, "Letters"] : NAMED[key];
    const [shown, name] = named ?? [/\p{M}/u.test(key) ? `◌${key}` : key];
    return element("button", {
      type: "button", tabIndex: -1, class: named ? "key wide" : "key", "data-key": key, "data-place": place, "aria-label": name,
      "aria-pressed": key === "shift" ? String(this.shift) : undefined,
    }, element("span", {}, shown));
  }

  down(event) {
    event.preventDefault(); // the text keeps the focus
    clearInterval(this.repeat);
    if (event.target.closest("button")?.dataset.key !== "backspace") return;
    const began = performance.now();
    this.repeat = setInterval(() => {
      if (performance.now() - began > REPEAT_AFTER) this.erase();
    }, REPEAT_EVERY);
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { key, place } = button.dataset, byKeyboard = event.detail === 0, stay = byKeyboard && place;
    if (key === "backspace") this.erase(!byKeyboard);
    else if (key === "shift") this.turn({ shift: !this.shift }, stay);
    else if (key === "symbols") this.turn({ symbols: true, shift: false }, stay);
    else if (key === "letters") this.turn({ symbols: false }, stay);
    else {
      this.press({ return: "\n", space: " " }[key] ?? key, !byKeyboard);
      if (this.shift) this.turn({ shift: false }, stay);
    }
  }

  turn(change, focus) {
    Object.assign(this, change);
    this.draw(focus);
  }

  walk(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const rows = [...this.root.children].map((row) => [...row.children]);
    const row = rows.findIndex((keys) => keys.includes(document.activeElement));
    const place = rows[row].indexOf(document.activeElement);
    const next = rows[Math.min(Math.max(row + step[0], 0), rows.length - 1)];
    const scaled = step[0] ? Math.round(place * (next.length - 1) / (rows[row].length - 1)) : place + step[1];
    const to = next[Math.min(Math.max(scaled, 0), next.length - 1)];
    document.activeElement.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }
}
