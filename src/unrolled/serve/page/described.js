import { shares, words } from "./alignment.js";
import { post } from "./api.js";
import { copyButton } from "./copy.js";
import { element } from "./dom.js";
import { lookedAtPlace, Spotlight } from "./spotlight.js";
import { Translation } from "./translation.js";

const HINT = "Point at a word, or go through them with the arrow keys, to see where it looked.";

/** A picture with its description; word by word, where the model looked. `remove()` takes it off the card. */
export class Described {
  constructor(name, { preview, sent }, remove) {
    Object.assign(this, { name, sent, piece: { before: "", shown: [], answered: false } });
    this.image = preview ? element("img", { src: preview, alt: `${name}, not described yet` }) : element("p", { class: "quiet" }, `${name}: the browser cannot show it`);
    this.veil = new Spotlight();
    this.words = new Translation(`Description of ${name}`, (piece, place) => this.look(place));
    this.looked = element("p", { class: "looked quiet", "aria-live": "polite" }, "Looking …");
    this.fault = element("p", { class: "fault", role: "status" });
    this.copy = copyButton(() => this.text, "Copy alt text");
    this.copy.hidden = true;
    this.root = element("figure", { class: "described" }, element("div", { class: "frame" }, this.image, this.veil.root),
      element("figcaption", { class: "written" }, this.words.root, this.looked, this.fault,
        element("div", { class: "settings" }, this.copy, element("button", { type: "button", class: "plain", "aria-label": `Remove ${name}`, onclick: remove }, "Remove"))));
    this.words.arrange([this.piece]);
  }

  get text() {
    return this.piece.answer?.text ?? "";
  }

  /** Ask for the description at an address. */
  async ask(address, explain) {
    this.piece.answered = false;
    this.words.show(this.piece);
    try {
      const { answers: [answer], remark = "" } = await post(address, this.sent);
      this.take(answer, remark);
    } catch (error) {
      this.fault.textContent = explain(error);
      this.looked.textContent = "";
    }
  }

  take(answer, remark) {
    Object.assign(this.piece, { answer, answered: true, shown: words(answer.text, answer.target) });
    this.fault.textContent = remark && `${remark[0].toUpperCase()}${remark.slice(1)}.`;
    this.copy.hidden = false;
    if (this.image.alt !== undefined) this.image.alt = answer.text;
    this.words.show(this.piece);
    this.look(-1);
  }

  look(place) {
    const { answer, answered, shown } = this.piece, word = answered ? shown[place] : null;
    if (!word || !answer.grid) {
      this.veil.hide();
      if (answered) this.looked.textContent = shown.length ? HINT : "";
      return;
    }
    const weights = shares(answer.attention, word, answer.attention[0].map((_, i) => ({ tokens: [i] })));
    this.veil.show(weights, answer.grid);
    this.looked.textContent = lookedAtPlace(word, weights, answer.grid);
  }
}
