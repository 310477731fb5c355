"""Pairs changed at random while they are learnt."""

import numpy as np
import pytest
from tests.inputs.test_pairs import ENGLISH, GERMAN, Settings

from unrolled.inputs.pairs import PairTexts
from unrolled.inputs.variation import Variation

NAMES = [f"{first}{second}{third}" for first in "bdg" for second in "aeiou" for third in ("rim", "lus", "tok")]


def learnt(variation: Variation, tokens: str = "bpe") -> PairTexts:
    """Texts in which names stand for themselves."""
    sources = [f"the man {name} has a dog" for name in NAMES for _ in range(3)]
    targets = [f"der Mann {name}o hat einen Hund" for name in NAMES for _ in range(3)]
    texts = PairTexts.learn(Settings(tokens), [*ENGLISH, *sources], [*GERMAN, *targets])
    texts.variation = variation
    return texts


def test_words_are_cut_in_several_ways_that_read_the_same() -> None:
    texts, rng = learnt(Variation(dropout=0.3, hidden=0)), np.random.default_rng(0)
    drawn = [texts.varied(ENGLISH[1], GERMAN[1], rng) for _ in range(20)]
    assert len({tuple(source) for source, _ in drawn}) > 5
    encoded = texts.source(ENGLISH[1])
    for _, target in drawn:
        assert texts.text(target, encoded, np.zeros((len(target), len(encoded.inputs)), np.float32)) == GERMAN[1]


@pytest.mark.parametrize("tokens", ["bpe", "word", "character", "space"])
def test_without_change_a_pair_stays_what_it_is(tokens: str) -> None:
    texts, rng = learnt(Variation(dropout=0, hidden=0), tokens), np.random.default_rng(0)
    for source, target in (*zip(ENGLISH, GERMAN, strict=True), ("see <b>x 12</b>.", "sieh 12 <b>x</b>.")):
        for varied, plain in zip(texts.varied(source, target, rng), texts.pair(source, target), strict=True):
            assert varied.tolist() == plain.tolist()


def test_what_is_drawn_follows_from_the_generator_alone() -> None:
    one, other = (learnt(Variation()) for _ in range(2))
    other.varied(ENGLISH[3], GERMAN[3], np.random.default_rng(9))  # what was drawn before makes no difference
    for at, pair in enumerate(zip(ENGLISH, GERMAN, strict=True)):
        drawn = (texts.varied(*pair, np.random.default_rng(at)) for texts in (one, other))
        assert len({tuple(np.concatenate(ids)) for ids in drawn}) == 1


def test_words_that_are_translations_of_each_other_are_hidden_on_both_sides() -> None:
    texts, rng = learnt(Variation(dropout=0, hidden=1)), np.random.default_rng(0)
    name = NAMES[7]
    source, target = texts.varied(f"the man {name} has a dog 12", f"12 der Mann {name}o hat einen Hund", rng)
    first = texts.vocabularies[0] - 9
    held = [i for i in source if i >= first]
    assert held[0] < held[1]  # numbered as the source has them
    assert [i for i in target if i >= first] == held[::-1]
    assert name not in "".join(texts.target_names(target, texts.source("")))


def test_restored_texts_cut_in_several_ways_but_hide_nothing() -> None:
    texts = PairTexts.restored(learnt(Variation()).saved())
    texts.variation = Variation(dropout=0.3, hidden=1)
    drawn = [texts.varied(ENGLISH[1], GERMAN[1], np.random.default_rng(at)) for at in range(9)]
    assert len({tuple(target) for _, target in drawn}) > 5
    assert max(source.max() for source, _ in drawn) < texts.vocabularies[0] - 9


def test_every_token_for_what_is_held_is_learnt() -> None:
    texts = learnt(Variation(dropout=0, hidden=0.05))
    first = texts.vocabularies[0] - 9
    drawn = (texts.varied("the 12 dogs", "die 12 Hunde", np.random.default_rng(at)) for at in range(60))
    pairs = {(max(source), max(target)) for source, target in drawn}
    assert pairs == {(first + at, first + at) for at in range(9)}
