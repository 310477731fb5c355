import numpy as np
import pandas as pd
import pytest

from unrolled.data.frequency import Frequency
from unrolled.errors import InputError

NAMES = (
    *("s", "min", "15min", "h", "2h", "D", "2D", "B", "W-SUN", "W-WED", "2W-MON", "MS", "ME", "2MS", "QS-JAN"),
    *("QS-FEB", "QE-DEC", "YS-JAN", "YS-APR", "YE-DEC", "YE-JUN", "2YS-JAN"),
)


def stamps(start: str, count: int, name: str) -> np.ndarray:
    return pd.date_range(start, periods=count, freq=name).to_numpy().astype("M8[s]")


def infer(*series: np.ndarray) -> Frequency:
    ends = np.cumsum([0, *map(len, series)])
    frequency = Frequency.infer(np.concatenate(series), ends, "abc"[: len(series)])
    frequency.check_same(frequency.periods(np.concatenate(series)), ends, "abc")
    return frequency


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", ["1949-02-03 05:00:07", "2024-02-29"])
def test_periods_count_the_stamps_of_pandas(name, start):
    given = stamps(start, 60, name)
    for frequency in (infer(given), Frequency.named(name, given)):
        periods = frequency.periods(given)
        np.testing.assert_array_equal(np.diff(periods), 1)
        np.testing.assert_array_equal(frequency.stamps(periods), given)
        assert Frequency(frequency.name) == Frequency.named(frequency.name) == frequency
        assert str(frequency.alias) == name
        assert frequency.calendar(periods).shape == (60, len(frequency.calendar_names))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        *(("H", "h"), ("T", "min"), ("S", "s"), ("M", "ME"), ("Q", "QE-DEC"), ("QS", "QS-JAN"), ("A", "YE-DEC")),
        *(("Y", "YE-DEC"), ("AS", "YS-JAN"), ("W", "W-SUN"), ("60min", "h"), ("7D", "W-THU"), (1, "1"), ("1", "1")),
        *(("D+6h", "D+6h"), (" 15T ", "15min"), ("MS+14D", "MS+14D"), ("QE-MAR", "QE-DEC")),
    ],
)
def test_old_and_new_names(given, name):
    assert Frequency.named(given).name == name


@pytest.mark.parametrize("name", ["", "x", "0D", "-1", "2B", "W-JAN", "MS-JAN", "D+6M", "YS-SUN", "1.5h"])
def test_what_is_no_frequency_is_refused(name):
    with pytest.raises(InputError, match=r"frequency is .*; expected one of pandas's: min, h, D"):
        Frequency.named(name)


@pytest.mark.parametrize(
    ("name", "starts", "found"),
    [
        ("W", "W-MON", "W-MON"),
        ("M", "MS", "MS"),
        ("Q", "QS-FEB", "QS-FEB"),
        ("Y", "YS", "YS-JAN"),
        ("5D", "5D", "5D+4D"),
    ],
)
def test_a_name_without_an_anchor_lies_as_the_stamps_do(name, starts, found):
    assert Frequency.named(name, stamps("2024-01-02", 9, starts)).name == found


def test_a_name_with_an_anchor_is_held():
    with pytest.raises(
        InputError, match="ds 2024-01-08 is off the grid of the frequency W-SUN; expected 2024-01-07 or"
    ):
        Frequency.named("W-SUN", stamps("2024-01-02", 9, "W-MON")).periods(stamps("2024-01-02", 9, "W-MON"))


@pytest.mark.parametrize(
    ("name", "season", "seasons"),
    [
        *(("h", 24, (24, 168)), ("D", 7, (7,)), ("W", 52, (52,)), ("MS", 12, (12,)), ("ME", 12, (12,)), ("Q", 4, (4,))),
        *(("Y", 1, ()), ("B", 5, (5,)), ("15min", 96, (96, 672)), ("min", 60, (60, 1440)), ("1", 1, ())),
        *(("30min", 48, (48, 336)), ("2W", 26, (26,)), ("s", 60, (60, 3600)), ("2h", 12, (12, 84))),
    ],
)
def test_seasons(name, season, seasons):
    frequency = Frequency.named(name)
    assert (frequency.season, frequency.seasons) == (season, seasons)


def test_the_calendar_comes_again():
    hours = Frequency("h")
    periods = hours.periods(stamps("2024-03-01", 24 * 14, "h"))
    features = dict(zip(hours.calendar_names, hours.calendar(periods).T, strict=True))
    np.testing.assert_allclose(features["sine of day"][:-24], features["sine of day"][24:], atol=1e-6)
    np.testing.assert_allclose(features["cosine of week"][:168], features["cosine of week"][168:], atol=1e-6)
    assert features["cosine of day"][0] == pytest.approx(1)
    assert features["sine of day"][6] == pytest.approx(1)
    assert Frequency("MS").calendar_names == ("sine of year", "cosine of year")


def test_gaps_do_not_hide_the_frequency():
    keep = np.random.default_rng(0).random(300) < 0.3
    for name in ("h", "D", "B", "W-TUE", "ME", "QS-FEB"):
        assert infer(stamps("2020-01-01", 300, name)[keep]).alias == name


def test_whole_numbers():
    assert infer(np.array([3, 4, 7])).name == "1"
    assert infer(np.array([0, 2, 4]), np.array([1, 3])).name == "1"
    assert infer(np.array([1990, 1995, 2000])).name == "5"
    assert infer(np.array([1, 6])).name == "5+1"


def test_one_stamp_off_the_grid_is_named():
    given = stamps("2024-01-01", 30, "MS")
    given[7] += np.timedelta64(1, "D")
    with pytest.raises(InputError, match=r"unique_id 'b': ds 2024-08-02 is off .* whose frequency is MS; mend it"):
        infer(stamps("2024-01-01", 9, "MS"), given)


def test_mixed_frequencies_are_named():
    with pytest.raises(
        InputError, match=r"unique_id 'b': its stamps 2024-01-01, 2024-02-01, 2024-03-01, \.\.\. are 29"
    ):
        infer(stamps("2024-01-01", 90, "D"), stamps("2024-01-01", 9, "MS"))


def test_irregular_stamps_are_refused():
    moments = np.datetime64("2024-01-01", "s") + np.sort(np.random.default_rng(0).integers(0, 10**7, 50))
    with pytest.raises(
        InputError, match="unique_id 'a': the steps between its stamps are not regular: 2024-01-01 14:5"
    ):
        infer(moments)
    with pytest.raises(InputError, match="no series has two stamps"):
        infer(moments[:1], moments[:1])
