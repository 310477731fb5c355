"""Stock from tables of any kind, and what is refused in them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from unrolled.errors import InputError
from unrolled.planning import Article, Stock, read_stock

ROWS = [
    {
        "unique_id": "tea",
        "on_hand": 20,
        "on_order": 5,
        "lead_time": 3,
        "review": 7,
        "price": 5,
        "cost": 3,
        "salvage": 1,
    },
    {"unique_id": "milk", "on_hand": 0, "on_order": 0, "lead_time": 1, "review": 1, "service_level": 0.95, "pack": 6},
]
HEAD = "unique_id,on_hand,on_order,lead_time,review"


def test_all_kinds_of_tables_give_the_same(tmp_path):
    expected = read_stock(ROWS).articles
    assert expected[0] == Article("tea", 20, 5, 3, 7, price=5, cost=3, salvage=1)
    assert expected[1].service_level == 0.95
    frame = pl.DataFrame(ROWS)
    frame.write_csv(tmp_path / "stock.csv")
    frame.write_csv(tmp_path / "stock.tsv", separator="\t")
    frame.write_ndjson(tmp_path / "stock.jsonl")
    frame.write_parquet(tmp_path / "stock.parquet")
    for suffix in ("csv", "tsv", "jsonl", "parquet"):
        assert read_stock(tmp_path / f"stock.{suffix}") == Stock(expected), suffix
    for given in (frame, frame.to_arrow(), pd.DataFrame(ROWS), pd.DataFrame(ROWS).convert_dtypes()):
        assert read_stock(given) == Stock(expected)
        assert read_stock(given).source is given


def test_semicolons_bring_decimal_commas_and_numbers_may_name_articles(tmp_path):
    path = tmp_path / "stock.csv"
    path.write_text(f"{HEAD};service_level".replace(",", ";") + "\n7;1,5;0;0;1;0,9\n", encoding="utf-8")
    article = read_stock(str(path)).articles[0]
    assert (article.unique_id, article.on_hand, article.service_level) == ("7", 1.5, 0.9)


def test_other_columns_are_passed_over_and_said(caplog):
    read_stock([{**ROWS[0], "supplier": "x"}])
    assert "passes over the columns supplier" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lead_time": -1}, "row 1: unique_id 'tea': lead_time is -1; expected 0 or more"),
        ({"lead_time": 1.5}, "lead_time is 1.5; expected whole periods"),
        ({"review": 0}, "review is 0; expected 1 period or more"),
        ({"review": 0.5}, "review is 0.5; expected whole periods"),
        ({"cost": 6}, "cost is 6 and price 5; expected a price above the cost"),
        ({"cost": None}, "cost is missing; expected price and cost, or neither"),
        ({"salvage": 3}, "salvage is 3 and cost 3; expected salvage below the cost: .* no order were too large"),
        ({"service_level": 0.9}, "price and cost and service_level given; expected price and cost, service_level or"),
        ({"price": None, "cost": None}, "no target given"),
        ({"price": None, "cost": None, "service_level": 95}, "expected a share between 0 and 1: 95 % is 0.95"),
        ({"price": None, "cost": None, "fill_rate": 1}, "fill_rate is 1; expected a share between 0 and 1"),
        ({"on_hand": "many"}, "on_hand is 'many'; expected a number"),
        ({"on_hand": np.nan}, "on_hand is empty; expected a number, 0 where there is nothing"),
        ({"on_hand": np.inf}, "on_hand is inf; expected a finite number"),
        ({"on_hand": True}, "on_hand is True; expected a number"),
        ({"on_hand": -2}, "on_hand is -2; expected 0 or more"),
        ({"pack": 0}, "pack is 0; expected how many units"),
        ({"pack": 1e-300}, "pack is 1e-300; expected how many units"),
        ({"on_hand": 1e300}, r"on_hand is 1e\+300; expected at most 1e\+12"),
        ({"lead_time": 1e12}, r"lead_time is 1e\+12; expected at most 100,000 periods"),
        ({"lead_time": 0, "lead_time_sd": 1}, "lead_time_sd is 1 and lead_time 0"),
        ({"arrives": 4}, "arrives is 4; expected 0 to lead_time, 3"),
        ({"unique_id": None}, "row 1: unique_id is empty"),
        ({"unique_id": "coffee"}, "unique_id 'coffee' has no forecast; there are 2, as "),
        ({"unique_id": "milk"}, "row 2: unique_id 'milk' is in the stock: row 1 already"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(InputError, match=message):
        read_stock([{**ROWS[0], **change}, ROWS[1]], known=["tea", "milk"])


def test_a_file_is_named_by_line(tmp_path):
    path = tmp_path / "stock.csv"
    path.write_text(f"{HEAD},fill_rate\na,1,0,1,1,0.9\nb,1,0,x,1,0.9\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"stock.csv:3: unique_id 'b': lead_time is 'x'"):
        read_stock(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([{"unique_id": "a"}], "no column 'on_hand'; it has unique_id; expected unique_id, on_hand"),
        ([dict.fromkeys(HEAD.split(","), 1)], "no target; it has unique_id"),
        ([], "no column 'unique_id'"),
        (pl.DataFrame(schema=[*HEAD.split(","), "fill_rate"]), "the stock: no rows"),
        (pd.DataFrame([[1, 2]], columns=["unique_id", "unique_id"]), "the stock: DataFrame; .*unique_id"),
        ("sample:shop", "unknown sample 'sample:shop'; expected sample:shop:stock"),
        (3, "the stock is 3; expected the path of a table"),
        ([{**ROWS[0], "Price": 4}], "two columns are called 'price'"),
    ],
)
def test_a_bad_table_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_stock(data)
