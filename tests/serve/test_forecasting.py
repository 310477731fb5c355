"""Forecasts and orders over HTTP: of the model's own series, of series in the request, of a table in it."""

import json

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_forecaster import RepeatsItself, shop

from unrolled import load
from unrolled.planning import plan, read_stock
from unrolled.serve.app import create_app
from unrolled.serve.limits import Limits

BREAD = {"unique_id": "bread", "on_hand": 20, "on_order": 0, "lead_time": 2, "review": 1, "service_level": 0.95}
CSV = "unique_id,ds,y\nrye,2026-03-01,4\nrye,2026-03-02,\nrye,2026-03-03,6\nrye,2026-03-04,5\nrye,2026-03-05,5\n"
RYE = {"unique_id": "rye", "ds": [f"2026-03-0{day}" for day in range(1, 6)], "y": [4, None, 6, 5, 5]}


@pytest.fixture(scope="module")
def model():
    return RepeatsItself(shop())


@pytest.fixture(scope="module")
def client(model):
    limits = Limits(series=6, inputs=3, points=40, table=20_000)
    with TestClient(create_app({"shop": model}, limits), base_url="http://127.0.0.1") as opened:
        yield opened


def ask(client, end, body):
    answer = client.post(f"/v1/models/shop/{end}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_its_own_series_are_listed_and_forecast(client, model):
    assert client.get("/v1/models/shop/series").json() == {"count": 5, "ids": list(model.ids)}
    about = client.get("/v1/models/shop").json()
    assert (about["reads"], about["card"], about["horizon"]) == ("table", "forecast", 14)
    answer = ask(client, "forecast", {})
    assert answer["frequency"] == "D"
    assert [one["unique_id"] for one in answer["series"]] == list(model.ids)
    one = answer["series"][0]
    expected = model.forecasts(None, [0.025, 0.1, 0.9, 0.975], ["bread"])
    assert one["forecast"] == expected.point[0].tolist()
    assert [(band["level"], band["lo"], band["hi"]) for band in one["intervals"]] == [
        (80, expected.quantiles[0, :, 1].tolist(), expected.quantiles[0, :, 2].tolist()),
        (95, expected.quantiles[0, :, 0].tolist(), expected.quantiles[0, :, 3].tolist()),
    ]
    assert one["ds"][0] == "2026-04-11"
    assert len(one["ds"]) == 14
    assert len(one["history"]["ds"]) == len(one["history"]["y"]) == 48
    assert one["history"]["ds"][-1] == "2026-04-10"


def test_some_series_some_steps_and_some_history(client):
    answer = ask(client, "forecast", {"ids": ["tea", "bread"], "horizon": 3, "level": [50], "history": 2})
    assert [one["unique_id"] for one in answer["series"]] == ["tea", "bread"]
    for one in answer["series"]:
        assert [len(one["forecast"]), len(one["ds"]), len(one["history"]["y"])] == [3, 3, 2]
        assert [band["level"] for band in one["intervals"]] == [50]


@pytest.mark.parametrize("data", [{"csv": CSV}, {"csv": CSV.replace(",", ";")}, {"series": [RYE]}])
def test_what_is_sent_is_forecast(client, data):
    (one,) = ask(client, "forecast", {**data, "level": []})["series"]
    assert one["history"] == {"ds": RYE["ds"], "y": RYE["y"], "cut": []}
    assert one["ds"][0] == "2026-03-06"
    assert one["intervals"] == []


def test_orders_are_those_of_the_planner(client, model):
    (one,) = ask(client, "plan", {"stock": [BREAD], "seed": 3})["orders"]
    (expected,) = plan(model.simulate(1000, None, 3, ["bread"]), read_stock([BREAD])).rows
    assert {name: one[name] for name in expected._fields} == expected._asdict()
    assert one["position"] == 20
    demand = one["demand"]
    assert sum(demand["shares"]) == pytest.approx(1)
    assert len(demand["edges"]) == len(demand["shares"]) + 1


def test_a_price_that_moves_draws_no_new_paths(client, model):
    asked = {key: BREAD[key] for key in ("unique_id", "on_hand", "on_order", "lead_time", "review")}
    before, orders = model.drawn, []
    for cost in (2, 5, 9.5):
        row = {**asked, "price": 10, "cost": cost, "salvage": 0}
        (one,) = ask(client, "plan", {"stock": [row], "csv": CSV.replace("rye", "bread")})["orders"]
        orders.append(one["order_up_to"])
        assert one["expected_profit"] is not None
    assert orders[0] > orders[1] > orders[2]
    assert model.drawn == before + 1


def bad(**changes):
    return {"stock": [{**BREAD, **changes}]}


@pytest.mark.parametrize(
    ("end", "body", "said"),
    [
        ("forecast", {"horizon": 15}, "horizon is 15; expected at most 14"),
        ("forecast", {"horizon": 0}, "horizon is 0"),
        ("forecast", {"level": [100]}, "level.0 is 100"),
        ("forecast", {"ids": ["ham"]}, "there is no series 'ham'"),
        ("forecast", {"ids": []}, "ids is []"),
        ("forecast", {"csv": CSV, "series": [RYE]}, "both series and csv"),
        ("forecast", {"csv": ""}, "empty"),
        ("forecast", {"csv": CSV + "rye,2026-03-06\n"}, "csv:7"),
        ("forecast", {"csv": CSV.replace(",y", ",sold")}, "unique_id 'rye': no values of y"),
        ("forecast", {"csv": CSV + "rye,2026-03-06,many\n"}, "2026-03-06"),
        ("forecast", {"csv": CSV + "rye,2026-03-05,9\n"}, "2026-03-05"),
        ("forecast", {"csv": CSV + "rye,2026-03-06,1\n" * 40}, "more than 40 values"),
        ("forecast", {"csv": "".join(["unique_id,ds,y\n", *(f"{i},2026-01-01,1\n" for i in range(9))])}, "9 series"),
        ("forecast", {"series": []}, "series is []"),
        ("forecast", {"series": [{**RYE, "y": [1, 2]}]}, "unique_id 'rye': 2 values of y and 5 stamps"),
        ("forecast", {"series": [{**RYE, "ds": [1.5] * 5}]}, "series.0.ds.0"),
        ("forecast", {"series": [{**RYE, "y": ["4"] * 5}]}, "series.0.y.0"),
        ("forecast", {"periods": 3}, "periods"),
        ("plan", {}, "stock"),
        ("plan", {"stock": []}, "stock is []"),
        ("plan", {"stock": [BREAD] * 4}, "4 articles; expected at most 3"),
        ("plan", {"stock": [BREAD, BREAD]}, "unique_id 'bread'"),
        ("plan", bad(unique_id="ham"), "'ham'"),
        ("plan", bad(lead_time=-1), "unique_id 'bread': lead_time is -1"),
        ("plan", bad(lead_time=20), "bread"),
        ("plan", bad(price=5, cost=9, service_level=None), "unique_id 'bread': cost is 9 and price 5"),
        ("plan", bad(on_hand="many"), "unique_id 'bread': on_hand is 'many'"),
        ("plan", bad(colour=1), "colour"),
    ],
)
def test_a_bad_question_is_refused_with_its_reason(client, end, body, said):
    answer = client.post(f"/v1/models/shop/{end}", json=body)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["error"]


def test_what_is_no_such_model_or_too_large_is_refused(client):
    assert client.post("/v1/models/ham/forecast", json={}).status_code == 404
    assert client.get("/v1/models/ham/series").status_code == 404
    answer = client.post("/v1/models/shop/predict", json={"input": "bread"})
    assert (answer.status_code, "forecasts series" in answer.json()["error"]) == (422, True)
    assert client.post("/v1/models/shop/forecast", json={"csv": "a" * 30_000}).status_code == 413
    assert (
        client.post("/v1/models/shop/forecast", content=b"ds,y", headers={"content-type": "text/csv"}).status_code
        == 415
    )
    assert (
        client.post(
            "/v1/models/shop/forecast", content=b'{"level": [NaN]}', headers={"content-type": "application/json"}
        ).status_code
        == 400
    )


def test_a_name_of_a_file_is_not_read_as_one(client, tmp_path):
    (tmp_path / "sales.csv").write_text(CSV)
    for name in (str(tmp_path / "sales.csv"), "sample:shop"):
        answer = client.post("/v1/models/shop/forecast", json={"csv": name})
        assert answer.status_code == 422
        assert "rye" not in json.dumps(answer.json())


def test_the_interface_describes_it(client):
    document = client.get("/openapi.json").json()
    assert {"/v1/models/{name}/forecast", "/v1/models/{name}/plan", "/v1/models/{name}/series"} <= set(
        document["paths"]
    )
    assert {"ForecastRequest", "PlanRequest", "Forecasted", "Planned"} <= set(document["components"]["schemas"])


def test_a_fitted_forecaster_is_served(folder, many):
    model = load(folder / "demand")
    with httpx.Client(base_url=f"{many.url}/v1/models", timeout=30) as client:
        about = client.get("/demand").json()
        own = client.post("/demand/forecast", json={"ids": ["butter"], "level": [80]}).json()
        sent = client.post("/demand/forecast", json={"csv": CSV}).json()
        orders = client.post("/demand/plan", json={"stock": [BREAD]}).json()["orders"]
    assert {"reads": "table", "card": "forecast", "horizon": 7, "cell": "lstm"}.items() <= about.items()
    expected = model.forecasts(None, [0.1, 0.5, 0.9], ["butter"])
    (one,) = own["series"]
    assert one["forecast"] == expected.point[0].tolist()
    assert one["intervals"][0]["lo"] == expected.quantiles[0, :, 0].tolist()
    recent = model.recent(["butter"])
    assert one["history"]["ds"][-1] == "2026-03-01"
    np.testing.assert_array_equal(np.array(one["history"]["y"], float), recent.y[-48:])
    assert len(sent["series"][0]["forecast"]) == 7
    assert orders[0]["order_up_to"] == model.plan([BREAD]).rows[0].order_up_to
