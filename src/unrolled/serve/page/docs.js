import { ask } from "./api.js";
import { element } from "./dom.js";
import { themeButton } from "./theme.js";

const place = (id) => document.getElementById(id);

themeButton(place("theme"));
show();

async function show() {
  try {
    const schema = await ask("openapi.json");
    const { models } = await ask("v1/models").catch(() => ({ models: [] }));
    const operations = Object.entries(schema.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => address(schema, path, method, operation, models)));
    place("addresses").replaceChildren(...operations);
  } catch (error) {
    place("notice").textContent = error.message;
    place("notice").hidden = false;
  }
}

function address(schema, path, method, operation, models) {
  const root = element("section", { class: "address", "data-path": path },
    element("h2", {}, element("span", { class: "method" }, method.toUpperCase()), path),
    element("p", {}, operation.description ?? operation.summary ?? ""));
  if (operation.parameters?.length) {
    root.append(element("h3", {}, "Parameters"), table(["name", "in", "what"], operation.parameters.map((one) =>
      [one.name, one.in, [kind(schema, one.schema), one.description].filter(Boolean).join(": ")])));
  }
  const bodies = operation.requestBody?.content ?? {};
  for (const one of variants(bodies["application/json"]?.schema)) {
    root.append(element("h3", {}, `Request: ${kind(schema, one)}`), ...described(schema, one));
  }
  const others = Object.keys(bodies).filter((type) => type !== "application/json");
  if (others.length) root.append(element("p", {}, `Or a body of the type ${others.join(", ")}.`));
  root.append(element("h3", {}, "Responses"), table(["status", "what", "body"],
    Object.entries(operation.responses ?? {}).map(([status, one]) => [status, one.description, answerOf(schema, one)])));
  const answer = operation.responses?.["200"]?.content?.["application/json"]?.schema;
  for (const one of variants(answer)) root.append(element("h3", {}, `Answer: ${kind(schema, one)}`), ...described(schema, one));
  const typed = models.find((model) => model.example); // reads what one may type
  if (method === "post" && path.endsWith("/predict") && typed) root.append(tryIt(typed));
  return root;
}

function table(names, rows) {
  return element("table", {}, element("thead", {}, element("tr", {}, ...names.map((name) => element("th", {}, name)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))))));
}

/** The objects that a schema allows. */
const variants = (one) => (one?.anyOf ?? [one]).filter((each) => each?.$ref);

const resolve = (schema, one) => one?.$ref ? one.$ref.split("/").slice(1).reduce((at, key) => at[key], schema) : one;

function answerOf(schema, response) {
  const [type, content] = Object.entries(response.content ?? {})[0] ?? ["", {}];
  return type === "application/json" ? kind(schema, content.schema) || "JSON" : type;
}

/** A schema in a word or two. */
function kind(schema, one) {
  if (!one) return "";
  if (one.$ref) return one.$ref.split("/").at(-1);
  if (one.enum) return one.enum.join(", ");
  if (one.anyOf) return one.anyOf.map((each) => kind(schema, each)).join(" or ");
  if (one.type === "array") return `list of ${kind(schema, one.items)}`;
  const least = one.minimum === undefined ? "" : ` from ${one.minimum}`;
  const most = one.maximum === undefined ? "" : ` to ${one.maximum}`;
  return `${one.type ?? "anything"}${least}${most}`;
}

function described(schema, one) {
  const { properties = {}, required = [] } = resolve(schema, one);
  return [
    table(["key", "value", "what"], Object.entries(properties).map(([name, property]) => [
      required.includes(name) ? `${name} (required)` : name, kind(schema, property), property.description ?? "",
    ])),
    element("pre", {}, JSON.stringify(example(schema, one), null, 2)),
  ];
}

// Of what a key of this name holds.
const EXAMPLES = {
  name: "keyboard", task: "next-word", description: "lstm layers of 200 units", parameters: 4330200, status: "ready",
  text: "blue", label: "good", score: 0.42, reads: "text", cell: "lstm", seconds: 0.6, start: 0,
  note: 60, velocity: 80, tempo: 100, labels: ["bad", "good"], words: ["0.01"], rows: [[-3, 41, 12]], decisions: [[0.58, 0.42]],
};

/** A value that a schema allows. */
function example(schema, one, depth = 0) {
  const resolved = resolve(schema, one);
  if (!resolved || depth > 5) return null;
  if (resolved.examples?.length) return resolved.examples[0];
  if (resolved.default !== undefined && resolved.default !== null) return resolved.default;
  const choice = resolved.anyOf ?? resolved.oneOf;
  if (choice) return example(schema, choice[0], depth + 1);
  if (resolved.type === "array") return [example(schema, resolved.items, depth + 1)];
  if (resolved.properties) {
    const kept = Object.entries(resolved.properties).filter(([, property]) => property.default !== null || !property.anyOf);
    const chosen = [...optional(resolved, kept), ...kept];
    return Object.fromEntries(chosen.map(([name, property]) =>
      [name, property.examples?.[0] ?? EXAMPLES[name] ?? example(schema, property, depth + 1)]));
  }
  return { string: "the sky is", integer: resolved.minimum ?? 3, number: 0.42, boolean: true }[resolved.type] ?? null;
}

/** Of keys that stand for one another, such as input and inputs, an example has the first. */
function optional(resolved, kept) {
  return Object.entries(resolved.properties).filter((entry) => !kept.some(([name]) => name === entry[0])).slice(0, 1);
}

function tryIt({ name, example: value }) {
  const text = element("input", { value, dir: "auto", "aria-label": "Text" });
  const result = element("pre", { role: "status", hidden: true });
  const form = element("form", {}, text, element("button", { type: "submit" }, "Predict"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await ask(`v1/models/${encodeURIComponent(name)}/predict`, { input: text.value, n: 3 })
      .catch((error) => ({ error: error.message }));
    result.textContent = JSON.stringify(answer, null, 2);
    result.hidden = false;
  });
  return element("div", { class: "try" }, element("h3", {}, `Try it with ${name}`), form, result);
}
