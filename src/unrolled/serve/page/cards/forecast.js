import { ask } from "../api.js";
import { element } from "../dom.js";
import { Planner } from "../planner.js";
import { SeriesChart } from "../series-chart.js";

export const show = (root, model, page) => new Card(root, model, page);

/** Series, the model's own or those of a table that is dropped: the forecast of one, and how much to build for it. */
class Card {
  constructor(root, model, page) {
    Object.assign(this, { model, page, table: null, known: new Map(), asked: null });
    this.path = `v1/models/${encodeURIComponent(model.name)}`;
    this.file = element("input", { type: "file", hidden: true, accept: ".csv,.tsv,.txt,text/csv", "aria-label": "Table" });
    this.file.addEventListener("change", () => { this.read(this.file.files[0]); this.file.value = ""; });
    this.own = element("button", { type: "button", hidden: true, onclick: () => this.start() }, "The model's own series");
    this.status = element("p", { class: "quiet", role: "status" });
    this.picker = element("select", { "aria-label": "Series", onchange: () => this.pick(this.picker.value) });
    this.choice = element("label", { class: "picker", hidden: true }, element("span", {}, "Series"), this.picker);
    this.chart = new SeriesChart();
    this.planner = new Planner(model, (row) => this.plan(row), (error) => page.explain(error));
    const source = element("div", { class: "sound" },
      element("button", { type: "button", onclick: () => this.file.click() }, "Choose a table"), this.file, this.own, this.status);
    this.acceptDrops(root, source);
    root.append(element("div", { class: "forecasting" }, source, this.choice, this.chart.root, this.planner.root));
    this.start();
  }

  acceptDrops(root, source) {
    root.addEventListener("dragover", (event) => { event.preventDefault(); source.classList.add("over"); });
    root.addEventListener("dragleave", () => source.classList.remove("over"));
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      source.classList.remove("over");
      this.read(event.dataTransfer.files[0]);
    });
  }

  /** What a question holds beside what it asks: the table, where one was dropped. */
  get data() {
    return this.table === null ? {} : { csv: this.table };
  }

  /** The series that the model has learnt from. */
  async start() {
    this.begin(null, "Reading the model's series …");
    await this.attempt(async (isLatest) => {
      const { count, ids } = await ask(`${this.path}/series`);
      if (!isLatest()) return;
      const some = count > ids.length ? `, the first ${ids.length.toLocaleString("en")} of which can be chosen` : "";
      this.offer(ids, `${series(count)} that the model has learnt from${some}. Or drop a table here: CSV with the columns ${this.columns}.`);
    });
  }

  async read(file) {
    if (!file) return;
    const table = await file.text();
    this.begin(table, `Reading ${file.name} …`);
    await this.attempt(async (isLatest) => {
      const answer = await ask(`${this.path}/forecast`, { csv: table });
      if (!isLatest()) return;
      for (const one of answer.series) this.known.set(one.unique_id, one);
      this.offer(answer.series.map((one) => one.unique_id), `${file.name}: ${series(answer.series.length)}.`);
    });
  }

  get columns() {
    return [...this.model.columns.split(","), ...(this.model.covariates ?? [])].map((name) => name.trim()).join(", ");
  }

  begin(table, text) {
    this.table = table;
    this.known.clear();
    this.tell(text);
    this.own.hidden = table === null;
  }

  /** Do what is asked last; what comes of it too late is dropped, and what fails is said. */
  async attempt(work) {
    const asked = this.asked = {}, isLatest = () => asked === this.asked;
    try {
      await work(isLatest);
    } catch (error) {
      if (!isLatest()) return;
      this.tell(this.page.explain(error), true);
      this.choice.hidden = this.chart.root.hidden = true;
      this.planner.hide();
    }
  }

  tell(text, isFault = false) {
    this.status.textContent = text;
    this.status.className = isFault ? "fault" : "quiet";
  }

  offer(ids, text) {
    this.tell(text);
    this.choice.hidden = ids.length < 2;
    this.picker.replaceChildren(...ids.map((id) => element("option", { value: id }, id)));
    if (ids.length) this.pick(ids[0]);
  }

  async pick(id) {
    await this.attempt(async (isLatest) => {
      if (!this.known.has(id)) {
        const answer = await ask(`${this.path}/forecast`, { ...this.data, ids: [id] });
        this.known.set(id, answer.series[0]);
      }
      if (!isLatest()) return;
      this.chart.show(this.known.get(id));
      this.planner.show(this.known.get(id));
    });
  }

  async plan(row) {
    const { orders } = await ask(`${this.path}/plan`, { ...this.data, stock: [row] });
    return orders[0];
  }
}

const series = (count) => count === 1 ? "One series" : `${count.toLocaleString("en")} series`;
