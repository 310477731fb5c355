import { lookedAt, percent, shares, sourceWords, words } from "../alignment.js";
import { Alternatives } from "../alternatives.js";
import { ask, lines } from "../api.js";
import { AttentionMap } from "../attention-map.js";
import { copyButton } from "../copy.js";
import { element } from "../dom.js";
import { Field } from "../field.js";
import { Glossary } from "../glossary.js";
import { pieces } from "../pieces.js";
import { Translation } from "../translation.js";

const BEAMS = [1, 2, 5, 12, 20], BEST = 3, OTHERS = 6; // answers shown of a piece, and asked for in place of a word
const AT_ONCE = 3, KEPT = 300; // questions under way, and replies that are remembered
const FAINT = 0.03; // attention that is not marked
const QUIET = 800, AGAIN = 1000; // milliseconds before the translation is read out, and before a busy server is asked again

export const show = (root, model, page) => new Card(root, model, page);

/** A text, and the translation beside it as it forms: piece by piece, with what each word looked at and what else may stand there. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { model, page, apart: model.spelled === true, pieces: [], active: null, asking: 0, replies: new Map() });
    this.path = `v1/models/${encodeURIComponent(model.name)}`;
    const title = this.apart ? "Written" : "Translation";
    this.field = new Field(model, "Your text", { placeholder: model.example ? `Such as: ${model.example}` : "Type a text …" });
    this.field.area.addEventListener("input", () => this.change());
    this.source = element("p", { class: "read", dir: "auto", "aria-hidden": "true" });
    this.translation = new Translation(title, (piece, place) => this.look(piece, place), (piece, place, button) => this.open(piece, place, button));
    this.translation.root.classList.toggle("apart", this.apart);
    this.reading = element("p", { class: "looked quiet", "aria-live": "polite" });
    this.alternatives = new Alternatives(this.apart, (answer, ids) => this.goOn(answer, ids));
    this.fault = element("p", { class: "fault", role: "status" });
    this.spoken = element("p", { class: "unseen", "aria-live": "polite" });
    this.best = element("ol", { class: "answers", "aria-label": "The best answers" });
    this.back = element("button", { type: "button", disabled: true, onclick: () => this.startOver() }, "Undo choices");
    this.copy = copyButton(() => this.text);
    this.beam = element("select", { onchange: () => this.change() }, ...this.beams.map((count) =>
      element("option", { value: count, selected: count === (model.beam ?? 5) }, count === 1 ? "1, greedy" : String(count))));
    this.glossary = new Glossary(model, () => this.change());
    this.map = new AttentionMap();
    root.append(element("div", { class: "translating" },
      element("div", { class: "reading-side" }, this.field.root, this.field.left, this.source),
      element("div", { class: "written" }, element("div", { class: "heading" }, element("h2", {}, title), this.copy), this.translation.root, this.alternatives.root, this.reading, this.fault, this.spoken),
      this.best,
      element("div", { class: "choices" }, element("div", { class: "settings" }, element("label", {}, "Beam", this.beam), this.back,
        element("button", { type: "button", onclick: () => this.clear() }, "Clear")), this.glossary.root),
      this.map.root));
    this.change();
  }

  get beams() {
    const most = this.model.limits?.beam ?? 20;
    return BEAMS.filter((count) => count <= most);
  }

  /** What a question holds beside the text. */
  get settings() {
    const beam = Number(this.beam.value);
    return { beam, n: Math.min(beam, BEST), glossary: this.glossary.terms };
  }

  get text() {
    return this.pieces.map((piece) => piece.before + piece.shown.map(({ before, text }) => before + text).join("")).join("");
  }

  clear() {
    this.field.clear();
    this.change();
  }

  /** Another text, or other settings: pieces that stay as they were are not asked for again. */
  change() {
    const before = [...this.pieces], key = JSON.stringify(this.settings);
    this.pieces = pieces(this.field.area.value, this.apart).map((part, i) => {
      const at = before.findIndex((piece) => piece?.text === part.text && piece.key === key);
      const known = at < 0 ? null : before[at];
      delete before[at];
      return known ? Object.assign(known, { before: part.before }) : this.begin(part, key, this.pieces[i]);
    });
    const changed = this.pieces.findLast((piece) => !piece.answered);
    this.alternatives.close(false);
    this.translation.arrange(this.pieces);
    this.activate(changed ?? (this.pieces.includes(this.active) ? this.active : this.pieces.at(-1) ?? null));
    this.work();
  }

  /** A piece that is to be asked for; until then it shows what stood in its place. */
  begin({ text, before }, key, earlier) {
    return { text, before, key, prefix: [], best: [], chosen: 0, shown: earlier?.shown ?? [], source: null, fault: "", remark: "" };
  }

  work() {
    while (this.asking < AT_ONCE) {
      const piece = this.pieces.find(({ answered, asked }) => !answered && !asked);
      if (!piece) return;
      this.ask(piece);
    }
  }

  async ask(piece) {
    const name = JSON.stringify([piece.text, piece.key, piece.prefix]), { prefix } = piece;
    piece.asked = true;
    this.asking++;
    try {
      const reply = this.replies.get(name) ?? await this.write(piece, { input: piece.text, ...JSON.parse(piece.key), prefix });
      if (reply) this.replies.set(name, reply);
      if (this.replies.size > KEPT) this.replies.delete(this.replies.keys().next().value);
      if (reply && prefix === piece.prefix) this.take(piece, reply);
    } catch (error) {
      this.fail(piece, error);
    }
    this.asking--;
    this.work();
  }

  /**
   * The reply to a question, null where it is no longer wanted. Meanwhile the text is shown as it forms, unless one is
   * there already, or many wait, which are sooner answered together.
   */
  async write(piece, question) {
    if (question.prefix.length || this.pieces.filter(({ answered }) => !answered).length > AT_ONCE) return ask(`${this.path}/align`, question);
    for await (const line of lines(`${this.path}/write`, question)) {
      if (line.answers) return line;
      if (question.prefix !== piece.prefix || !this.pieces.includes(piece)) return null; // the server stops, too
      piece.shown = [...line.forming.matchAll(/(\s*)(\S+)/gu)].map(([, before, text]) => ({ text, before, tokens: [] }));
      this.translation.show(piece);
    }
    throw Object.assign(new Error("The server could not answer."), { status: 0 });
  }

  take(piece, { answers, remark = "" }) {
    Object.assign(piece, { answered: true, asked: false, best: answers, remark, fault: "" });
    this.choose(piece, 0);
  }

  /** Where the server is only busy or away, it is asked again. */
  fail(piece, error) {
    piece.fault = this.page.explain(error);
    if ([0, 429, 503].includes(error.status)) setTimeout(() => { piece.asked = false; this.work(); }, AGAIN);
    this.tell();
  }

  /** Show one of a piece's answers. */
  choose(piece, number) {
    const answer = piece.best[number];
    piece.chosen = number;
    piece.shown = answer ? words(answer.text, answer.target, this.apart) : [];
    piece.source = answer ? sourceWords(piece.text, answer.source, answer.attention[0]?.length ?? answer.source.length, this.apart) : null;
    if (!this.pieces.includes(piece)) return;
    this.translation.show(piece);
    this.showSource();
    if (piece === this.active) this.activate(piece);
    this.tell();
  }

  /** What was read of all pieces, word by word; those that were looked at are marked by `look`. */
  showSource() {
    this.source.replaceChildren(...this.pieces.flatMap((piece) => {
      piece.marks = (piece.source ?? [{ text: piece.text, before: "" }]).map((word) =>
        element("span", { class: word.isEnd ? "from end" : "from" }, word.isEnd ? "end" : word.text));
      return [piece.before, ...piece.marks.flatMap((mark, i) => [piece.source?.[i].before ?? "", mark])];
    }));
  }

  /** Let a piece be the one whose answers and map are shown. */
  activate(piece) {
    this.active = piece;
    const answers = piece?.best ?? [], answer = answers[piece?.chosen];
    this.best.replaceChildren(...answers.map((one, number) => element("li", {}, element("button", {
      type: "button", "aria-pressed": String(number === piece.chosen), onclick: () => { this.choose(piece, number); this.best.querySelectorAll("button")[number]?.focus(); },
    }, element("span", { class: "goes-on", dir: "auto" }, one.text || "(nothing)"), element("span", { class: "score" }, percent(one.score))))));
    this.back.disabled = !piece?.prefix.length;
    if (!answers.length) this.showSource();
    this.map.show(answer ? piece.shown : [], piece?.source ?? [], answer?.attention ?? []);
    this.tell();
  }

  /** What is wrong, or to be known; and, once nothing changes, the translation for those who hear it. */
  tell() {
    const { fault, remark } = this.pieces.find((piece) => piece.fault) ?? this.pieces.find((piece) => piece.remark) ?? { fault: "", remark: "" };
    this.fault.textContent = fault || (remark && `${remark[0].toUpperCase()}${remark.slice(1)}.`);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => { this.spoken.textContent = this.text; }, QUIET);
  }

  /** Mark what a word looked at. */
  look(piece, place) {
    for (const mark of this.source.querySelectorAll(".from")) mark.style.removeProperty("--weight");
    if (!piece && !this.alternatives.root.hidden) ({ piece, place } = this.at); // they stand there in its place
    if (!piece?.answered) {
      this.reading.textContent = "";
      return;
    }
    const word = piece.shown[place], weights = shares(piece.best[piece.chosen].attention, word, piece.source);
    weights.forEach((weight, i) => piece.marks?.[i].style.setProperty("--weight", weight < FAINT ? 0 : weight.toFixed(3)));
    this.reading.textContent = lookedAt(word, piece.source, weights);
  }

  /** Show what else may stand at a word. */
  open(piece, place, button) {
    if (!piece.answered) return;
    if (piece !== this.active) this.activate(piece);
    this.translation.admitFocus(button);
    this.at = { piece, place };
    const { ids } = piece.best[piece.chosen], first = piece.shown[place].tokens[0];
    const question = { input: piece.text, ...JSON.parse(piece.key), prefix: ids.slice(0, first), n: Math.min(OTHERS, Math.max(...this.beams)), differ: true };
    this.alternatives.open(button, first, ask(`${this.path}/align`, question).then(({ answers }) => answers));
  }

  /** Go on with an answer from its first tokens, which stay from now on. */
  goOn(answer, ids) {
    const { piece, place } = this.at;
    Object.assign(piece, { prefix: ids, best: [answer] });
    this.choose(piece, 0);
    this.translation.button(piece, place)?.focus();
    this.askAgain(piece);
  }

  startOver() {
    this.active.prefix = [];
    this.back.disabled = true;
    this.translation.button(this.active, 0)?.focus(); // the button cannot keep it
    this.askAgain(this.active);
  }

  askAgain(piece) {
    Object.assign(piece, { answered: false, asked: false });
    this.work();
  }
}
