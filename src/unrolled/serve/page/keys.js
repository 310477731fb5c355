import { element } from "./dom.js";

const LETTERS = ["qwertyuiop", "asdfghjkl", "⇧zxcvbnm⌫", "#, .⏎"];
const SYMBOLS = ["1234567890", "-/:;()$&@\"", "⇧%!?'+*=⌫", "a, .⏎"];
const NAMES = { "⇧": "Shift", "⌫": "Backspace", "⏎": "Return", " ": "Space", "#": "Symbols", a: "Letters" };
const SHOWN = { " ": "space", "#": "?123", a: "abc" };
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
    const rows = this.symbols ? SYMBOLS : LETTERS;
    this.root.replaceChildren(...rows.map((row, i) => element("div", { class: `row row-${i}` },
      ...[...row].map((key) => this.key(key, i === 3 && key === "a")))));
    const first = this.root.querySelector(focus ? `[data-key="${CSS.escape(focus)}"]` : "button");
    (first ?? this.root.querySelector("button")).tabIndex = 0;
    if (focus) (first ?? this.root.querySelector("button")).focus();
  }

  key(key, back) {
    const letter = /[a-z]/.test(key) && !back;
    const text = letter && this.shift ? key.toUpperCase() : key;
    const name = letter ? undefined : (back || key !== "a") && NAMES[key];
    return element("button", {
      type: "button", tabIndex: -1, "data-key": back ? "abc" : key, "aria-label": name || undefined,
      "aria-pressed": key === "⇧" ? String(this.shift) : undefined, class: NAMES[key] && !letter ? "key wide" : "key",
    }, element("span", {}, back ? SHOWN.a : SHOWN[key] ?? text));
  }

  down(event) {
    event.preventDefault(); // the text keeps the focus
    clearInterval(this.repeat);
    if (event.target.closest("button")?.dataset.key !== "⌫") return;
    const began = performance.now();
    this.repeat = setInterval(() => {
      if (performance.now() - began > REPEAT_AFTER) this.erase();
    }, REPEAT_EVERY);
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const key = button.dataset.key, byKeyboard = event.detail === 0;
    if (key === "⌫") this.erase(!byKeyboard);
    else if (key === "⇧") this.turn({ shift: !this.shift }, byKeyboard && key);
    else if (key === "#") this.turn({ symbols: true, shift: false }, byKeyboard && "abc");
    else if (key === "abc") this.turn({ symbols: false }, byKeyboard && "#");
    else {
      this.press(key === "⏎" ? "\n" : button.textContent === "space" ? " " : button.textContent, !byKeyboard);
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
