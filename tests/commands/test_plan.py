"""`unrolled plan`, with a model that forecasts by heart."""

import json

import numpy as np
import pytest

from unrolled.commands import plan as command
from unrolled.data.frequency import Frequency
from unrolled.inference.forecasts import Paths
from unrolled.planning import plan, read_stock


class Forecasts:
    def plan(self, stock, n_paths, seed):
        values = np.random.default_rng(seed).poisson(10, (2, n_paths, 5)).astype(float)
        paths = Paths(["tea", "milk"], Frequency("D"), np.zeros(2, np.int64), values)
        return plan(paths, read_stock(stock, known=paths.ids))


@pytest.fixture
def stock(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "load_forecaster", {"demand": Forecasts()}.get)
    path = tmp_path / "stock.csv"
    path.write_text(
        "unique_id,on_hand,on_order,lead_time,review,price,cost,salvage,service_level\n"
        "milk,5,0,1,2,,,,0.95\ntea,20,6,1,4,5,3,1,\n",
        encoding="utf-8",
    )
    return path


def test_it_says_why(run_command, stock):
    code, out, err = run_command("plan", "demand", stock)
    assert (code, err) == (0, "")
    assert out.startswith("milk: Order ")
    assert "\ntea: Order " in out
    assert "in 1 of 2 cases not more than" in out


def test_it_writes_a_table_and_a_picture(run_command, stock, tmp_path):
    table, picture = tmp_path / "orders.csv", tmp_path / "orders.png"
    code, out, err = run_command("plan", "demand", stock, "-o", table, "--plot", picture, "--n-paths", 50)
    assert (code, out) == (0, "")
    assert "2 orders" in err
    head, first, _ = table.read_text(encoding="utf-8").splitlines()
    assert head == "unique_id,order,order_up_to,expected_demand,expected_lost,expected_left,expected_profit,because"
    assert first.startswith("milk,")
    assert ",,Order " in first or ',,"Order ' in first  # no profit without a price
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, _, err = run_command("plan", "demand", stock, "-o", table)
    assert code == 2
    assert "--overwrite" in err


def test_json_is_one_object_and_the_seed_decides(run_command, stock):
    first, again, other = (
        json.loads(run_command("plan", "demand", stock, "--json", "--n-paths", 20, "--seed", seed)[1])["orders"]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert [row["unique_id"] for row in first] == ["milk", "tea"]
    assert first[0]["expected_profit"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("demand", "stock.csv", "-o", "orders.doc"), "expected the name of a file that ends in .csv"),
        (("demand", "stock.csv", "--plot", "orders.doc"), "expected"),
        (("demand", "bad.csv"), "bad.csv:2: unique_id 'tea': lead_time is -1; expected 0 or more"),
        (("demand", "long.csv"), "need a forecast of 7 periods; this one has 5: fit with --horizon 7"),
    ],
)
def test_what_is_wrong_is_said(run_command, stock, monkeypatch, tmp_path, words, message):
    monkeypatch.chdir(tmp_path)
    head = "unique_id,on_hand,on_order,lead_time,review,fill_rate\n"
    (tmp_path / "bad.csv").write_text(f"{head}tea,1,0,-1,2,0.9\n", encoding="utf-8")
    (tmp_path / "long.csv").write_text(f"{head}tea,1,0,5,2,0.9\n", encoding="utf-8")
    code, out, err = run_command("plan", *words)
    assert (code, out) == (2, "")
    assert message in err
