"""A comparison as one HTML file that needs no other: no script is needed, no picture loaded, every text escaped."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files

from unrolled import settings
from unrolled.bench.machine import about
from unrolled.comparison.experiment import Experiment, Row
from unrolled.comparison.measured import Measured
from unrolled.comparison.report.chart import Point, interval, mark, scatter
from unrolled.comparison.report.disagreements import disagreements
from unrolled.comparison.report.markup import Markup, data, tag
from unrolled.comparison.report.record import libraries
from unrolled.comparison.report.table import HEADINGS, UNFINISHED, cells_of, count, difference
from unrolled.inputs import input_class
from unrolled.text.kept import KEPT, Kept

__all__ = ["page"]

Cost = Callable[[Measured], float]

COSTS: tuple[tuple[str, str, Cost], ...] = (
    ("Parameters", "parameters", lambda measured: measured.parameters),
    ("Training time", "seconds of training", lambda measured: measured.seconds),
    ("Answer time", "microseconds for one answer", lambda measured: measured.microseconds),
)
NOTES = (
    "Accuracy, macro-F1 and calibration error (mean gap between confidence and accuracy over ten ranges of "
    "confidence) are those of the test part, which no fit saw. "
    "To the baseline: points of accuracy more than it, with the 95 % interval of a paired bootstrap of 10,000 rounds. "
    "An interval that holds 0 may be luck. The best of many on one test part looks better than it is. "
    "Validation: accuracy on the part by which training stopped. Training: seconds of steps and validations, without "
    "reading, vocabulary and vectors. Epochs: how often that time was enough to see every example; * marks "
    f"a network that was {UNFINISHED}. Answer: the median time from one raw input to its label."
)

LABELS = 50  # shown by name


def page(experiment: Experiment) -> str:
    """The whole file."""
    own = files("unrolled.comparison.report")
    style, script = (Markup(own.joinpath(name).read_text(encoding="utf-8")) for name in ("style.css", "sort.js"))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", "Vectorizers, models and cells compared"),
        tag("style", style),
    )
    sections = [_opening(experiment)]
    if experiment.ranked:
        sections += [_results(experiment), _pictures(experiment)]
    sections += [_vectorizers(experiment), disagreements(experiment), _left_out(experiment), _settings(experiment)]
    body = tag("body", tag("main", *sections), tag("script", script))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _opening(experiment: Experiment) -> Markup:
    test = "of a file of their own" if experiment.named else "a tenth of each label"
    data_used = (
        f"{experiment.kind}, {len(experiment.labels)} labels, {count(len(experiment.train))} examples to learn from, "
        f"{count(len(experiment.test))} to measure on ({test}), {datetime.now(UTC):%Y-%m-%d}"
    )
    parts = [tag("h1", "Vectorizers, models and cells compared"), tag("p", data_used, class_="soft")]
    if experiment.repeated:
        parts.append(tag("p", f"{count(experiment.repeated)} of the test inputs stand in the training part, too."))
    return Markup("".join([*parts, tag("p", _conclusion(experiment))]))


def _conclusion(experiment: Experiment) -> str:
    if not experiment.ranked:
        return "Nothing was measured; the reasons are below."
    best = experiment.ranked[0]
    sure = "more than luck explains" if best.difference.low > 0 else "fewer than luck explains"
    if best.difference.low <= 0 <= best.difference.high:
        sure = "which may be luck"
    return (
        f"Best on the test part: {best.combination.name} with {best.measured.accuracy:.1%} right; "
        f"{experiment.baseline_name} has {experiment.baseline.accuracy:.1%}. "
        f"The difference is {difference(best)} points, {sure}."
    )


def _results(experiment: Experiment) -> Markup:
    names = ("", "vectorizer", "model", "cell", "order", *HEADINGS)
    heads = [tag("th", name, scope="col", **({"class": "number"} if i > 4 else {})) for i, name in enumerate(names)]
    heads[5] = tag("th", names[5], scope="col", class_="number", aria_sort="descending")
    reach = [end for row in experiment.rows for end in (row.difference.low, row.difference.high)]
    ends = min(0.0, *reach), max(0.0, *reach)
    rows = [_row(experiment, number, row, ends) for number, row in enumerate(experiment.ranked, 1)]
    baselines = (experiment.baseline_name, experiment.baseline), ("the most frequent label", experiment.majority)
    foot = [tag("tr", tag("td", name, colspan=5), *_numbers(measured, None)) for name, measured in baselines]
    parts = tag("thead", tag("tr", *heads)), tag("tbody", *rows), tag("tfoot", *foot)
    table = tag("table", *parts, class_="sorted")
    return tag("section", tag("h2", "Results"), tag("div", table, class_="scroll"), tag("p", NOTES, class_="soft"))


def _row(experiment: Experiment, number: int, row: Row, ends: tuple[float, float]) -> Markup:
    vectorizer, model, cell = row.combination
    middle, low, high, p = row.difference
    order = "kept" if row.combination.keeps_order else "lost"
    names = [tag("td", name) for name in (vectorizer or experiment.kind, model, cell or "", order)]
    numbers = _numbers(row.measured, row)
    shown = tag("span", difference(row), title=f"p = {p:.2g}")
    picture = interval(low, middle, high, ends)
    numbers[1] = tag("td", shown, picture, class_="number", data_value=f"{middle:.6f}")
    return tag("tr", tag("td", str(number), class_="number"), *names, *numbers)


def _numbers(measured: Measured, row: Row | None) -> list[Markup]:
    cells = cells_of(measured, row)
    values = [cell.replace(",", "").rstrip("%sµ ") for cell in cells]
    return [tag("td", cell, class_="number", data_value=value) for cell, value in zip(cells, values, strict=True)]


def _pictures(experiment: Experiment) -> Markup:
    figures = []
    for title, unit, cost in COSTS:
        points = [_point(number, row, cost) for number, row in enumerate(experiment.ranked, 1)]
        chart = scatter(title, unit, points, experiment.baseline.accuracy, experiment.baseline_name)
        figures.append(tag("figure", chart))
    dashed = experiment.baseline_name
    caption = f"Accuracy on the test part against cost. Numbers are those of the table; dashed: {dashed}."
    heading, charts = tag("h2", "What it costs"), tag("div", *figures, class_="charts")
    return tag("section", heading, tag("p", caption, class_="soft"), _legend(experiment), charts)


def _point(number: int, row: Row, cost: Cost) -> Point:
    colour = list(KEPT).index(row.combination.vectorizer) if row.combination.vectorizer else 1
    x = max(cost(row.measured), 1e-3)
    return Point(x, row.measured.accuracy, number, row.combination.name, row.combination.model, colour)


def _legend(experiment: Experiment) -> Markup:
    done = [row.combination for row in experiment.ranked]
    items = [(mark(form, -1, 8, 8), form) for form in dict.fromkeys(combination.model for combination in done)]
    present = {combination.vectorizer for combination in done}
    items += [(mark("bag", i, 8, 8), name) for i, name in enumerate(KEPT) if name in present]
    icons = [tag("li", tag("svg", shape, viewBox="0 0 16 16", aria_hidden="true"), name) for shape, name in items]
    return tag("ul", *icons, class_="legend")


def _vectorizers(experiment: Experiment) -> Markup:
    rows = []
    for name in dict.fromkeys(combination.vectorizer for combination in experiment.plan):
        order, what = KEPT[name] if name else Kept(True, input_class(experiment.kind).kept)
        cells = name or experiment.kind, "kept" if order else "lost", what
        rows.append(tag("tr", *(tag("td", cell) for cell in cells)))
    heads = tag("tr", *(tag("th", name, scope="col") for name in ("vectorizer", "order", "what is left of an input")))
    table = tag("table", tag("thead", heads), tag("tbody", *rows))
    caption = "A bag takes the mean of the vectors: whatever the vectorizer keeps, it loses the order of the steps."
    heading = tag("h2", "What each vectorizer keeps")
    return tag("section", heading, tag("div", table, class_="scroll"), tag("p", caption, class_="soft"), class_="keep")


def _left_out(experiment: Experiment) -> Markup:
    if not experiment.left_out:
        return Markup("")
    rows = [
        tag("tr", tag("td", left.combination.name), tag("td", data(left.reason, 1_000))) for left in experiment.left_out
    ]
    heads = tag("tr", *(tag("th", name, scope="col") for name in ("combination", "why")))
    table = tag("table", tag("thead", heads), tag("tbody", *rows))
    return tag("section", tag("h2", "Left out"), tag("div", table, class_="scroll"))


def _settings(experiment: Experiment) -> Markup:
    own, training = (settings.to_dict(part) for part in (experiment.settings, experiment.settings.training))
    shown = {
        **{name: value for name, value in own.items() if value is not None},
        **{name: value for name, value in training.items() if name not in own and value},
        **{name: value for name, value in about().items() if name != "versions"},
        **libraries(),
    }
    pairs = [part for name, value in shown.items() for part in _pair(name, value)]
    labels = [part for label in experiment.labels[:LABELS] for part in (", ", data(label, 80))][1:]
    labels += [f" and {len(experiment.labels) - LABELS:,} more"] if len(experiment.labels) > LABELS else []
    labelled = tag("dt", "labels"), tag("dd", *labels)
    return tag("section", tag("h2", "Settings, versions and machine"), tag("dl", *labelled, *pairs))


def _pair(name: str, value: object) -> tuple[Markup, Markup]:
    return tag("dt", name.replace("_", " ")), tag("dd", data(str(value), 1_000))
