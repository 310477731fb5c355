import { element } from "./dom.js";

const LENGTHS = { short: "Short", "": "Usual", long: "Long" };

/** How long answers are to be; `changed()` is called when another is chosen, `asked` is what a question holds of it. */
export class Lengths {
  constructor(changed) {
    this.select = element("select", { onchange: changed }, ...Object.entries(LENGTHS).map(([value, text]) =>
      element("option", { value, selected: !value }, text)));
    this.root = element("label", {}, "Length", this.select);
  }

  get asked() {
    return this.select.value ? { length: this.select.value } : {};
  }
}
