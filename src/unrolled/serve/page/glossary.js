import { element } from "./dom.js";
import { storage } from "./storage.js";

/** Terms that are to come out so: one a line, "term = translation". `changed()` is called when another glossary stands there. */
export class Glossary {
  constructor(model, changed) {
    Object.assign(this, { name: `terms of ${model.name}`, changed });
    const id = `terms-${model.name}`;
    this.area = element("textarea", { id, class: "terms", spellcheck: false, placeholder: "bicycle = Drahtesel", oninput: () => this.read() });
    this.area.value = storage.get(this.name) ?? "";
    this.fault = element("p", { class: "fault", role: "status" });
    this.count = element("span");
    this.root = element("details", { class: "glossary" }, element("summary", {}, element("span", {}, "Glossary", this.count)),
      element("label", { class: "quiet", htmlFor: id }, "Terms and what they come out as, one a line: term = translation"), this.area, this.fault);
    this.terms = {};
    this.read(true);
  }

  read(atFirst = false) {
    storage.set(this.name, this.area.value);
    const terms = {}, before = JSON.stringify(this.terms);
    this.fault.textContent = "";
    this.area.value.split("\n").forEach((line, i) => {
      const [term, ...rest] = line.split("="), wanted = rest.join("=").trim();
      if (term.trim() && wanted) terms[term.trim()] = wanted;
      else if (line.trim() && !this.fault.textContent) this.fault.textContent = `Line ${i + 1} is left out: expected term = translation.`;
    });
    this.terms = terms;
    const count = Object.keys(terms).length;
    this.count.textContent = count ? `, ${count} ${count === 1 ? "term" : "terms"}` : "";
    if (!atFirst && JSON.stringify(terms) !== before) this.changed();
  }
}
