import numpy as np
import pytest

from unrolled.planning import read_stock
from unrolled.sources.panel import read_panel
from unrolled.sources.shop import shop_stock


def test_the_shop_has_what_its_description_says():
    panel, learnt = read_panel("sample:shop")
    assert len(panel) == 40
    assert learnt.frequency.name == "D"
    assert panel.lengths.max() == 731
    assert (panel.lengths < 200).sum() == 4
    np.testing.assert_array_equal(np.diff(panel.future_offsets) - panel.lengths, 28)
    assert panel.future_names == ("promotion",)
    assert {name.partition("=")[0] for name in panel.static_names} == {"category", "price"}
    assert 0.03 < panel.cut.mean() < 0.08
    means = np.add.reduceat(panel.y, panel.offsets[:-1]) / panel.lengths
    assert (means < 0.5).sum() == 5
    assert not np.isnan(panel.y).any()


def test_the_same_shop_each_time():
    assert read_panel("sample:shop")[0].y.sum() == read_panel("sample:shop")[0].y.sum()
    assert shop_stock() == shop_stock()


def test_the_stock_is_that_of_the_articles():
    panel, _ = read_panel("sample:shop")
    stock = shop_stock()
    assert len(read_stock("sample:shop:stock", panel.ids).articles) == 40
    assert [row["unique_id"] for row in stock] == list(panel.ids)
    assert all(row["salvage"] < row["cost"] < row["price"] for row in stock)
    assert all(row["on_hand"] >= 0 and row["on_order"] >= 0 and row["lead_time"] > 0 for row in stock)


def test_airline_passengers():
    pytest.importorskip("statsforecast")
    panel, learnt = read_panel(["sample:airline"])
    assert (learnt.frequency.name, len(panel.y), panel.y[0], panel.y[-1]) == ("MS", 144, 112, 432)
