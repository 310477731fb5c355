import { ask, token } from "./api.js";
import { element } from "./dom.js";
import { part } from "./parts.js";
import { themeButton } from "./theme.js";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const place = (id) => document.getElementById(id);

themeButton(place("theme"));
place("privacy").hidden = !LOOPBACK.test(location.hostname);
start();

async function start(wait = 500) {
  try {
    const { models, limits } = await ask("v1/models");
    place("notice").hidden = true;
    await showCards(models.map((model) => ({ ...model, limits })));
  } catch (error) {
    if (error.status === 401) {
      askToken();
      return;
    }
    notice(`${error.message} Trying again …`);
    setTimeout(() => start(Math.min(2 * wait, 8000)), wait);
  }
}

function notice(...content) {
  place("notice").replaceChildren(...content);
  place("notice").hidden = false;
}

function askToken() {
  const field = element("input", { type: "password", autocomplete: "off", "aria-label": "Token", required: true });
  const form = element("form", { class: "token" }, token.get() ? "That is not this server's token. " : "This server asks for its token. ", field,
    element("button", { type: "submit" }, "Open"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    token.set(field.value.trim());
    start();
  });
  notice(form);
  field.focus();
}

/** What a card shows of an error; where the server asks for a token, so does the page. */
function explain(error) {
  if (error.status === 401) askToken();
  return error.message;
}

/** A card for each model whose card there is; with several, a switch shows one at a time. */
async function showCards(models) {
  const cards = [];
  for (const model of models) {
    const card = await part("cards", model.card);
    if (card) cards.push({ model, card, input: card.showsInput ? await part("inputs", model.reads) : null });
  }
  const shown = cards.filter(({ card, input }) => input || !card.showsInput);
  if (!shown.length) {
    place("cards").replaceChildren();
    notice("No loaded model has a card yet: see ", element("a", { href: "docs.html" }, "the API"), ".");
    return;
  }
  const sections = shown.map(({ model }) => element("section", { class: "card", "aria-label": `${model.name}: ${model.task}` },
    element("div", { class: "about" }, element("h1", {}, model.name), element("p", { class: "quiet" }, model.description))));
  place("cards").replaceChildren(...sections);
  shown.forEach(({ model, card, input }, i) => card.show(sections[i], model, { askToken, explain }, input));
  offerChoice(shown.map(({ model }) => model.name), sections);
}

/** One model's card is shown, whose name is in the address; a button for each changes it, as going back does. */
function offerChoice(names, sections) {
  const address = (name) => `#${encodeURIComponent(name)}`;
  const buttons = names.map((name) => element("button", { type: "button", onclick: () => { location.hash = address(name); } }, name));
  const show = () => {
    const asked = names.findIndex((name) => address(name) === location.hash), chosen = Math.max(asked, 0);
    if (asked < 0) {
      if (location.hash.length > 1) notice(`No model of this address is served here; this is ${names[0]}.`);
      history.replaceState(null, "", address(names[0]));
    } else place("notice").hidden = true;
    sections.forEach((section, i) => { section.hidden = i !== chosen; });
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
    document.title = `${names[chosen]} · unrolled`;
  };
  window.onhashchange = show;
  show();
  place("switch").replaceChildren(...buttons);
  place("switch").hidden = names.length < 2;
}
