import { element } from "./dom.js";
import { rightToLeft } from "./scripts.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };

/**
 * A text that a model wrote, piece by piece, each word a button; words with `copied` are marked.
 *
 * `look(piece, place)` is called for the word that is pointed at or has the focus, `look()` when there is none;
 * `open(piece, place, button)` for one that is chosen: without it choosing a word looks, too, as fingers cannot point.
 */
export class Translation {
  constructor(label, look, open) {
    Object.assign(this, { look, open, at: new WeakMap(), views: new WeakMap() });
    this.root = element("div", { class: "translation", role: "group", "aria-label": `${label}, word by word` });
    this.root.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.tell(event.target));
    this.root.addEventListener("pointerleave", () => this.tell(document.activeElement));
    this.root.addEventListener("focusin", (event) => this.tell(event.target));
    this.root.addEventListener("focusout", () => look());
    this.root.addEventListener("keydown", (event) => this.walk(event));
  }

  tell(target) {
    const known = this.at.get(target.closest?.("button"));
    if (known) this.look(...known);
    else this.look();
  }

  /** Show these pieces, each as it was shown last. */
  arrange(pieces) {
    this.root.replaceChildren(...pieces.flatMap((piece) => [piece.before, this.view(piece)]));
    this.admitFocus();
  }

  view(piece) {
    if (!this.views.has(piece)) {
      this.views.set(piece, element("span", { class: "piece" }));
      this.show(piece);
    }
    return this.views.get(piece);
  }

  /** Show the words of a piece. */
  show(piece) {
    const view = this.view(piece), held = [...view.querySelectorAll("button")].indexOf(document.activeElement);
    view.classList.toggle("stale", !piece.answered);
    view.dir = rightToLeft(piece.shown.map(({ text }) => text).join("")) ? "rtl" : "ltr";
    view.replaceChildren(...piece.shown.flatMap((word, place) => {
      const button = element("button", { type: "button", class: word.copied ? "target copied" : "target", tabIndex: -1, "aria-haspopup": this.open ? "true" : undefined }, word.text);
      button.addEventListener("click", () => (this.open ?? this.look)(piece, place, button));
      if (piece.answered) this.at.set(button, [piece, place]);
      return [word.before, button];
    }));
    this.admitFocus();
    if (held >= 0) view.querySelectorAll("button")[held]?.focus();
  }

  /** The word at a place of a piece. */
  button(piece, place) {
    return this.view(piece).querySelectorAll("button")[place];
  }

  /** One word can be reached by Tab, the others from there by arrow keys. */
  admitFocus(button = this.root.querySelector("button")) {
    for (const one of this.root.querySelectorAll("button[tabindex='0']")) one.tabIndex = -1;
    if (button) button.tabIndex = 0;
  }

  walk(event) {
    const all = [...this.root.querySelectorAll("button")], place = all.indexOf(document.activeElement);
    const onward = document.activeElement.closest?.("[dir]")?.dir === "rtl" && /Left|Right/.test(event.key) ? -1 : 1;
    const to = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : place + onward * STEPS[event.key];
    if (place < 0 || !(to in all)) return;
    event.preventDefault();
    this.admitFocus(all[to]);
    all[to].focus();
  }
}
