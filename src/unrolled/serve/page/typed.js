import { edit } from "./edit.js";
import { Field, room } from "./field.js";

/**
 * An input that is typed: a text whose edits are sent.
 *
 * `step` says what a step of it is; `numbered` steps are called by their number, too, and the heat map shows some of
 * all; `tidy` gives what is sent of the text in the field.
 */
export class Typed {
  constructor(model, wake, { step, label, placeholder, style = "", numbered = false, tidy = (text) => text }) {
    Object.assign(this, { step, spread: numbered, tidy, known: "", atOnce: room(model).atOnce });
    this.field = new Field(model, label, { class: style, placeholder });
    this.field.area.addEventListener("input", wake);
    this.root = this.field.root;
    this.root.append(this.field.left);
  }

  /** A new connection, behind which the server knows nothing. */
  connected() {
    this.known = "";
  }

  get content() {
    return this.tidy(this.field.area.value);
  }

  /** The message from what the server knows towards what is there now; null where that is the same. */
  message() {
    const wanted = this.content;
    if (wanted === this.known) return null;
    const { message, made } = edit(this.known, wanted, this.atOnce);
    this.made = made;
    return message;
  }

  /** The server has read what was asked of it. */
  settle() {
    this.known = this.made;
  }

  /** What a step is called. */
  name(word, number) {
    return this.spread ? `${number + 1} ${word}` : word;
  }

  clear() {
    this.field.clear();
  }
}
