import { Typed } from "../typed.js";

/** A sequence of DNA, letter by letter. */
export const create = (model, wake) => new Typed(model, wake, {
  step: "letter", label: "Your sequence", placeholder: "Letters such as ACGT …", style: "letters", numbered: true,
  tidy: (text) => text.replace(/\s/g, "").toUpperCase(),
});
