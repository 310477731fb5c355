"""A comparison as one HTML file that needs no other: no script is needed, no picture loaded, every text escaped."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files

from unrolled.comparison.combinations import INPUTS, VECTORIZERS
from unrolled.comparison.contest import Contest, Row
from unrolled.comparison.measured import Measured
from unrolled.comparison.report.chart import Point, interval, mark, scatter
from unrolled.comparison.report.disagreements import disagreements
from unrolled.comparison.report.facts import facts
from unrolled.comparison.report.markup import Markup, data, tag
from unrolled.comparison.report.table import HEADINGS, cells_of, count, difference

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
    "reading, vocabulary and vectors. Epochs: how often that time was enough to see every example; a fit of few would "
    "gain by a larger budget. Answer: the median time from one raw input to its label."
)

LABELS = 50  # shown by name


def page(contest: Contest) -> str:
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
    sections = [_opening(contest)]
    if contest.ranked:
        sections += [_results(contest), _pictures(contest)]
    sections += [_vectorizers(contest), disagreements(contest), _left_out(contest), _settings(contest)]
    body = tag("body", tag("main", *sections), tag("script", script))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _opening(contest: Contest) -> Markup:
    test = "of a file of their own" if contest.named else "a tenth of each label"
    told = (
        f"{contest.kind}, {len(contest.labels)} labels, {count(len(contest.train))} examples to learn from, "
        f"{count(len(contest.test))} to measure on ({test}), {datetime.now(UTC):%Y-%m-%d}"
    )
    parts = [tag("h1", "Vectorizers, models and cells compared"), tag("p", told, class_="soft")]
    if contest.repeated:
        parts.append(tag("p", f"{count(contest.repeated)} of the test inputs stand in the training part, too."))
    return Markup("".join([*parts, tag("p", _verdict(contest))]))


def _verdict(contest: Contest) -> str:
    if not contest.ranked:
        return "Nothing was measured; the reasons are below."
    best = contest.ranked[0]
    assert best.measured is not None
    assert best.difference is not None
    sure = "more than luck explains" if best.difference.low > 0 else "fewer than luck explains"
    if best.difference.low <= 0 <= best.difference.high:
        sure = "which may be luck"
    return (
        f"Best on the test part: {best.combination.name} with {best.measured.accuracy:.1%} right; "
        f"{contest.baseline_name} has {contest.baseline.accuracy:.1%}. "
        f"The difference is {difference(best)} points, {sure}."
    )


def _results(contest: Contest) -> Markup:
    names = ("", "vectorizer", "model", "cell", "order", *HEADINGS)
    heads = [tag("th", name, scope="col", **({"class": "number"} if i > 4 else {})) for i, name in enumerate(names)]
    heads[5] = tag("th", names[5], scope="col", class_="number", aria_sort="descending")
    reach = [end for row in contest.ranked if row.difference for end in (row.difference.low, row.difference.high)]
    ends = min(0.0, *reach), max(0.0, *reach)
    rows = [_row(contest, number, row, ends) for number, row in enumerate(contest.ranked, 1)]
    baselines = (contest.baseline_name, contest.baseline), ("the most frequent label", contest.majority)
    foot = [tag("tr", tag("td", name, colspan=5), *_numbers(measured, None)) for name, measured in baselines]
    parts = tag("thead", tag("tr", *heads)), tag("tbody", *rows), tag("tfoot", *foot)
    table = tag("table", *parts, class_="sorted")
    return tag("section", tag("h2", "Results"), tag("div", table, class_="scroll"), tag("p", NOTES, class_="soft"))


def _row(contest: Contest, number: int, row: Row, ends: tuple[float, float]) -> Markup:
    one, found = row.combination, row.difference
    assert row.measured is not None
    assert found is not None
    order = "kept" if one.keeps_order else "lost"
    names = [tag("td", name) for name in (one.vectorizer or contest.kind, one.model, one.cell or "", order)]
    numbers = _numbers(row.measured, row)
    shown = tag("span", difference(row), title=f"p = {found.p:.2g}")
    picture = interval(found.low, found.difference, found.high, ends)
    numbers[1] = tag("td", shown, picture, class_="number", data_value=f"{found.difference:.6f}")
    return tag("tr", tag("td", str(number), class_="number"), *names, *numbers)


def _numbers(measured: Measured, row: Row | None) -> list[Markup]:
    cells = cells_of(measured, row)
    values = [cell.replace(",", "").rstrip("%sµ ") for cell in cells]
    return [tag("td", cell, class_="number", data_value=value) for cell, value in zip(cells, values, strict=True)]


def _pictures(contest: Contest) -> Markup:
    colours = {name: number for number, name in enumerate(VECTORIZERS)}
    figures = []
    for title, unit, cost in COSTS:
        points = [
            Point(max(cost(row.measured), 1e-3), row.measured.accuracy, number, one.name, one.model, colour)
            for number, row in enumerate(contest.ranked, 1)
            if row.measured
            for one in [row.combination]
            for colour in [colours.get(one.vectorizer or "", 1)]
        ]
        chart = scatter(title, unit, points, contest.baseline.accuracy, contest.baseline_name)
        figures.append(tag("figure", chart))
    told = f"Accuracy on the test part against cost. Numbers are those of the table; dashed: {contest.baseline_name}."
    heading, charts = tag("h2", "What it costs"), tag("div", *figures, class_="charts")
    return tag("section", heading, tag("p", told, class_="soft"), _legend(contest), charts)


def _legend(contest: Contest) -> Markup:
    done = [row.combination for row in contest.ranked]
    items = [(mark(form, -1, 8, 8), form) for form in dict.fromkeys(one.model for one in done)]
    present = {one.vectorizer for one in done}
    items += [(mark("bag", i, 8, 8), name) for i, name in enumerate(VECTORIZERS) if name in present]
    icons = [tag("li", tag("svg", shape, viewBox="0 0 16 16", aria_hidden="true"), name) for shape, name in items]
    return tag("ul", *icons, class_="legend")


def _vectorizers(contest: Contest) -> Markup:
    present = dict.fromkeys(one.vectorizer for one in contest.plan)
    kept = [(name or contest.kind, VECTORIZERS[name] if name else INPUTS[contest.kind]) for name in present]
    rows = [tag("tr", tag("td", name), tag("td", "kept" if k.order else "lost"), tag("td", k.what)) for name, k in kept]
    heads = tag("tr", *(tag("th", name, scope="col") for name in ("vectorizer", "order", "what is left of an input")))
    table = tag("table", tag("thead", heads), tag("tbody", *rows))
    told = "A bag takes the mean of the vectors: whatever the vectorizer keeps, it loses the order of the steps."
    heading = tag("h2", "What each vectorizer keeps")
    return tag("section", heading, tag("div", table, class_="scroll"), tag("p", told, class_="soft"), class_="keep")


def _left_out(contest: Contest) -> Markup:
    if not contest.left_out:
        return Markup("")
    rows = [tag("tr", tag("td", row.combination.name), tag("td", data(row.reason, 1_000))) for row in contest.left_out]
    heads = tag("tr", *(tag("th", name, scope="col") for name in ("combination", "why")))
    table = tag("table", tag("thead", heads), tag("tbody", *rows))
    return tag("section", tag("h2", "Left out"), tag("div", table, class_="scroll"))


def _settings(contest: Contest) -> Markup:
    known = facts(contest)
    about = dict(known["machine"])
    libraries = about.pop("versions")
    shown = {
        **{name: value for name, value in known["settings"].items() if value is not None},
        **{name: value for name, value in known["training"].items() if name not in known["settings"] and value},
        **about,
        **libraries,
    }
    pairs = [tag(kind, *inside) for name, value in shown.items() for kind, inside in _pair(name, value)]
    labels = [part for label in contest.labels[:LABELS] for part in (", ", data(label, 80))][1:]
    labels += [f" and {len(contest.labels) - LABELS:,} more"] if len(contest.labels) > LABELS else []
    named = tag("dt", "labels"), tag("dd", *labels)
    return tag("section", tag("h2", "Settings, versions and machine"), tag("dl", *named, *pairs))


def _pair(name: str, value: object) -> list[tuple[str, tuple[str, ...]]]:
    return [("dt", (name.replace("_", " "),)), ("dd", (data(str(value), 1_000),))]
