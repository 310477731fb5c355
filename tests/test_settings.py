"""Settings: every bound, wrong types, unknown names; what passes is JSON and comes back."""

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.errors import InputError
from unrolled.settings import Decoding, Training, check, documented, from_dict, option, to_dict
from unrolled.tasks.next_word import NextWord

KINDS = [Training, Decoding, NextWord]
BOUNDED = [
    (kind, field.name, side)
    for kind in KINDS
    for field in dataclasses.fields(kind)
    for side in ("low", "high")
    if field.metadata.get(side) is not None
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_defaults_are_allowed(kind: type[Any]) -> None:
    check(kind())
    assert to_dict(from_dict(kind, to_dict(kind()))) == to_dict(kind())


@pytest.mark.parametrize(("kind", "name", "side"), BOUNDED)
def test_each_bound_is_allowed_and_nothing_beyond(kind: type[Any], name: str, side: str) -> None:
    (field,) = (field for field in dataclasses.fields(kind) if field.name == name)
    bound = field.metadata[side]
    whole = not isinstance(field.default, float)
    outward = 1 if side == "high" else -1
    check(kind(**{name: bound}))
    beyond = int(bound) + outward if whole else math.nextafter(bound, outward * math.inf)
    with pytest.raises(InputError, match=f"{name} is .*; expected (at least|between)"):
        check(kind(**{name: beyond}))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("window", 2.0, "window is 2.0; expected int"),
        ("window", True, "window is True; expected int"),
        ("batch", "20", "batch is '20'; expected int or None"),
        ("window", None, "window is None; expected int"),
        ("epochs", 1.5, "epochs is 1.5; expected int or None"),
        ("minutes", "5", "minutes is '5'; expected float or None"),
        ("minutes", False, "minutes is False; expected float or None"),
        ("minutes", math.inf, "minutes is inf; expected a finite number"),
        ("learning_rate", math.nan, "learning_rate is nan; expected a finite number"),
        ("learning_rate", 10**400, "expected between 0.0 and 1000.0"),
        ("clip", -0.1, "clip is -0.1; expected between 0.0"),
        ("optimizer", "adam", "optimizer is 'adam'; expected one of adamw, sgd"),
        ("optimizer", 3, "optimizer is 3; expected str"),
        ("schedule", ["cosine"], "expected str"),
        ("schedule", "x" * 10_000, "expected one of"),
    ],
)
def test_what_is_not_allowed_is_named(name: str, value: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        from_dict(Training, {name: value})
    assert len(str(caught.value)) < 700


def test_a_whole_number_does_for_a_float_and_none_where_it_may_stand() -> None:
    assert from_dict(Training, {"learning_rate": 1, "epochs": None}).learning_rate == 1
    assert from_dict(Training, {"minutes": None}).minutes is None


def test_there_is_always_an_end() -> None:
    assert Training().budget == (5.0, 40)
    assert Training(epochs=13).budget == (None, 13)
    assert Training(minutes=2).budget == (2, None)
    assert Training(minutes=2, epochs=3).budget == (2, 3)


@pytest.mark.parametrize("values", [None, [], "x", 3])
def test_settings_are_an_object(values: Any) -> None:
    with pytest.raises(InputError, match=r"settings of Training are .*; expected an object"):
        from_dict(Training, values)


def test_unknown_names_and_fields_without_help_are_refused() -> None:
    with pytest.raises(InputError, match="Training has no setting 'rate'; it has batch, clip"):
        from_dict(Training, {"rate": 1})
    with pytest.raises(InputError, match="NextWord has no setting 'training'"):
        from_dict(NextWord, {"training": {}})


def test_a_flag_takes_a_flag_alone() -> None:
    assert from_dict(NextWord, {"lines": True}).lines is True
    for value in (1, 0.0, "true", None):
        with pytest.raises(InputError, match=r"lines is .*; expected bool"):
            from_dict(NextWord, {"lines": value})


@dataclass
class _Open:
    free: float = option(0.0, "any number")
    floor: int = option(1, "no ceiling", 1)


def test_open_ends() -> None:
    check(_Open(free=-1e300, floor=10**9))
    with pytest.raises(InputError, match="floor is 0; expected at least 1"):
        check(_Open(floor=0))


@documented
@dataclass
class _Needy:
    """Settings with one that must be given."""

    ahead: int = option(0, "how many periods", 1, required=True)


def test_what_is_required_and_not_given_is_refused_by_name() -> None:
    check(_Needy(1))
    with pytest.raises(InputError, match="ahead is not given; expected how many periods"):
        check(_Needy())
    assert "ahead : int, required" in str(_Needy.__doc__)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_values_are_refused_or_come_back_from_json(kind: type[Any], data: st.DataObject) -> None:
    names = st.sampled_from([field.name for field in dataclasses.fields(kind)]) | st.text(max_size=5)
    values = data.draw(st.dictionaries(names, json_values, max_size=3))
    try:
        settings = from_dict(kind, values)
    except InputError:
        return
    assert to_dict(from_dict(kind, json.loads(json.dumps(to_dict(settings), allow_nan=False)))) == to_dict(settings)
