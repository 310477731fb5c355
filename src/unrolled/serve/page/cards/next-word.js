import { element } from "../dom.js";
import { edit } from "../edit.js";
import { Heat } from "../heat.js";
import { Keys } from "../keys.js";
import { Latency } from "../latency.js";
import { Link } from "../link.js";
import { Suggestions } from "../suggestions.js";

const LONGEST = 8000; // characters: the server's limits of a text and of a message
const CLOSING = /^[.,;:!?]$/; // no space before these
const INSIDE = /^[\p{L}\p{M}\p{N}'’·‧״׳\u00ad\u200c\u200d-]*/u; // what goes on with a word
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]$/u; // no space follows
const QUIET = 800; // milliseconds without an answer before suggestions are read out

export const show = (root, model, page) => new Card(root, model, page);

/** A phone keyboard: text, suggestions for what stands before the caret, keys, and the memory. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { page, known: "", first: true, learning: true, forget: false, answer: null });
    this.link = new Link(model.name, this, "Your text is kept; trying again …");
    this.build(root, model);
    this.listen();
  }

  build(root, model) {
    this.field = element("textarea", {
      id: `text-${model.name}`, maxLength: LONGEST, spellcheck: false, autocomplete: "off",
      autocapitalize: "off", placeholder: "Type here …", "aria-describedby": `hint-${model.name}`,
    });
    this.field.setAttribute("autocorrect", "off");
    this.suggestions = new Suggestions((i) => this.take(i), () => this.field.focus());
    this.keys = new Keys((text, focus) => this.write(text, focus), (focus) => this.erase(focus));
    this.latency = new Latency();
    this.heat = new Heat();
    this.spoken = element("p", { class: "unseen", "aria-live": "polite" });
    this.learn = this.toggle("Learn my words", true, () => this.setLearning());
    this.onScreen = this.toggle("Keys", true, () => this.setKeys());
    this.copied = element("button", { type: "button", onclick: () => this.copy() }, "Copy");
    const controls = element("div", { class: "controls" }, this.learn,
      element("button", { type: "button", onclick: () => this.forgetAll() }, "Forget my words"), this.onScreen, this.copied, element("button", { type: "button", onclick: () => this.clear() }, "Clear"));
    root.append(
      element("div", { class: "writing" },
        element("label", { class: "unseen", htmlFor: this.field.id }, "Your text"), this.field,
        element("p", { class: "hint quiet", id: `hint-${model.name}` },
          element("kbd", {}, "Alt"), "+", element("kbd", {}, "1"), "–", element("kbd", {}, "3"), " takes a suggestion")),
      this.link.status,
      element("div", { class: "phone" }, this.suggestions.root, this.keys.root, this.latency.root, controls),
      this.heat.root, this.spoken);
    this.setKeys();
  }

  toggle(text, on, change) {
    const button = element("button", { type: "button", class: "toggle", "aria-pressed": String(on) }, text);
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      change();
    });
    return button;
  }

  listen() {
    this.field.addEventListener("beforeinput", (event) => this.closeUp(event));
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("compositionend", () => this.changed());
    this.field.addEventListener("keydown", (event) => this.shortcut(event));
    document.addEventListener("selectionchange", () => {
      if (this.field.selectionStart !== this.spaced) this.spaced = null;
      this.link.wake();
    });
  }

  // ---- the conversation, as a Link has it -------------------------------------------------------------------------

  /** What stands before the caret. */
  get content() {
    return this.field.value.slice(0, this.field.selectionStart);
  }

  connected() {
    Object.assign(this, { known: "", first: true });
    this.heat.clear();
  }

  refused() {
    this.first = true;
  }

  /** The message that brings the server up to date; null where it is. */
  next() {
    const wanted = this.content, message = {};
    if (this.field.value === "" && this.known !== "") message.text = ""; // the text before is finished
    else if (wanted !== this.known) Object.assign(message, edit(this.known, wanted));
    else if (!this.first && !this.forget && this.learning === this.sentLearning) return null;
    if (this.forget) message.forget = true;
    Object.assign(this, { forget: false, first: false, sentLearning: this.learning });
    return { ...message, n: 3, memory: true, learn: this.learning };
  }

  receive(answer, milliseconds, content) {
    Object.assign(this, { known: content, answer });
    this.suggestions.show(answer.suggestions);
    if (answer.memory) this.heat.take(answer.memory);
    this.latency.add(answer.microseconds, milliseconds);
    clearTimeout(this.quiet);
    const words = answer.suggestions.map(({ text }, i) => `${i + 1} ${text.trim()}`).join(", ");
    this.quiet = setTimeout(() => { this.spoken.textContent = `Suggestions: ${words || "none"}`; }, QUIET);
  }

  // ---- the text ---------------------------------------------------------------------------------------------------

  changed() {
    this.link.wake();
  }

  /** Put text in place of the selection or of what stands between two places. */
  replace(text, from = this.field.selectionStart, to = this.field.selectionEnd) {
    if (this.field.value.length - (to - from) + text.length > LONGEST) return;
    this.insert(text, from, to);
    this.field.scrollTop = this.field.scrollHeight * (this.field.selectionEnd === this.field.value.length);
    this.changed();
  }

  /** As typing does, so that Ctrl+Z takes it back; setRangeText would end what can be taken back. */
  insert(text, from, to) {
    const focused = document.activeElement;
    this.inserting = true;
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(from, to);
    const done = text ? document.execCommand("insertText", false, text) : from === to || document.execCommand("delete");
    if (!done) this.field.setRangeText(text, from, to, "end");
    if (focused !== this.field && focused !== document.body) focused.focus({ preventScroll: true });
    this.inserting = false;
  }

  write(text, focus) {
    if (focus) this.field.focus();
    if (CLOSING.test(text) && this.spaced === this.field.selectionEnd) this.replace(text, this.spaced - 1);
    else this.replace(text);
    this.spaced = null;
  }

  erase(focus) {
    if (focus) this.field.focus();
    const { selectionStart: from, selectionEnd: to } = this.field;
    const last = [...this.content].at(-1) ?? "";
    this.replace("", from === to ? from - last.length : from, to);
  }

  take(number) {
    const suggestion = this.answer?.suggestions[number], before = this.content;
    if (!suggestion || !before.startsWith(this.known)) return;
    const since = before.slice(this.known.length);
    if (/\s/.test(since)) return; // the word that it would replace is finished
    const typed = [...this.known], replaced = typed.slice(typed.length - this.answer.replace).join("") + since;
    const { selectionStart: from, selectionEnd: to } = this.field;
    const rest = from === to ? INSIDE.exec(this.field.value.slice(to))[0].length : 0; // of a word with the caret in it
    const end = to + rest;
    const space = UNSPACED.test(suggestion.text) ? "" : " ";
    this.replace(suggestion.text + space, from - replaced.length, end + (space && this.field.value[end] === space ? 1 : 0));
    this.spaced = space ? this.field.selectionEnd : null;
    if (!this.suggestions.root.contains(document.activeElement)) this.field.focus();
  }

  /** A mark typed right after a taken word moves up to it. */
  closeUp(event) {
    if (this.inserting) return;
    if (this.spaced === this.field.selectionEnd && event.inputType === "insertText" && CLOSING.test(event.data)) {
      event.preventDefault();
      this.insert(event.data, this.spaced - 1, this.spaced);
    }
    this.spaced = null;
  }

  shortcut(event) {
    const digit = event.altKey && !event.isComposing && /^Digit([1-3])$/.exec(event.code);
    if (!digit) return;
    event.preventDefault();
    this.take(Number(digit[1]) - 1);
  }

  // ---- the controls -----------------------------------------------------------------------------------------------

  setLearning() {
    this.learning = this.learn.getAttribute("aria-pressed") === "true";
    this.link.wake();
  }

  /** With keys on the page, a phone need not show its own. */
  setKeys() {
    const on = this.onScreen.getAttribute("aria-pressed") === "true";
    this.keys.root.hidden = !on;
    this.field.inputMode = on && matchMedia("(pointer: coarse)").matches ? "none" : "text";
  }

  forgetAll() {
    this.forget = true;
    this.link.wake();
    this.spoken.textContent = "What you typed is forgotten.";
  }

  clear() {
    this.insert("", 0, this.field.value.length);
    this.field.focus();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.field.value);
    } catch { // no clipboard without https, save on this computer
      this.field.select();
      document.execCommand("copy");
    }
    this.copied.textContent = "Copied";
    setTimeout(() => { this.copied.textContent = "Copy"; }, 1500);
  }
}
