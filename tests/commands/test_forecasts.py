"""`unrolled predict` and `evaluate` of a model that forecasts series, as a user types them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commands.refusal import refused

from unrolled.commands.tables import table_lines
from unrolled.inference.forecasts import Paths
from unrolled.metrics.evaluation import Evaluation
from unrolled.sources.panel import read_panel
from unrolled.tasks.panels import PanelTask, Updated

ROWS = [{"unique_id": name, "ds": f"2024-01-0{day}", "y": day} for name in ("a", "b") for day in (1, 2, 3)]


class Known(PanelTask[Any]):
    """A model of two series, which remembers what it was asked."""

    name = "forecast"

    def __init__(self) -> None:
        self.panel, self._format = read_panel(ROWS)
        self.asked: list[Any] = []

    @property
    def format(self):
        return self._format

    def recipe(self):
        raise NotImplementedError

    def describe(self):
        return "two series"

    @property
    def baseline_name(self):
        return "naive"

    @property
    def example(self):
        return "--level 80"

    def predict(self, data=None, *, level=None, quantiles=None):
        self.asked.append(("predict", data, level, quantiles))
        stamps = np.array(["2024-01-04", "2024-01-05"], "M8[s]")
        table = {"unique_id": ["a", "a", "b", "b"], "ds": np.tile(stamps, 2), "Forecaster": np.array([3, 4, 0.5, 0.25])}
        return table | {f"Forecaster-lo-{percent:g}": np.full(4, 1234.5678) for percent in level or ()}

    def simulate(self, n_paths=1000, data=None, seed=0, ids=None):
        self.asked.append(("simulate", data, n_paths, seed))
        values = np.random.default_rng(seed).random((2, n_paths, 2))
        return Paths(self.panel.ids, self.panel.frequency, self.panel.last, values)

    def cross_validation(self, data, n_windows=1, step_size=None, refit=False, level=None):
        self.asked.append(("cross_validation", data, n_windows, step_size, level))
        return {"unique_id": ["a"], "y": np.array([1.0]), "Forecaster": np.array([2.0])}

    def unseen(self, data, windows=1, step=None, show=None):
        self.asked.append(("unseen", data, windows, step))
        return self

    def evaluate(self, data, windows=1, step=None, *, stock=None, show=None):
        articles = None if stock is None else [article.unique_id for article in stock.articles]
        self.asked.append(("evaluate", data, windows, step, articles))
        return Evaluation({"mase": 0.5}, {"mase": 1.0}, "SeasonalNaive", "worth it")

    def update(self, rows):
        self.updated_ = Updated(1, 1)
        return self

    def plan(self, stock, **how):
        raise NotImplementedError

    def plot(self, path, data=None, *, level=(80, 95), dark=False):
        self.asked.append(("plot", data, tuple(level), dark))

    def plot_residuals(self, path, data, windows=1, step=None, *, dark=False):
        self.asked.append(("plot_residuals", data, windows, step, dark))

    def plot_calibration(self, path, data, windows=1, step=None, *, dark=False):
        self.asked.append(("plot_calibration", data, windows, step, dark))


@pytest.fixture
def known(monkeypatch):
    """The model in the folder `demand`."""
    model = Known()
    for command in ("predict", "evaluate"):
        monkeypatch.setattr(f"unrolled.commands.{command}.load", lambda _: model)
    return model


def test_a_table_is_printed_with_as_many_decimals_as_the_numbers_of_a_series_need(run, known):
    assert run("predict", "demand") == (
        0,
        "unique_id  ds          Forecaster\n"
        "a          2024-01-04       3.000\n"
        "a          2024-01-05       4.000\n"
        "b          2024-01-04      0.5000\n"
        "b          2024-01-05      0.2500\n",
        "",
    )
    assert known.asked == [("predict", None, None, None)]


def test_numbers_of_any_size_are_printed():
    many = {"n": np.array([1, 2, 3, 4]), "y": np.array([1e17, 0.0, 1e-7, np.nan])}
    assert list(table_lines(many)) == [
        "n               y",
        "1       1.000e+17",
        "2  0.000000000000",
        "3    0.0000001000",
        "4             nan",
    ]
    assert list(table_lines({"unique_id": [], "y": np.zeros(0)})) == ["unique_id  y"]


def test_levels_and_quantiles_are_several_words_before_or_behind_the_data(run, known):
    Path("new.csv").write_text("unique_id,ds,y\n")
    for words in (
        ("--level", "80", "95", "new.csv"),
        ("new.csv", "--level", "80,95"),
        ("new.csv", "--level", "80", "--level", "95"),
    ):
        assert run("predict", "demand", *words, "--quantiles", ".1", "0.9")[0] == 0
        assert known.asked.pop() == ("predict", [Path("new.csv")], [80, 95], [0.1, 0.9])


def test_forecasts_are_written_drawn_and_printed_as_json(run, known):
    code, out, err = run("predict", "demand", "--level", "80", "-o", "f.csv", "--plot", "f.png", "--dark")
    assert (code, out) == (0, "")
    assert "f.csv: 4 rows" in err
    assert Path("f.csv").read_text().splitlines()[1] == "a,2024-01-04,3.0,1234.5678"
    assert known.asked[1:] == [("plot", None, (80,), True)]
    rows = [json.loads(line) for line in run("predict", "demand", "--json")[1].splitlines()]
    assert rows[3] == {"unique_id": "b", "ds": "2024-01-05", "Forecaster": 0.25}
    refused(run("predict", "demand", "-o", "f.csv"), "f.csv exists already; --overwrite replaces it")


def test_sample_paths_are_written_by_their_seed(run, known):
    assert run("predict", "demand", "--paths", "3", "--seed", "7", "-o", "p.jsonl")[0] == 0
    rows = [json.loads(line) for line in Path("p.jsonl").read_text().splitlines()]
    assert len(rows) == 2 * 3 * 2
    assert rows[-1].keys() == {"unique_id", "ds", "sample", "y"}
    assert known.asked == [("simulate", None, 3, 7)]


def test_parts_of_the_data_are_measured_written_and_drawn(run, known):
    Path("stock.csv").write_text("unique_id,on_hand,on_order,lead_time,review,service_level\na,1,0,1,1,0.9\n")
    code, out, err = run(
        *("evaluate", "demand", "sales.csv", "--windows", "5", "--step", "7", "--level", "80", "95"),
        *("-o", "cv.csv", "--plot", "r.svg", "--calibration", "c.png", "--plan", "stock.csv"),
    )
    assert code == 0
    assert "SeasonalNaive" in out
    assert out.endswith("worth it\n")
    assert "cv.csv: 1 rows" in err
    data = [Path("sales.csv")]
    assert known.asked == [
        ("unseen", data, 5, 7),
        ("evaluate", data, 5, 7, ["a"]),
        ("cross_validation", data, 5, 7, [80, 95]),
        ("plot_residuals", data, 5, 7, False),
        ("plot_calibration", data, 5, 7, False),
    ]
    assert json.loads(run("evaluate", "demand", "sales.csv", "--json")[1])["metrics"] == {"mase": 0.5}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("predict demand -n 3", "-n means nothing for demand, a forecast model"),
        ("predict demand --lines", "--lines means nothing for demand"),
        ("predict demand --columns a,b", "--columns means nothing for demand"),
        ("predict demand --level eighty", "--level: 'eighty' is no number; expected such as 80 95"),
        ("predict demand --paths 0", "--paths is 0; expected between 1"),
        ("predict demand --paths 10", "there is nowhere to write them; expected -o FILE or --json"),
        ("predict demand --paths 10 --level 80 --json", "--level means nothing for samples; leave it or --paths out"),
        ("predict demand --seed 3", "expected --paths beside it"),
        ("predict demand -o forecast.xyz", "expected the name of a file that ends in .csv"),
        ("predict demand --plot forecast.xyz", "the suffix is '.xyz'"),
        ("evaluate demand sales.csv --windows 0", "--windows is 0; expected between 1"),
        ("evaluate demand sales.csv --level 80", "expected -o FILE beside it"),
        ("evaluate demand sales.csv --encoding latin-1", "--encoding means nothing for demand"),
    ],
)
def test_what_cannot_be_asked_of_forecasts_is_refused(run, known, words, reason):
    refused(run(*words.split()), reason)
    assert known.asked == []
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("predict {} the --level 80", "--level means nothing for {}, a next-word model"),
        ("predict {} the --plot a.png", "--plot means nothing for {}"),
        ("evaluate {} book.txt --windows 3", "--windows means nothing for {}"),
        ("evaluate {} book.txt -o a.csv", "--output means nothing for {}"),
        ("update {} new.csv", "{} holds a next-word model, which forecasts no series; expected"),
    ],
)
def test_what_means_nothing_for_single_inputs_is_refused(run, keyboard, words, reason):
    refused(run(*words.format(keyboard).split()), reason.format(keyboard))


def test_a_model_of_series_reads_no_single_input(run, known, monkeypatch):
    monkeypatch.setattr("unrolled.tasks.load", lambda _: known)
    monkeypatch.setattr("unrolled.commands.export.load", lambda _: known)
    for words in (("generate", "demand"), ("export", "demand", "--onnx", "a.onnx")):
        refused(run(*words), "demand holds a forecast model, which reads no single input; expected one of next-word")
