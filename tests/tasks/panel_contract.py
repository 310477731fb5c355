"""What every task that forecasts panels must hold. Each check takes a `Case`, or what `prepare` made of it."""

import csv
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.tasks import shared_contract
from tests.tasks.shared_contract import check_learnt_nothing, check_read_back, check_told, said_without

from unrolled import InputError, Training, load
from unrolled.tasks import task_class

HORIZON, DAYS, SERIES = 4, 60, 5
ABSENT = ["torch", "pandas", "polars", "scipy", "sklearn", "statsforecast", "utilsforecast", "narwhals", "matplotlib"]


@dataclass(frozen=True)
class Case:
    """A ``task`` by its name, settings that tell its cases apart, and whether its data are sparse counts.

    ``effect``: how many times as much it forecasts with a promotion, at least.
    """

    task: str
    settings: dict[str, Any]
    sparse: bool = False
    effect: float = 1.15

    def __str__(self) -> str:
        return f"{self.task}, {', '.join(map(str, self.settings.values()))}{', sparse' * self.sparse}"

    def make(self, training: Training | None = None, **settings: Any) -> Any:
        """An unfitted one of little size."""
        usual = {"horizon": HORIZON, "frequency": "D", "future": "promotion", "static": "kind", "width": 8}
        small = Training(epochs=30, batch=4, learning_rate=0.02) if training is None else training
        return task_class(self.task)(**{**usual, "members": 2, "training": small, **self.settings, **settings})


@dataclass(frozen=True)
class Prepared:
    """A case, its data, further rows of it, the task fitted on it, and the folder that was saved."""

    case: Case
    data: Path
    more: Path
    task: Any
    folder: Path


def write(place: Path, sparse: bool = False) -> tuple[Path, Path]:
    """Sales of each series by day, which a promotion makes three times as much, and one more day of two of them."""
    rng, head = np.random.default_rng(0), ["unique_id", "ds", "y", "promotion", "kind"]
    rows, more = [], []
    for i in range(SERIES):
        promotion = (rng.random(DAYS + HORIZON + 1) < 0.3).astype(int)
        mean = (0.4 if sparse else 20.0 + 5 * i) * (1 + 2 * promotion)
        sold = rng.poisson(mean)
        for day, stamp in enumerate(np.datetime64("2026-01-01") + np.arange(len(sold))):
            beside = [promotion[day], "ab"[i % 2]]
            if day < DAYS + HORIZON:
                rows.append([f"article {i}", str(stamp), sold[day] if day < DAYS else "", *beside])
            if day >= DAYS and i < 2:
                more.append([f"article {i}", str(stamp), sold[day] if day == DAYS else "", *beside])
    for name, table in (("sales.csv", rows), ("more.csv", more)):
        with (place / name).open("w", newline="") as stream:
            csv.writer(stream).writerows([head, *table])
    return place / "sales.csv", place / "more.csv"


def prepare(case: Case, place: Path) -> Prepared:
    """Fit and save in a folder of its own."""
    data, more = write(place, case.sparse)
    task = case.make().fit(data)
    task.save(place / "model")
    return Prepared(case, data, more, task, place / "model")


# Learning ------------------------------------------------------------------------------------------------------------


def check_learns_what_smoothing_cannot(ready: Prepared) -> None:
    """The network knows what a promotion does; the exponential smoothing, with which it starts, does not."""
    fitted = ready.task.fitted_
    assert fitted.loss < (1 if ready.case.sparse else 0.85) * fitted.baseline_loss
    told = ready.task.predict()
    with ready.data.open() as stream:
        promoted = np.array([row["promotion"] == "1" for row in csv.DictReader(stream) if not row["y"]])
    promoted = promoted.reshape(SERIES, HORIZON)
    point = np.reshape(told["Forecaster"], (SERIES, HORIZON))
    relative = point / point.mean(1, keepdims=True)
    assert relative[promoted].mean() > ready.case.effect * relative[~promoted].mean()


def check_resumed_is_uninterrupted(case: Case, place: Path) -> None:
    """And a fit that was stopped forecasts."""
    data, _ = write(place, case.sparse)
    quick = Training(epochs=4, batch=2, learning_rate=0.02)
    stopped = shared_contract.check_resumed_is_uninterrupted(case.make, data, place, quick)
    assert np.isfinite(stopped.predict()["Forecaster"]).all()


def check_tuned(ready: Prepared) -> None:
    """A model goes on learning from its weights, and is itself not changed by it."""
    before = answers(ready.task, str(ready.data))
    tuned = ready.task.tune(ready.data, training=Training(epochs=2, batch=4))
    assert tuned.fitted_.start_loss is not None
    assert tuned.fitted_.loss <= tuned.fitted_.start_loss
    assert tuned.shapes() == ready.task.shapes()
    assert answers(ready.task, str(ready.data)) == before


# Answering -----------------------------------------------------------------------------------------------------------


def answers(task: Any, data: str) -> list[Any]:
    """All that a model says of its series, of data and of itself, to the bit."""
    told = [task.predict(level=[80, 95]), task.predict(data, quantiles=[0.1, 0.9])]
    paths = [repr(task.simulate(7, seed=3).values.tolist()), repr(task.simulate(5, data).values.tolist())]
    return [*({name: list(map(str, one[name])) for name in one} for one in told), *paths, task.describe()]


def check_saved_says_the_same(cases: list[Prepared]) -> None:
    """In a process that has numpy, but no library that training and data frames need."""
    models = [(str(ready.folder), str(ready.data)) for ready in cases]
    for ready, said in zip(cases, said_without(ABSENT, answers, models), strict=True):
        assert said == answers(ready.task, str(ready.data)), str(ready.case)


def check_loaded_is_the_same(ready: Prepared) -> None:
    loaded = check_read_back(ready.task, ready.folder)
    check_told(loaded, ready.folder)
    expected = answers(ready.task, str(ready.data))
    for other in (loaded, pickle.loads(pickle.dumps(ready.task))):
        assert answers(other, str(ready.data)) == expected


def check_forecasts(ready: Prepared) -> None:
    """Finite, in order, from the first period after the last; paths lie where the quantiles say."""
    told = ready.task.forecasts(levels=(0.05, 0.25, 0.5, 0.75, 0.95))
    assert told.quantiles.shape == (SERIES, HORIZON, 5)
    assert np.isfinite(told.quantiles).all()
    assert (np.diff(told.quantiles, axis=-1) >= 0).all()
    assert (told.quantiles >= 0).all()
    table = ready.task.predict(level=[80])
    assert str(table["ds"][0])[:10] == str(np.datetime64("2026-01-01") + DAYS)
    assert len(table["ds"]) == SERIES * HORIZON
    paths = ready.task.simulate(400).values
    assert paths.shape == (SERIES, 400, HORIZON)
    between = (paths >= told.quantiles[:, None, :, 1]) & (paths <= told.quantiles[:, None, :, 3])
    assert between.mean() > 0.45
    one = ready.task.simulate(3, ids=["article 2"])
    assert (list(one.ids), one.values.shape) == (["article 2"], (1, 3, HORIZON))


def check_same_data_same_answer(ready: Prepared) -> None:
    """Read anew, the series are where the fit left them; and so they are after an update."""
    assert repr(ready.task.predict()["Forecaster"]) == repr(ready.task.predict(ready.data)["Forecaster"])
    moved = load(ready.folder).update(ready.more)
    assert (moved.updated_.rows, moved.updated_.series) == (2, 2)
    rows = {(row["unique_id"], row["ds"]): row for path in (ready.data, ready.more) for row in _rows(path)}
    known = [{**row, "y": float(row["y"]) if row["y"] else None} for row in rows.values()]
    anew, told = moved.forecasts(known), moved.forecasts()
    assert told.last.tolist() == anew.last.tolist()
    np.testing.assert_array_equal(told.quantiles, anew.quantiles)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


# Refusing ------------------------------------------------------------------------------------------------------------


def check_refusals(ready: Prepared, place: Path) -> None:
    fresh = ready.case.make()
    uses = lambda: fresh.update(ready.more), lambda: fresh.tune(ready.data), lambda: fresh.evaluate(ready.data)
    check_learnt_nothing(fresh, (fresh.predict, fresh.simulate, *uses), place)
    for name, value in {"width": 0, "model": "best", "likelihood": "poisson", "cell": "none"}.items():
        with pytest.raises(InputError, match=f"{name} is {value!r}"):
            ready.case.make(**{name: value})
    for wrong in ({"level": [0]}, {"level": [100]}, {"quantiles": [0]}, {"quantiles": [1.5]}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            ready.task.predict(**wrong)
    for use in (lambda: ready.task.simulate(0), lambda: ready.task.simulate(3, ids=["article 9"])):
        with pytest.raises(InputError, match=r"n_paths is 0|'article 9'"):
            use()
    with pytest.raises(InputError, match="exists"):
        ready.task.save(ready.folder)


def check_bad_data_is_named(ready: Prepared, place: Path) -> None:
    lines = ready.data.read_text().splitlines()
    short = [line for line in lines if line < "article 0,2026-01-05" or line == lines[0]]
    bad = {
        "column": ([line.replace("promotion", "price") for line in lines], "promotion"),
        "text": ([lines[0], lines[1].replace(lines[1].split(",")[2], "many", 1), *lines[2:]], "many"),
        "twice": ([*lines, lines[1]], "2026-01-01"),
        "short": (short, "horizon"),
    }
    for name, (content, expected) in bad.items():
        path = place / f"{name}.csv"
        path.write_text("\n".join(content))
        with pytest.raises(InputError, match=expected):
            ready.case.make().fit(path)
    with pytest.raises(InputError, match=r"missing\.csv"):
        ready.case.make().fit(place / "missing.csv")
    with pytest.raises(InputError, match="valid"):
        ready.case.make().fit(ready.data, valid=ready.data)


def check_damage_is_refused(ready: Prepared, place: Path) -> None:
    shared_contract.check_damage_is_refused(ready.folder, lambda task: task.predict(), place)
