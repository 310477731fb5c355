import { lookedAt, shares, sourceWords, words } from "../alignment.js";
import { lines } from "../api.js";
import { copyButton } from "../copy.js";
import { element } from "../dom.js";
import { Field } from "../field.js";
import { Lengths } from "../lengths.js";
import { Translation } from "../translation.js";

const WAIT = 500; // milliseconds without a key before the text is read
const QUIET = 800, AGAIN = 1000; // before the summary is read out, and before a busy server is asked again
const FAINT = 0.03; // attention that is not marked
const HINT = "Point at a word of the summary, or go through them with the arrow keys, to see where it looked.";

export const show = (root, model, page) => new Card(root, model, page);

/** A text and its summary, in which words that were copied are marked; of each word, where in the text it looked. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { page, path: `v1/models/${encodeURIComponent(model.name)}/write`, answered: "", asking: false });
    this.piece = { text: "", before: "", shown: [], source: [], attention: [] };
    this.field = new Field(model, "Your text", { class: "long", placeholder: "Paste a text …" });
    this.field.area.addEventListener("input", () => this.change(WAIT));
    this.summary = new Translation("Summary", (piece, place) => this.look(place));
    this.lengths = new Lengths(() => this.change(0));
    this.looked = element("p", { class: "looked quiet", "aria-live": "polite" });
    this.fault = element("p", { class: "fault", role: "status" });
    this.spoken = element("p", { class: "unseen", "aria-live": "polite" });
    this.read = element("p", { class: "read document", dir: "auto", tabIndex: 0, role: "region", "aria-label": "What was read" });
    this.below = element("div", { class: "below", hidden: true }, element("h2", {}, "What was read"),
      element("p", { class: "quiet" }, element("span", { class: "copied" }, "Underlined"), " words of the summary were copied from here."), this.read);
    root.append(element("div", { class: "summarizing" },
      element("div", { class: "reading-side" }, this.field.root, this.field.left),
      element("div", { class: "written" }, element("div", { class: "heading" }, element("h2", {}, "Summary"), copyButton(() => this.text)),
        this.summary.root, this.looked, this.fault, this.spoken,
        element("div", { class: "settings" }, this.lengths.root, element("button", { type: "button", onclick: () => this.clear() }, "Clear"))),
      this.below));
    this.summary.arrange([this.piece]);
    this.change(0);
  }

  get question() {
    return { input: this.field.area.value.trim(), n: 1, ...this.lengths.asked };
  }

  get text() {
    return this.piece.shown.map(({ before, text }) => before + text).join("");
  }

  clear() {
    this.field.clear();
    this.change(0);
  }

  /** Another text, or another length: it is read once nothing has changed for so many milliseconds. */
  change(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.work(), wait);
    this.piece.answered = JSON.stringify(this.question) === this.answered;
    this.summary.show(this.piece);
  }

  async work() {
    const { question } = this, key = JSON.stringify(question);
    if (this.asking || key === this.answered) return; // it looks again when it has its answer
    this.asking = true;
    try {
      if (question.input) await this.ask(question, key);
      else this.take("", { answers: [] });
      this.answered = key;
    } catch (error) {
      this.fault.textContent = this.page.explain(error);
      if ([0, 429, 503].includes(error.status)) this.timer = setTimeout(() => this.work(), AGAIN);
      else this.answered = key; // it would be refused again
    }
    this.asking = false;
    if (key === this.answered && JSON.stringify(this.question) !== key) this.work();
  }

  /** Show the summary as it forms, then the answer; what is no longer wanted is left, and the server stops, too. */
  async ask(question, key) {
    for await (const line of lines(this.path, question)) {
      if (JSON.stringify(this.question) !== key) return;
      if (line.answers) return this.take(question.input, line);
      this.piece.shown = [...line.forming.matchAll(/(\s*)(\S+)/gu)].map(([, before, text]) => ({ text, before, tokens: [] }));
      this.summary.show(this.piece);
    }
    throw Object.assign(new Error("The server could not answer."), { status: 0 });
  }

  take(text, { answers: [answer], remark = "" }) {
    const { copied = [], attention = [], target = [], source = [] } = answer ?? {};
    const shown = words(answer?.text ?? "", target).map((word) => ({ ...word, copied: word.tokens.every((i) => copied[i]) }));
    Object.assign(this.piece, { text, shown, attention, answered: true, source: answer && sourceWords(text, source, attention[0]?.length ?? source.length) });
    this.summary.show(this.piece);
    this.showSource();
    this.fault.textContent = remark && `${remark[0].toUpperCase()}${remark.slice(1)}.`;
    this.looked.textContent = shown.length ? HINT : "";
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => { this.spoken.textContent = this.text; }, QUIET);
  }

  /** The text word by word, and the rest of it that was not read. */
  showSource() {
    const { source = [], text } = this.piece, end = source.reduce((sum, word) => sum + (word.isEnd ? 0 : word.before.length + word.text.length), 0);
    this.marks = source.map((word) => element("span", { class: word.isEnd ? "from end" : "from" }, word.isEnd ? "end" : word.text));
    const read = this.marks.flatMap((mark, i) => [source[i].before, mark]);
    this.read.replaceChildren(...read, element("span", { class: "quiet" }, text.slice(end)));
    this.below.hidden = !read.length;
  }

  /** Mark what a word looked at, and bring the strongest mark into sight. */
  look(place) {
    const { shown, source, attention, answered } = this.piece, word = answered ? shown[place] : null;
    for (const mark of this.marks ?? []) mark.style.removeProperty("--weight");
    if (!word?.tokens.length) {
      this.looked.textContent = shown.length ? HINT : "";
      return;
    }
    const weights = shares(attention, word, source), most = this.marks[weights.indexOf(Math.max(...weights))];
    weights.forEach((weight, i) => this.marks[i].style.setProperty("--weight", weight < FAINT ? 0 : weight.toFixed(3)));
    this.looked.textContent = lookedAt(word, source, weights) + (word.copied ? "; it was copied" : "");
    const { scrollTop, clientHeight } = this.read, top = most.offsetTop;
    if (top < scrollTop || top + most.offsetHeight > scrollTop + clientHeight) this.read.scrollTop = top - clientHeight / 2;
  }
}
