import { element } from "./dom.js";

const KINDS = { recent: "your search", known: "", written: "new" }; // how each is marked

/** As the server reads a query: composed, in small letters, words one space apart. */
const normal = (text) => text.normalize("NFC").toLowerCase().replace(/[\s\p{Cc}]+/gu, " ").trimStart();

/** The list below a combobox; `take(text)` is called with the option that is tapped. */
export class Options {
  constructor(id, box, take) {
    Object.assign(this, { id, box, take, at: -1, texts: [], wanted: false });
    this.root = element("ul", { class: "options", role: "listbox", "aria-label": "Suggestions", id, hidden: true });
    this.root.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** The text of the option that the arrow keys chose, or null. */
  get chosen() {
    return this.isOpen && this.at >= 0 ? this.texts[this.at] : null;
  }

  /** Show suggestions for what is typed, if the list is wanted. */
  show(suggestions, typed) {
    this.texts = suggestions.map(({ text }) => text);
    this.root.replaceChildren(...suggestions.map((suggestion, i) => this.option(suggestion, i, normal(typed))));
    this.choose(-1);
    this.update();
  }

  option({ text, kind }, number, typed) {
    const mark = KINDS[kind] ?? "";
    return element("li", { role: "option", id: `${this.id}-${number}`, "data-kind": kind, "aria-selected": "false", onclick: () => this.take(text) },
      element("span", { class: "option-text", dir: "auto" }, ...parted(text, typed)),
      ...(mark ? [element("span", { class: "score" }, mark)] : []));
  }

  open() {
    this.wanted = true;
    this.update();
  }

  close() {
    this.wanted = false;
    this.choose(-1);
    this.update();
  }

  update() {
    this.root.hidden = !this.wanted || !this.texts.length;
    this.box.setAttribute("aria-expanded", String(this.isOpen));
  }

  /** Go on to the next option or the one before; past the last, and before the first, is the box itself. */
  walk(step) {
    const places = this.texts.length + 1;
    this.choose((this.at + 1 + step + places) % places - 1);
  }

  choose(at) {
    this.at = at;
    [...this.root.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const option = this.root.children[at];
    if (!option) {
      this.box.removeAttribute("aria-activedescendant");
      return;
    }
    this.box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
}

/** What is typed of a suggestion, and what it adds, which is bold; it may begin with a later word, or differ. */
function parted(text, typed) {
  if (!typed) return [text];
  const within = ` ${text}`.indexOf(` ${typed}`);
  if (within < 0) return [element("b", {}, text)];
  const rest = text.slice(within + typed.length), before = text.slice(0, within);
  return [...(before ? [element("b", {}, before)] : []), text.slice(within, within + typed.length), ...(rest ? [element("b", {}, rest)] : [])];
}
