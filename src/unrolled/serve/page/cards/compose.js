import { ask, fetchBlob } from "../api.js";
import { element } from "../dom.js";
import { Player } from "../player.js";
import { Roll } from "../roll.js";

const STILL = 500; // milliseconds between two pictures for who wants no motion
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export const show = (root, model, page) => new Card(root, model, page);

/** A model makes music: seen as a piano roll, heard, taken away as a file. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { model, page, tune: null, asked: null });
    this.path = `v1/models/${encodeURIComponent(model.name)}/compose`;
    this.seconds = field({ min: 1, max: 60, step: 1, value: 20 });
    this.temperature = field({ min: 0, max: 3, step: 0.1, value: 1 });
    this.seed = field({ min: 0, max: 2 ** 32 - 1, step: 1, value: 0 });
    this.player = new Player(() => this.playing(false));
    this.roll = new Roll();
    this.sound = element("button", { type: "button", class: "play", disabled: true, "aria-pressed": "false", onclick: () => this.toggle() }, "Play");
    this.file = element("button", { type: "button", disabled: true, onclick: () => this.download() }, "Download .mid");
    this.status = element("p", { class: "quiet", role: "status" }, "It has learnt from music what comes next: let it go on from silence.");
    const form = element("form", { class: "settings" },
      element("label", {}, "Seconds", this.seconds), element("label", {}, "Temperature", this.temperature),
      element("label", {}, "Seed", this.seed),
      element("button", { type: "submit", class: "main" }, "Compose"),
      element("button", { type: "button", onclick: () => this.another() }, "Another"), this.sound, this.file);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.compose(); });
    root.append(element("div", { class: "composing" }, form, this.status, this.roll.root));
  }

  get settings() {
    return { seconds: Number(this.seconds.value), temperature: Number(this.temperature.value), seed: Number(this.seed.value) };
  }

  another() {
    this.seed.value = (Number(this.seed.value) + 1) % 2 ** 32;
    this.compose();
  }

  async compose() {
    this.player.stop();
    this.playing(false);
    this.status.textContent = "Composing …";
    const settings = this.asked = this.settings, began = performance.now();
    try {
      const tune = await ask(this.path, settings);
      if (settings !== this.asked) return; // another was asked for since
      Object.assign(this, { tune, composedWith: settings });
      this.roll.show(tune.notes);
      this.status.textContent = tune.notes.length
        ? `${tune.notes.length} notes, ${this.roll.length.toFixed(1)} s, composed in ${Math.round(performance.now() - began)} ms`
        : "Nothing but silence came: try another seed.";
    } catch (error) {
      if (settings !== this.asked) return;
      this.status.textContent = this.page.explain(error);
    }
    this.sound.disabled = this.file.disabled = !this.tune?.notes.length;
  }

  // ---- to hear ----------------------------------------------------------------------------------------------------

  toggle() {
    if (this.player.at === null) this.player.play(this.tune.notes);
    else this.player.stop();
    this.playing(this.player.at !== null);
  }

  playing(on) {
    this.sound.setAttribute("aria-pressed", String(on));
    this.sound.textContent = on ? "Stop" : "Play";
    clearTimeout(this.timer);
    this.roll.move(this.player.at);
    if (on) this.follow();
  }

  follow() {
    const again = () => {
      if (this.player.at === null) return;
      this.roll.move(this.player.at);
      this.follow();
    };
    if (calm.matches) this.timer = setTimeout(again, STILL);
    else requestAnimationFrame(again);
  }

  // ---- to take away -----------------------------------------------------------------------------------------------

  async download() {
    try {
      const address = URL.createObjectURL(await fetchBlob(`${this.path}.mid`, this.composedWith));
      const { seed } = this.composedWith;
      element("a", { href: address, download: `${this.model.name}-${seed}.mid` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      this.status.textContent = this.page.explain(error);
    }
  }
}

const field = (bounds) => element("input", { type: "number", required: true, ...bounds });
