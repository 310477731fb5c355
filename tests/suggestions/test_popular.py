"""Known queries by how they begin."""

import numpy as np
import pytest

from unrolled.suggestions.popular import LATER_WORD, Popular

LOG = {
    "how to build a boat": 9,
    "how to build a shed": 9,
    "how to bake bread": 5,
    "boat trips": 3,
    "rowing boat": 40,
    "boat": 1,
    "how": 7,
}


@pytest.fixture(scope="module")
def popular() -> Popular:
    return Popular(list(LOG), np.array(list(LOG.values())))


def texts(popular: Popular, prefix: str, n: int = 10) -> list[str]:
    return [known.text for known in popular.best(prefix, n)]


def test_the_most_frequent_that_begin_so_come_first(popular: Popular) -> None:
    assert texts(popular, "how", 3) == ["how to build a boat", "how to build a shed", "how to bake bread"]
    assert texts(popular, "", 3) == ["rowing boat", "how to build a boat", "how to build a shed"]
    assert [known.cost for known in popular.best("how to b", 3)] == [0, 0, 0]
    assert texts(popular, "how to build a boat") == []
    assert texts(popular, "how ", 1) == ["how to build a boat"]


def test_later_words_come_behind_all_that_begin_so(popular: Popular) -> None:
    found = popular.best("boat", 10)
    assert [known.text for known in found] == ["boat trips", "rowing boat", "how to build a boat"]
    assert [known.cost for known in found] == [0, LATER_WORD, LATER_WORD]
    assert texts(popular, "boat", 2) == ["boat trips", "rowing boat"]


def test_typing_errors_are_mended(popular: Popular) -> None:
    assert texts(popular, "hwo to bui") == ["how to build a boat", "how to build a shed"]
    assert all(known.cost > 0 for known in popular.best("rowimg", 3))
    assert texts(popular, "xyzzy") == []
    assert texts(popular, "x" * 200) == []


def test_counts(popular: Popular) -> None:
    assert [popular.total(prefix) for prefix in ("", "how", "boat", "boat trips", "x")] == [74, 30, 4, 3, 0]
    assert [popular.count(query) for query in ("how", "ho", "zebra")] == [7, 0, 0]
    assert len(popular) == len(LOG)
    empty = Popular([], np.zeros(0, np.int64))
    assert empty.best("", 3) == empty.best("a", 3) == []


def test_other_scripts() -> None:
    popular = Popular(["שלום עולם", "日本 東京", "хлеб рядом", "café"], np.array([1, 2, 3, 2**40]))
    assert [texts(popular, prefix)[:1] for prefix in ("של", "עו", "東", "хл", "cafe")] == [
        ["שלום עולם"],
        ["שלום עולם"],
        ["日本 東京"],
        ["хлеб рядом"],
        ["café"],
    ]


def test_the_same_as_by_looking_at_every_query() -> None:
    rng = np.random.default_rng(5)
    queries = sorted({"".join(rng.choice(list("ab "), 9)).strip() for _ in range(6_000)})
    queries = [query for query in queries if query and "  " not in query]
    counts = rng.integers(1, 9, len(queries))
    popular = Popular(queries, counts)
    for prefix in ("", "a", "ab", "b a", "aab", "abab"):
        expected = sorted(
            (-count, query)
            for query, count in zip(queries, counts.tolist(), strict=True)
            if query.startswith(prefix) and query != prefix
        )
        assert [(-known.times, known.text) for known in popular.best(prefix, 12) if not known.cost] == expected[:12]
