"""A log of queries, parted by chance and copied for training."""

from collections import Counter

import numpy as np
import pytest

from unrolled.data.query_log import HELD_OUT_TIMES, QueryLog
from unrolled.errors import InputError

LOG = QueryLog([f"query {i}" for i in range(400)], np.array([1] * 300 + [40] * 99 + [10**12]))


def test_what_is_held_out_is_gone_from_the_rest() -> None:
    log = QueryLog(LOG.texts[:399], LOG.counts[:399])
    kept, held = log.parted(seed=1)
    together = Counter(dict(zip(kept.texts, kept.counts.tolist(), strict=True)))
    together += Counter(dict(zip(held.texts, held.counts.tolist(), strict=True)))
    assert together == dict(zip(log.texts, log.counts.tolist(), strict=True))
    assert 0.08 < held.times / log.times < 0.12
    once = set(log.texts[:300])
    assert not once & set(kept.texts) & set(held.texts)
    assert once & set(held.texts)


def test_of_a_huge_count_no_more_is_held_out_than_is_needed() -> None:
    assert LOG.parted(seed=1)[1].times < 2 * HELD_OUT_TIMES


def test_parts_depend_on_the_seed_alone() -> None:
    assert LOG.parted(3)[1].texts == LOG.parted(3)[1].texts
    assert QueryLog(LOG.texts[:399], LOG.counts[:399]).parted(3)[1].texts != LOG.parted(4)[1].texts


def test_too_few_are_refused() -> None:
    with pytest.raises(InputError, match="1 queries are too few to hold out"):
        QueryLog(["one"], np.array([1])).parted(0)


def test_copies_grow_with_the_doublings_of_a_count() -> None:
    copied = Counter(LOG.copies(seed=0))
    assert (copied["query 0"], copied["query 350"], copied["query 399"]) == (1, 6, 16)
    assert LOG.copies(0) != LOG.copies(1)


def test_the_fingerprint_tells_logs_apart() -> None:
    other = QueryLog(LOG.texts, LOG.counts + 1)
    assert len({LOG.fingerprint(), other.fingerprint(), QueryLog(LOG.texts[1:], LOG.counts[1:]).fingerprint()}) == 3
