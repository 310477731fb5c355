"""Completions by an n-gram over characters."""

import math
from itertools import product

import numpy as np
import pytest

from unrolled.baselines import NGram
from unrolled.baselines.character_beam import CharacterBeam

QUERIES = ["how to bake", "how to build", "how to build", "how are you", "boat", "boats", "abba", "日本"]


@pytest.fixture(scope="module")
def beam() -> CharacterBeam:
    return CharacterBeam.fit(QUERIES)


def test_what_is_frequent_comes_first(beam: CharacterBeam) -> None:
    found = beam.completions(["how to b", "boat", "日", ""], 3)
    assert found[0][:2] == ["how to build", "how to bake"]
    assert found[1][0] == "boats"
    assert found[2][0] == "日本"
    assert all(len(one) == 3 for one in found)
    assert all(text.startswith("how to b") and text != "how to b" for text in found[0])
    assert beam.completions([], 3) == []
    assert beam.name == "character 8-gram, beam 30"


def test_side_by_side_as_one_by_one(beam: CharacterBeam) -> None:
    prefixes = ["h", "how to", "ba", "zz", "boat", "日本"]
    assert beam.completions(prefixes, 5) == [beam.completions([prefix], 5)[0] for prefix in prefixes]


def test_equals_the_best_of_all_texts() -> None:
    queries = ["aab", "ab", "ba", "aab", "bb"]
    beam = CharacterBeam.fit(queries, order=3)
    ids = {"": 1, "a": 2, "b": 3}
    characters = sorted(ids, key=lambda one: "".join(queries).count(one) if one else 99, reverse=True)
    ids = {character: i for i, character in enumerate(characters, start=1)}
    ngram = NGram.fit(np.array([ids[letter] for query in queries for letter in (*query, "")]), 4, 3)

    def score(text: str) -> float:
        return float(ngram.log_probabilities(np.array([ids[letter] for letter in (*text, "")])).sum())

    texts = ["a" + "".join(rest) for length in range(1, 9) for rest in product("ab", repeat=length)]
    assert beam.completions(["a"], 4)[0] == sorted(texts, key=lambda text: (-score(text), text))[:4]
    assert all(map(math.isfinite, map(score, texts[:9])))


def test_queries_are_scored_as_they_would_be_letter_by_letter(beam: CharacterBeam) -> None:
    prefix, queries = QUERIES[0][:3], [query for query in dict.fromkeys(QUERIES) if query.startswith(QUERIES[0][:3])]
    whole = beam.log_probabilities("", queries)
    begun = beam.log_probabilities(prefix, queries)
    assert whole - begun == pytest.approx([whole[0] - begun[0]] * len(queries))
    for end in range(4, len(queries[0])):
        longer = beam.log_probabilities(queries[0][:end], queries[:1])
        assert begun[0] <= longer[0] <= 0
