"""Promise 22: beam search is right. Brute force on a tiny vocabulary; beam 1 = greedy; n-best sorted and unique."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.decoding import Hypothesis, rules, search, searched
from unrolled.decoding.rules import IMPOSSIBLE
from unrolled.errors import InputError
from unrolled.settings import Search, changed
from unrolled.text.cutting import END

from .writers import Fixed, Hashed, Looping, Ranking, ended

LONGEST, ALL = 4, 130
"""Tokens of an answer, and more hypotheses than there are answers of 3 tokens."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MORE", 0)


def chosen(**changes: float) -> Search:
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
    (found,) = search(made, chosen(beam=ALL, n_best=7, length_penalty=alpha), hidden=())
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
    ((found,),) = search(made, chosen(beam=1))
    assert found.ids == ids
    assert made.rows == [1] * (len(ids) + 1)


def test_hypotheses_are_sorted_unique_and_as_many_as_asked_for() -> None:
    for found in search(writer(*range(10), vocabulary=6), chosen(beam=6, n_best=6)):
        assert len(found) == 6 == len({tuple(one.ids) for one in found})
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        assert all(END not in one.ids and 0 not in one.ids for one in found)


def test_an_answer_does_not_depend_on_the_other_sources() -> None:
    names, lengths = range(6), [4, 9, 2, 7, 7, 1]
    wanted = [[], [[2, 3]], [], [[4], [3, 3]], [], []]
    prefixes = [[], [], [3, 2], [2], [], []]
    for way in (chosen(beam=4, n_best=3, coverage_penalty=0.3), chosen(n_best=3, temperature=1.0)):
        together = search(Hashed(names, lengths, 6), way, wanted, prefixes)
        for i in names:
            (alone,) = search(Hashed([i], [lengths[i]], 6), way, [wanted[i]], [prefixes[i]])
            assert [one.ids for one in alone] == [one.ids for one in together[i]]
            for one, same in zip(alone, together[i], strict=True):
                assert one.score == same.score
                np.testing.assert_array_equal(one.attention, same.attention)


def test_attention_is_that_of_each_token_and_of_the_end() -> None:
    made = Hashed([3, 4], [5, 3], 5)
    for source, found in enumerate(search(made, chosen(beam=3, n_best=3, max_ratio=2.0))):
        for one in found:
            ids = tuple(one.ids)
            expected = [made.after(source, ids[:t])[1] for t in range(len(ids) + 1)]
            np.testing.assert_array_equal(one.attention, np.array(expected, np.float32))


def test_finished_hypotheses_and_sources_take_no_steps() -> None:
    made = Hashed(range(8), [3, 20, 3, 3, 3, 3, 3, 3], 5)
    search(made, chosen(beam=4))
    assert made.rows[0] == 8
    assert max(made.rows) <= 32
    assert len(made.rows) <= 21
    assert all(rows <= 4 for rows in made.rows[4:])  # only the long one is left


def test_nothing_to_search() -> None:
    assert search(Hashed([], []), Search()) == []
    with pytest.raises(InputError, match="n_best is 3, beam 2"):
        search(writer(1), Search(beam=2, n_best=3))
    with pytest.raises(InputError, match="not numbers"):
        search(Fixed([np.nan] * 4), Search())


def test_equal_hypotheses_are_ranked_by_their_ids() -> None:
    ((first, second, third),) = search(Fixed([0.1, 0.0, 0.3, 0.3, 0.3], 1), chosen(beam=3, n_best=3))
    assert [first.ids, second.ids, third.ids] == [[2], [3], [4]]


def test_what_is_found_can_be_watched() -> None:
    made = writer(5, vocabulary=6)
    seen = [found.best().ids for found in searched(made, chosen(beam=3))]
    assert [len(ids) for ids in seen[:2]] == [1, 2]
    ((last,),) = search(made, chosen(beam=3))
    assert seen[-1] == last.ids


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_each_answer_begins_with_the_prefix_and_its_score_counts_it(alpha: float) -> None:
    made = writer(7)
    for prefix in ([2], [3, 0], [2, 2, 3, 3]):
        (found,) = search(made, chosen(beam=ALL, n_best=1, length_penalty=alpha), prefixes=[prefix], hidden=())
        agree(found, best_answers(made, alpha, lambda ids, given=tuple(prefix): ids[: len(given)] == given)[:1])
        assert len(found[0].attention) == len(found[0].ids) + 1


def test_a_prefix_is_written_although_it_is_hidden_excluded_or_longer_than_allowed() -> None:
    ((found,),) = search(Fixed([0.2, 0.1, 0.7, 0.0]), chosen(max_ratio=0.0), prefixes=[[3, 0, 3]])
    assert found.ids == [3, 0, 3]
    assert found.log_probability == pytest.approx(2 * IMPOSSIBLE + np.log(0.2) + np.log(0.1))


@pytest.mark.parametrize(("least", "most"), [(0, 0), (0, 2), (2, 2), (3, 4), (4, 3)])
def test_the_length_is_in_proportion_to_the_source(least: int, most: int) -> None:
    made = writer(2)
    way = chosen(beam=ALL, n_best=5, min_ratio=least / LONGEST, max_ratio=most / LONGEST)
    (found,) = search(made, way, hidden=())
    agree(found, best_answers(made, 1.0, lambda ids: min(least, most) <= len(ids) <= most)[:5])


def test_hidden_ids_are_never_written() -> None:
    made = writer(9)
    (found,) = search(made, chosen(beam=ALL, n_best=6), hidden=(0, 3))
    agree(found, best_answers(made, 1.0, lambda ids: not {0, 3} & set(ids))[:6])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_no_run_of_tokens_comes_twice(n: int) -> None:
    def allowed(ids: tuple[int, ...]) -> bool:
        runs = [ids[i : i + n] for i in range(len(ids) - n + 1)]
        return len(set(runs)) == len(runs)

    made = writer(4)
    (found,) = search(made, chosen(beam=ALL, n_best=ALL, no_repeat=n), hidden=())
    agree(found, best_answers(made, 1.0, allowed))


@pytest.mark.parametrize("repeats", [1, 2])
def test_nothing_comes_too_often_in_a_row(repeats: int) -> None:
    def allowed(ids: tuple[int, ...]) -> bool:
        loops = [ids[i : i + n] * (repeats + 1) for n in (1, 2) for i in range(len(ids))]
        return not any(ids[i : i + len(loop)] == loop for loop in loops for i in range(len(ids)))

    made = writer(6)
    (found,) = search(made, chosen(beam=ALL, n_best=ALL, repeats=repeats), hidden=())
    agree(found, best_answers(made, 1.0, allowed))


@pytest.mark.parametrize("run", [1, 2, 3, 4])
def test_by_default_a_model_that_loops_is_let_do_so_twice(run: int) -> None:
    looping = Looping(list(range(2, 2 + run)), 40)
    ((found,),) = search(looping, Search(beam=1))
    assert found.ids[: 2 * run] == looping.loop * 2
    assert found.ids[: 3 * run] != looping.loop * 3
    ((endless,),) = search(looping, Search(beam=1, repeats=0))
    assert endless.ids == (looping.loop * 80)[:80]


def test_a_hypothesis_that_may_write_nothing_ends() -> None:
    ((found,),) = search(Fixed([0.3, 0.3, 0.4]), chosen(beam=1, no_repeat=1, min_ratio=1.0))
    assert found.ids == [2]
    assert found.log_probability == pytest.approx(IMPOSSIBLE + np.log(0.4))


def test_the_coverage_penalty_is_that_of_wu_et_al() -> None:
    made = writer(1)
    expected = []
    for ids in answers(tokens=(2, 3)):
        attention = sum(made.after(0, ids[:t])[1] for t in range(len(ids) + 1))
        score = ended(made, 0, ids) / (len(ids) + 1) + 0.7 * np.log(np.minimum(attention, 1.0)).sum()
        expected.append((score, ids))
    (found,) = search(made, chosen(beam=ALL, n_best=4, coverage_penalty=0.7))
    agree(found, sorted(expected, key=lambda one: -one[0])[:4])


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.data())
def test_any_mixture_of_settings_finds_the_best_of_what_it_allows(data: st.DataObject) -> None:
    made = writer(data.draw(st.integers(0, 10_000)))
    alpha, n_best, n, repeats, least = (
        data.draw(st.sampled_from(values)) for values in ((0, 0.5, 2), (1, 3, ALL), (0, 1, 2, 3), (0, 1, 2), (0, 2))
    )
    prefix = tuple(data.draw(st.lists(st.sampled_from([0, 2, 3]), max_size=2)))

    def allowed(ids: tuple[int, ...]) -> bool:
        begun = [ids[:t] for t in range(len(prefix) + 1, len(ids) + 1)]  # what is given need not keep the rules
        twice = n and any(some[-n:] in [some[i : i + n] for i in range(len(some) - n)] for some in begun)
        loops = repeats and any(
            some[-r:] * (repeats + 1) == some[-r * (repeats + 1) :] for some in begun for r in (1, 2)
        )
        return ids[: len(prefix)] == prefix and len(ids) >= least and not twice and not loops

    way = chosen(beam=ALL, n_best=n_best, length_penalty=alpha, no_repeat=n, repeats=repeats, min_ratio=least / LONGEST)
    expected = best_answers(made, alpha, allowed)[:n_best]
    (found,) = search(made, way, prefixes=[prefix], hidden=())
    agree([one for one in found if one.log_probability > IMPOSSIBLE / 2], expected)


PHRASES = [
    [[3]],
    [[2, 3]],
    [[3, 3], [2]],
    [[3], [3]],
    [[0, 2], [0, 3]],
    [[2, 2, 3]],
    [[3], [2], [0]],
]


def times(phrase: tuple[int, ...], ids: tuple[int, ...]) -> int:
    return sum(ids[i : i + len(phrase)] == phrase for i in range(len(ids)))


@pytest.mark.parametrize("phrases", PHRASES, ids=str)
def test_a_wide_beam_finds_the_best_answer_with_the_required_phrases(phrases: list[list[int]]) -> None:
    wanted = Counter(tuple(phrase) for phrase in phrases)
    for name in range(3):
        made = writer(name)
        (found,) = search(made, chosen(beam=10 * ALL, n_best=3), [phrases], hidden=())
        allowed = best_answers(made, 1.0, lambda ids: all(times(p, ids) >= n for p, n in wanted.items()))
        agree(found, allowed[: len(found)])
        assert len(found) == min(3, len(allowed))


@pytest.mark.parametrize("beam", [1, 5])
@pytest.mark.parametrize(
    "phrases", [*PHRASES, [[2, 3], [3, 2]], [[4, 5, 4, 5, 4, 5], [9], [9], [7, 8]], [[6]] * 6], ids=str
)
def test_a_narrow_beam_writes_every_required_phrase(phrases: list[list[int]], beam: int) -> None:
    wanted = Counter(tuple(phrase) for phrase in phrases)
    made = Hashed(range(6), [1, 4, 9, 20, 3, 5], 10)
    required = [phrases, [], phrases, phrases, [], phrases]
    for source, found in enumerate(search(made, Search(beam=beam, no_repeat=2, max_ratio=1.0), required)):
        ids = tuple(found[0].ids)
        assert all(times(phrase, ids) >= n for phrase, n in wanted.items()) or not required[source]
    plain = search(made, Search(beam=beam, no_repeat=2, max_ratio=1.0))
    assert plain[1][0].ids == search(made, Search(beam=beam, no_repeat=2, max_ratio=1.0), required)[1][0].ids


def test_what_is_required_is_written_although_it_is_hidden_or_excluded() -> None:
    model = Fixed([0.1, 0.8, 0.1, 0.0, 0.0])
    for way in (Search(), Search(temperature=1.0)):
        ((found,),) = search(model, way, [[[3, 0, 4]]])
        assert times((3, 0, 4), tuple(found.ids)) == 1
    with pytest.raises(InputError, match="has the id 1, which ends an answer"):
        search(model, Search(), [[[3, END]]])


def test_many_required_tokens_widen_a_beam_only_so_far() -> None:
    made = Hashed([0], [40], 60)
    ((found,),) = search(made, Search(beam=2), [[[i] for i in range(2, 60)]])
    assert set(range(2, 60)) <= set(found.ids)
    assert max(made.rows) <= 2 + 32


def test_no_word_goes_on_behind_a_required_phrase() -> None:
    likely = Looping([2, 3, 4, 5, 6], 5, end_after=5)
    going_on = np.array([False] * 4 + [True] * 3)  # 4, 5 and 6
    ((found,),) = search(likely, Search(beam=5), [[[2, 3]]], continuing=going_on)
    assert times((2, 3), tuple(found.ids)) == 1
    assert not any(times((2, 3, token), tuple(found.ids)) for token in (4, 5, 6))
    ((found,),) = search(likely, Search(beam=5), [[[2, 3]]], continuing=going_on[:3])  # 3 is no part of a word
    assert found.ids == [2, 3, 4, 5, 6]
    ((found,),) = search(likely, Search(beam=5), [[[2, 3], [4, 5]]], continuing=going_on)
    assert times((2, 3), tuple(found.ids)) == times((4, 5), tuple(found.ids)) == 1


def test_required_phrases_stand_where_they_are_most_probable() -> None:
    likely = Looping([2, 3, 4, 5, 6], 5, end_after=5)
    ((found,),) = search(likely, Search(beam=5), [[[4, 5]]])
    assert found.ids == [2, 3, 4, 5, 6]


def test_drawn_answers_come_as_often_as_they_are_probable() -> None:
    chances = [0.0, 0.5, 0.3, 0.2]
    *_, found = searched(Fixed(chances), chosen(temperature=1.0, n_best=1000))
    drawn = [found.answers(draw)[0].ids for draw in range(1000)]
    first = Counter(ids[0] if ids else END for ids in drawn)
    np.testing.assert_allclose([first[token] / len(drawn) for token in range(4)], chances, atol=0.05)


def test_several_draws_are_sorted_and_unlike_and_the_same_each_time() -> None:
    way = chosen(temperature=1.5, n_best=6, seed=3)
    (found,) = search(writer(3, vocabulary=8), way)
    assert 1 < len(found) == len({tuple(one.ids) for one in found})
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert [one.ids for one in search(writer(3, vocabulary=8), way)[0]] == [one.ids for one in found]
    assert [one.ids for one in search(writer(3, vocabulary=8), changed(way, {"seed": 4}))[0]] != [o.ids for o in found]
    for one in found:
        assert one.log_probability == pytest.approx(ended(writer(3, vocabulary=8), 0, tuple(one.ids)), rel=1e-5)


def test_the_most_probable_tokens_alone_give_the_same_answers() -> None:
    sizes = {"names": range(8), "lengths": [6, 3, 9, 6, 2, 12, 1, 6], "vocabulary": 30, "spread": 3.0}
    for way in (
        chosen(beam=1),
        chosen(beam=4, n_best=4, repeats=1),
        chosen(beam=4, n_best=2, min_ratio=0.5, repeats=2),
    ):
        for found, same in zip(search(Hashed(**sizes), way), search(Ranking(**sizes), way), strict=True):
            agree(found, [(one.score, tuple(one.ids)) for one in same])
