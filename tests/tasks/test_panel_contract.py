"""Every task that forecasts panels, with every model that it has, keeps the contract of `panel_contract.py`."""

import pytest
from tests.tasks import panel_contract as contract
from tests.tasks.panel_contract import Case, Prepared, prepare
from tests.tasks.shared_contract import check_settings

from unrolled import Training
from unrolled.tasks import TASKS, task_class
from unrolled.tasks.panels import PanelTask

CASES = [
    Case("forecast", {"model": "hybrid"}),
    Case("forecast", {"model": "direct"}),
    Case("forecast", {"model": "autoregressive", "layers": 1}, effect=1.08),
    Case("forecast", {"model": "dense"}),
    Case("forecast", {"model": "hybrid", "cell": "mingru"}, sparse=True, effect=1.02),
]


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> dict[str, Prepared]:
    """All cases fitted and saved, once for all checks."""
    return {str(case): prepare(case, tmp_path_factory.mktemp("contract")) for case in CASES}


@pytest.fixture(params=CASES, ids=str)
def ready(request, everything) -> Prepared:
    return everything[str(request.param)]


def test_every_panel_task_has_a_case() -> None:
    assert {case.task for case in CASES} == {name for name in TASKS if issubclass(task_class(name), PanelTask)}


def test_it_learns_what_smoothing_cannot(ready) -> None:
    contract.check_learns_what_smoothing_cannot(ready)


def test_saved_it_says_the_same_without_what_training_needs(everything) -> None:
    contract.check_saved_says_the_same(list(everything.values()))


def test_loaded_it_is_the_same(ready) -> None:
    contract.check_loaded_is_the_same(ready)


def test_its_forecasts_are_in_order(ready) -> None:
    contract.check_forecasts(ready)


def test_the_same_data_have_the_same_answer(ready) -> None:
    contract.check_same_data_same_answer(ready)


def test_it_is_tuned(ready) -> None:
    contract.check_tuned(ready)


def test_it_refuses(ready, tmp_path) -> None:
    contract.check_refusals(ready, tmp_path)


def test_bad_data_is_named(everything, tmp_path) -> None:
    contract.check_bad_data_is_named(everything[str(CASES[0])], tmp_path)


@pytest.mark.parametrize("case", [CASES[0], CASES[2]], ids=str)
def test_damage_is_refused(case, everything, tmp_path) -> None:
    contract.check_damage_is_refused(everything[str(case)], tmp_path)


@pytest.mark.parametrize("case", [CASES[0], CASES[2]], ids=str)
def test_a_resumed_run_is_an_uninterrupted_one(case, tmp_path) -> None:
    contract.check_resumed_is_uninterrupted(case, tmp_path)


def test_its_settings_are_scikit_learns() -> None:
    check_settings(CASES[0].make, Training(epochs=3))
