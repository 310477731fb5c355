import { Typed } from "../typed.js";

/** A text, word by word. */
export const create = (model, wake) => new Typed(model, wake, {
  step: "word", label: "Your text", placeholder: "Type a sentence …",
});
