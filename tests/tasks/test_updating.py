"""Updates of a forecaster: the same bits as reading everything anew, and nothing changed by what cannot be read."""

import copy

import numpy as np
import pytest
from tests.tasks.made_forecaster import made_forecaster, sales

from unrolled import load
from unrolled.errors import InputError
from unrolled.inference.panel_state import _leaves
from unrolled.tasks.standing import read_anew
from unrolled.tasks.updating import settle

COVARIATES = {"static": "size,colour", "past": "visitors", "future": "price", "available": "stock"}


def cut_at(rows, where):
    """Rows before and from the stamp of a row on."""
    stamp = sorted({row["ds"] for row in rows})[where]
    return [row for row in rows if row["ds"] < stamp], [row for row in rows if row["ds"] >= stamp]


def known(rows):
    """What is known ahead of some rows: all but their values."""
    return [{**row, "y": None, "visitors": None, "stock": None} for row in rows]


def same_state(model, anew):
    """Whether two states are the same to the bit, and so are the forecasts from them."""
    settle(model.learnt_, model._network())
    rows = model.learnt_.rows(anew.ids)
    np.testing.assert_array_equal(model.learnt_.last[rows], anew.last)
    for mine, its in zip(_leaves(model.learnt_.state), _leaves(anew.state), strict=True):
        np.testing.assert_array_equal(mine[rows], its)


@pytest.mark.parametrize(
    ("frequency", "season", "series", "covariates", "settings"),
    [
        ("D", None, 12, True, {}),
        ("D", None, 3, True, {"holidays": "DE", "cell": "gru"}),
        ("h", "6,24", 10, False, {"layers": 3}),
        ("h", "6,24", 2, True, {"model": "direct"}),
        ("MS", None, 4, True, {"layers": 1, "model": "autoregressive"}),
        ("D", None, 11, False, {"model": "dense", "fill": "zero"}),
    ],
)
def test_an_update_is_the_same_bits_as_reading_all_anew(frequency, season, series, covariates, settings):
    rows = sales(series, 60, frequency, covariates=covariates)
    first, later = cut_at(rows, -18)
    settings = {**settings, **(COVARIATES if covariates else {})}
    model = made_forecaster(
        first + (known(later) if covariates else []), frequency=frequency, season=season, **settings
    )
    before = copy.deepcopy(model)
    later, ahead = cut_at(later, -10)
    if settings.get("fill") == "zero":
        later = [row for row in later if row["y"] is not None]
    half = sorted({row["ds"] for row in later})[3]  # several rows a series, in any order, and then one by one
    order = np.random.default_rng(1).permutation(len(later))
    model.update([later[i] for i in order if later[i]["ds"] < half])
    one_by_one = [row for row in later if row["ds"] >= half and row["y"] is not None]
    for row in one_by_one:
        model.update(row)
    assert model.updated_ == (1, 1)
    whole = [*first, *later, *(known(ahead) if covariates else [])]
    anew = read_anew(before.learnt_, before._network(), before.format.read(whole))
    if settings.get("fill") == "zero":  # each then ends where the last row of any does
        ends = dict(zip(anew.ids, anew.last.tolist(), strict=True))
        end = str(model.format.frequency.stamps(np.array([max(ends.values())]))[0])
        for id, last in ends.items():
            if model.learnt_.last[model.learnt_.rows([id])[0]] < last:
                model.update({"unique_id": id, "ds": end, "y": 0.0})
    same_state(model, anew)
    if covariates:
        np.testing.assert_array_equal(model.learnt_.future[:, :4, 0], anew.future[:, :4, 0])
    np.testing.assert_array_equal(model.forecasts().quantiles, before.forecasts(whole).quantiles)


@pytest.fixture(scope="module")
def shop():
    return made_forecaster(sales(4, 40), frequency="D")


def test_values_that_are_fed_as_numbers_move_the_state_on_as_rows_do(shop):
    by_row, by_number = copy.deepcopy(shop), copy.deepcopy(shop)
    end = by_row.format.frequency.stamps(by_row.learnt_.last)[2]
    values = [3.0, 4.5, float("nan"), 1e6, 0.0]
    stream = by_number.stream("article 2")
    for day, y in enumerate(values, 1):
        if not np.isnan(y):
            by_row.update({"unique_id": "article 2", "ds": str(end + day * 86_400), "y": y})
        expected = by_number.forecasts().point if day == 1 else None
        told = stream.feed(y)
        assert np.isfinite(told)
        assert expected is None or np.isfinite(expected).all()
    assert stream is by_number.stream("article 2")
    same_state(by_number, by_row._standing(None))
    np.testing.assert_array_equal(by_number.forecasts().quantiles, by_row.forecasts().quantiles)


def test_a_model_that_was_updated_is_saved_whole(shop, tmp_path):
    model = copy.deepcopy(shop)
    model.stream("article 1").feed(7.0)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.forecasts().quantiles, model.forecasts().quantiles)
    for one in (model, again, copy.deepcopy(again)):
        one.stream("article 1").feed(8.0)
    again.save(tmp_path / "model", overwrite=True)
    same_state(load(tmp_path / "model"), model._standing(None))
    assert load(tmp_path / "model").learnt_.last[1] == shop.learnt_.last[1] + 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("article 0", 1, 5.0), ("article 9", 1, 5.0)], "unique_id 'article 9': is no series of this model.*predict"),
        (
            [("article 1", 1, 5.0), ("article 0", 0, 5.0)],
            r"unique_id 'article 0', ds \S+: there are values up to \S+ already",
        ),
        ([("article 1", 1, 5.0), ("article 0", 1, "many")], "article 0.*many"),
        ([("article 1", 1, 5.0), ("article 1", 1, 6.0)], "article 1"),
        ([("article 1", 1, float("inf"))], "article 1.*finite"),
    ],
)
def test_rows_that_cannot_be_read_change_nothing(shop, rows, message):
    ends = dict(zip(shop.learnt_.ids, shop.format.frequency.stamps(shop.learnt_.last), strict=True))
    rows = [{"unique_id": id, "ds": str(ends.get(id, ends["article 0"]) + day * 86_400), "y": y} for id, day, y in rows]
    before = copy.deepcopy(shop)
    with pytest.raises(InputError, match=message):
        shop.update(rows)
    with pytest.raises(InputError, match="article 1"):
        shop.stream("article 1").feed(float("-inf"))
    same_state(shop, before._standing(None))


def test_a_stream_refuses_covariates_that_are_not_its_own(shop):
    with pytest.raises(InputError, match="expected 0 finite numbers"):
        shop.stream("article 0").feed(1.0, past=[3.0])
    with pytest.raises(InputError, match="no series of this model"):
        shop.stream("bread")
