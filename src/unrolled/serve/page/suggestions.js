import { element } from "./dom.js";
import { rightToLeft } from "./scripts.js";

const PERCENT = (score) => score >= 0.995 ? "99 %" : score < 0.01 ? "<1 %" : `${Math.round(100 * score)} %`;
const KINDS = { correction: "correction", completion: "completion", next: "next word", swipe: "swiped word" };

const EVERYDAY = "an everyday word: not in the text that the model learnt from";

/** Three buttons; `take(number)` is called for the chosen one, `leave()` on Escape. */
export class Suggestions {
  constructor(take, leave) {
    Object.assign(this, { take, leave });
    this.root = element("div", { class: "suggestions", role: "group", "aria-label": "Suggestions" });
    this.root.addEventListener("pointerdown", (event) => event.preventDefault()); // the text keeps the focus
    this.root.addEventListener("keydown", (event) => this.walk(event));
    this.buttons = [0, 1, 2].map((i) => element("button", { type: "button", disabled: true, onclick: () => take(i) }));
    this.root.append(...this.buttons);
  }

  /** Show suggestions for a text, the best one where its reader begins. */
  show(suggestions, text) {
    this.root.dir = rightToLeft(text + (suggestions[0]?.text ?? "")) ? "rtl" : "ltr";
    this.buttons.forEach((button, i) => {
      const suggestion = suggestions[i];
      button.disabled = !suggestion;
      button.className = `${suggestion?.kind ?? ""}${suggestion?.everyday ? " everyday" : ""}`;
      button.title = suggestion?.everyday ? EVERYDAY : "";
      button.replaceChildren(...(suggestion ? [
        element("span", { class: "word", dir: "auto" }, suggestion.text.trim()),
        element("span", { class: "score", dir: "ltr" }, suggestion.kind === "correction" ? `fix ${PERCENT(suggestion.score)}` : PERCENT(suggestion.score)),
      ] : []));
      if (suggestion) button.setAttribute("aria-label", `${suggestion.text.trim()}, ${KINDS[suggestion.kind]}${suggestion.everyday ? ", everyday word" : ""}, ${PERCENT(suggestion.score)}`);
      else button.setAttribute("aria-label", "no suggestion");
      button.setAttribute("aria-keyshortcuts", `Alt+${i + 1}`);
    });
  }

  walk(event) {
    const place = this.buttons.indexOf(document.activeElement), onward = this.root.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (/^[1-3]$/.test(event.key)) this.take(Number(event.key) - 1);
    else if (/^Arrow(Left|Right)$/.test(event.key)) this.buttons[(place + (event.key === onward ? 1 : 2)) % 3].focus();
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }
}
