"""Promise 22: beam search is right. Brute force on a tiny vocabulary; beam 1 = greedy; n-best sorted and unique."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest

from unrolled.decoding import Hypothesis, rules, search, searched
from unrolled.errors import InputError, UnrolledError
from unrolled.settings import Search
from unrolled.text.cutting import END

from .writers import Fixed, Hashed, ended

LONGEST, ALL = 4, 130
"""Tokens of an answer, and more hypotheses than there are answers of 3 tokens."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MORE", 0)


def settings(**changes: float) -> Search:
    return Search(**{"repeats": 0, "max_ratio": 1.0} | changes)  # type: ignore[arg-type]


def writer(*names: int, **sizes: float) -> Hashed:
    return Hashed(names, [LONGEST] * len(names), **sizes)  # type: ignore[arg-type]


def answers(longest: int = LONGEST, tokens: tuple[int, ...] = (0, 2, 3)) -> Iterator[tuple[int, ...]]:
    for length in range(longest + 1):
        yield from product(tokens, repeat=length)


def best_answers(made: Hashed, alpha: float, allowed: Callable[[tuple[int, ...]], bool] = lambda ids: True):
    """Every allowed answer to source 0 and its score, best first."""
    scored = [(ended(made, 0, ids) / (len(ids) + 1) ** alpha, ids) for ids in answers() if allowed(ids)]
    return sorted(scored, key=lambda one: (-one[0], one[1]))


def agree(found: list[Hypothesis], expected: list[tuple[float, tuple[int, ...]]]) -> None:
    assert [tuple(one.ids) for one in found] == [ids for _, ids in expected]
    np.testing.assert_allclose([one.score for one in found], [score for score, _ in expected], rtol=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("name", range(5))
def test_a_beam_that_holds_everything_finds_the_best_of_all_answers(name: int, alpha: float) -> None:
    made = writer(name)
    (found,) = search(made, settings(beam=ALL, n_best=7, length_penalty=alpha), hidden=())
    agree(found, best_answers(made, alpha)[:7])
    for one in found:
        assert one.log_probability == pytest.approx(ended(made, 0, tuple(one.ids)), rel=1e-5)


@pytest.mark.parametrize("name", range(20))
def test_beam_1_is_greedy(name: int) -> None:
    made, ids = Hashed([name], [12]), list[int]()
    while len(ids) < 12:
        after = np.array(made.after(0, tuple(ids))[0], np.float32)
        after[0] = -np.inf
        token = int(after.argmax())
        if token == END:
            break
        ids.append(token)
    ((found,),) = search(made, settings(beam=1))
    assert found.ids == ids
    assert made.rows == [1] * (len(ids) + 1)


def test_hypotheses_are_sorted_unique_and_as_many_as_asked_for() -> None:
    for found in search(writer(*range(10), vocabulary=6), settings(beam=6, n_best=6)):
        assert len(found) == 6 == len({tuple(one.ids) for one in found})
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        assert all(END not in one.ids and 0 not in one.ids for one in found)


def test_an_answer_does_not_depend_on_the_other_sources() -> None:
    names, lengths = range(6), [4, 9, 2, 7, 7, 1]
    wanted = [[], [[2, 3]], [], [[4], [3, 3]], [], []]
    prefixes = [[], [], [3, 2], [2], [], []]
    for chosen in (settings(beam=4, n_best=3, coverage_penalty=0.3), settings(n_best=3, temperature=1.0)):
        together = search(Hashed(names, lengths, 6), chosen, wanted, prefixes)
        for i in names:
            (alone,) = search(Hashed([i], [lengths[i]], 6), chosen, [wanted[i]], [prefixes[i]])
            assert [one.ids for one in alone] == [one.ids for one in together[i]]
            for one, same in zip(alone, together[i], strict=True):
                assert one.score == same.score
                np.testing.assert_array_equal(one.attention, same.attention)


def test_attention_is_that_of_each_token_and_of_the_end() -> None:
    made = Hashed([3, 4], [5, 3], 5)
    for source, found in enumerate(search(made, settings(beam=3, n_best=3, max_ratio=2.0))):
        for one in found:
            ids = tuple(one.ids)
            expected = [made.after(source, ids[:t])[1] for t in range(len(ids) + 1)]
            np.testing.assert_array_equal(one.attention, np.array(expected, np.float32))


def test_finished_hypotheses_and_sources_take_no_steps() -> None:
    made = Hashed(range(8), [3, 20, 3, 3, 3, 3, 3, 3], 5)
    search(made, settings(beam=4))
    assert made.rows[0] == 8
    assert max(made.rows) <= 32
    assert len(made.rows) <= 21
    assert all(rows <= 4 for rows in made.rows[4:])  # only the long one is left


def test_nothing_to_search() -> None:
    assert search(Hashed([], []), Search()) == []
    with pytest.raises(InputError, match="n_best is 3, beam 2"):
        search(writer(1), Search(beam=2, n_best=3))
    with pytest.raises(UnrolledError, match="not numbers"):
        search(Fixed([np.nan] * 4), Search())


def test_equal_hypotheses_are_ranked_by_their_ids() -> None:
    ((first, second, third),) = search(Fixed([0.1, 0.0, 0.3, 0.3, 0.3], 1), settings(beam=3, n_best=3))
    assert [first.ids, second.ids, third.ids] == [[2], [3], [4]]


def test_what_is_found_can_be_watched() -> None:
    made = writer(5, vocabulary=6)
    seen = [found.best().ids for found in searched(made, settings(beam=3))]
    assert [len(ids) for ids in seen[:2]] == [1, 2]
    ((last,),) = search(made, settings(beam=3))
    assert seen[-1] == last.ids
