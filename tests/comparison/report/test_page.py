"""One file that needs no other, whatever stands in the data."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from unrolled.comparison.combinations import Comparison
from unrolled.comparison.experiment import Experiment
from unrolled.comparison.report import page, record, table
from unrolled.comparison.report.markup import Markup, data, tag
from unrolled.sources.labelled import labelled

HOSTILE = "</style></script><script>alert(1)</script>\"'&\u202e\x00\x1b\ud800"


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    texts = [f"{word} {HOSTILE} {number}" for number in range(30) for word in ("good", "bad")]
    settings = Comparison(epochs=2, width=4, vectorizers="count,learned", cells="rnn")
    experiment = Experiment(settings, labelled(texts, [HOSTILE, "<img src=x onerror=alert(1)>"] * 30))
    for combination in experiment.plan:
        experiment.run(combination)
    return experiment


class Elements(HTMLParser):
    """The elements and attributes of a page, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag


def test_the_page_is_whole_and_loads_nothing(experiment) -> None:
    made = page(experiment)
    ElementTree.fromstring(made.removeprefix("<!doctype html>"))  # every element is closed, every text escaped
    elements = Elements(made).found
    names = [name for name, _ in elements]
    assert names.count("script") == names.count("style") == 1
    assert names.count("svg") >= 3
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(names)
    attributes = {name for _, attrs in elements for name in attrs}
    assert not {name for name in attributes if name in ("src", "href", "style") or name.startswith("on")}
    assert not re.search(r"https?:|url\(|@import", made)
    assert made.encode()  # nothing that UTF-8 has not


def test_the_best_stands_first_and_what_is_left_out_has_its_reason(experiment) -> None:
    made = ElementTree.fromstring(page(experiment).removeprefix("<!doctype html>"))
    results = next(one for one in made.iter("table") if one.attrib.get("class") == "sorted")
    shares = [float(row[5].text.rstrip("%")) for row in results.find("tbody")]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 5
    assert len(results.find("tfoot")) == 2
    text = "".join(made.iter().__next__().itertext())
    for part in ("count, recurrent", "no order for a memory to read", "What each vectorizer keeps", "scikit-learn"):
        assert part in text


def test_disagreements_show_the_text_and_both_answers(experiment) -> None:
    for row in experiment.ranked:  # as if the bag of counts had every answer wrong
        if row.combination.model == "bag":
            row.measured.probabilities[:] = row.measured.probabilities[:, ::-1]
    made = page(experiment)
    assert "A bag and a memory" in made
    assert made.count('<td class="text">') <= 10


def test_the_table_is_aligned(experiment) -> None:
    lines = table(experiment).splitlines()
    assert lines[0].split()[:3] == ["vectorizer", "model", "cell"]
    columns = {line.index("%") for line in lines[1:7]}
    assert len(columns) == 1
    assert record(experiment)["results"][0]["accuracy"] == experiment.ranked[0].measured.accuracy


def test_whatever_is_not_markup_is_escaped() -> None:
    assert tag("b", "<i>", Markup("<i/>"), title='"') == '<b title="&quot;">&lt;i&gt;<i/></b>'
    assert tag("td", "a\x00b\ud800") == "<td>a\ufffdb\ufffd</td>"
    assert data("x" * 400, 10) == f"<bdi>{'x' * 9}…</bdi>"
