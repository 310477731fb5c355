import { element } from "../dom.js";
import { edit } from "../edit.js";
import { Field, room } from "../field.js";
import { Heat } from "../heat.js";
import { Keys } from "../keys.js";
import { Latency } from "../latency.js";
import { layout } from "../layouts.js";
import { Link } from "../link.js";
import { OwnStrokes } from "../own-strokes.js";
import { lastUnit } from "../scripts.js";
import { storage } from "../storage.js";
import { Suggestions } from "../suggestions.js";
import { Swipe } from "../swipe.js";
import { SwipedWord } from "../swiped-word.js";

const CLOSING = /^[.,;:!?]$/; // no space before these
const INSIDE = /^[\p{L}\p{M}\p{N}'’·‧״׳\u00ad\u200c\u200d-]*/u; // what goes on with a word
const LETTER = /^\p{L}/u; // what begins a word after one that was swiped
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]$/u; // no space follows
const QUIET = 800; // milliseconds without an answer before suggestions are read out

const isOn = (button) => button.getAttribute("aria-pressed") === "true";

export const show = (root, model, page) => new Card(root, model, page);

/** A phone keyboard: text, suggestions for what stands before the caret, keys, and the memory. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { model, page, known: "", told: "", forget: false, answer: null, strokes: [], word: null, atOnce: room(model).atOnce });
    this.link = new Link(model.name, this, "Your text is kept; trying again …");
    this.build(root, model);
    this.listen();
  }

  build(root, model) {
    this.writing = new Field(model, "Your text", { placeholder: "Type here …", "aria-describedby": `hint-${model.name}` });
    this.field = this.writing.area;
    this.suggestions = new Suggestions((i) => this.take(i), () => this.field.focus());
    const keys = layout(model.letters, model.strokes);
    this.keys = keys && new Keys(keys, (text, focus) => this.write(text, focus), (focus) => this.erase(focus));
    this.swipe = keys?.swiped && new Swipe(this.keys, keys.swiped, (points) => this.swiped(points, keys.swiped.name));
    this.board = this.swipe?.root ?? this.keys?.root;
    this.ownStrokes = new OwnStrokes(model);
    this.record = this.toggle("Save my strokes", "false", () => {});
    this.latency = new Latency();
    this.heat = new Heat();
    this.spoken = element("p", { class: "unseen", "aria-live": "polite" });
    this.languages = element("p", { class: "quiet", title: "What the next word is likely to be in", hidden: true });
    this.learn = this.toggle("Learn my words", "true", () => this.link.wake());
    this.correct = this.toggle("Autocorrect", "false", () => this.link.wake());
    this.onScreen = this.toggle("Keys", "true", () => this.setKeys());
    this.copied = element("button", { type: "button", onclick: () => this.copy() }, "Copy");
    const controls = element("div", { class: "controls" }, this.learn,
      element("button", { type: "button", onclick: () => this.forgetAll() }, "Forget my words"), this.correct,
      ...(this.keys ? [this.onScreen] : []), ...(this.swipe ? [this.record, this.ownStrokes.root] : []), this.copied,
      element("button", { type: "button", onclick: () => this.writing.clear() }, "Clear"));
    this.writing.root.append(element("p", { class: "hint quiet", id: `hint-${model.name}` },
      element("kbd", {}, "Alt"), "+", element("kbd", {}, "1"), "–", element("kbd", {}, "3"), " takes a suggestion"));
    root.append(
      this.writing.root, this.writing.left, this.languages, this.link.status,
      element("div", { class: "phone" }, this.suggestions.root, ...(this.board ? [this.board] : []), this.latency.root, controls),
      this.heat.root, this.spoken);
    this.setKeys();
  }

  /** A switch, which a reload leaves as it is. */
  toggle(text, on, change) {
    const name = `${text} of ${this.model.name}`;
    const button = element("button", { type: "button", class: "toggle", "aria-pressed": storage.get(name) ?? on }, text);
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(!isOn(button)));
      storage.set(name, String(isOn(button)));
      change();
    });
    return button;
  }

  listen() {
    this.field.addEventListener("beforeinput", (event) => this.closeUp(event));
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("compositionstart", () => { this.composing = true; });
    this.field.addEventListener("compositionend", () => { this.composing = false; this.changed(); });
    this.field.addEventListener("keydown", (event) => this.shortcut(event));
    document.addEventListener("selectionchange", () => {
      if (this.field.selectionStart !== this.spaced) this.spaced = null;
      this.changed();
    });
  }

  // ---- the conversation, as a Link has it -------------------------------------------------------------------------

  /** What stands before the caret. */
  get content() {
    return this.field.value.slice(0, this.field.selectionStart);
  }

  connected() {
    Object.assign(this, { known: "", told: "", asked: null });
    this.heat.clear();
  }

  refused() {
    this.told = "";
    this.asked = null;
  }

  /** The message that brings the server up to date; null where it is. */
  next() {
    const settings = { learn: isOn(this.learn), autocorrect: isOn(this.correct) }, told = JSON.stringify(settings);
    const wanted = this.content, change = edit(this.known, wanted, this.atOnce);
    if (wanted === this.known && told === this.told && !this.forget && !this.strokes.length) return null;
    const finished = this.field.value === "" && this.known !== ""; // the text before is
    const message = finished ? { text: "" } : wanted === this.known ? {} : change.message;
    if (this.forget) message.forget = true;
    this.asked = finished || change.made === wanted ? this.strokes.shift() ?? null : null;
    if (this.asked) Object.assign(message, { stroke: this.asked.points, layout: this.asked.layout });
    Object.assign(this, { forget: false, told, made: change.made });
    return { ...message, n: 3, memory: true, ...settings };
  }

  receive(answer, milliseconds) {
    Object.assign(this, { known: this.made, answer });
    if (answer.corrected) this.putRight(answer.corrected);
    if (this.asked) this.writeSwiped(answer.suggestions, this.asked);
    if (!this.word) this.suggestions.show(answer.suggestions, this.known);
    if (answer.memory) this.heat.take(answer.memory);
    if (answer.languages) this.showLanguages(answer.languages);
    this.latency.add(answer.microseconds, milliseconds);
    clearTimeout(this.quiet);
    const words = (this.word ?? answer).suggestions.map(({ text }, i) => `${i + 1} ${text.trim()}`).join(", ");
    this.quiet = setTimeout(() => { this.spoken.textContent = `Suggestions: ${words || "none"}`; }, QUIET);
  }

  /** How much each language counts, of a keyboard of several. */
  showLanguages(languages) {
    this.languages.hidden = false;
    this.languages.textContent = languages.map(({ name, weight }) => `${name} ${Math.round(100 * weight)} %`).join(" · ");
  }

  // ---- the text ---------------------------------------------------------------------------------------------------

  changed() {
    if (this.inserting) return; // the caret is not yet where it will be
    if (this.word && !this.word.stands) this.word = null;
    this.link.wake();
  }

  /** The server corrected the word before the space, or took that back: so does the page, unless it was written over. */
  putRight({ from, to }) {
    const before = this.known, at = before.lastIndexOf(from), end = at + from.length;
    if (at < 0) return;
    this.known = before.slice(0, at) + to + before.slice(end);
    if (this.composing || !this.field.value.startsWith(before)) return; // what stands there now is what will be sent
    const { selectionStart, selectionEnd } = this.field, longer = to.length - from.length;
    this.insert(to, at, end);
    this.field.setSelectionRange(selectionStart + longer, selectionEnd + longer);
    this.spaced = null;
    this.spoken.textContent = `${from} became ${to}`;
  }

  /** Put text in place of the selection or of what stands between two places. */
  replace(text, from = this.field.selectionStart, to = this.field.selectionEnd) {
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
    if (this.word && LETTER.test(text)) text = ` ${text}`;
    if (CLOSING.test(text) && this.spaced === this.field.selectionEnd) this.replace(text, this.spaced - 1);
    else this.replace(text);
    this.spaced = null;
  }

  erase(focus) {
    if (focus) this.field.focus();
    if (this.word) return this.eraseSwiped();
    const { selectionStart: from, selectionEnd: to } = this.field;
    this.replace("", from === to ? from - lastUnit(this.content).length : from, to);
  }

  take(number) {
    if (this.word) return this.chooseSwiped(number);
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
    if (this.word && event.inputType === "deleteContentBackward") {
      event.preventDefault();
      this.eraseSwiped();
    } else if (this.word && event.inputType === "insertText" && LETTER.test(event.data)) {
      event.preventDefault();
      this.write(event.data);
    }
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

  // ---- words that are swiped --------------------------------------------------------------------------------------

  /** A stroke: it is asked about as soon as the server knows the text before it. */
  swiped(points, layout) {
    this.strokes.push({ points, layout, capital: this.keys.shift });
    if (this.keys.shift) this.keys.turn({ shift: false });
    this.link.wake();
  }

  /** Write the first of the words that a stroke may stand for; the others are there to be taken. */
  writeSwiped(suggestions, { points, layout, capital }) {
    this.asked = null;
    if (this.content !== this.known || !suggestions.length) return;
    const { language } = this.keys.layout, upper = (text) => text.replace(/\p{L}/u, (letter) => letter.toLocaleUpperCase(language));
    const words = suggestions.map((one) => capital ? { ...one, text: upper(one.text) } : one);
    const word = new SwipedWord(this.field, words);
    this.insert(word.text, this.field.selectionStart, this.field.selectionEnd);
    Object.assign(this, { word, spaced: null });
    word.recorded = isOn(this.record) && this.ownStrokes.add(word.text.trim(), points, layout);
    this.suggestions.show(words, this.known);
    this.changed();
  }

  chooseSwiped(number) {
    const { word } = this, { from, to } = word;
    if (!word.suggestions[number]) return;
    word.chosen = number;
    this.insert(word.text, from, to);
    if (word.recorded) this.ownStrokes.rename(word.text.trim());
    this.changed();
  }

  eraseSwiped() {
    const { from, to, recorded } = this.word;
    this.word = null;
    if (recorded) this.ownStrokes.rename(null);
    this.replace("", from, to);
  }

  // ---- the controls -----------------------------------------------------------------------------------------------

  /** With keys on the page, a phone need not show its own. */
  setKeys() {
    const on = this.keys !== null && isOn(this.onScreen);
    if (this.board) this.board.hidden = !on;
    this.field.inputMode = on && matchMedia("(pointer: coarse)").matches ? "none" : "text";
  }

  forgetAll() {
    this.forget = true;
    this.link.wake();
    this.spoken.textContent = "What you typed is forgotten.";
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
