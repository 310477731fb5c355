import { element } from "./dom.js";

const rows = (first, second, third, layer) => [
  [...first], [...second], ["shift", ...third, "backspace"], [layer, ",", "space", ".", "return"],
];
const LETTERS = rows("qwertyuiop", "asdfghjkl", "zxcvbnm", "symbols");
const SYMBOLS = rows("1234567890", "-/:;()$&@", "\"%!?'+*", "letters");
// Keys that are no character: what is on them, and what they are called.
const NAMED = {
  shift: ["⇧", "Shift"], backspace: ["⌫", "Backspace"], return: ["⏎", "Return"], space: ["space", "Space"],
  symbols: ["?123", "Symbols"], letters: ["abc", "Letters"],
};
const REPEAT_AFTER = 450, REPEAT_EVERY = 70; // milliseconds

/** A phone's keys. `press(text)` gets what is typed, `erase()` each backspace. One Tab stop; arrow keys go on. */
export class Keys {
  constructor(press, erase) {
    Object.assign(this, { press, erase, shift: false, symbols: false, repeat: 0 });
    this.root = element("div", { class: "keys", role: "group", "aria-label": "Screen keyboard" });
    this.root.addEventListener("pointerdown", (event) => this.down(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      this.root.addEventListener(end, () => clearInterval(this.repeat));
    }
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("keydown", (event) => this.walk(event));
    this.draw();
  }

  draw(focus) {
    this.root.replaceChildren(...(this.symbols ? SYMBOLS : LETTERS).map((row, i) =>
      element("div", { class: `row row-${i}` }, ...row.map((key) => this.key(key)))));
    const first = this.root.querySelector(focus ? `[data-key="${CSS.escape(focus)}"]` : "button");
    first.tabIndex = 0;
    if (focus) first.focus();
  }

  key(key) {
    const [shown, name] = NAMED[key] ?? [this.shift ? key.toUpperCase() : key];
    return element("button", {
      type: "button", tabIndex: -1, class: NAMED[key] ? "key wide" : "key", "data-key": key, "aria-label": name,
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
    const key = button.dataset.key, byKeyboard = event.detail === 0;
    if (key === "backspace") this.erase(!byKeyboard);
    else if (key === "shift") this.turn({ shift: !this.shift }, byKeyboard && key);
    else if (key === "symbols") this.turn({ symbols: true, shift: false }, byKeyboard && "letters");
    else if (key === "letters") this.turn({ symbols: false }, byKeyboard && "symbols");
    else {
      this.press({ return: "\n", space: " " }[key] ?? button.textContent, !byKeyboard);
      if (this.shift) this.turn({ shift: false }, byKeyboard && key);
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
