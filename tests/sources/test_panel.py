import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.sources.panel import PanelFormat, PanelLayout, read_panel

DAYS = pd.date_range("2024-01-01", periods=20, freq="D")
HOURS = pd.date_range("2024-10-26", periods=72, freq="h", tz="Europe/Berlin")


def sales() -> pd.DataFrame:
    return pd.DataFrame({"unique_id": np.repeat(["a", "b"], 20), "ds": np.tile(DAYS, 2), "y": np.arange(40.0)})


def described() -> pd.DataFrame:
    """Sales with covariates: three days of the promotion are known beyond the last sales."""
    frame = sales().assign(price=np.arange(40.0) % 7, promotion=np.arange(40) % 2, kind=np.repeat(["tea", "bread"], 20))
    frame.loc[frame.ds > "2024-01-17", ["y", "price"]] = np.nan
    return frame


def read(data: object, **layout: object) -> tuple[Panel, PanelFormat]:
    panel, learnt = read_panel(data, PanelLayout(**layout))
    assert PanelFormat.from_dict(json.loads(json.dumps(learnt.to_dict()))) == learnt
    return panel, learnt


def assert_same(one: Panel, other: Panel) -> None:
    assert list(one.ids) == list(other.ids)
    assert one.frequency == other.frequency
    for name in ("first", "offsets", "y", "cut", "past", "future_offsets", "future", "static"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def written(path: Path, frame: pd.DataFrame, **how: object) -> Path:
    frame.to_csv(path, index=False, **how)
    return path


def test_a_panel_of_two_series():
    panel, learnt = read(described())
    assert list(panel.ids) == ["a", "b"]
    assert learnt.frequency.name == "D"
    np.testing.assert_array_equal(panel.y, [*range(17), *range(20, 37)])
    np.testing.assert_array_equal(panel.frequency.stamps(panel.last), [np.datetime64("2024-01-17", "s")] * 2)
    assert (panel.static_names, panel.past_names) == (("kind=tea", "kind=bread"), ("price",))
    np.testing.assert_array_equal(panel.static, [[1, 0], [0, 1]])
    np.testing.assert_array_equal(panel.past[:, 0], [*(np.arange(17) % 7), *(np.arange(20, 37) % 7)])
    assert panel.future_names == ("promotion",)
    np.testing.assert_array_equal(panel.future_offsets, [0, 20, 40])
    np.testing.assert_array_equal(panel.future[:, 0], np.arange(40) % 2)


def test_the_same_panel_of_every_source(tmp_path):
    frame = described()
    panel, _ = read(frame)
    text = frame.assign(ds=frame.ds.astype(str))
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True, date_format="iso", date_unit="s")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    for data in (
        pl.from_pandas(frame),
        pl.from_pandas(frame).with_columns(pl.col("ds").cast(pl.Date)),
        frame.set_index(["unique_id", "ds"]),
        text,
        text.to_dict("records"),
        written(tmp_path / "a.csv", frame),
        written(tmp_path / "a.tsv", frame, sep="\t"),
        written(tmp_path / "comma.csv", frame, sep=";", decimal=","),
        *(tmp_path / name for name in ("a.jsonl", "a.xlsx")),
        [written(tmp_path / "1.csv", frame[:20]), str(written(tmp_path / "2.csv", frame[20:]))],
    ):
        assert_same(read(data)[0], panel)


def test_unsorted_rows_are_sorted():
    mixed = described().sample(frac=1, random_state=3).sort_values("unique_id", kind="stable")
    assert_same(read(mixed)[0], read(described())[0])


def test_wide_tables(tmp_path, caplog):
    panel, _ = read(sales())
    down = sales().pivot(index="ds", columns="unique_id", values="y").reset_index()
    assert_same(read(written(tmp_path / "down.csv", down))[0], panel)
    assert "a wide table: ds holds the stamps, each other column a series (2)" in caplog.text
    frame = sales().assign(ds=sales().ds.astype(str), kind=np.repeat(["x", "y"], 20))
    across = frame.pivot(index=["unique_id", "kind"], columns="ds", values="y").reset_index()
    found, _ = read(across)
    np.testing.assert_array_equal(found.y, panel.y)
    assert found.static_names == ("kind=x", "kind=y")


def test_one_series_is_named_after_its_file(tmp_path):
    path = written(tmp_path / "visits.csv", sales()[:20][["ds", "y"]])
    panel, learnt = read(path)
    assert list(panel.ids) == ["visits"]
    assert learnt.read([{"ds": "2024-01-21", "y": 3}]).ids == ("visits",)


def test_other_names_and_types():
    frame = sales().assign(unique_id=np.repeat([7, 8], 20)).rename(columns={"unique_id": "art", "ds": "day", "y": "n"})
    panel, learnt = read(frame, columns="art,day,n")
    assert list(panel.ids) == ["7", "8"]
    assert learnt.id_type == "int"
    assert list(learnt.read([{"art": 7.0, "day": "2024-01-21", "n": "2.5"}]).y) == [2.5]


def test_gaps_are_missing_or_zero():
    few = sales().drop([5, 18, 19])
    panel, _ = read(few)
    assert np.isnan(panel.y[5])
    assert list(panel.lengths) == [18, 20]
    panel, _ = read(few, fill="zero")
    assert [panel.y[place] for place in (5, 18, 19)] == [0, 0, 0]
    assert list(panel.lengths) == [20, 20]
    late = sales()
    late.loc[:2, "y"] = np.nan
    assert list(read(late)[0].lengths) == [17, 20]


def test_what_was_available():
    frame = sales().assign(available=sales().y + (np.arange(40) % 4 > 0))
    assert read(frame)[0].cut.sum() == 10
    assert read(sales().assign(stock=np.arange(40) % 4))[0].cut.sum() == 10
    panel, learnt = read(sales().assign(open=np.arange(40) % 4 > 0), available="open")
    assert panel.cut.sum() == 10
    assert learnt.read([{"unique_id": "a", "ds": "2024-01-21", "y": 1, "open": False}]).cut[0]
    assert panel.past_names == ()


@pytest.mark.parametrize(
    ("days", "country", "frequency", "found"),
    [
        ("2024-12-24", "DE", "D", [0, 1, 1, 0, 0]),
        ("2024-12-24", "DE", "12h", [0, 0, 1, 1, 1]),
        ("2024-12-22", "DE", "W-SUN", [0, 2, 1, 0, 0]),
        ("2024-12-01", "US", "MS", [1, 2, 1, 0, 0]),
        ("2025-03-29", "US-CA", "D", [0, 0, 1, 0, 0]),
    ],
)
def test_holidays(days, country, frequency, found):
    stamps = pd.date_range(days, periods=3, freq=frequency)
    panel, learnt = read(
        pd.DataFrame({"ds": stamps, "y": [1.0, 2, 3]}), holidays=country, horizon=2, frequency=frequency
    )
    assert panel.future_names == ("holiday",)
    assert list(panel.future[:, 0]) == found
    row = {"ds": stamps[1], "y": 2}
    assert learnt.read([row]).future[0, 0] == found[1]


def test_years_months_and_quarters():
    values = np.arange(20.0)
    assert read(pd.DataFrame({"ds": np.arange(1990, 2010), "y": values}), frequency="Y")[0].frequency.name == "YS-JAN"
    assert read(pd.DataFrame({"ds": np.arange(1990, 2010), "y": values}))[0].frequency.name == "1"
    months = pd.date_range("2000-01-01", periods=20, freq="MS")
    assert read(pd.DataFrame({"ds": months.strftime("%Y-%m"), "y": values}))[0].frequency.name == "MS"
    assert read(pd.DataFrame({"ds": months.strftime("%Y%m"), "y": values}), frequency="M")[0].frequency.name == "MS"
    quarters = pd.period_range("2000Q1", periods=20, freq="Q")
    assert read(pd.DataFrame({"ds": quarters, "y": values}))[0].frequency.name == "QS-JAN"
    assert read(pd.DataFrame({"ds": DAYS.strftime("%Y%m%d"), "y": values}))[0].frequency.name == "D"


def test_days_and_months_in_either_order():
    panel, _ = read(sales())
    for pattern in ("%d/%m/%Y", "%m/%d/%Y %I:%M %p", "%d.%m.%Y", "%m-%d-%Y"):
        assert_same(read(sales().assign(ds=sales().ds.dt.strftime(pattern)))[0], panel)
    few = sales()[:9]
    with pytest.raises(InputError, match="ds is '01/01/2024': day or month may come first"):
        read(few.assign(ds=few.ds.dt.strftime("%d/%m/%Y")))
    with pytest.raises(InputError, match=r"row 1: .*'31/31/2024'; expected a date"):
        read([{"ds": "13/01/2024", "y": 1}, {"ds": "31/31/2024", "y": 1}])
    with pytest.raises(InputError, match="day and month in both orders"):
        read([{"ds": "13/01/2024", "y": 1}, {"ds": "01/14/2024", "y": 1}])
    _, learnt = read(sales().assign(ds=sales().ds.dt.strftime("%d/%m/%Y")))
    assert learnt.read([{"unique_id": "a", "ds": "02/01/2024", "y": 1}]).first[0] == panel.first[0] + 1


def test_an_hour_that_comes_twice_and_one_that_is_left_out(caplog):
    panel, learnt = read(pd.DataFrame({"ds": HOURS, "y": np.arange(72.0)}))
    assert panel.y[26] == 26.5  # the mean of both hours from 2 to 3
    assert len(panel.y) == 71
    assert "an hour came twice, 1 in all" in caplog.text
    same = pd.DataFrame({"ds": HOURS.tz_convert("UTC"), "y": np.arange(72.0)})
    np.testing.assert_array_equal(learnt.read(same).y, panel.y)
    assert (
        learnt.read([{"ds": "2024-10-28T00:00+00:00", "y": 1}]).first
        == learnt.read([{"ds": "2024-10-28 01:00", "y": 1}]).first
    )
    spring = pd.date_range("2024-03-30", periods=72, freq="h", tz="Europe/Berlin")
    panel, _ = read(pd.DataFrame({"ds": spring, "y": np.arange(72.0)}))
    assert np.flatnonzero(np.isnan(panel.y)).tolist() == [26]


def test_several_distances_from_utc_are_read_as_utc(tmp_path, caplog):
    panel, _ = read(written(tmp_path / "a.csv", pd.DataFrame({"ds": HOURS, "y": np.arange(72.0)})))
    assert "several distances from UTC" in caplog.text
    np.testing.assert_array_equal(panel.y, np.arange(72.0))


def test_update_reads_a_row_as_it_reads_a_table():
    _, learnt = read(described())
    row = {"unique_id": "a", "ds": "2024-01-18", "y": "4", "price": 2, "promotion": True, "kind": "tea"}
    panel = learnt.read([row])
    assert_same(panel, learnt.read(pd.DataFrame([row])))
    assert (panel.y[0], panel.future[0, 0], panel.past[0, 0]) == (4, 1, 2)
    assert panel.static.tolist() == [[1, 0]]


def test_predict_reads_the_future_alone(caplog):
    _, learnt = read(described())
    assert learnt.past
    ahead = described()[17:20].drop(columns=["y", "kind", *(one.name for one in learnt.past)])
    panel = learnt.read(ahead)
    assert list(panel.lengths) == [0]
    assert len(panel.future) == 3
    assert np.isnan(panel.static).all()
    learnt.read(described().assign(kind="coffee"))
    assert "kind has categories that were not learnt: coffee" in caplog.text
    with pytest.raises(InputError, match="no column 'promotion', a covariate learnt from"):
        learnt.read(described().drop(columns="promotion"))
    with pytest.raises(InputError, match="no column 'price', a covariate learnt from"):
        learnt.read(described().drop(columns="price"))


BAD = {
    "ds is 'soon'; expected a date": ("2024-01-04", "soon"),
    "ds is '2024-02-31'; expected a date": ("2024-01-04", "2024-02-31"),
    "unique_id 'a', ds 2024-01-04: y is 'many'; expected a number": (",3.0", ",many"),
    "unique_id 'a', ds 2024-01-04: y is inf; expected a finite": (",3.0", ",inf"),
    "unique_id is missing": ("a,2024-01-04", ",2024-01-04"),
    "ds is missing": ("a,2024-01-04", "a,"),
    "unique_id 'a', ds 2024-01-03: was in .*bad.csv:4 already": ("a,2024-01-04", "a,2024-01-03"),
    "unique_id 'a': ds 2024-01-04 05:00:00 is off the grid of the frequency D": ("2024-01-04", "2024-01-04 05:00"),
    "2 values; expected 3": ("a,2024-01-04,3.0", "a,2024-01-04"),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_cell_is_named_with_its_line(tmp_path, message):
    text = sales().to_csv(index=False).replace(*BAD[message], 1)
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"bad\.csv:5: {message}"):
        read(path, frequency="D")


@pytest.mark.parametrize(
    ("change", "layout", "message"),
    [
        (lambda f: f.drop(columns="y"), {}, "no column 'y'; it has unique_id, ds: name yours with columns="),
        (lambda f: f[:0], {}, "no rows in it"),
        (lambda f: f.assign(y=np.nan), {}, "every y is missing"),
        (lambda f: f[:1], {}, 'no series has two stamps.*frequency="D"'),
        (lambda f: f, {"frequency": "W"}, "unique_id 'a': ds 2024-01-02 is off the grid of the frequency W-MON"),
        (lambda f: f, {"frequency": "1"}, "the frequency 1 is one of whole numbers"),
        (
            lambda f: f.assign(ds=1),
            {"frequency": "D"},
            "ds are whole numbers such as 1, but the frequency is one of time",
        ),
        (lambda f: f.assign(ds=0.5), {}, "row 0: ds is '0.5'; expected a date"),
        (lambda f: f.assign(unique_id=f.unique_id.where(f.y != 3)), {}, "row 3: unique_id is missing"),
        (
            lambda f: f.assign(p=f.y),
            {"static": ("p",)},
            "row 1: unique_id 'a', ds 2024-01-02: p is static, but 1.0 here",
        ),
        (lambda f: f.assign(p=np.inf), {}, "row 0: .*: p is inf; expected a finite number"),
        (lambda f: f, {"past": ("p",)}, "no column 'p'"),
        (lambda f: f, {"past": ("p",), "static": ("p",)}, "named as more than one"),
        (lambda f: f.assign(available="x"), {}, "available holds texts"),
        (lambda f: f, {"holidays": "XX"}, "holidays='XX'"),
        (lambda f: f, {"fill": "mean"}, "fill is 'mean'; expected one of missing, zero"),
        (lambda f: f, {"columns": "a,b,c,d"}, "columns is 'a,b,c,d'; expected three names"),
        (lambda f: [1, 2], {}, r"data: \[1, 2\]; expected a frame"),
        (lambda f: "sample:x", {}, "unknown sample 'sample:x'; choose sample:airline"),
    ],
)
def test_what_cannot_be_read_is_refused(change, layout, message):
    with pytest.raises(InputError, match=message):
        read(change(sales()), **layout)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"ds": "2024-01-21", "y": 1}, "row 0: unique_id is missing"),
        ({"unique_id": "a", "y": 1}, "unique_id 'a': ds is missing"),
        ({"unique_id": "a", "ds": "x", "y": 1}, "unique_id 'a': ds is 'x'; expected a date"),
        ({"unique_id": "a", "ds": "2024-01-21 07:00", "y": 1}, "off the grid of the frequency D"),
        ({"unique_id": "a", "ds": "2024-01-21", "y": "x"}, "unique_id 'a', ds 2024-01-21: y is 'x'"),
        ({"unique_id": "a", "ds": "2024-01-21", "y": np.inf}, "y is 'inf'; expected a finite number"),
        ({"unique_id": "a", "ds": "2024-01-21T00:00Z", "y": 1}, "the stamps learnt from have no zone"),
    ],
)
def test_a_bad_row_of_an_update_is_named(row, message):
    with pytest.raises(InputError, match=message):
        read(sales())[1].read([row])


def test_a_damaged_format_is_refused():
    values = read(sales())[1].to_dict()
    for key in ("frequency", "static", "stamps"):
        with pytest.raises(InputError, match="is damaged"):
            PanelFormat.from_dict(values | {key: 5})
    with pytest.raises(InputError, match="is damaged"):
        PanelFormat.from_dict({})


def test_identifiers_that_are_texts_stay_as_they_are():
    rows = [{"unique_id": id, "ds": day, "y": 1} for id in ("1.0", "1", "001") for day in range(3)]
    assert list(read(rows, frequency="1")[0].ids) == ["1.0", "1", "001"]
    assert list(read(pd.DataFrame(rows).assign(unique_id=2.0, ds=range(9)), frequency="1")[0].ids) == ["2"]
