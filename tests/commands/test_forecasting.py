"""A forecaster from its data to forecasts, updates and refusals, as a user types it."""

import csv
import datetime
import json
import math
import shutil
from pathlib import Path

import pytest
from tests.commands.refusal import refused

DAYS = 60
TINY = ("--epochs", "1", "--width", "4", "--layers", "1", "--members", "1")
FIT = ("fit", "forecast", "sales.csv", "--horizon", "7", "--frequency", "D", "-o", "new", *TINY)


def line(name: str, day: int) -> str:
    stamp = datetime.date(2024, 1, 1) + datetime.timedelta(day)
    return f"{name},{stamp},{20 + 5 * math.sin(day * math.tau / 7) + day % 3:.2f}"


LINES = ["unique_id,ds,y", *(line(name, day) for name in ("apples", "bread") for day in range(DAYS))]
LATER = [line(name, day) for name in ("apples", "bread") for day in range(DAYS - 7, DAYS)]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A folder with two series of sixty days, and a small model that has read all but the last week of them."""
    from unrolled import Forecaster, Training

    folder = tmp_path_factory.mktemp("forecasts")
    (folder / "sales.csv").write_text("\n".join(LINES) + "\n")
    (folder / "known.csv").write_text("\n".join(line for line in LINES if line not in LATER) + "\n")
    training = Training(epochs=1)
    model = Forecaster(horizon=7, frequency="D", width=4, layers=1, members=1, training=training)
    model.fit(folder / "known.csv", show=False).save(folder / "demand")
    return folder


@pytest.fixture
def place(run, fitted):
    """The data and the model in the working folder."""
    shutil.copytree(fitted, ".", dirs_exist_ok=True)


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_forecasts_follow_the_history_and_an_update_moves_them_on(run, place):
    assert run("predict", "demand", "--level", "80", "-o", "before.csv")[0] == 0
    before = rows(Path("before.csv").read_text())
    assert [row["ds"] for row in before[:2]] == ["2024-02-23", "2024-02-24"]
    assert all(
        float(row["Forecaster-lo-80"]) <= float(row["Forecaster"]) <= float(row["Forecaster-hi-80"]) for row in before
    )
    Path("today.csv").write_text("\n".join([LINES[0], *LATER]))
    code, out, err = run("update", "demand", "today.csv", "-o", "later")
    assert (code, out) == (0, "")
    assert "later: read 14 rows of 2 series" in err
    assert run("update", "demand", "today.csv")[0] == 0
    updated = run("predict", "demand", "--json")
    assert updated == run("predict", "later", "--json")
    assert json.loads(updated[1].splitlines()[0])["ds"] == "2024-03-01"


def test_windows_of_the_past_are_written_beside_what_came(run, place):
    code, out, _ = run("evaluate", "demand", "sales.csv", "-o", "past.csv", "--plot", "r.svg", "--json")
    assert code == 0
    assert {"mase", "coverage_80"} <= json.loads(out)["metrics"].keys()
    past = rows(Path("past.csv").read_text())
    assert len(past) == 14
    assert list(past[0]) == [
        *("unique_id", "ds", "cutoff", "y", "Forecaster"),
        *("Forecaster-lo-80", "Forecaster-hi-80", "Forecaster-lo-95", "Forecaster-hi-95"),
    ]
    assert past[0]["cutoff"] == "2024-02-22"
    assert Path("r.svg").stat().st_size > 1000


def test_a_model_is_described(run, place):
    out = run("describe", "demand")[1]
    assert "demand: forecast, hybrid: 2 series, 7 periods of D ahead" in out
    assert json.loads(run("describe", "demand", "--json")[1])["settings"]["horizon"] == 7


@pytest.mark.parametrize(
    ("words", "change", "reason"),
    [
        (("fit", "forecast", "sales.csv", "-o", "new"), None, "--horizon is not given; expected how many periods"),
        (FIT, lambda lines: ["unique_id,ds,sales", *lines[1:]], "no column 'y'; it has unique_id, ds, sales"),
        (FIT, lambda lines: [*lines, "apples,2024-03-01,many"], "sales.csv:122: unique_id 'apples', ds 2024-03-01: y"),
        (FIT, lambda lines: [*lines, "apples,2024-03-01,inf"], "y is inf; expected a finite number"),
        (FIT, lambda lines: lines[:2], "expected more than the --horizon, which is 7"),
        (FIT, lambda lines: lines[:8], "unique_id 'apples' has the longest history there is, of length 7"),
        (FIT, lambda lines: [*lines, lines[1]], "sales.csv:122: unique_id 'apples', ds 2024-01-01: was in sales.csv:2"),
        (FIT, lambda lines: [*lines, "apples,2024-03-01 07:00,3"], "unique_id 'apples': ds 2024-03-01 07:00:00 is off"),
        ((*FIT, "--future", "promo"), None, "sales.csv: no column 'promo'"),
        ((*FIT, "--valid", "sales.csv"), None, "--valid: the last windows of the data are held out"),
        ((*FIT, "--season", "x"), None, "--season is 'x'; expected periods, as in 12 or 24,168"),
    ],
)
def test_what_cannot_be_learnt_from_is_named(run, place, words, change, reason):
    if change is not None:
        Path("sales.csv").write_text("\n".join(change(LINES)))
    before = files()
    result = run(*words)
    refused(result, reason)
    assert len(result[2].splitlines()) == 1
    assert files() == before


@pytest.mark.parametrize(
    ("words", "content", "reason"),
    [
        ("predict demand data.csv", "pears,2024-03-01,", "unique_id 'pears': was not in the data learnt from"),
        ("predict demand data.csv", "apples,2024-03-01,x", "data.csv:2: unique_id 'apples', ds 2024-03-01: y is 'x'"),
        ("predict demand nothing.csv", "", "nothing.csv"),
        ("predict demand --level 101", "", "--level is 101; expected percent between 0 and 100"),
        ("predict demand --quantiles 1.5", "", "--quantiles: 1.5; expected numbers between 0 and 1"),
        ("update demand data.csv", "pears,2024-03-01,3", "pears"),
        ("update demand data.csv", "apples,2024-02-22,3", "2024-02-22"),
        ("update demand data.csv", "apples,2024-03-01,inf", "y is inf"),
        ("update demand data.csv", "apples,2024-03-01 12:00,3", "is off the grid of the frequency D"),
        ("update demand sales.csv -o data.csv", "", "exists and is not a folder"),
        ("update demand sales.csv -o demand", "", "it exists; name a new folder, or replace it with --overwrite"),
        ("evaluate demand sales.csv --windows 50", "", "the longest series is of length 60; expected more than 350"),
        ("evaluate demand sales.csv --plan nothing.csv", "", "nothing.csv"),
        ("generate demand", "", "demand holds a forecast model, which reads no single input"),
        ("export demand --onnx a.onnx", "", "demand holds a forecast model, which reads no single input"),
    ],
)
def test_what_cannot_be_answered_is_named(run, place, words, content, reason):
    Path("data.csv").write_text(f"unique_id,ds,y\n{content}\n")
    before = files()
    result = run(*words.split())
    refused(result, reason)
    assert len(result[2].splitlines()) == 1
    assert files() == before
