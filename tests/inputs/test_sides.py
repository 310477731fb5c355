"""What texts are cut into where nobody says."""

import pytest
from tests.inputs.test_pairs import ENGLISH, GERMAN, Settings

from unrolled.errors import InputError
from unrolled.inputs.folding import Folding
from unrolled.inputs.pairs import PairTexts
from unrolled.inputs.side import Side
from unrolled.inputs.sides import choose_kind, learn_sides
from unrolled.text.tokens import Tokenizer
from unrolled.text.truecase import Truecaser


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (ENGLISH, "bpe"),
        (["hello", "world", "don't"], "character"),
        (["我喜欢猫。", "他有一只狗。"], "bpe"),
        (["HH AH", "AH HH AH"] * 10, "space"),
        (["3 1 2 4", "4 2 1 3"] * 10, "space"),
        (["A dog.", "A cat."] * 20, "bpe"),  # few words, but sentences
        ([" ".join(map(str, range(at, at + 9))) for at in range(400)], "bpe"),  # too many for phonemes
    ],
)
def test_the_kind_of_tokens_follows_from_the_texts(texts: list[str], kind: str) -> None:
    assert choose_kind(texts) == kind


def test_few_phonemes_are_enough_beside_words() -> None:
    texts = PairTexts.learn(Settings(), ["bad", "dab", "add"], ["B AE D", "D AE B", "AE D"])
    assert texts.spelled
    assert not texts.shared


def test_a_vocabulary_is_shared_where_letters_are() -> None:
    assert PairTexts.learn(Settings(), ENGLISH, GERMAN).shared
    assert not PairTexts.learn(Settings(), ["Привет, мир.", "Один дом."], ["Hello, world.", "One house."]).shared
    assert not PairTexts.learn(Settings(shared=False), ENGLISH, GERMAN).shared


@pytest.mark.parametrize(("sources", "size", "message"), [([""], 400, "no text to learn"), (["a b."], 99, "too small")])
def test_what_nothing_can_be_learnt_from_is_refused(sources: list[str], size: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        PairTexts.learn(Settings(vocabulary=size, shared=False), sources, sources)


def test_tokens_that_go_on_with_a_word_are_known() -> None:
    _, target = learn_sides(Settings(tokens="bpe"), ENGLISH, GERMAN, Folding.learn(ENGLISH), Truecaser.learn(GERMAN))
    goes_on = dict(zip(target.tokenizer.tokens, target.continuing(), strict=True))
    assert [goes_on[token] for token in ("n", " ein", ".", "a", "\\xe6")] == [True, False, False, True, True]
    assert Side(Tokenizer.train("word", ["a b"], 50)).continuing() is None
    assert not Side(Tokenizer.train("character", ["漢字"], 50)).continuing().any()
