import { element } from "./dom.js";
import { storage } from "./storage.js";

/** Strokes with the words that they were taken for: kept in this browser alone, until they are downloaded. */
export class OwnStrokes {
  constructor(model) {
    this.name = `strokes of ${model.name}`;
    this.lines = JSON.parse(storage.get(this.name) ?? "[]");
    this.root = element("button", { type: "button", onclick: () => this.download(model) });
    this.tell();
  }

  /** Keep a stroke with the word that it was taken for. */
  add(word, stroke, layout) {
    this.lines.push({ word, stroke, layout });
    this.changed();
    return true;
  }

  /** Another word was taken for the last one; null: none was. */
  rename(word) {
    if (word === null) this.lines.pop();
    else this.lines.at(-1).word = word;
    this.changed();
  }

  changed() {
    storage.set(this.name, JSON.stringify(this.lines));
    this.tell();
  }

  tell() {
    const { length } = this.lines;
    this.root.disabled = length === 0;
    this.root.textContent = length ? `Download ${length} stroke${length === 1 ? "" : "s"}` : "No strokes saved";
  }

  download(model) {
    const lines = this.lines.map((line) => `${JSON.stringify(line)}\n`);
    const address = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
    element("a", { href: address, download: `${model.name}-strokes.jsonl` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }
}
