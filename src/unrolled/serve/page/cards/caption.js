import { Described } from "../described.js";
import { element } from "../dom.js";
import { Lengths } from "../lengths.js";
import { prepared } from "../picture.js";

const KEPT = 24; // pictures; of more the first go

export const show = (root, model, page) => new Card(root, model, page);

/** Pictures that are dropped, pasted or chosen, each with its description; the newest first. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { page, most: model.limits?.picture ?? 4_194_304, path: `v1/models/${encodeURIComponent(model.name)}/align`, pictures: [], queue: Promise.resolve() });
    this.file = element("input", { type: "file", hidden: true, multiple: true, accept: "image/*", "aria-label": "Pictures" });
    this.file.addEventListener("change", () => { this.add(this.file.files); this.file.value = ""; });
    this.status = element("p", { class: "quiet", role: "status" }, "Drop pictures here, paste one, or choose some: JPEG, PNG or WebP.");
    this.lengths = new Lengths(() => this.askAgain());
    this.choose = element("button", { type: "button", onclick: () => this.file.click() }, "Choose pictures");
    this.zone = element("div", { class: "sound" }, this.choose, this.file, this.status);
    this.list = element("div", { class: "pictures" });
    root.append(this.zone, element("div", { class: "settings lengths" }, this.lengths.root, element("button", { type: "button", onclick: () => this.clear() }, "Clear")), this.list);
    this.zone.addEventListener("dragover", (event) => { event.preventDefault(); this.zone.classList.add("over"); });
    this.zone.addEventListener("dragleave", () => this.zone.classList.remove("over"));
    this.zone.addEventListener("drop", (event) => {
      event.preventDefault();
      this.zone.classList.remove("over");
      this.add(event.dataTransfer.files);
    });
    document.addEventListener("paste", (event) => !root.hidden && this.add(event.clipboardData.files));
  }

  add(files) {
    for (const file of files) this.queue = this.queue.then(() => this.describe(file)); // one after another
  }

  async describe(file) {
    this.status.textContent = `Looking at ${file.name} …`;
    const picture = new Described(file.name, await prepared(file, this.most), () => { this.remove(picture); this.choose.focus(); });
    this.pictures.unshift(picture);
    for (const old of this.pictures.slice(KEPT)) this.remove(old);
    this.list.prepend(picture.root);
    await this.ask(picture);
  }

  async ask(picture) {
    await picture.ask(`${this.path}?${new URLSearchParams(this.lengths.asked)}`, this.page.explain);
    this.status.textContent = picture.text ? `${picture.name}: ${picture.text}` : `${picture.name} has no description.`;
  }

  askAgain() {
    for (const picture of this.pictures) this.queue = this.queue.then(() => this.pictures.includes(picture) && this.ask(picture));
  }

  remove(picture) {
    this.pictures = this.pictures.filter((one) => one !== picture);
    picture.root.remove();
  }

  clear() {
    this.pictures = [];
    this.list.replaceChildren();
    this.status.textContent = "";
  }
}
