import { ask, token } from "./api.js";
import { element } from "./dom.js";
import { themeButton } from "./theme.js";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const MUSIC = ["notes", "chords"]; // what these models read, they also make
const place = (id) => document.getElementById(id);

themeButton(place("theme"));
place("privacy").hidden = !LOOPBACK.test(location.hostname);
start();

async function start(wait = 500) {
  try {
    const { models } = await ask("v1/models");
    place("notice").hidden = true;
    await showCards(models);
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

/** A card for each model whose task has one; with several, a switch shows one at a time. */
async function showCards(models) {
  const found = [];
  for (const model of models) {
    const card = await cardOf(MUSIC.includes(model.reads) ? "compose" : model.task);
    if (card) found.push([model, element("section", { class: "card", "aria-label": `${model.name}: ${model.task}` }), card]);
  }
  place("cards").replaceChildren(...found.map(([, section]) => section));
  if (!found.length) {
    notice("No loaded model has a card yet: see ", element("a", { href: "docs.html" }, "the API"), ".");
    return;
  }
  for (const [model, section, card] of found) card.show(section, model, { askToken });
  const buttons = found.map(([model], i) => element("button", { type: "button", onclick: () => choose(i) }, model.name));
  const choose = (chosen) => found.forEach(([, section], i) => {
    section.hidden = i !== chosen;
    buttons[i].setAttribute("aria-pressed", String(i === chosen));
  });
  choose(0);
  place("switch").replaceChildren(...buttons);
  place("switch").hidden = found.length < 2;
}

async function cardOf(name) {
  if (!/^[a-z0-9-]+$/.test(name)) return null;
  return import(`./cards/${name}.js`).catch(() => null);
}
