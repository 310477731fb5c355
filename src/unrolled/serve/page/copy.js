import { element } from "./dom.js";

const SAID = 1600; // milliseconds that it says so

/** A button that copies what `text()` gives, and says that it has. */
export function copyButton(text, label = "Copy") {
  const button = element("button", { type: "button", class: "plain" }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text()); // a browser has it over https and on this computer alone
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    setTimeout(() => { button.textContent = label; }, SAID);
  });
  return button;
}
