import { element } from "./dom.js";

const APART = 8; // pixels from what is read

/** A canvas with a read-out beside what is pointed at: by a pointer, a finger, which leaves it there, or the keyboard. */
export class Readout {
  constructor(canvas, point, walk, look) {
    this.canvas = canvas;
    this.output = element("output", { class: "reading", hidden: true });
    this.root = element("div", { class: "map" }, canvas, this.output);
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && look(null));
    canvas.addEventListener("blur", () => look(null));
    canvas.addEventListener("keydown", walk);
  }

  /** Show a text above a place of the canvas, below it where there is no room. */
  show(text, x, top, bottom) {
    const { output, canvas } = this;
    output.textContent = text;
    output.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = output, above = top - height - APART;
    output.style.left = `${Math.max(0, Math.min(x - width / 2, canvas.clientWidth - width))}px`;
    output.style.top = `${canvas.offsetTop + (above >= 0 ? above : bottom + APART)}px`;
  }

  hide() {
    this.output.hidden = true;
    this.output.textContent = "";
  }
}
