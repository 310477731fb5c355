import { DemandChart } from "./demand-chart.js";
import { element } from "./dom.js";
import { written } from "./scales.js";

const STILL = 120; // milliseconds without a change before an order is asked for
const SAY = 700; // and before it is read out
const UNITS = { h: "hours", D: "days", B: "working days", W: "weeks", M: "months", Q: "quarters", Y: "years" };

/** How much to build: what is there and what is aimed at, moved by sliders; the order, why, and the demand behind it. */
export class Planner {
  /** `ask` gives the order for an article's row, or throws what `explain` puts in words. */
  constructor({ horizon, frequency }, ask, explain) {
    Object.assign(this, { ask, explain, article: null });
    const lead = Math.min(2, horizon - 1), unit = UNITS[/^[a-zA-Z]/.exec(frequency)?.[0]] ?? "periods";
    this.stock = {
      on_hand: new Amount("On hand", 0, 0, 100, 1),
      on_order: new Amount("On order", 0, 0, 100, 1),
      lead_time: new Amount(`Lead time, ${unit}`, lead, 0, Math.max(horizon - 1, 1), 1),
      review: new Amount(`Review period, ${unit}`, 1, 1, horizon, 1),
    };
    this.level = { service_level: new Amount("Service level, %", 95, 50, 99.9, 0.1) };
    this.money = {
      price: new Amount("Price", 10, 0, 20, 0.1), cost: new Amount("Cost", 6, 0, 20, 0.1), salvage: new Amount("Salvage", 1, 0, 20, 0.1),
    };
    this.choices = { level: this.choice("Service level", "level"), money: this.choice("Price and cost", "money") };
    this.targets = element("div", { class: "amounts" });
    this.form = element("form", { class: "planning" },
      element("div", { class: "amounts" }, ...Object.values(this.stock).map(({ root }) => root)),
      element("div", { class: "aims", role: "group", "aria-label": "What is aimed at" }, ...Object.values(this.choices)), this.targets);
    this.form.addEventListener("input", () => this.wake());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.amount = element("p", { class: "best-label" });
    this.reason = element("p", { class: "because" });
    this.spoken = element("p", { class: "unseen", "aria-live": "polite" });
    this.fault = element("p", { class: "fault", role: "status" });
    this.facts = element("dl", { class: "facts" });
    this.chart = new DemandChart();
    this.answer = element("div", { hidden: true }, this.amount, this.reason, this.chart.root, this.facts);
    this.root = element("section", { class: "plan", "aria-label": "How much to build", hidden: true },
      element("h2", {}, "How much to build"), this.form,
      element("div", { class: "order" }, this.fault, this.answer, this.spoken));
    this.aim("level");
  }

  choice(text, aim) {
    return element("button", { type: "button", class: "toggle", onclick: () => { this.aim(aim); this.wake(); } }, text);
  }

  aim(aim) {
    this.aimed = aim;
    for (const [name, button] of Object.entries(this.choices)) button.setAttribute("aria-pressed", String(name === aim));
    this.targets.replaceChildren(...Object.values(this[aim]).map(({ root }) => root));
  }

  /** Plan for a series, as the server forecasts it. */
  show({ unique_id: article, forecast }) {
    const usual = Math.max(0, Math.round(forecast.reduce((sum, value) => sum + value, 0) / forecast.length * 2));
    if (article !== this.article) {
      this.answer.hidden = true;
      this.stock.on_hand.set(usual, 5 * usual || 10);
      this.stock.on_order.set(0, 5 * usual || 10);
    }
    this.article = article;
    this.root.hidden = false;
    this.wake(0);
  }

  hide() {
    this.root.hidden = true;
    this.article = null;
  }

  get row() {
    const numbers = { ...this.stock, ...this[this.aimed] };
    const row = Object.fromEntries(Object.entries(numbers).map(([name, one]) => [name, one.value]));
    if ("service_level" in row) row.service_level /= 100;
    return { unique_id: this.article, ...row };
  }

  wake(wait = STILL) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.plan(), wait);
  }

  /** Ask for the order; while an answer is awaited, changes wait for it, and then the last one counts. */
  async plan() {
    if (this.asking) {
      this.again = true;
      return;
    }
    const wrong = Object.values({ ...this.stock, ...this[this.aimed] }).find((one) => !one.valid);
    if (wrong) return this.refuse(`${wrong.name}: expected a number${wrong.least === null ? "" : ` from ${wrong.least}`}.`);
    this.asking = true;
    const row = this.row;
    try {
      const order = await this.ask(row);
      if (row.unique_id === this.article) this.tell(order);
    } catch (error) {
      this.refuse(this.explain(error));
    }
    this.asking = false;
    if (this.again) {
      this.again = false;
      this.plan();
    }
  }

  /** Say why there is no order; of what the server says, the part that follows the article's name. */
  refuse(text) {
    const name = `${this.article}': `, at = text.indexOf(name);
    this.fault.textContent = at < 0 ? text : `No order: ${text.slice(at + name.length)}`;
    this.root.classList.add("stale");
  }

  tell(order) {
    this.fault.textContent = "";
    this.root.classList.remove("stale");
    this.answer.hidden = false;
    this.amount.replaceChildren("Order ", element("b", {}, written(order.order)));
    this.reason.textContent = order.because;
    this.chart.show(order);
    const facts = {
      "Order up to": order.order_up_to, "Expected demand": order.expected_demand, "Expected lost": order.expected_lost,
      "Expected left": order.expected_left, ...(order.expected_profit === null ? {} : { "Expected profit": order.expected_profit }),
    };
    this.facts.replaceChildren(...Object.entries(facts).map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, written(value)))));
    clearTimeout(this.saying);
    this.saying = setTimeout(() => { this.spoken.textContent = `Order ${written(order.order)}`; }, SAY);
  }
}

/** A number with a slider beside it, which goes as far as the number that is typed. */
class Amount {
  constructor(name, value, least, most, step) {
    Object.assign(this, { name, least });
    this.field = element("input", { type: "number", required: true, step: "any", value });
    this.slider = element("input", { type: "range", min: least, max: most, step, value, "aria-label": `${name}, slider` });
    this.field.addEventListener("input", () => this.follow());
    this.slider.addEventListener("input", () => { this.field.value = this.slider.value; });
    this.root = element("div", { class: "amount" }, element("label", {}, element("span", {}, name), this.field), this.slider);
  }

  set(value, most) {
    Object.assign(this.slider, { max: most, step: most > 20 ? 1 : 0.1 });
    this.field.value = value;
    this.follow();
  }

  follow() {
    if (this.valid && this.value > Number(this.slider.max) && this.name !== "Service level, %") this.slider.max = 2 * this.value;
    this.slider.value = this.field.value;
  }

  get value() {
    return this.field.valueAsNumber;
  }

  get valid() {
    return Number.isFinite(this.value);
  }
}
