import { element } from "../dom.js";
import { edit } from "../edit.js";

const LONGEST = 8000; // characters: within the server's limits of a text and of a message

/** A text, or letters of DNA. */
export class Typed {
  constructor(model, wake) {
    const dna = model.reads === "dna";
    Object.assign(this, { step: dna ? "letter" : "word", spread: dna, known: "" });
    this.field = element("textarea", {
      id: `text-${model.name}`, maxLength: LONGEST, spellcheck: false, autocomplete: "off", autocapitalize: "off",
      placeholder: dna ? "Letters such as ACGT …" : "Type a sentence …",
    });
    this.field.setAttribute("autocorrect", "off");
    this.field.classList.toggle("letters", dna);
    this.field.addEventListener("input", wake);
    this.root = element("div", { class: "writing" },
      element("label", { class: "unseen", htmlFor: this.field.id }, dna ? "Your sequence" : "Your text"), this.field);
    this.tidy = dna ? (text) => text.replace(/\s/g, "").toUpperCase() : (text) => text;
  }

  fresh() {
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

  /** What a step is called, beside its number. */
  name(word, number) {
    return this.spread ? `${number + 1} ${word}` : word;
  }

  clear() {
    this.field.focus();
    this.field.select();
    if (!document.execCommand("delete")) this.field.value = "";
  }
}
