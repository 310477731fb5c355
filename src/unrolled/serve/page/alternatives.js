import { percent, words } from "./alignment.js";
import { element } from "./dom.js";

const AHEAD = 4; // words of an answer that are shown from where it goes on differently

/** What else a translation may go on with from a word: a list under it. `take(answer, ids)` is called for the one that is chosen. */
export class Alternatives {
  constructor(apart, take) {
    Object.assign(this, { apart, take, opener: null });
    this.root = element("div", { class: "alternatives", role: "group", hidden: true });
    this.root.addEventListener("keydown", (event) => this.walk(event));
    document.addEventListener("pointerdown", (event) => {
      if (!this.root.hidden && !this.root.contains(event.target) && event.target !== this.opener) this.close(false);
    });
  }

  /** Show what the promised `answers` go on with after the first `tokens`, in place of what stands in a button. */
  async open(button, tokens, answers) {
    this.opener = button;
    this.root.setAttribute("aria-label", `Instead of “${button.textContent}”`);
    this.say("Looking …");
    this.root.hidden = false;
    this.place();
    try {
      const found = await answers;
      if (this.opener !== button) return;
      const here = button.textContent.toLowerCase();
      const options = found.toSorted((one, other) => other.score - one.score).map((answer) => this.option(answer, tokens)).filter((option) => option && option.first.toLowerCase() !== here);
      if (!options.length) return this.say("Nothing else is likely here.");
      this.root.replaceChildren(element("p", { class: "quiet" }, "Instead of ", element("b", {}, button.textContent)), ...options.map(({ root }) => root));
      this.place();
      options[0].root.focus({ preventScroll: true });
    } catch (error) {
      if (this.opener === button) this.say(error.message, "fault");
    }
  }

  say(text, kind = "quiet") {
    this.root.replaceChildren(element("p", { class: kind, role: "status" }, text));
  }

  option(answer, tokens) {
    const all = words(answer.text, answer.target, this.apart), at = all.findIndex((word) => word.tokens.includes(tokens));
    if (at < 0) return null;
    const later = all.slice(at + 1, at + 1 + AHEAD).map((word) => word.before + word.text).join("");
    const root = element("button", { type: "button", onclick: () => this.choose(answer, all[at].tokens.at(-1) + 1) },
      element("span", { class: "goes-on", dir: "auto" }, element("b", {}, all[at].text), later, at + 1 + AHEAD < all.length ? " …" : ""),
      element("span", { class: "score" }, percent(answer.score)));
    return { root, first: all[at].text };
  }

  choose(answer, kept) {
    this.close();
    this.take(answer, answer.ids.slice(0, kept));
  }

  /** Below the word, within what it stands in. */
  place() {
    const { offsetLeft, offsetTop, offsetHeight } = this.opener, room = this.root.offsetParent?.clientWidth ?? 0;
    this.root.style.top = `${offsetTop + offsetHeight + 4}px`;
    this.root.style.left = `${Math.max(0, Math.min(offsetLeft, room - this.root.offsetWidth))}px`;
  }

  close(returns = true) {
    const { opener } = this;
    this.opener = null;
    this.root.hidden = true;
    if (returns) opener?.focus();
  }

  walk(event) {
    const buttons = [...this.root.querySelectorAll("button")], step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (step) buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length)?.focus();
    else return;
    event.preventDefault();
  }
}
