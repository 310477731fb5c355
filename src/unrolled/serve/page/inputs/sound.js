import { post } from "../api.js";
import { element } from "../dom.js";
import { base64, joined, listen, wav } from "../microphone.js";

const LONGEST = 20; // seconds of a recording
const MESSAGE = 20_000; // samples sent at once, within a message
const SHORTEST = 0.2; // seconds between two messages
const MOMENTS = 40; // of a recording, for its curves
const KINDS = { wav: "audio/wav", flac: "audio/flac", ogg: "audio/ogg", mp3: "audio/mpeg", aiff: "audio/aiff", au: "audio/basic" };

export const create = (model, wake, card) => new Sound(model, wake, card);

/** What is said into the microphone, chosen or dropped. */
class Sound {
  constructor(model, wake, card) {
    Object.assign(this, { model, wake, card, step: "moment", spread: true, pieces: [], sent: 0, microphone: null });
    this.button = element("button", { type: "button", class: "record", "aria-pressed": "false", onclick: () => this.toggle() }, "Record");
    this.file = element("input", { type: "file", hidden: true, accept: "audio/*,.wav,.flac,.ogg,.mp3", "aria-label": "Recording" });
    this.file.addEventListener("change", () => { this.read(this.file.files[0]); this.file.value = ""; });
    this.level = element("span", { class: "level", "aria-hidden": "true" }, element("span", {}));
    this.status = element("p", { class: "quiet", role: "status" }, "Say something, or drop a recording here: WAV, FLAC, OGG or MP3.");
    this.root = element("div", { class: "sound" }, this.button,
      element("button", { type: "button", onclick: () => this.file.click() }, "Choose a recording"), this.file, this.level, this.status);
    this.root.addEventListener("dragover", (event) => { event.preventDefault(); this.root.classList.add("over"); });
    this.root.addEventListener("dragleave", () => this.root.classList.remove("over"));
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.root.classList.remove("over");
      this.read(event.dataTransfer.files[0]);
    });
  }

  // ---- from the microphone ----------------------------------------------------------------------------------------

  async toggle() {
    if (this.starting) return;
    if (this.microphone) return this.stop();
    Object.assign(this, { starting: true, pieces: [], sent: 0, heard: 0, moments: 0 });
    try {
      this.microphone = await listen((samples) => this.hear(samples));
      this.card.wipe();
      this.pressed(true);
    } catch (error) {
      this.status.textContent = error.message;
    }
    this.starting = false;
  }

  hear(samples) {
    if (!this.microphone) return;
    this.pieces.push(samples);
    this.heard += samples.length;
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 32768;
    this.level.firstChild.style.width = `${Math.min(100, 100 * Math.sqrt(loudest))}%`;
    this.status.textContent = `Listening: ${(this.heard / this.microphone.rate).toFixed(1)} s`;
    if (this.heard > LONGEST * this.microphone.rate) this.stop();
    else this.wake();
  }

  pressed(on) {
    this.button.setAttribute("aria-pressed", String(on));
    this.button.textContent = on ? "Stop" : "Record";
    this.level.classList.toggle("on", on);
  }

  async stop() {
    const { rate, stop } = this.microphone;
    this.microphone = null;
    stop();
    this.pressed(false);
    await this.ask(wav(joined(this.pieces), rate), "what you said");
  }

  // ---- a session, as the card has it ------------------------------------------------------------------------------

  connected() {
    this.sent = 0; // the session behind a new connection has heard nothing
  }

  get content() {
    return this.heard;
  }

  message() {
    if (!this.microphone || this.heard - this.sent < SHORTEST * this.microphone.rate) return null;
    const samples = joined(this.pieces).subarray(this.sent, this.sent + MESSAGE), reset = this.sent === 0;
    this.sent += samples.length;
    return { reset, samples: base64(samples), rate: this.microphone.rate, n: 100, memory: false };
  }

  settle() {}

  /** What the model takes it for so far. */
  show(answer) {
    if (!this.microphone || !answer.steps) return;
    const seconds = `${(this.sent / this.microphone.rate).toFixed(1)} s`;
    const decision = this.shares(answer.predictions);
    this.card.decision.take({ first: this.moments++, words: [seconds], decisions: [decision] });
    this.card.decision.decide(decision);
  }

  shares(predictions) {
    const scores = new Map(predictions.map(({ label, score }) => [label, score]));
    return this.model.labels.map((label) => scores.get(label) ?? 0);
  }

  name(word) {
    return word;
  }

  clear() {
    this.pieces = [];
    this.status.textContent = "";
    this.card.wipe();
  }

  // ---- a whole recording ------------------------------------------------------------------------------------------

  async read(file) {
    if (!file) return;
    if (this.microphone) await this.stop();
    const type = file.type || KINDS[file.name.split(".").at(-1).toLowerCase()] || "application/octet-stream";
    await this.ask(new Blob([file], { type }), file.name);
  }

  async ask(clip, name) {
    this.status.textContent = `Reading ${name} …`;
    const began = performance.now();
    const path = `v1/models/${encodeURIComponent(this.model.name)}/predict?n=100&moments=${MOMENTS}`;
    try {
      const { growth: { words, rows, decisions }, seconds } = await post(path, clip);
      this.card.wipe();
      this.card.extend({ first: 0, words: words.map((second) => `${second} s`), rows, decisions });
      this.status.textContent = `${name}: ${seconds.toFixed(2)} s, answered in ${Math.round(performance.now() - began)} ms`;
      this.card.announce();
    } catch (error) {
      this.card.wipe();
      this.status.textContent = this.card.page.explain(error);
    }
  }
}
