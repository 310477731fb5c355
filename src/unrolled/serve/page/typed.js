import { element } from "./dom.js";
import { edit } from "./edit.js";

const LONGEST = 8000; // characters: within the server's limits of a text and of a message

/**
 * An input that is typed: a text whose edits are sent.
 *
 * `step` says what a step of it is; `numbered` steps are called by their number, too, and the heat map shows some of
 * all; `tidy` gives what is sent of the text in the field.
 */
export class Typed {
  constructor(model, wake, { step, label, placeholder, style = "", numbered = false, tidy = (text) => text }) {
    Object.assign(this, { step, spread: numbered, tidy, known: "" });
    this.field = element("textarea", {
      id: `text-${model.name}`, class: style, maxLength: LONGEST, spellcheck: false, autocomplete: "off", autocapitalize: "off",
      placeholder,
    });
    this.field.setAttribute("autocorrect", "off");
    this.field.addEventListener("input", wake);
    this.root = element("div", { class: "writing" },
      element("label", { class: "unseen", htmlFor: this.field.id }, label), this.field);
  }

  /** A new connection, behind which the server knows nothing. */
  connected() {
    this.known = "";
  }

  get content() {
    return this.tidy(this.field.value);
  }

  /** The message from what the server knows to what is there now; null where that is the same. */
  message() {
    const wanted = this.content;
    return wanted === this.known ? null : edit(this.known, wanted);
  }

  /** The server has read what was asked of it. */
  settle(content) {
    this.known = content;
  }

  /** What a step is called. */
  name(word, number) {
    return this.spread ? `${number + 1} ${word}` : word;
  }

  clear() {
    empty(this.field);
  }
}

/** Take all text out of a field, so that Ctrl+Z brings it back. */
export function empty(field) {
  field.focus();
  field.select();
  if (!document.execCommand("delete")) field.value = "";
}
