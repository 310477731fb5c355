import { element } from "./dom.js";
import { beginning, characters, lastUnit } from "./scripts.js";
import { storage } from "./storage.js";

const UNSAID = { text: 8000, message: 65536 }; // limits, where the server tells none
const AT_ONCE = 4000; // characters of one message, so that a long text is read bit by bit

/** How many characters a text may have, how many are sent at once, and how many bytes a message has for them. */
export function room({ limits = UNSAID }) {
  const bytes = limits.message - 500;
  return { most: limits.text, atOnce: Math.min(AT_ONCE, limits.text, Math.floor(bytes / 6)), bytes };
}

/** A text area: it takes as much as the server does and says what it left out, and keeps its text over a reload. */
export class Field {
  constructor(model, label, properties, most = room(model).most) {
    Object.assign(this, { most, name: `text of ${model.name}` });
    this.area = element("textarea", {
      id: `text-${model.name}`, dir: "auto", spellcheck: false, autocomplete: "off", autocapitalize: "off", ...properties,
    });
    this.area.setAttribute("autocorrect", "off");
    this.area.value = beginning(storage.get(this.name) ?? "", most);
    this.left = element("p", { class: "left-out fault", role: "status" });
    this.area.addEventListener("beforeinput", (event) => this.admit(event));
    this.area.addEventListener("beforeinput", (event) => this.eraseUnit(event));
    this.area.addEventListener("input", () => this.changed());
    this.root = element("div", { class: "writing" }, element("label", { class: "unseen", htmlFor: this.area.id }, label), this.area);
  }

  /** Of what is typed or pasted, let in what there is room for. */
  admit(event) {
    const text = (event.data ?? event.dataTransfer?.getData("text/plain") ?? "").replaceAll("\r\n", "\n");
    if (!text || !event.cancelable || event.defaultPrevented) return;
    const { value, selectionStart: from, selectionEnd: to } = this.area;
    const free = Math.max(0, this.most - characters(value) + characters(value.slice(from, to)));
    const fits = beginning(text, free);
    if (fits === text) return;
    event.preventDefault();
    if (fits) document.execCommand("insertText", false, fits);
    this.tell(characters(text) - characters(fits));
  }

  /** Backspace takes what a reader sees as one character; browsers take marks, vowel signs and joiners one by one. */
  eraseUnit(event) {
    const { selectionStart: from, selectionEnd: to, value } = this.area;
    if (event.inputType !== "deleteContentBackward" || from !== to || event.isComposing || !event.cancelable) return;
    const unit = lastUnit(value.slice(0, from));
    if (characters(unit) < 2) return;
    event.preventDefault();
    this.area.setSelectionRange(from - unit.length, from);
    document.execCommand("delete");
  }

  changed() {
    const { value } = this.area, fits = beginning(value, this.most);
    this.tell(characters(value) - characters(fits));
    if (fits !== value) this.area.value = fits;
    storage.set(this.name, fits);
  }

  tell(left) {
    const number = (count) => count.toLocaleString("en");
    this.left.textContent = left
      ? `${left === 1 ? "One character was" : `${number(left)} characters at the end were`} left out: a text here has at most ${number(this.most)}.` : "";
  }

  /** Take all text out, so that Ctrl+Z brings it back. */
  clear() {
    this.area.focus();
    this.area.select();
    if (!document.execCommand("delete")) this.area.value = "";
    this.changed();
  }
}
