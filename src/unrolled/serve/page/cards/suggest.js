import { element } from "../dom.js";
import { edit } from "../edit.js";
import { Latency } from "../latency.js";
import { Link } from "../link.js";
import { Options } from "../options.js";
import { rightToLeft } from "../scripts.js";
import { storage } from "../storage.js";

const SHOWN = 8; // suggestions
const KEPT = 20; // searches, which a reload does not lose
const LONGEST = 1000; // characters of the box
const QUIET = 800; // milliseconds without an answer before it is said how many there are

export const show = (root, model, page) => new Card(root, model, page);

/** A search box: what it suggests for what is typed, and what was searched for in this session. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { model, page, known: "", asked: false, sent: null, waiting: [], recent: [] });
    this.link = new Link(model.name, this, "Your searches are kept; trying again …");
    this.build(root, model);
    this.listen();
  }

  build(root, model) {
    const list = `suggestions-${model.name}`;
    this.box = element("input", {
      id: `search-${model.name}`, type: "search", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list,
      dir: "auto", spellcheck: false, autocomplete: "off", autocapitalize: "off", enterKeyHint: "search", maxLength: LONGEST,
      placeholder: model.example ?? "",
    });
    this.options = new Options(list, this.box, (text) => this.search(text));
    this.latency = new Latency();
    this.spoken = element("p", { class: "unseen", "aria-live": "polite" });
    this.searches = element("ol", { class: "searches", "aria-label": "Your searches, the latest first" });
    this.forgetting = element("button", { type: "button", onclick: () => this.forget() }, "Forget my searches");
    this.history = element("section", { class: "history", "aria-label": "This session" }, element("h2", {}, "Your searches"),
      element("p", { class: "quiet" }, "They come first among the suggestions, for you alone and until this page is closed."),
      this.searches, this.forgetting);
    root.append(element("div", { class: "searching" },
      element("div", { class: "search-box" },
        element("label", { class: "unseen", htmlFor: this.box.id }, "Search for"), this.box,
        element("button", { type: "button", class: "main", onclick: () => this.search(this.box.value) }, "Search"),
        this.latency.root, this.options.root),
      this.link.status, this.history, this.spoken));
    this.recent = JSON.parse(storage.get(this.name) ?? "[]");
    this.list();
  }

  listen() {
    this.box.addEventListener("input", () => { this.options.open(); this.link.wake(); });
    this.box.addEventListener("focus", () => { this.options.open(); this.link.wake(); });
    this.box.addEventListener("blur", () => this.options.close());
    this.box.addEventListener("keydown", (event) => this.press(event));
  }

  /** What the searches are kept under. */
  get name() {
    return `searches of ${this.model.name}`;
  }

  // ---- the conversation, as a Link has it -------------------------------------------------------------------------

  /** What is typed; or, before it, a search that the server has yet to hear of. */
  get content() {
    return JSON.stringify([this.box.value, this.waiting]);
  }

  connected() {
    Object.assign(this, { known: "", asked: false, waiting: [...this.recent].reverse().map((searched) => ({ searched })) });
  }

  refused() {
    this.settle(); // it would be refused again
  }

  next() {
    if (this.waiting.length) {
      Object.assign(this, { made: "", sent: this.waiting[0] });
      return { ...this.sent, n: 1 };
    }
    if (this.box.value === this.known && this.asked) return null;
    const { message, made } = edit(this.known, this.box.value);
    Object.assign(this, { made, sent: null });
    return { ...message, n: SHOWN };
  }

  receive(answer, milliseconds) {
    this.known = this.made;
    this.asked = this.sent === null;
    if (!this.asked) {
      this.settle();
      return;
    }
    this.options.show(answer.suggestions, this.known);
    this.latency.add(answer.microseconds, milliseconds);
    clearTimeout(this.quiet);
    const count = answer.suggestions.length;
    this.quiet = setTimeout(() => { this.spoken.textContent = `${count || "no"} suggestion${count === 1 ? "" : "s"}`; }, QUIET);
  }

  /** The server has heard of a search, or will not. */
  settle() {
    this.waiting = this.waiting.filter((one) => one !== this.sent);
  }

  // ---- the box ----------------------------------------------------------------------------------------------------

  press(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.options.open();
      this.options.walk(step);
    } else if (event.key === "Enter") {
      this.search(this.options.chosen ?? this.box.value);
    } else if (event.key === "Escape" && this.options.isOpen) {
      this.options.close();
    } else if (event.key === "Escape") {
      this.box.value = "";
      this.link.wake();
    } else return;
    event.preventDefault();
  }

  /** Search for a text: here it is noted down, since what is searched in stands elsewhere. */
  search(text) {
    const query = text.trim();
    this.box.value = query;
    this.options.close();
    if (!query) return;
    this.spoken.textContent = `Searched for ${query}`;
    this.recent = [query, ...this.recent.filter((other) => other !== query)].slice(0, KEPT);
    this.waiting.push({ searched: query });
    this.list();
    this.link.wake();
  }

  forget() {
    this.recent = [];
    this.waiting = [{ forget: true, text: "" }];
    this.list();
    this.link.wake();
    this.spoken.textContent = "Your searches are forgotten.";
    this.box.focus();
  }

  /** Show what was searched for, and keep it over a reload. */
  list() {
    storage.set(this.name, JSON.stringify(this.recent));
    this.history.hidden = !this.recent.length;
    this.searches.replaceChildren(...this.recent.map((query) => element("li", { dir: rightToLeft(query) ? "rtl" : "ltr" },
      element("button", { type: "button", class: "plain", onclick: () => this.search(query) }, query))));
  }
}
