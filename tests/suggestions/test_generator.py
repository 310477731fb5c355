"""Suggestions of queries: found by exact sums over all cuts, letter by letter, within what is allowed."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest

from unrolled.baselines.ngram import NGram
from unrolled.errors import InputError
from unrolled.inference.frozen import Frozen
from unrolled.suggestions.beam import Beam
from unrolled.suggestions.everyday import EverydayWords
from unrolled.suggestions.generator import Generator
from unrolled.suggestions.model import QueryModel
from unrolled.suggestions.parts import Parts
from unrolled.suggestions.ranking import Ranking, Seen
from unrolled.suggestions.tree import Tree
from unrolled.suggestions.typed import Typed
from unrolled.suggestions.weights import StepWeights
from unrolled.tasks.language_network import LanguageNetwork
from unrolled.text.cutting import END
from unrolled.text.tokens import Tokenizer

QUERIES = ["red shoes", "red shirt", "red shoe rack", "blue shoes", "café near me", "shoe repair"] * 3
LATER = ["red shorts", "blue blouse", "shoe shop", "red shoes", "shirt near me", "red blouse"]
WORDS = {"shop": 3.0, "shorts": 2.0, "blouse": 1.0}


def model(kind: str = "bpe", words: bool = True) -> QueryModel:
    tokenizer = Tokenizer.train(kind, QUERIES, 290)
    network = LanguageNetwork("recurrent", "lstm", 8, 1, None, 5, 0.0, True).over_tokens(len(tokenizer))
    params = network.initial(np.random.default_rng(0))
    ids = np.concatenate([np.append(one, END) for one in tokenizer.encode_paragraphs(QUERIES)])
    everyday = EverydayWords(tokenizer, WORDS) if words else None
    frozen = Frozen(network, params)
    return QueryModel(frozen, Parts(tokenizer), NGram.fit(ids, len(tokenizer)), everyday).weighed(LATER)


class Known(NamedTuple):
    text: str
    times: int
    cost: float


class Log:
    """Known queries by how they begin."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts

    def best(self, prefix: str, n: int) -> Sequence[Known]:
        found = [Known(query, times, 0.0) for query, times in self.counts.items() if query.startswith(prefix)]
        return sorted(found, key=lambda one: -one.times)[:n]

    def total(self, prefix: str) -> int:
        return sum(times for query, times in self.counts.items() if query.startswith(prefix))

    def count(self, query: str) -> int:
        return self.counts.get(query, 0)


@pytest.mark.parametrize("kind", ["bpe", "character"])
def test_completions_begin_with_what_is_typed_and_the_best_is_found(kind: str) -> None:
    typing = Generator(model(kind)).begin()
    for prefix in ("r", "re", "red", "red ", "red sho", "caf", "café", "red sh", "shoe"):
        found = typing.change(prefix).best(5)
        assert found
        assert all(one.text.startswith(prefix) and one.text != prefix for one in found)
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert typing.change("red shoe").best(3)[0].text in ("red shoes", "red shoe rack")
    assert typing.change("caf").best(1)[0].text.startswith("café")


def test_a_step_is_a_distribution_whatever_word_is_begun() -> None:
    queries = model()
    states = queries.begin()
    for token in (END, *queries.parts.tokenizer.encode("red shorts zzz").tolist()):
        p, states = queries.step(np.array([token]), states)
        assert p.sum() == pytest.approx(1, abs=1e-4)
        assert (p >= 0).all()


def test_the_probability_of_a_beginning_is_that_of_all_that_begin_so() -> None:
    queries = model("character", words=False)
    typed = Typed(Tree(queries), queries.parts)
    one_more = [typed.log_probability("red" + letter) for letter in queries.parts.ids]
    ends = typed.whole("red")
    assert np.logaddexp.reduce([*one_more, ends]) == pytest.approx(typed.log_probability("red"), abs=2e-2)


def test_letters_typed_in_a_row_and_at_once_and_taken_back_suggest_the_same() -> None:
    generator = Generator(model())
    row = generator.begin()
    for end in range(1, 8):
        row.change("red shoe"[:end]).best(5)
    row.change("red shirts").best(5)
    again, fresh = row.change("red sh").best(5), generator.begin().change("red sh").best(5)
    assert [one.text for one in again] == [one.text for one in fresh]
    assert [one.score for one in again] == pytest.approx([one.score for one in fresh], rel=1e-4)


def test_everyday_words_are_written_that_no_query_held() -> None:
    texts = [one.text for one in Generator(model()).begin().change("red shor").best(5)]
    assert any(text.startswith("red shorts") for text in texts)


def test_what_is_refused_takes_no_place() -> None:
    queries = model()
    first = Generator(queries).begin().change("red sh").best(8)
    without = Generator(queries, accept=lambda text: text != first[0].text).begin().change("red sh").best(8)
    assert len(without) == 8
    assert first[0].text not in [one.text for one in without]
    assert [one.text for one in without][:5] == [one.text for one in first[1:6]]
    nothing = Generator(queries, accept=lambda text: False).begin()  # however often a query is found, cut differently
    assert all(nothing.change(prefix).best(8) == [] for prefix in ("r", "red", "red sh", "shoe r", "caf"))


class Items:
    """What may be answered: these texts alone."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def begin(self) -> str:
        return ""

    def extend(self, place: str, more: str) -> str | None:
        return place + more if any(item.startswith(place + more) for item in self.texts) else None

    def following(self, place: str) -> str:
        return "".join({item[len(place)] for item in self.texts if item.startswith(place) and item != place})

    def ends(self, place: str) -> bool:
        return place in self.texts


def test_only_what_is_allowed_is_suggested_however_improbable() -> None:
    items = Items(["red carpet", "red shoes", "réd", "blue"])
    typing = Generator(model(), Log({"red shirt": 9})).begin(items)
    assert [one.text for one in typing.change("red").best(5)] == ["red shoes", "red carpet"]
    assert "réd" in [one.text for one in typing.change("r").best(5)]
    assert typing.change("x").best(5) == []


def test_known_and_written_queries_stand_in_one_ranking() -> None:
    ranking = Ranking((0.0, 0.5, 0.5, 0.5, 0.5, 0.9))
    typing = Generator(model(), Log({"red zebra": 300, "red shoes": 1}), ranking).begin()
    first, *others = typing.change("red").best(10)
    assert (first.text, first.kind) == ("red zebra", "known")
    assert {one.kind for one in others} == {"known", "written"}
    assert sum(one.score for one in typing.best(10)) <= 1 + 1e-6


def test_a_second_view_counts_as_much_as_the_first() -> None:
    class Shirts:
        def log_probabilities(self, prefix: str, queries: Sequence[str]) -> np.ndarray:
            return np.array([0.0 if query == "red shirt" else -40.0 for query in queries])

    queries = model()
    first = Generator(queries).begin().change("red sh").best(8)
    both = Generator(queries, letters=Shirts).begin().change("red sh").best(8)
    assert both[0].text == "red shirt" != first[0].text
    assert sum(one.score for one in both) <= 1 + 1e-6


def test_known_queries_count_less_where_they_do_not_come_again() -> None:
    queries, log = model(), Log(dict.fromkeys(QUERIES, 3))
    later = [f"{query} shop" for query in QUERIES[:6]]
    never, always = (Generator(queries, log).weighed(held).ranking for held in (later, QUERIES[:6]))
    assert never.repeated < 0.9 < always.repeated <= 1


def test_weights_of_the_ranking_follow_what_was_searched_for() -> None:
    repeated = Ranking.fit([Seen(200, 0.5, 0.01)] * 300 + [Seen(1, 0.0, 0.2)] * 300)
    assert repeated.known[5] > 0.9
    assert repeated.known[1] < 0.1
    assert Ranking.fit([]) == Ranking()


def test_weights_are_read_as_they_were_written_and_nothing_else() -> None:
    weights, ranking = model().weights, Ranking()
    assert weights is not None
    assert StepWeights.from_json(weights.to_json(), "w") == weights
    assert Ranking.from_json(ranking.to_json(), "r") == ranking
    for kind, text in product((StepWeights, Ranking), ("[]", "{}", '{"times": [1], "known": [2]}')):
        with pytest.raises(InputError, match="here"):
            kind.from_json(text, "here")
    with pytest.raises(InputError, match="sum to 1"):
        StepWeights.from_json(replace(weights, weights=(((0.5, 0.5, 0.1),) * 4,) * 8).to_json(), "here")


def test_a_long_text_of_unknown_letters_is_answered_with_finite_scores() -> None:
    typing = Generator(model(), beam=Beam(4, 4, 4)).begin()
    found = typing.change("żółw " * 40).best(3)
    assert all(math.isfinite(one.score) for one in found)
